"""The kiosk before a quota, a service that demands a NIK, and data whose time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from db.purge import due
from db.quota_settings import set_quota
from db.store import Store, new_request, open_store
from db.tickets import issue_ticket
from kiosk import flow
from kiosk.window import KioskWindow
from tests.kiosk.conftest import StartKiosk
from tests.kiosk.hall_store import Kiosk, RecordingSpool
from tests.kiosk.test_pages import LANDSCAPE, PORTRAIT, buttons, cut_off, texts

KK = "DUKCAPIL.KK"
NIK = "3578011202870001"


def at_store(url: str, act: Callable[[Store], None]) -> None:
    store = open_store(url)
    act(store)
    store.close()


def set_places(url: str, places: int) -> None:
    request = new_request()

    def act(store: Store) -> None:
        store.run(
            lambda tx: set_quota(
                tx, request=request, actor="cli:test", service=KK, pool="kiosk", places=places
            )
        )

    at_store(url, act)


def demand_nik(url: str) -> None:
    def act(store: Store) -> None:
        with store.connected() as connection:
            connection.rows(
                "UPDATE service SET demands = :d WHERE code = :kk", {"d": '["nik"]', "kk": KK}
            )

    at_store(url, act)


def open_service(kiosk: Kiosk) -> None:
    presenter = kiosk.presenter
    presenter.open_agency("DUKCAPIL")
    presenter.open_service(KK)


def has_act(window: KioskWindow) -> bool:
    return any(one.accessibleName() == "Ambil Nomor" for one in buttons(window))


@pytest.mark.parametrize("size", [PORTRAIT, LANDSCAPE], ids=["portrait", "landscape"])
def test_what_is_left_is_shown_and_the_reason_where_nothing_is(
    start: StartKiosk, store_url: str, qtbot: QtBot, size: QSize
) -> None:
    set_places(store_url, 12)
    kiosk = start(RecordingSpool())
    window = KioskWindow(kiosk.presenter, None, size)
    qtbot.addWidget(window)
    window.resize(size)
    window.show()
    open_service(kiosk)
    qtbot.waitUntil(lambda: "Sisa kuota hari ini: 12" in texts(window))
    assert has_act(window)

    set_places(store_url, 0)

    qtbot.waitUntil(lambda: not has_act(window))
    assert any(
        one.startswith("Kuota layanan ini untuk hari ini sudah habis.") for one in texts(window)
    )
    QApplication.processEvents()
    assert cut_off(window) == []


def test_a_service_that_demands_a_nik_sends_the_visitor_to_an_officer(
    start: StartKiosk, store_url: str, qtbot: QtBot
) -> None:
    demand_nik(store_url)
    kiosk = start(RecordingSpool())
    window = KioskWindow(kiosk.presenter, None, PORTRAIT)
    qtbot.addWidget(window)
    window.resize(PORTRAIT)
    window.show()

    open_service(kiosk)

    qtbot.waitUntil(lambda: kiosk.presenter.queue is not None)
    assert not has_act(window)
    assert any("nomor antrean diberikan oleh petugas" in one for one in texts(window))
    assert cut_off(window) == []
    # A press that was on its way when the catalogue changed gives no number, and no crash.
    kiosk.presenter.take_number()
    qtbot.waitUntil(lambda: isinstance(kiosk.presenter.flow.page, flow.Service))
    page = kiosk.presenter.flow.page
    assert isinstance(page, flow.Service)
    assert page.fault is not None
    assert page.fault.code == "PersonalDataNeeded"


def test_a_kiosk_forgets_what_is_due_by_itself(
    start: StartKiosk, store_url: str, qtbot: QtBot
) -> None:
    demand_nik(store_url)
    request = new_request()

    def take(store: Store) -> None:
        store.run(
            lambda tx: issue_ticket(
                tx,
                request=request,
                actor="cli:test",
                services=[KK],
                personal={"nik": NIK},
            )
        )
        with store.connected() as connection:
            connection.rows(
                "UPDATE personal_datum SET purge_on = :day", {"day": date(2020, 1, 1).isoformat()}
            )

    at_store(store_url, take)
    kiosk = start(None)
    store = kiosk.store()
    assert due(store) == {"nik": 1}

    kiosk.now[0] += 31

    qtbot.waitUntil(lambda: due(store) == {})
    store.close()
