"""The sign-in page after wrong PINs: it says what is wrong, and how long to wait."""

from __future__ import annotations

import re

from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from db.journal import Kind
from db.store import Tx, new_request
from tests.counter.conftest import StartConsole
from tests.support.hall import TestHall


def test_after_a_wrong_pin_the_button_counts_down_and_then_signs_in(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    hall.store.run(lambda tx: _guard(tx, "petugas3", failures=1))
    console = start(is_signed_in=False)
    entry = console.window.entry
    assert entry

    console.sign_in(pin="000000")

    qtbot.waitUntil(lambda: "Masuk lagi dalam" in entry.button.text())
    assert re.fullmatch(r"Masuk lagi dalam 00\.0[12]", entry.button.text())
    assert entry.button.accessibleName() == entry.button.text()
    assert "PIN salah" in entry.pin.fault.text()
    assert "detik" not in entry.pin.fault.text(), "the seconds run on the button"
    assert not entry.button.isEnabled()
    qtbot.waitUntil(entry.button.isEnabled)
    assert entry.button.text() == "Masuk"
    assert "PIN salah" in entry.pin.fault.text(), "what was wrong is still to be read"
    console.sign_in()
    qtbot.waitUntil(lambda: console.window.desk is not None)


def test_another_officer_need_not_wait_for_the_first_ones_delay(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    hall.store.run(lambda tx: _guard(tx, "petugas3", failures=9, wait_s=60))
    console = start(is_signed_in=False)
    entry = console.window.entry
    assert entry
    console.sign_in()
    qtbot.waitUntil(lambda: "Masuk lagi dalam" in entry.button.text())
    assert "Tunggu sebentar" in entry.pin.fault.text()

    entry.officer.edit.clear()
    QTest.keyClicks(entry.officer.edit, "petugas4")

    assert entry.button.isEnabled()
    assert not entry.pin.fault.isVisible()
    entry.button.click()
    qtbot.waitUntil(lambda: console.window.desk is not None)
    assert console.view.officer == "petugas4"


def test_a_locked_code_says_who_opens_it(start: StartConsole, hall: TestHall, qtbot: QtBot) -> None:
    hall.store.run(lambda tx: _guard(tx, "petugas3", failures=10, is_locked=True))
    console = start(is_signed_in=False)
    entry = console.window.entry
    assert entry

    console.sign_in()

    qtbot.waitUntil(lambda: entry.officer.fault.isVisible())
    assert "pengawas" in entry.officer.fault.text()
    assert entry.button.isEnabled(), "another officer may sign in"


def _guard(
    tx: Tx, officer: str, *, failures: int, wait_s: int = 0, is_locked: bool = False
) -> None:
    tx.open(new_request(), "cli:test", Kind.OFFICER_UNLOCKED)
    tx.write(
        "INSERT INTO officer_guard (site, officer, failures, next_try_at, is_locked)"
        " VALUES (:site, :officer, :failures, :next_try_at, :is_locked)",
        site=tx.site.code,
        officer=officer,
        failures=failures,
        next_try_at=tx.now() + wait_s * 1_000_000,
        is_locked=is_locked,
    )
    tx.event(Kind.OFFICER_UNLOCKED, data={"officer": officer})
