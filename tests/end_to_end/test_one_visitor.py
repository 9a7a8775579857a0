"""One visitor, as a stranger would try it: real processes, driven through AT-SPI alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyzbar.pyzbar import ZBarSymbol, decode

from db import roles
from hardware.paper import read, render
from hardware.simulators.pad import PadLine, SimulatedPad
from hardware.simulators.printer import SimulatedPrinter
from tests.support.desktop_session import desktop_session
from tests.support.hall_processes import COMMAND_LINE, COUNTER, DISPLAY, KIOSK, HallProcesses
from tests.support.roles import station_users

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(240)]

AGENCY = "Dinas Kependudukan dan Pencatatan Sipil"
SERVICE = "Akta Kelahiran"
START_S = 60.0
LIMIT_S = 20.0


@pytest.fixture
def printer() -> Iterator[SimulatedPrinter]:
    printer = SimulatedPrinter().start()
    yield printer
    printer.stop()


@pytest.fixture
def pad(tmp_path: Path) -> Iterator[tuple[SimulatedPad, Path]]:
    line = PadLine(tmp_path / "pad")
    pad = SimulatedPad(line.write, line.read, addr="03").start()
    yield pad, line.path
    pad.stop()
    line.unplug()


@pytest.fixture
def hall(
    store_url: str, printer: SimulatedPrinter, pad: tuple[SimulatedPad, Path], tmp_path: Path
) -> Iterator[HallProcesses]:
    mapping = tmp_path / "pads.yaml"
    mapping.write_text(
        f'ports:\n  - {{name: meja, url: "{pad[1]}", baud: 9600, protocol: ant-1, strict: true}}\n'
    )
    settings = {
        "ANJUNGAN_DATABASE": store_url,
        "ANJUNGAN_PRINTER": printer.url,
        "ANJUNGAN_PADS": str(mapping),
        "ANJUNGAN_STATION": "stranger",
    }
    with (
        desktop_session(2800, 1300) as session,
        HallProcesses(session, settings, tmp_path) as hall,
    ):
        yield hall


@contextmanager
def own_users(hall: HallProcesses, url: str) -> Iterator[None]:
    """Let each application work as a user of its own; a SQLite file has none."""
    if url.startswith("sqlite"):
        yield
        return
    hall.command("init", "--roles")
    with station_users(url) as users:
        hall.addresses = {
            KIOSK: users[roles.KIOSK],
            DISPLAY: users[roles.DISPLAY],
            COUNTER: users[roles.COUNTER],
            COMMAND_LINE: users[roles.ADMIN],
        }
        yield
        hall.stop()


def take_number(hall: HallProcesses) -> str:
    """Press agency, service and "Ambil Nomor"; return the number that the kiosk shows."""
    hall.hands.press(KIOSK, AGENCY, timeout_s=START_S)
    hall.hands.press(KIOSK, SERVICE, timeout_s=LIMIT_S)
    hall.hands.press(KIOSK, "Ambil Nomor", prefix=False, timeout_s=LIMIT_S)
    hall.hands.wait(KIOSK, "Nomor antrean Anda", timeout_s=LIMIT_S)
    shown = hall.hands.wait(KIOSK, "B-", timeout_s=LIMIT_S).name
    assert re.fullmatch(r"B-\d{3}", shown), hall.hands.tree(KIOSK)
    return shown


def sign_in(hall: HallProcesses) -> None:
    hall.hands.type(COUNTER, "Kode petugas", "petugas3", timeout_s=START_S)
    hall.hands.type(COUNTER, "PIN", "123456")
    hall.hands.type(COUNTER, "Loket", "3")
    hall.hands.press(COUNTER, "Masuk", prefix=False)
    hall.hands.wait(COUNTER, "Panggil Berikutnya", prefix=False, timeout_s=LIMIT_S)


def test_a_visitor_taps_holds_a_ticket_is_called_by_a_pad_and_stands_on_the_wall(
    hall: HallProcesses,
    store_url: str,
    printer: SimulatedPrinter,
    pad: tuple[SimulatedPad, Path],
) -> None:
    hall.command("init", "--demo")
    with own_users(hall, store_url):
        walk_through(hall, printer, pad)


def walk_through(
    hall: HallProcesses, printer: SimulatedPrinter, pad: tuple[SimulatedPad, Path]
) -> None:
    hall.start(KIOSK, "540x960+0+0")
    hall.start(DISPLAY, "1100x620+560+0")
    hall.start(COUNTER, "1100x800+1680+0")

    number = take_number(hall)
    paper = printer.wait_for_jobs(1, LIMIT_S)[0]
    sign_in(hall)
    answer = pad[0].press("NEXT")
    hall.hands.wait(DISPLAY, number, prefix=False, timeout_s=LIMIT_S)
    hall.hands.wait(DISPLAY, "Loket 3", prefix=False, timeout_s=LIMIT_S)
    hall.hands.wait(COUNTER, number, prefix=False, timeout_s=LIMIT_S)

    assert number in read(paper).text
    scanned = decode(render(paper, 576).convert("L"), [ZBarSymbol.QRCODE])[0].data.decode()
    assert re.fullmatch(r"anjungan:[A-Za-z0-9_-]{32}", scanned)
    assert answer is not None
    assert answer[0] == "A"
    assert pad[0].wait_for(lambda: pad[0].display == number, LIMIT_S)
    board = hall.command("board")
    assert [(c["number"], c["counter"], c["status"]) for c in board["calls"]] == [
        (number, "3", "called")
    ]

    hall.hands.press(COUNTER, "Mulai Layani", prefix=False)
    hall.hands.press(COUNTER, "Selesai", prefix=False, timeout_s=LIMIT_S)
    hall.hands.wait(COUNTER, "Panggil Berikutnya", prefix=False, timeout_s=LIMIT_S)
    assert hall.command("board")["calls"][0]["status"] == "done"


def test_without_a_printer_the_number_stands_on_the_screen_and_can_be_printed_later(
    hall: HallProcesses, printer: SimulatedPrinter
) -> None:
    hall.command("init", "--demo")
    printer.scene = "paper_out"
    hall.start(KIOSK, "540x960+0+0")

    number = take_number(hall)
    hall.hands.wait(KIOSK, "Nomor Anda tetap berlaku", timeout_s=LIMIT_S)
    no_paper = list(printer.jobs)
    printer.scene = "ready"
    hall.command("reprint", number)
    paper = printer.wait_for_jobs(1, LIMIT_S)[0]

    assert no_paper == []
    assert number in read(paper).text
    # Nothing can have come out the first time, so this is the first paper and no copy.
    assert "SALINAN" not in read(paper).text
    hall.command("reprint", number)
    assert "SALINAN" in read(printer.wait_for_jobs(2, LIMIT_S)[1]).text
    assert hall.command("status")["waiting"] == 1
