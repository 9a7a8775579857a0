"""What a report says of many durations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.statistics import NOTHING, duration, percentile, spread

DURATIONS = st.integers(min_value=0, max_value=10**12)
MEASURED = st.lists(DURATIONS, min_size=1, max_size=200)


@given(MEASURED, st.integers(min_value=1, max_value=100))
def test_enough_values_and_no_more_than_needed_lie_at_or_below(
    values: list[int], percent: int
) -> None:
    found = percentile(sorted(values), percent)

    assert found in values
    assert 100 * sum(value <= found for value in values) >= percent * len(values)
    assert 100 * sum(value < found for value in values) < percent * len(values)


@given(MEASURED)
def test_figures_are_in_order_and_the_longest_is_the_last(values: list[int]) -> None:
    found = spread(values)

    assert found.median is not None
    assert found.ninth_decile is not None
    assert min(values) <= found.median <= found.ninth_decile
    assert found.longest == max(values)
    assert found.count == len(values)


@given(MEASURED, st.randoms(use_true_random=False))
def test_order_and_missing_values_change_nothing(values: list[int], chance: object) -> None:
    mixed: list[int | None] = [*values, None, None]
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    assert spread(mixed) == spread(values)


def test_nothing_measured_is_nothing_and_not_zero() -> None:
    assert spread([]) == NOTHING
    assert spread([None]) == NOTHING
    assert NOTHING.median is None


def test_small_numbers_as_one_counts_them_by_hand() -> None:
    assert percentile([1, 2, 3, 4], 50) == 2
    assert percentile([1, 2, 3, 4, 5], 50) == 3
    assert percentile(list(range(1, 11)), 90) == 9
    assert percentile(list(range(1, 12)), 90) == 10
    assert percentile([7], 90) == 7


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1], 0), ([1], 101)])
def test_a_percentile_that_does_not_exist_is_refused(values: list[int], percent: int) -> None:
    with pytest.raises(ValueError, match="no percentile"):
        percentile(values, percent)


def test_a_duration_needs_both_ends_in_order() -> None:
    assert duration(3, 10) == 7
    assert duration(3, 3) == 0
    assert duration(None, 10) is None
    assert duration(3, None) is None
    assert duration(10, 3) is None
