"""The expected wait: a range that grows with the line and shrinks with the desks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.wait import WaitRange, estimate, typical_minutes

people = st.integers(0, 400)
minutes = st.floats(0.5, 240, allow_nan=False)
desks = st.integers(0, 24)


@given(people, minutes, desks, st.integers(0, 24))
def test_a_range_is_in_order_and_in_steps_of_five(
    ahead: int, per_turn: float, counters: int, busy: int
) -> None:
    found = estimate(ahead, per_turn, counters, busy)

    assert 0 <= found.low_min <= found.high_min
    assert found.low_min % 5 == 0
    assert found.high_min % 5 == 0
    assert ahead == 0 or found.low_min < found.high_min


@given(people, minutes, desks, st.integers(0, 24))
def test_one_more_person_never_shortens_the_wait(
    ahead: int, per_turn: float, counters: int, busy: int
) -> None:
    now, then = (estimate(count, per_turn, counters, busy) for count in (ahead, ahead + 1))

    assert now.low_min <= then.low_min
    assert now.high_min <= then.high_min


@given(people, minutes, st.integers(1, 23))
def test_one_more_desk_never_lengthens_the_wait(ahead: int, per_turn: float, counters: int) -> None:
    fewer, more = (estimate(ahead, per_turn, count, count) for count in (counters, counters + 1))

    assert more.low_min <= fewer.low_min
    assert more.high_min <= fewer.high_min


@given(people, minutes, st.integers(1, 24))
def test_the_range_holds_the_mean(ahead: int, per_turn: float, counters: int) -> None:
    found = estimate(ahead, per_turn, counters, counters)

    assert found.low_min <= ahead * per_turn / counters <= found.high_min


def test_a_free_desk_and_nobody_ahead_is_at_once() -> None:
    assert estimate(0, 10, counters=2, busy=1) == WaitRange(0, 0)
    assert estimate(0, 10, counters=2, busy=1).is_at_once
    assert not estimate(0, 10, counters=2, busy=2).is_at_once


def test_without_any_desk_nobody_is_promised_to_be_called_at_once() -> None:
    assert estimate(0, 10, counters=0) == WaitRange(0, 10)


def test_a_long_line_is_promised_less_precisely() -> None:
    short, long = estimate(4, 10, 2), estimate(100, 10, 2)

    assert long.high_min - long.low_min > short.high_min - short.low_min


def test_the_catalogue_counts_until_visits_were_measured() -> None:
    assert typical_minutes(12, []) == 12
    assert typical_minutes(12, [6.0] * 97) == pytest.approx(6.35, abs=0.05)


def test_one_visitor_who_stayed_two_hours_does_not_move_the_wall() -> None:
    usual = typical_minutes(10, [10.0] * 7)

    assert typical_minutes(10, [10.0] * 7 + [120.0]) == pytest.approx(usual)


@given(minutes, st.lists(st.floats(0, 500, allow_nan=False), max_size=40))
def test_a_visit_never_takes_less_than_a_minute(published: float, seen: list[float]) -> None:
    found = typical_minutes(published, seen)

    assert 1.0 <= found <= max(1.0, published, *seen) + 1e-6
