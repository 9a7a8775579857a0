"""When numbers are given: weeks, breaks, last tickets, seasons, dates, holidays; one function.

``opening`` answers for a hall, an agency or a service. Kiosk, console, display, command line
and the command that gives numbers all ask it, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from rules.errors import QueueClosed

LOOK_AHEAD_DAYS = 366
"""How far ``opening`` looks for the next day on which numbers are given."""

SITE = ""
"""The scope of the hall itself; an agency's is its code, a service's ``AGENCY.SERVICE``."""

_FRIDAY = 4
_FRIDAY_PRAYER = (time(11, 30), time(13))


class Closed(StrEnum):
    """Why no numbers are given now."""

    NOT_YET = "not_yet"
    BREAK = "break"
    FRIDAY_BREAK = "friday_break"
    LAST_TICKET = "last_ticket"
    AFTER_HOURS = "after_hours"
    HOLIDAY = "holiday"
    DAY_OFF = "day_off"


class Break(NamedTuple):
    """A pause within a day; while a rotating one lasts, some desks go on and numbers are given."""

    start: time
    end: time
    is_rotating: bool = False


@dataclass(frozen=True, slots=True)
class DayHours:
    """One day: ``open_at`` to ``close_at``; from ``last_ticket_at`` on no numbers are given."""

    open_at: time
    close_at: time
    last_ticket_at: time
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class DateHours:
    """What holds on one date: its hours, None where closed, and what the date is called."""

    hours: DayHours | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """One scope's hours.

    ``week`` by weekday (Monday = 0; a day left out is closed), ``seasons`` the dates on which
    another week holds (Ramadan), ``dates`` those that were named one by one.
    """

    week: Mapping[int, DayHours] = field(default_factory=dict)
    seasons: Mapping[date, DateHours] = field(default_factory=dict)
    dates: Mapping[date, DateHours] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hours:
    """All hours of a site: calendars by scope, and the country's holidays by name."""

    scopes: Mapping[str, Calendar] = field(default_factory=dict)
    holidays: Mapping[date, str] = field(default_factory=dict)
    is_always_open: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """The answer: open or not, why not, and when next; instants are aware, in site time.

    ``closes_at`` and ``last_ticket_at`` are today's, ``opens_at`` the next opening, which is
    still today where ``opens_today``. ``scope`` said it, and ``note`` is what the holiday or
    the date is called. ``rotating_until`` is the end of a break in which numbers are given.
    """

    is_open: bool
    reason: Closed | None = None
    opens_at: datetime | None = None
    opens_today: bool = False
    closes_at: datetime | None = None
    last_ticket_at: datetime | None = None
    rotating_until: datetime | None = None
    scope: str = SITE
    note: str = ""


class _Found(NamedTuple):
    """What holds on a date, and who said so."""

    scope: str
    hours: DayHours | None
    note: str = ""
    is_holiday: bool = False


def opening(hours: Hours, now: datetime, scope: str = SITE) -> Opening:
    """Say whether numbers are given at ``now``, why not, and when next.

    For each date the first of these holds:

    1. the date's own row, of the most specific scope that has one (service, agency, site);
    2. a holiday of the country: so a joint leave day, or any holiday, opens by a row of 1;
    3. the most specific scope that has a week at all, or a season on this date: the season's
       hours, else the week's.

    Args:
        hours: The hours of the site.
        now: Aware, in the site's time zone.
        scope: '' for the hall, an agency's code, or ``AGENCY.SERVICE``.
    """
    if hours.is_always_open:
        return Opening(is_open=True)
    found = _on(hours, scope, now.date())
    day = found.hours
    if day is None:
        return _closed_until(
            hours,
            now,
            scope,
            Opening(
                is_open=False,
                reason=Closed.HOLIDAY if found.is_holiday else Closed.DAY_OFF,
                scope=found.scope,
                note=found.note,
            ),
        )
    clock = now.timetz().replace(tzinfo=None)
    reason = _why_closed(day, clock, now.weekday())
    rotating = [part.end for part in day.breaks if part.is_rotating and _is_in(part, clock)]
    answer = Opening(
        is_open=reason is None,
        reason=reason,
        closes_at=_at(now, day.close_at),
        last_ticket_at=_at(now, day.last_ticket_at),
        rotating_until=_at(now, max(rotating)) if rotating and reason is None else None,
        scope=found.scope,
        note=found.note,
    )
    return answer if reason is None else _closed_until(hours, now, scope, answer)


def refusal(answer: Opening, service: str = "") -> QueueClosed:
    """Return the error of a queue that gives no numbers now."""
    return QueueClosed(
        service=service,
        reason=None if answer.reason is None else answer.reason.value,
        opens_at=answer.opens_at,
        opens_on=None if answer.opens_today else answer.opens_at,
        scope=answer.scope,
        note=answer.note,
    )


def scopes_of(scope: str) -> tuple[str, ...]:
    """Return the scopes that have a say, the most specific first: service, agency, site."""
    agency, dot, _ = scope.partition(".")
    named = (scope, agency) if dot else (scope,)
    return (*named, SITE) if scope else (SITE,)


def _on(hours: Hours, scope: str, day: date) -> _Found:
    """Return what holds on a date; the precedence of ``opening``."""
    known = [(name, hours.scopes[name]) for name in scopes_of(scope) if name in hours.scopes]
    for name, calendar in known:
        if day in calendar.dates:
            row = calendar.dates[day]
            return _Found(name, row.hours, row.note, is_holiday=row.hours is None)
    if day in hours.holidays:
        return _Found(SITE, None, hours.holidays[day], is_holiday=True)
    for name, calendar in known:
        if day in calendar.seasons:
            row = calendar.seasons[day]
            # A day that a season's week leaves out has no name: it is a day off like others.
            return _Found(name, row.hours, row.note, is_holiday=not row.hours and bool(row.note))
        if calendar.week:
            return _Found(name, calendar.week.get(day.weekday()))
    return _Found(SITE, None)


def _why_closed(day: DayHours, clock: time, weekday: int) -> Closed | None:
    """Say why no numbers are given at a time of an opening day; None where they are."""
    if clock < day.open_at:
        return Closed.NOT_YET
    if clock >= day.close_at:
        return Closed.AFTER_HOURS
    if clock >= day.last_ticket_at:
        return Closed.LAST_TICKET
    pauses = [part for part in day.breaks if not part.is_rotating and _is_in(part, clock)]
    if not pauses:
        return None
    is_prayer = any(
        part.start < _FRIDAY_PRAYER[1] and part.end > _FRIDAY_PRAYER[0] for part in pauses
    )
    return Closed.FRIDAY_BREAK if weekday == _FRIDAY and is_prayer else Closed.BREAK


def _is_in(part: Break, clock: time) -> bool:
    return part.start <= clock < part.end


def _closed_until(hours: Hours, now: datetime, scope: str, answer: Opening) -> Opening:
    """Add the next instant at which numbers are given again, where there is one."""
    at = next(_openings(hours, now, scope), None)
    return replace(answer, opens_at=at, opens_today=at is not None and at.date() == now.date())


def _openings(hours: Hours, now: datetime, scope: str) -> Iterator[datetime]:
    """Yield the instants after now at which numbers begin to be given, the next first."""
    # A clock may show the last year that there is.
    left = date.max.toordinal() - now.date().toordinal()
    for ahead in range(min(LOOK_AHEAD_DAYS, left) + 1):
        day = now.date() + timedelta(days=ahead)
        found = _on(hours, scope, day).hours
        if found is None:
            continue
        # A day opens at its beginning or after a break; where another break follows, or the
        # last number has been given by then, it doesn't.
        for clock in sorted({found.open_at, *(part.end for part in found.breaks)}):
            at = datetime.combine(day, clock, tzinfo=now.tzinfo)
            if at > now and _why_closed(found, clock, day.weekday()) is None:
                yield at


def _at(now: datetime, clock: time) -> datetime:
    return datetime.combine(now.date(), clock, tzinfo=now.tzinfo)
