"""Kiosks for the tests, stopped at their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from db.store import Store
from desktop.theme import load_fonts
from kiosk import flow
from tests.kiosk.hall_store import Kiosk, RecordingSpool, make_store, start_kiosk

StartKiosk = Callable[..., Kiosk]


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """The URL of a store with the sample hall, always open."""
    return make_store(tmp_path)


@pytest.fixture
def start(store_url: str, qtbot: QtBot) -> Iterator[StartKiosk]:
    """Start a kiosk on that store and wait until it is at home."""
    kiosks: list[Kiosk] = []
    load_fonts()

    def begin(
        spool: RecordingSpool | None = None,
        *,
        url: str | None = None,
        open_: Callable[[], Store] | None = None,
        is_awaited: bool = True,
    ) -> Kiosk:
        kiosk = start_kiosk(url or store_url, spool, open_=open_)
        kiosks.append(kiosk)
        kiosk.presenter.start()
        if is_awaited:
            qtbot.waitUntil(lambda: isinstance(kiosk.presenter.flow.page, flow.Home))
        return kiosk

    yield begin

    for kiosk in kiosks:
        kiosk.stop()
