"""`anjungan hours`: whether the hall, an agency or a service gives numbers, and when next."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import typer

from cli.output import Session
from cli.queue import opened
from db.calendar import opening_of, require_scope, site_time
from station.hours_words import opening_words

_YEARS = range(2000, 2101)


def hours(session: Session, scope: str, at: str | None) -> None:
    """Print whether numbers are given, why not, and when next.

    Raises:
        UnknownService: There is no such agency or service.
    """
    asked = None if at is None else _local(at)
    with opened(session) as store, store.read() as view:
        if scope:
            require_scope(view, scope)
        zone = ZoneInfo(view.site.time_zone)
        moment = site_time(view) if asked is None else asked.replace(tzinfo=zone)
        found = opening_of(view, scope, moment)
    document = {
        "service": scope,
        "at": moment,
        "is_open": found.is_open,
        "reason": found.reason,
        "note": found.note,
        "said_by": found.scope,
        "opens_at": found.opens_at,
        "closes_at": found.closes_at,
        "last_ticket_at": found.last_ticket_at,
        "rotating_until": found.rotating_until,
    }
    session.give(document, opening_words(session.texts, found))


def _local(text: str) -> datetime:
    """Read "2026-11-27 11.45", with a colon as well; wrong use where it is none."""
    day, _, clock = text.strip().replace("T", " ").partition(" ")
    try:
        found = datetime.fromisoformat(f"{day} {clock.replace('.', ':')}")
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None or found.year not in _YEARS:
        raise typer.BadParameter(f"not a time such as 2026-11-27 11.45: {text}")
    return found
