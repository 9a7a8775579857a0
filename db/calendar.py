"""Read the hours of a hall, its agencies and services for ``rules.hours``, and ask it."""

from __future__ import annotations

import functools
import json
import math
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from db.moment import to_datetime, to_micros
from db.transaction import Tx, View
from rules.errors import UnknownService
from rules.hours import SITE, Break, Calendar, DateHours, DayHours, Hours, Opening, opening

_ALWAYS = Hours(is_always_open=True)


def opening_of(view: Tx | View, scope: str = SITE, at: datetime | None = None) -> Opening:
    """Say whether numbers are given: in the hall, by an agency, or for ``AGENCY.SERVICE``.

    Args:
        view: The store.
        scope: '' for the hall, an agency's code, or a service's.
        at: An aware instant; the store's present one where None.
    """
    local = site_time(view) if at is None else at.astimezone(ZoneInfo(view.site.time_zone))
    return opening(hours(view, local.date()), local, scope)


def opening_now(view: Tx | View) -> Opening:
    """Say whether the hall gives numbers at the store's present instant."""
    return opening_of(view)


def opening_of_counter(view: Tx | View, counter: str) -> Opening:
    """Return the answer of the counter's service that is open longest, or opens first."""
    rows = view.rows(
        "SELECT cs.service FROM counter_service cs JOIN service s ON s.site = cs.site"
        " AND s.code = cs.service WHERE cs.site = :site AND cs.counter = :counter AND s.is_open"
        " ORDER BY s.position",
        site=view.site.code,
        counter=counter,
    )
    answers = [opening_of(view, row[0]) for row in rows] or [opening_now(view)]
    is_open = [answer for answer in answers if answer.is_open]
    if is_open:
        return max(is_open, key=lambda answer: _micros(answer.last_ticket_at))
    return min(answers, key=lambda answer: _micros(answer.opens_at))


def require_scope(view: Tx | View, scope: str) -> None:
    """Refuse what is neither an agency's code nor a service's.

    Raises:
        UnknownService: There is none with this code.
    """
    table = "service" if "." in scope else "agency"
    row = view.one(
        f"SELECT 1 FROM {table} WHERE site = :site AND code = :code",
        site=view.site.code,
        code=scope,
    )
    if row is None:
        raise UnknownService(service=scope)


def hours(view: Tx | View, today: date) -> Hours:
    """Return all hours of the site from a date on; read once a day and catalogue.

    A catalogue's load changes its hash, which every command and every read sees, so what the
    store remembers is never older than the catalogue.
    """
    site = view.site
    if site.is_always_open:
        return _ALWAYS
    kept: tuple[str, date, Hours] | None = view.memory.get(("hours", site.code))
    if kept is None or kept[:2] != (site.catalogue_hash, today):
        kept = (site.catalogue_hash, today, _read(view, today))
        view.memory["hours", site.code] = kept
    return kept[2]


def site_time(view: Tx | View) -> datetime:
    """Return the store's present instant in the site's time zone."""
    return to_datetime(view.now()).astimezone(ZoneInfo(view.site.time_zone))


def _read(view: Tx | View, today: date) -> Hours:
    scopes: dict[str, Calendar] = {}
    weeks: dict[str, dict[int, DayHours]] = {}
    for scope, weekday, stored in view.rows(
        "SELECT scope, weekday, hours FROM calendar_week WHERE site = :site", site=view.site.code
    ):
        weeks.setdefault(scope, {})[weekday] = _day(stored)
    dates: dict[str, dict[date, DateHours]] = {}
    seasons: dict[str, dict[date, DateHours]] = {}
    for scope, day, stored, note, is_season in view.rows(
        "SELECT scope, day, hours, note, is_season FROM calendar_date"
        " WHERE site = :site AND day >= :today",
        site=view.site.code,
        today=today.isoformat(),
    ):
        into = (seasons if is_season else dates).setdefault(scope, {})
        into[date.fromisoformat(day)] = DateHours(None if stored is None else _day(stored), note)
    for scope in weeks.keys() | dates.keys() | seasons.keys():
        scopes[scope] = Calendar(
            week=weeks.get(scope, {}), seasons=seasons.get(scope, {}), dates=dates.get(scope, {})
        )
    country = view.rows("SELECT holidays FROM site WHERE code = :site", site=view.site.code)[0][0]
    return Hours(scopes=scopes, holidays=_holidays(country, today.year))


@functools.cache
def _holidays(country: str, year: int) -> dict[date, str]:
    """Return the public holidays of this year and the next, by name; none for no country.

    Joint leave (cuti bersama) is no public holiday: halls may open then, and name the dates
    on which they don't in their catalogue.
    """
    if not country:
        return {}
    # Imported here: a hall that is always open, or a window, need not pay for it.
    import holidays

    return dict(
        holidays.country_holidays(
            country, years=(year, min(year + 1, date.max.year)), language="id"
        )
    )


def _day(stored: str) -> DayHours:
    entry = json.loads(stored)
    return DayHours(
        open_at=_clock(entry["open"]),
        close_at=_clock(entry["close"]),
        last_ticket_at=_clock(entry["last_ticket"]),
        breaks=tuple(
            # Before seasons and services had hours, a break had no kind.
            Break(_clock(p["start"]), _clock(p["end"]), p.get("kind") == "rotating")
            for p in entry["breaks"]
        ),
    )


def _clock(text: str) -> time:
    hour, minute = text.split(".")
    return time(int(hour), int(minute))


def _micros(at: datetime | None) -> float:
    return math.inf if at is None else to_micros(at)
