"""The kiosk tells each service's own hours, and that a wild clock keeps it from giving numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from db import address
from db.catalogue import load_catalogue
from db.install import install
from db.store import Store, open_store
from desktop.touch import TouchButton
from kiosk import flow
from kiosk.window import KioskWindow
from tests.kiosk.conftest import StartKiosk
from tests.kiosk.hall_store import Kiosk, RecordingSpool, sample
from tests.support.settled import settle
from tests.support.small_hall import SetClock

KK, SKCK = ("DUKCAPIL", "DUKCAPIL.KK"), ("POLRI", "POLRI.SKCKB")
Begin = Callable[[str], tuple[Kiosk, KioskWindow]]


@pytest.fixture
def clock() -> SetClock:
    """The store's clock."""
    return SetClock()


@pytest.fixture
def begin(tmp_path: Path, start: StartKiosk, clock: SetClock, qtbot: QtBot) -> Begin:
    """Start a kiosk of the sample hall, with its hours, at a local time."""
    url = f"sqlite:///{tmp_path / 'timed.db'}"
    install(url)
    store = Store(address.parse(url), "", clock)
    load_catalogue(store, sample(), actor="test", always_open=False)
    store.close()

    def at(text: str) -> tuple[Kiosk, KioskWindow]:
        clock.set(text)
        kiosk = start(RecordingSpool(), open_=lambda: open_store(url, clock=clock))
        window = KioskWindow(kiosk.presenter, None, QSize(540, 960))
        qtbot.addWidget(window)
        window.resize(QSize(540, 960))
        window.show()
        qtbot.waitExposed(window)
        return kiosk, window

    return at


def words(window: KioskWindow) -> str:
    """Return all that is on show, a label a line."""
    settle()
    assert window.page is not None
    return "\n".join(one.text() for one in window.page.findChildren(QLabel) if one.isVisible())


def can_take(window: KioskWindow) -> bool:
    """Say whether the large act is on show."""
    settle()
    assert window.page is not None
    found = window.page.findChildren(TouchButton)
    return any(one.isVisible() and one.accessibleName() == "Ambil Nomor" for one in found)


def go_to(kiosk: Kiosk, qtbot: QtBot, place: tuple[str, str]) -> None:
    """Open a service's page and wait for its queue."""
    presenter = kiosk.presenter
    presenter.home()
    presenter.open_agency(place[0])
    presenter.open_service(place[1])
    qtbot.waitUntil(lambda: presenter.queue is not None and presenter.queue.service == place[1])


def test_the_friday_break_stands_where_the_number_would_be_taken(
    begin: Begin, qtbot: QtBot
) -> None:
    kiosk, window = begin("2026-11-27 11:45")

    assert "istirahat Jumat" in words(window)
    assert "pukul 13.00 WIB" in words(window)
    go_to(kiosk, qtbot, KK)
    assert not can_take(window)
    assert "istirahat Jumat" in words(window)


def test_on_saturday_only_the_service_that_is_open_gives_numbers(
    begin: Begin, qtbot: QtBot
) -> None:
    kiosk, window = begin("2026-11-28 09:00")

    assert "Sebagian layanan sedang buka: pilih layanan Anda." in words(window)
    go_to(kiosk, qtbot, KK)
    assert not can_take(window)
    assert "Senin, 30 November 2026" in words(window)
    go_to(kiosk, qtbot, SKCK)
    assert can_take(window)
    kiosk.presenter.take_number()
    qtbot.waitUntil(lambda: isinstance(kiosk.presenter.flow.page, flow.Done))


def test_with_a_wild_clock_the_kiosk_says_why_it_gives_no_numbers(
    begin: Begin, qtbot: QtBot
) -> None:
    kiosk, window = begin("2036-11-24 09:00")

    assert "jam aula disetel benar" in words(window)
    go_to(kiosk, qtbot, KK)
    assert not can_take(window)
    assert "jam aula disetel benar" in words(window)
