"""Whom a counter calls next: the head of each lane competes by the time it is due.

The figures bound everybody's wait as overtaking: with the defaults an ordinary turn
is never passed by a priority turn that came more than 40 minutes after it, nor by a
booking for a time more than 55 minutes after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.turn import Lane


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """Minutes after joining by which a turn of each lane should be called; a site's own."""

    ordinary_min: int = 60
    priority_min: int = 20
    booked_min: int = 5
    returned_min: int = 10

    def minutes(self, lane: Lane) -> int:
        """Return the lane's figure."""
        figures = {
            Lane.ORDINARY: self.ordinary_min,
            Lane.PRIORITY: self.priority_min,
            Lane.BOOKED: self.booked_min,
            Lane.RETURNED: self.returned_min,
        }
        return figures[lane]


def due_at(lane: Lane, queued_at: datetime, figures: LaneFigures) -> datetime:
    """Return the time by which a turn should be called.

    Args:
        lane: The turn's lane.
        queued_at: When it came; for a booked turn its booked time. Aware.
        figures: The site's figures.
    """
    return queued_at + timedelta(minutes=figures.minutes(lane))


@dataclass(frozen=True, slots=True)
class Head:
    """The first turn of one lane of one service, as ``call_next`` reads it.

    ``due`` is in microseconds since 1970, ``queued_seq`` the journal's seq at which the
    turn joined: order comes from there, never from a station's clock. ``weight`` says how
    much more the counter cares for this service (1 = normal). ``position`` is the turn's on
    its ticket: services that were wanted together come in the order in which they were named.
    """

    turn: str
    due: int
    queued_seq: int
    weight: int = 1
    lane: Lane = Lane.ORDINARY
    position: int = 0


_MINUTE_US = 60_000_000


def pick(heads: Iterable[Head]) -> Head | None:
    """Return the head to call: least due, then least seq, then the first on its ticket.

    A heavier service goes first only within the lane of that head, only among turns due
    within the same minute, and never past a turn of another lane that is due earlier: so
    that weights leave the bound on overtaking as it stands.
    """
    queue = sorted(heads, key=_by_due)
    if not queue:
        return None
    first = queue[0]
    alike: list[Head] = []
    for head in queue:
        if head.lane is not first.lane or head.due // _MINUTE_US != first.due // _MINUTE_US:
            break
        alike.append(head)
    # min() keeps the first of equals, which is the one due first.
    return min(alike, key=lambda head: -head.weight)


def _by_due(head: Head) -> tuple[int, int, int]:
    return head.due, head.queued_seq, head.position
