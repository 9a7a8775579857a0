"""The business date and the hall's clock: moved on when a day is over, or confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from db.journal import Kind
from db.moment import to_datetime
from db.transaction import Tx, View
from rules.clock import ClockState, judge
from rules.turn import OPEN, Lane


@dataclass(frozen=True, slots=True)
class Day:
    """The day that the hall is in."""

    business_date: date


def clock_state(view: Tx | View) -> ClockState:
    """Say whether the clock can be believed; for consoles, kiosk and doctor."""
    zone = ZoneInfo(view.site.time_zone)
    return judge(
        to_datetime(view.clock).astimezone(zone),
        to_datetime(view.last_at).astimezone(zone),
        date.fromisoformat(view.last_date),
    )


def close_day(tx: Tx, *, request: str, actor: str) -> Day:
    """Close what is open of a day that is over, and move on; nothing while the day lasts.

    Every command does this first, so that nobody need call it; a timer may, at midnight.
    """
    tx.open(request, actor, Kind.DAY_CLOSED)
    return Day(date.fromisoformat(tx.business_date))


def confirm_date(tx: Tx, *, request: str, actor: str) -> Day:
    """A supervisor confirms the clock, however far it jumped, backward too.

    From here on the hall's time is the clock's. Where that is a step back, what is open is
    drawn back with it, so that nobody who comes now is due before those who wait.
    """
    prior = tx.open(request, actor, Kind.DAY_CONFIRMED, accept_clock=True)
    if prior is None:
        data: dict[str, object] = {"date": tx.business_date}
        if tx.last_at > tx.clock:
            data["drawn_back"] = _draw_back(tx)
        prior = tx.event(Kind.DAY_CONFIRMED, data=data)
    # Not the present date: a repeat, days later, gets what was confirmed then.
    return Day(date.fromisoformat(prior.data["date"]))


def _draw_back(tx: Tx) -> dict[str, object]:
    """Bring what a clock wrote that ran ahead back to the confirmed one: now at the latest.

    The order within each lane stays: those drawn back are due together, and ``queued_seq``
    says who came first. Returned is what the journal must know to do the same.
    """
    now = tx.now()
    due = {lane.value: now + tx.site.figures.minutes(lane) * 60_000_000 for lane in _DRAWN_BACK}
    states = ", ".join(f"'{status.value}'" for status in sorted(OPEN))
    which = f"site = :site AND business_date = :today AND status IN ({states})"
    values: dict[str, object] = {"site": tx.site.code, "today": tx.business_date}
    for column in ("queued_at", "called_at", "started_at"):
        tx.write(
            f"UPDATE turn SET {column} = :now WHERE {which} AND {column} > :now", now=now, **values
        )
    for lane, latest in due.items():
        tx.write(
            f"UPDATE turn SET due_at = :latest WHERE {which} AND lane = :lane AND due_at > :latest",
            lane=lane,
            latest=latest,
            **values,
        )
    return {"at": now, "due": due}


_DRAWN_BACK = (Lane.ORDINARY, Lane.PRIORITY, Lane.RETURNED)
"""Lanes whose turns are due by when they came; a booked time is what the visitor was told."""
