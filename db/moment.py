"""Instants as the store keeps them: whole microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_datetime(micros: int) -> datetime:
    """Return the aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=micros)


def maybe_datetime(micros: int | None) -> datetime | None:
    """Return the aware UTC datetime, None for None."""
    return None if micros is None else to_datetime(micros)


def to_micros(moment: datetime) -> int:
    """Return the microseconds of an aware datetime."""
    return (moment - _EPOCH) // _MICROSECOND


def local_date(micros: int, time_zone: str) -> date:
    """Return the calendar date of an instant in a time zone."""
    return to_datetime(micros).astimezone(ZoneInfo(time_zone)).date()
