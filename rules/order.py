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
    much more the counter cares for this service (1 = normal): minutes of earliness are
    divided among services by it only between turns due within the same minute.
    """

    turn: str
    due: int
    queued_seq: int
    weight: int = 1


_MINUTE_US = 60_000_000


def pick(heads: Iterable[Head]) -> Head | None:
    """Return the head to call: least due; within one minute the heavier weight; then seq."""
    return min(
        heads,
        key=lambda head: (head.due // _MINUTE_US, -head.weight, head.due, head.queued_seq),
        default=None,
    )
