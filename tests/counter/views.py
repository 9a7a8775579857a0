"""Desks as the store would give them, as short to write as a test likes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from db.calls import CalledTurn
from db.desks import Desk, WaitingTurn
from rules.turn import Lane, TurnStatus

NINE = datetime(2026, 11, 23, 2, 12, tzinfo=UTC)


def present(number: str, status: str = "called", calls: int = 1) -> CalledTurn:
    """Return a visitor at the desk; the turn is named after the number."""
    return CalledTurn(
        turn=f"turn-{number}",
        ticket=f"ticket-{number}",
        number=number,
        service="DUKCAPIL.KK",
        counter="5",
        status=TurnStatus(status),
        lane=Lane.ORDINARY,
        queued_at=NINE,
        called_at=NINE,
        started_at=NINE if status == "serving" else None,
        calls=calls,
    )


def row(number: str, status: str = "waiting") -> WaitingTurn:
    """Return a line of the waiting, missed or held list."""
    return WaitingTurn(
        turn=f"turn-{number}",
        number=number,
        service="DUKCAPIL.KK",
        service_names={"id": "Kartu Keluarga"},
        lane=Lane.ORDINARY,
        status=TurnStatus(status),
        queued_at=NINE,
        called_at=None,
        calls=0,
        elsewhere=None,
        is_paused=False,
    )


FREE = Desk(
    seq=10,
    now=NINE,
    time_zone="Asia/Jakarta",
    counter="5",
    counter_names={"id": "Loket 5"},
    zone_names={"id": "Zona Barat"},
    agency_names=({"id": "Dinas Kependudukan dan Pencatatan Sipil"},),
    officer="petugas5",
    officer_name="Petugas 5",
    present=None,
    present_names=None,
    next_on_paper=(),
    waiting=(),
    missed=(),
    held=(),
    done_today=0,
    median_service_s=None,
)


def desk_with(visitor: CalledTurn | None, seq: int = 11) -> Desk:
    """Return the free desk with a visitor at it."""
    return replace(FREE, present=visitor, seq=seq)
