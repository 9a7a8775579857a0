"""The console tells the hours of its counter, and says while the clock is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from db.day import confirm_date
from db.store import new_request
from tests.counter.conftest import Console, StartConsole
from tests.support.hall import ACTOR, TestHall
from tests.support.settled import settle
from tests.support.small_hall import SetClock


@pytest.fixture
def clock() -> SetClock:
    """A Friday morning."""
    clock = SetClock()
    clock.set("2026-11-27 07:45")
    return clock


@pytest.fixture
def hall(tmp_path: Path, clock: SetClock) -> Iterator[TestHall]:
    """The sample hall with its hours, on a clock that the test sets."""
    made = TestHall(tmp_path, clock=clock, always_open=False)

    yield made

    made.close()


def said(console: Console, name: str) -> str:
    """Return a line's words, "" while it isn't on show."""
    settle()
    assert console.window.desk
    line = console.window.desk.findChild(QLabel, name)
    assert isinstance(line, QLabel)
    return line.text() if line.isVisible() else ""


def test_the_counter_says_that_it_is_the_friday_break(
    start: StartConsole, clock: SetClock, qtbot: QtBot
) -> None:
    clock.set("2026-11-27 11:45")
    console = start()

    assert said(console, "hours") == "Tutup: istirahat Jumat, buka pukul 13.00"
    clock.set("2026-11-27 13:00")
    console.presenter.read()
    qtbot.waitUntil(lambda: said(console, "hours") == "Buka sampai 15.00, nomor terakhir 14.30")
    clock.set("2026-11-27 14:30")
    console.presenter.read()
    qtbot.waitUntil(lambda: "nomor terakhir sudah diberikan" in said(console, "hours"))


def test_the_counter_says_while_the_clock_is_wrong_and_calls_on(
    start: StartConsole, hall: TestHall, clock: SetClock, qtbot: QtBot
) -> None:
    clock.set("2026-11-27 10:00")
    console = start()
    hall.issue("DUKCAPIL.KK")
    assert said(console, "clock") == ""

    clock.set("2026-11-27 09:00")
    console.presenter.read()

    qtbot.waitUntil(lambda: "Jam menunjukkan 09.00" in said(console, "clock"))
    assert console.window.bar
    console.window.bar.show_state(console.presenter.state, console.presenter.now())
    assert "Jam salah: buka jendela" in [
        line.text() for line in console.window.bar.findChildren(QLabel)
    ]
    console.press("Panggil Berikutnya")
    qtbot.waitUntil(lambda: console.view.present is not None)
    hall.store.run(lambda tx: confirm_date(tx, request=new_request(), actor=ACTOR))
    qtbot.waitUntil(lambda: said(console, "clock") == "")
