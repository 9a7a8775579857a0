"""How many numbers of a service are left on a day, and from which pool one takes: no clock, no SQL.

A pool may have a release time: from then on its unused places are the kiosk's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from rules.turn import Lane

MOST_PLACES = 100_000
"""More than any hall gives in a day; a quota beyond it is a slip of the keyboard."""


class Pool(StrEnum):
    """Who a service's places are set aside for."""

    KIOSK = "kiosk"
    PRIORITY = "priority"
    BOOKING = "booking"


class Origin(StrEnum):
    """Who set a quota; by command goes before the catalogue."""

    CATALOGUE = "catalogue"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """One line of a quota: ``day`` is an ISO date, or '' for every day."""

    day: str
    pool: Pool
    origin: Origin
    places: int
    release_at: time | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """One pool on one day. ``used`` may be above ``places`` where these were cut later."""

    pool: Pool
    places: int
    used: int = 0
    release_at: time | None = None
    origin: Origin = Origin.CATALOGUE

    @property
    def left(self) -> int:
        """Places that nobody has taken."""
        return max(0, self.places - self.used)

    def is_released(self, clock: time) -> bool:
        """Say whether the unused places are the kiosk's at this site time."""
        return self.release_at is not None and clock >= self.release_at


def in_force(rows: Iterable[QuotaRow], day: str) -> tuple[QuotaRow, ...]:
    """Return the one row of each pool that holds on a day.

    A row of the date goes before one for every day, and of two such the command's before the
    catalogue's. Empty: the service has no quota on that day.
    """
    found: dict[Pool, QuotaRow] = {}
    for row in rows:
        if row.day not in ("", day):
            continue
        other = found.get(row.pool)
        if other is None or _rank(row) > _rank(other):
            found[row.pool] = row
    return tuple(found[pool] for pool in Pool if pool in found)


def _rank(row: QuotaRow) -> tuple[bool, bool]:
    return row.day != "", row.origin is Origin.COMMAND


def pool_to_take(shares: Sequence[Share], lane: Lane, clock: time) -> Pool | None:
    """Return the pool from which a number takes its place; None where none is left.

    Its own pool first, then the kiosk's places for a priority visitor, then what was released
    to the kiosk. A booking only ever takes a place that was set aside for bookings.

    Args:
        shares: The pools of the service on the day; a pool that isn't there has no place.
        lane: Of the ticket.
        clock: The site's time on that day.
    """
    for share in _open_to(shares, lane, clock):
        if share.left:
            return share.pool
    return None


def rest(shares: Sequence[Share], lane: Lane, clock: time) -> int:
    """Return how many numbers a lane's visitors could still have now."""
    return sum(share.left for share in _open_to(shares, lane, clock))


def next_release(shares: Sequence[Share], lane: Lane, clock: time) -> time | None:
    """Return the next time today at which a release gives this lane a place; None for never."""
    later = sorted(
        share.release_at for share in shares if share.release_at and share.release_at > clock
    )
    return next((at for at in later if rest(shares, lane, at) > rest(shares, lane, clock)), None)


def _open_to(shares: Sequence[Share], lane: Lane, clock: time) -> list[Share]:
    """Return the pools that a lane may take from, in that order."""
    if lane is Lane.BOOKED:
        return [share for share in shares if share.pool is Pool.BOOKING]
    own = (Pool.PRIORITY, Pool.KIOSK) if lane is Lane.PRIORITY else (Pool.KIOSK,)
    found = [share for pool in own for share in shares if share.pool is pool]
    return found + [s for s in shares if s.pool not in own and s.is_released(clock)]
