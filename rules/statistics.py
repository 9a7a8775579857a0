"""What a report says of many durations: the median, the ninth decile, the longest.

Percentiles are by nearest rank: the least value that at least so many of a hundred don't
exceed. So each is a time that somebody really had, and none is put together from two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MEDIAN, NINTH_DECILE = 50, 90


@dataclass(frozen=True, slots=True)
class Spread:
    """How durations are spread; the figures are None where nothing was measured.

    ``count`` is how many were measured, which may be fewer than were counted otherwise.
    """

    count: int
    median: int | None
    ninth_decile: int | None
    longest: int | None


NOTHING = Spread(0, None, None, None)


def spread(values: Iterable[int | None]) -> Spread:
    """Return how durations are spread; a missing one is left out, never taken as zero."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return NOTHING
    return Spread(
        count=len(known),
        median=percentile(known, MEDIAN),
        ninth_decile=percentile(known, NINTH_DECILE),
        longest=known[-1],
    )


def percentile(ordered: Sequence[int], percent: int) -> int:
    """Return the least value that at least ``percent`` of a hundred don't exceed.

    Args:
        ordered: Values, least first, at least one.
        percent: 1 to 100.

    Raises:
        ValueError: There are no values, or no such percentile.
    """
    if not ordered or not 1 <= percent <= 100:
        raise ValueError(f"no percentile {percent} of {len(ordered)} values")
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def duration(begin: int | None, end: int | None) -> int | None:
    """Return the time between two instants; None where one is missing, or they are swapped."""
    if begin is None or end is None or end < begin:
        return None
    return end - begin
