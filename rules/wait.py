"""How long a visitor will wait, as a range that can be kept; never a single minute."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

LONG_MIN = 120


@dataclass(frozen=True, slots=True)
class WaitRange:
    """Minutes from now until the call, from ``low_min`` to ``high_min``; both 0: at once."""

    low_min: int
    high_min: int

    @property
    def is_at_once(self) -> bool:
        """True where nobody is ahead and a counter is free to call."""
        return self.high_min == 0

    @property
    def is_long(self) -> bool:
        """True where hours say it better: no minute of it can be kept any more."""
        return self.low_min >= LONG_MIN

    @property
    def hours(self) -> tuple[int, int]:
        """The range in whole hours, rounded outwards."""
        return self.low_min // 60, math.ceil(self.high_min / 60)


@dataclass(frozen=True, slots=True)
class Share:
    """What stands before somebody at the desks that serve him.

    ``people`` counts all whom those desks might call first, ``turns`` those whom they will,
    as far as other desks don't, and ``minutes`` the time that these take, of one desk.
    """

    people: int
    turns: float
    minutes: float


def share(
    ahead: Mapping[str, int],
    minutes: Mapping[str, float],
    desks: Mapping[str, frozenset[str]],
    service: str,
) -> Share:
    """Say what a service's desks have to do first: they serve other queues too.

    A queue that other desks serve as well counts by the part of its desks that are ours.

    Args:
        ahead: People due before, by service.
        minutes: Length of a visit, by service.
        desks: Counters that serve now, by service.
        service: The queue that is asked about.
    """
    ours = desks.get(service, frozenset())
    people, turns, load = ahead.get(service, 0), 0.0, 0.0
    for other, count in ahead.items():
        theirs = desks.get(other, frozenset())
        part = len(ours & theirs) / len(theirs) if theirs else float(other == service)
        if part and other != service:
            people += count
        turns += count * part
        load += count * part * minutes[other]
    return Share(people, turns, load)


def estimate(ahead: float, minutes_per_turn: float, counters: int, busy: int = 0) -> WaitRange:
    """Estimate the wait.

    The mean is ``ahead`` turns shared by the counters that serve; the spread follows the
    square root of the number of turns (independent visits), so that a long line is not
    promised as precisely as its mean looks. Rounded outwards to five minutes.

    Args:
        ahead: People who will be called first.
        minutes_per_turn: Length of one visit at the desk, in minutes.
        counters: Counters that serve this queue now; none counts as one.
        busy: How many of them have a visitor.
    """
    desks = max(1, counters)
    if ahead <= 0:
        return WaitRange(0, 0 if busy < counters else _up(minutes_per_turn / desks))
    mean = ahead * minutes_per_turn / desks
    spread = minutes_per_turn * math.sqrt(ahead) / desks
    low = max(0, math.floor((mean - spread) / 5) * 5)
    high = max(low + 5, _up(mean + spread))
    return WaitRange(low, high)


def typical_minutes(published_min: float, measured_min: list[float]) -> float:
    """Blend the catalogue's duration with what was measured lately.

    The catalogue counts as three visits, so that one odd visit does not move the wall.

    Args:
        published_min: The catalogue's minutes at the desk.
        measured_min: Minutes of the last visits, any order.
    """
    weight = 3.0
    usual = sorted(measured_min)
    # The middle half only: one visitor who stayed two hours says nothing about the next.
    cut = len(usual) // 4
    middle = usual[cut : len(usual) - cut]
    return max(1.0, (published_min * weight + sum(middle)) / (weight + len(middle)))


def _up(minutes: float) -> int:
    return math.ceil(minutes / 5) * 5
