"""Snapshots of a hall, as short to write as a test likes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from db.board import AgencyWaiting, Board, BoardCall
from rules.turn import TurnStatus
from rules.wait import WaitRange

NINE = datetime(2026, 11, 23, 2, 12, tzinfo=UTC)
DAY = date(2026, 11, 23)


def call(
    seq: int,
    number: str,
    counter: str = "3",
    *,
    calls: int = 1,
    ago_s: float = 0,
    status: TurnStatus = TurnStatus.CALLED,
) -> BoardCall:
    """Return a call of ``number``; its turn is named after it."""
    return BoardCall(
        turn=f"turn-{number}",
        number=number,
        counter=counter,
        counter_names={"id": f"Loket {counter}", "en": f"Counter {counter}"},
        zone_names={"id": "Zona Timur", "en": "East zone"},
        floor=1,
        direction="right",
        service="DUKCAPIL.KK",
        service_names={"id": "Kartu Keluarga"},
        agency="DUKCAPIL",
        status=status,
        called_at=NINE - timedelta(seconds=ago_s),
        call_seq=seq,
        calls=calls,
    )


def board(seq: int, *calls: BoardCall, day: date = DAY, waiting: int = 0) -> Board:
    """Return a snapshot at ``seq``; calls may stand in any order."""
    agency = AgencyWaiting(
        agency="DUKCAPIL",
        names={"id": "Dinas Kependudukan dan Pencatatan Sipil"},
        short_names={"id": "Kependudukan"},
        waiting=waiting,
        wait=WaitRange(20, 35),
    )
    newest_first = tuple(sorted(calls, key=lambda one: one.call_seq, reverse=True))
    return Board(seq=seq, business_date=day, now=NINE, calls=newest_first, waiting=(agency,))
