"""The business date: moved on when a day is over, or confirmed by a supervisor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from db.journal import Kind
from db.transaction import Tx


@dataclass(frozen=True, slots=True)
class Day:
    """The day that the hall is in."""

    business_date: date


def close_day(tx: Tx, *, request: str, actor: str) -> Day:
    """Close what is open of a day that is over, and move on; nothing while the day lasts.

    Every command does this first, so that nobody need call it; a timer may, at midnight.
    """
    tx.open(request, actor, Kind.DAY_CLOSED)
    return Day(date.fromisoformat(tx.business_date))


def confirm_date(tx: Tx, *, request: str, actor: str) -> Day:
    """A supervisor confirms the clock's date, however far it jumped."""
    if tx.open(request, actor, Kind.DAY_CONFIRMED, accept_clock=True) is None:
        tx.event(Kind.DAY_CONFIRMED, data={"date": tx.business_date})
    return Day(date.fromisoformat(tx.business_date))
