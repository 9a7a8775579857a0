"""Whether the clock can be believed, judged by what the journal says of the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

LONGEST_REST = timedelta(days=31)
"""A hall rests for a long holiday, not for longer; beyond it the clock is not believed."""

TOLERANCE = timedelta(seconds=60)
"""A clock that its time server sets back by no more than this is nobody's concern."""


class ClockFault(StrEnum):
    """What is wrong with the clock."""

    BEHIND = "behind"
    """Earlier than the journal's last instant: the hall's time stands until it is there."""
    BEHIND_DATE = "behind_date"
    """The hall is in a later date than the clock."""
    AHEAD = "ahead"
    """Ahead by more than a hall ever rests: no command is taken."""


@dataclass(frozen=True, slots=True)
class ClockState:
    """The clock beside the journal, in the site's zone; ``fault`` None while it is believed.

    ``business_date`` is the hall's, as the last command left it.
    """

    fault: ClockFault | None
    clock_at: datetime
    last_at: datetime
    business_date: date

    @property
    def behind_s(self) -> int:
        """Whole seconds by which the clock is behind the journal's last instant."""
        return max(0, int((self.last_at - self.clock_at).total_seconds()))


def judge(clock_at: datetime, last_at: datetime, business_date: date) -> ClockState:
    """Judge the clock.

    Args:
        clock_at: What it shows; aware, in the site's zone.
        last_at: The journal's last instant, likewise.
        business_date: The date that the hall is in.
    """
    fault: ClockFault | None = None
    if clock_at.date() - business_date > LONGEST_REST:
        fault = ClockFault.AHEAD
    elif clock_at.date() < business_date:
        fault = ClockFault.BEHIND_DATE
    elif last_at - clock_at > TOLERANCE:
        fault = ClockFault.BEHIND
    return ClockState(fault, clock_at, last_at, business_date)
