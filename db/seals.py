"""A day's seal: its last seq and hash, to be put on paper or kept elsewhere.

Who can write everything can compute every hash anew; only a hash that lies somewhere else tells.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from db import standing
from db.journal import Kind, marked
from db.transaction import View
from rules.errors import BadInput, DayUnknown


@dataclass(frozen=True, slots=True)
class DaySeal:
    """Where the chain stood at a day's end; ``is_closed`` False while the day goes on."""

    date: date
    seq: int
    hash: str
    is_closed: bool


def day_seal(view: View, day: date | None = None) -> DaySeal:
    """Return the seal of a date; of the last day that ended where None.

    Raises:
        DayUnknown: The hall was never in that date, or its events are pruned.
    """
    if day is not None and not isinstance(day, date):
        raise BadInput(field="day", reason="type")
    seq, digest, present = standing.head(view)
    if day is not None and day.isoformat() == present:
        return DaySeal(date=day, seq=seq, hash=digest, is_closed=False)
    # The data is canonical text, so the date stands there in one form only. A date that came
    # twice ended twice: the later end covers both.
    closed = f'%"date":"{day.isoformat()}"%' if day else "%"
    row = view.one(
        "SELECT seq, hash, data FROM feed_event WHERE site = :site"
        f" AND {marked(Kind.DAY_CLOSED)} AND data LIKE :closed ORDER BY seq DESC LIMIT 1",
        site=view.site.code,
        closed=closed,
    )
    if row is None:
        raise DayUnknown(date=day)
    ended = date.fromisoformat(json.loads(row[2])["date"])
    return DaySeal(date=ended, seq=row[0], hash=row[1], is_closed=True)
