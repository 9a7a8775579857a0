"""What every ticket printer promises, run against tcp, serial, file and paper."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hardware.paper import read
from hardware.printer import (
    PrinterDeadlines,
    PrinterSettings,
    PrinterState,
    PrintOutcome,
    PrintResult,
    TicketPrinter,
    open_printer,
)
from hardware.simulators.printer import SimulatedPrinter
from hardware.spool import PrintSpool
from tests.support.printers import PipeReader, PtyPrinter, closed_port
from tests.support.slips import QR, slip


@dataclass(frozen=True)
class Bench:
    """A printer, and what its paper shows; ``is_mute`` where the device can't answer."""

    settings: PrinterSettings
    papers: Callable[[int], list[bytes]]
    is_mute: bool = False

    @property
    def done(self) -> PrintOutcome:
        return PrintOutcome.SENT if self.is_mute else PrintOutcome.PRINTED

    def open(self, **changes: object) -> TicketPrinter:
        settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        return open_printer(settings, PrinterDeadlines(answer_s=0.5, confirm_s=5, poll_s=0.3))


@contextlib.contextmanager
def _tcp(_: Path) -> Iterator[Bench]:
    with SimulatedPrinter() as printer:
        yield Bench(PrinterSettings(printer.url), printer.wait_for_jobs)


@contextlib.contextmanager
def _tcp6(_: Path) -> Iterator[Bench]:
    try:
        printer = SimulatedPrinter("::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    with printer:
        yield Bench(PrinterSettings(printer.url), printer.wait_for_jobs)


@contextlib.contextmanager
def _serial(_: Path) -> Iterator[Bench]:
    with PtyPrinter() as printer:
        yield Bench(PrinterSettings(f"serial://{printer.path}?baud=115200"), printer.wait_for_jobs)


@contextlib.contextmanager
def _character_device(_: Path) -> Iterator[Bench]:
    with PtyPrinter() as printer:
        yield Bench(PrinterSettings(f"file://{printer.path}"), printer.wait_for_jobs)


@contextlib.contextmanager
def _pipe(folder: Path) -> Iterator[Bench]:
    with PipeReader(folder / "lp0") as reader:
        seen: list[bytes] = []

        def papers(_: int) -> list[bytes]:
            data = reader.read()
            seen.extend(b"\x1b@" + part for part in data.split(b"\x1b@")[1:])
            return list(seen)

        yield Bench(PrinterSettings(f"file://{reader.path}"), papers, is_mute=True)


@contextlib.contextmanager
def _paper(folder: Path) -> Iterator[Bench]:
    def papers(_: int) -> list[bytes]:
        return [path.read_bytes() for path in sorted(folder.glob("*.bin"))]

    yield Bench(PrinterSettings(f"paper://{folder}"), papers)


_BENCHES = {
    "tcp": _tcp,
    "tcp-ipv6": _tcp6,
    "serial": _serial,
    "file-character-device": _character_device,
    "file-pipe": _pipe,
    "paper": _paper,
}


@pytest.fixture(params=sorted(_BENCHES))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with _BENCHES[request.param](tmp_path) as made:
        yield made


class TestTicketPrinter:
    """The contract."""

    def test_prints_the_slip_once_and_cuts_once(self, bench: Bench) -> None:
        printer = bench.open()

        result = printer.print(slip())

        papers = bench.papers(1)
        assert result.outcome is bench.done
        assert len(papers) == 1
        decoded = read(papers[0])
        assert "B-014" in decoded.lines
        assert decoded.qr == (QR,)
        assert decoded.cuts == 1

    def test_prints_one_slip_after_another(self, bench: Bench) -> None:
        printer = bench.open()

        results = [printer.print(slip(f"job-{n}", f"B-00{n}")) for n in (1, 2, 3)]

        assert [result.outcome for result in results] == [bench.done] * 3
        numbers = ["B-001", "B-002", "B-003"]
        papers = [read(paper).lines for paper in bench.papers(3)]
        assert [next(n for n in numbers if n in lines) for lines in papers] == numbers

    def test_narrow_paper_and_drawn_qr_code_come_out_too(self, bench: Bench) -> None:
        printer = bench.open(width_mm=58, qr="raster")

        result = printer.print(slip())

        decoded = read(bench.papers(1)[0])
        assert result.outcome is bench.done
        assert max(map(len, decoded.lines)) <= 32
        assert sum(height for _, height in decoded.images) > 200

    def test_tells_its_state(self, bench: Bench) -> None:
        printer = bench.open()

        state = printer.state()

        assert state is (PrinterState.MUTE if bench.is_mute else PrinterState.READY)

    def test_prints_after_close(self, bench: Bench) -> None:
        printer = bench.open()
        printer.print(slip())

        printer.close()

        assert printer.print(slip("job-2", "B-015")).outcome is bench.done

    def test_second_submission_of_a_key_prints_nothing_twice(self, bench: Bench) -> None:
        spool = PrintSpool(bench.open())
        results: list[tuple[str, PrintResult]] = []

        for _ in range(3):
            spool.submit(slip("same"), lambda key, result: results.append((key, result)))
        checked = threading.Event()
        spool.check(lambda _: checked.set())
        assert checked.wait(20)
        assert spool.stop(10)

        assert [(key, result.outcome) for key, result in results] == [("same", bench.done)] * 3
        assert len(bench.papers(1)) == 1


@pytest.mark.parametrize(
    "url",
    [
        "tcp://refused",
        "serial:///dev/anjungan-is-not-there",
        "file:///dev/anjungan-is-not-there",
        "paper:///dev/null/tickets",
        "usb://fffe:fffe",
    ],
)
def test_device_that_is_away_fails_and_says_so(url: str) -> None:
    printer = open_printer(PrinterSettings(closed_port() if url == "tcp://refused" else url))

    result = printer.print(slip())

    assert result.outcome is PrintOutcome.FAILED
    assert result.state is PrinterState.UNREACHABLE
    assert result.detail
    assert printer.state() is PrinterState.UNREACHABLE
