"""Which of the daily backups stay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

_MONTHS = 12


def kept(days: Iterable[date], newest: int, today: date) -> frozenset[date]:
    """Return the days whose backups stay.

    Args:
        days: Those that have a backup.
        newest: So many of the newest stay; at least one does.
        today: The oldest backup of each month stays for a year before this day.
    """
    by_age = sorted(set(days))
    monthly: dict[int, date] = {}
    for day in by_age:
        monthly.setdefault(_month(day), day)
    # A clock that was wrong once leaves a backup of a day to come; it is no month's.
    months = range(_month(today) - _MONTHS, _month(today) + 1)
    return frozenset(by_age[-max(newest, 1) :]) | {
        day for month, day in monthly.items() if month in months
    }


def _month(day: date) -> int:
    return day.year * 12 + day.month
