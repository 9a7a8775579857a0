"""What a network printer's faults lead to: the outcome, the state, and how many papers."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.device_url import parse
from hardware.paper import read
from hardware.printer import (
    PrinterDeadlines,
    PrinterSettings,
    PrinterState,
    PrintOutcome,
    TicketPrinter,
    open_printer,
)
from hardware.transports import LinkDown, open_link
from tests.support.expected_logs import LogRecorder
from tests.support.printers import Fault, FaultyPrinter, closed_port, port_that_hangs
from tests.support.slips import slip

HASTY = PrinterDeadlines(connect_s=0.5, answer_s=0.4, write_s=0.5, confirm_s=2, poll_s=0.2)


def _open(url: str, **changes: object) -> TicketPrinter:
    return open_printer(PrinterSettings(url, **changes), HASTY)  # type: ignore[arg-type]


def _whole(jobs: list[bytes]) -> int:
    return sum(read(job).cuts for job in jobs if job.endswith(b"\x1dVB\x00"))


@pytest.mark.parametrize(
    ("scene", "state"),
    [
        ("paper_out", PrinterState.PAPER_OUT),
        ("clone_paper_out", PrinterState.PAPER_OUT),
        ("cover_open", PrinterState.COVER_OPEN),
        ("cutter_error", PrinterState.CUTTER_ERROR),
        ("overheated", PrinterState.OVERHEATED),
        ("offline", PrinterState.OFFLINE),
    ],
)
def test_printer_that_cannot_print_gets_nothing_and_the_reason_is_told(
    scene: str, state: PrinterState
) -> None:
    with FaultyPrinter() as device:
        device.scene = scene

        result = _open(device.url).print(slip())

        assert (result.outcome, result.state) == (PrintOutcome.FAILED, state)
    assert device.jobs == []


@pytest.mark.parametrize("scene", ["paper_low", "clone_paper_low"])
def test_low_paper_prints_and_is_told(scene: str) -> None:
    with FaultyPrinter() as device:
        device.scene = scene

        result = _open(device.url).print(slip())

        assert (result.outcome, result.state) == (PrintOutcome.PRINTED, PrinterState.PAPER_LOW)


@pytest.mark.parametrize(
    ("fault", "outcome", "state", "papers"),
    [
        ("fin_at_once", PrintOutcome.FAILED, PrinterState.UNREACHABLE, 0),
        ("fin_after", PrintOutcome.UNKNOWN, PrinterState.UNREACHABLE, 0),
        ("rst_after", PrintOutcome.UNKNOWN, PrinterState.UNREACHABLE, 0),
        ("paper_ends", PrintOutcome.UNKNOWN, PrinterState.PAPER_OUT, 1),
        ("silent_at_end", PrintOutcome.UNKNOWN, PrinterState.MUTE, 1),
        ("stale_byte", PrintOutcome.PRINTED, PrinterState.READY, 1),
        ("slow", PrintOutcome.PRINTED, PrinterState.READY, 1),
        ("automatic_status", PrintOutcome.PRINTED, PrinterState.READY, 1),
        ("wrong_answers", PrintOutcome.SENT, PrinterState.UNKNOWN, 1),
        # Without a single answer this can't be told from a model that never answers.
        ("never_reads", PrintOutcome.SENT, PrinterState.MUTE, 0),
    ],
)
def test_fault_ends_in_the_truth(
    fault: Fault, outcome: PrintOutcome, state: PrinterState, papers: int
) -> None:
    with FaultyPrinter(fault) as device:
        result = _open(device.url).print(slip())

        assert (result.outcome, result.state) == (outcome, state), result.detail
    assert _whole(device.jobs) == papers
    assert device.sessions == 1


def test_refused_and_hanging_connections_fail() -> None:
    refused = _open(closed_port()).print(slip())
    with port_that_hangs() as url:
        hanging = _open(url).print(slip())

    assert (refused.outcome, refused.state) == (PrintOutcome.FAILED, PrinterState.UNREACHABLE)
    assert (hanging.outcome, hanging.state) == (PrintOutcome.FAILED, PrinterState.UNREACHABLE)
    assert "ECONNREFUSED" in refused.detail
    assert "timed out" in hanging.detail


def test_unresolvable_name_fails() -> None:
    result = _open("tcp://printer.invalid:9100").print(slip())

    assert result.outcome is PrintOutcome.FAILED


def test_mute_model_is_sent_to_and_not_called_printed() -> None:
    with FaultyPrinter() as device:
        device.has_status = False
        printer = _open(device.url)

        result = printer.print(slip())

        assert (result.outcome, result.state) == (PrintOutcome.SENT, PrinterState.MUTE)
        assert _whole(device.wait_for_jobs(1)) == 1


def test_printer_that_answered_before_and_is_silent_now_gets_no_ticket() -> None:
    with FaultyPrinter() as device:
        printer = _open(device.url)
        printer.print(slip("job-1"))
        device.has_status = False

        result = printer.print(slip("job-2", "B-015"))

        assert (result.outcome, result.state) == (PrintOutcome.FAILED, PrinterState.MUTE)
    assert len(device.jobs) == 1


def test_model_without_gs_r_is_confirmed_by_its_real_time_answers() -> None:
    with FaultyPrinter() as device:
        device.has_queued_status = False

        result = _open(device.url).print(slip())

        assert (result.outcome, result.detail) == (PrintOutcome.PRINTED, "confirmed by DLE EOT")


def test_printer_that_stops_reading_costs_its_deadline_and_what_left_is_known() -> None:
    with FaultyPrinter("never_reads") as device:
        link = open_link(parse(device.url))
        link.open(1)

        with pytest.raises(LinkDown) as lost:
            link.write(bytes(16_000_000), 0.3)

        link.close()
    assert 0 < lost.value.sent < 16_000_000


def test_logo_that_cannot_be_read_never_keeps_a_visitor_from_the_number(
    tmp_path: Path, expected_logs: LogRecorder
) -> None:
    with FaultyPrinter() as device:
        result = _open(device.url, logo=tmp_path / "missing.png").print(slip())

        assert result.outcome is PrintOutcome.PRINTED
    assert "without the logo" in expected_logs.text


def test_unplugged_printer_prints_again_when_it_is_back() -> None:
    with FaultyPrinter() as device:
        url = device.url
        printer = _open(url)
        first = printer.print(slip("job-1"))
    away = printer.print(slip("job-2"))
    with FaultyPrinter(port=int(url.rsplit(":", 1)[1])) as device:
        back = printer.print(slip("job-2"))

    outcomes = [result.outcome for result in (first, away, back)]
    assert outcomes == [PrintOutcome.PRINTED, PrintOutcome.FAILED, PrintOutcome.PRINTED]
    assert _whole(device.jobs) == 1
