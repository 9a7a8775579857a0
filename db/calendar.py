"""Read the hall's hours for ``rules.hours``."""

from __future__ import annotations

import functools
import json
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from db.moment import to_datetime
from db.transaction import Tx, View
from rules.hours import DayHours, Hours, Opening, opening


def hours(view: Tx | View) -> Hours:
    """Return the site's hours, with its exceptions."""
    if view.site.is_always_open:
        return Hours(is_always_open=True)
    week = view.rows(
        "SELECT weekday, hours FROM calendar_week WHERE site = :site AND scope = ''",
        site=view.site.code,
    )
    dates = view.rows(
        "SELECT day, hours FROM calendar_date WHERE site = :site AND scope = '' AND day >= :today",
        site=view.site.code,
        today=site_time(view).date().isoformat(),
    )
    country = view.rows("SELECT holidays FROM site WHERE code = :site", site=view.site.code)[0][0]
    # What the hall says of a date goes before what the country says: it may open on a holiday.
    exceptions = dict.fromkeys(_holidays(country, site_time(view).year))
    return Hours(
        week={weekday: _day(stored) for weekday, stored in week},
        exceptions={
            **exceptions,
            **{
                date.fromisoformat(day): None if stored is None else _day(stored)
                for day, stored in dates
            },
        },
    )


def opening_now(view: Tx | View) -> Opening:
    """Say whether the hall gives numbers at the store's present instant."""
    return opening(hours(view), site_time(view))


def site_time(view: Tx | View) -> datetime:
    """Return the store's present instant in the site's time zone."""
    return to_datetime(view.now()).astimezone(ZoneInfo(view.site.time_zone))


@functools.cache
def _holidays(country: str, year: int) -> tuple[date, ...]:
    """Return the public holidays of this year and the next; none for no country.

    Joint leave (cuti bersama) is no public holiday: halls may open then, and name the dates
    on which they don't in their catalogue.
    """
    if not country:
        return ()
    # Imported here: a hall that is always open, or a window, need not pay for it.
    import holidays

    return tuple(sorted(holidays.country_holidays(country, years=(year, year + 1))))


def _day(stored: str) -> DayHours:
    entry = json.loads(stored)
    return DayHours(
        open_at=_clock(entry["open"]),
        close_at=_clock(entry["close"]),
        last_ticket_at=_clock(entry["last_ticket"]),
        breaks=tuple((_clock(p["start"]), _clock(p["end"])) for p in entry["breaks"]),
    )


def _clock(text: str) -> time:
    hour, minute = text.split(".")
    return time(int(hour), int(minute))
