"""When a hall gives numbers: week, breaks, last ticket, exceptions; one function for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

LOOK_AHEAD_DAYS = 30
"""How far ``opening`` looks for the next day on which the hall opens."""


class Closed(StrEnum):
    """Why no numbers are given now."""

    NOT_YET = "not_yet"
    BREAK = "break"
    LAST_TICKET = "last_ticket"
    AFTER_HOURS = "after_hours"
    HOLIDAY = "holiday"
    DAY_OFF = "day_off"


@dataclass(frozen=True, slots=True)
class DayHours:
    """One day: ``open_at`` to ``close_at``, ``last_ticket_at``, and breaks (start, end)."""

    open_at: time
    close_at: time
    last_ticket_at: time
    breaks: tuple[tuple[time, time], ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """A week (Monday = 0; a day left out is closed) and dates that differ (None = holiday)."""

    week: Mapping[int, DayHours] = field(default_factory=dict)
    exceptions: Mapping[date, DayHours | None] = field(default_factory=dict)
    is_always_open: bool = False

    def on(self, day: date) -> DayHours | None:
        """Return the day's hours, None where the hall is closed all day."""
        if day in self.exceptions:
            return self.exceptions[day]
        return self.week.get(day.weekday())


@dataclass(frozen=True, slots=True)
class Opening:
    """The answer: open or not, why not, and when next; instants are aware, in site time.

    ``closes_at`` and ``last_ticket_at`` are today's, ``opens_at`` the next opening.
    """

    is_open: bool
    reason: Closed | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    last_ticket_at: datetime | None = None


def opening(hours: Hours, now: datetime) -> Opening:
    """Say whether numbers are given at ``now``.

    Args:
        hours: The hours that hold.
        now: Aware, in the site's time zone.
    """
    if hours.is_always_open:
        return Opening(is_open=True)
    today = now.date()
    day = hours.on(today)
    if day is None:
        reason = Closed.HOLIDAY if today in hours.exceptions else Closed.DAY_OFF
        return Opening(is_open=False, reason=reason, opens_at=_next_open(hours, now))
    closed = _closed(day, now.timetz().replace(tzinfo=None))
    return Opening(
        is_open=closed is None,
        reason=closed,
        opens_at=None if closed is None else _next_open(hours, now),
        closes_at=_at(now, day.close_at),
        last_ticket_at=_at(now, day.last_ticket_at),
    )


def _closed(day: DayHours, clock: time) -> Closed | None:
    """Say why no numbers are given at a time of an opening day; None where they are."""
    if clock < day.open_at:
        return Closed.NOT_YET
    if clock >= day.close_at:
        return Closed.AFTER_HOURS
    if clock >= day.last_ticket_at:
        return Closed.LAST_TICKET
    if any(start <= clock < end for start, end in day.breaks):
        return Closed.BREAK
    return None


def _next_open(hours: Hours, now: datetime) -> datetime | None:
    """Return the next instant at which numbers are given again."""
    for ahead in range(LOOK_AHEAD_DAYS + 1):
        day = now.date() + timedelta(days=ahead)
        found = hours.on(day)
        if found is None:
            continue
        # A day opens at its beginning or after a break; where another break follows, or the
        # last number has been given by then, it doesn't.
        for clock in sorted({found.open_at, *(end for _, end in found.breaks)}):
            at = datetime.combine(day, clock, tzinfo=now.tzinfo)
            if at > now and _closed(found, clock) is None:
                return at
    return None


def _at(now: datetime, clock: time) -> datetime:
    return datetime.combine(now.date(), clock, tzinfo=now.tzinfo)
