"""Whom a counter calls next, and how far a visitor can be passed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.order import Head, LaneFigures, due_at, pick
from rules.turn import Lane

START = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
FIGURES = LaneFigures()
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US


def head_of(
    lane: Lane, came_s: float, seq: int, *, weight: int = 1, name: str | None = None
) -> Head:
    """Return the head of a turn that came (or is booked) so many seconds after the start."""
    due = due_at(lane, START + timedelta(seconds=came_s), FIGURES)
    return Head(
        turn=name or f"{lane}-{seq}",
        due=(due - START) // timedelta(microseconds=1),
        queued_seq=seq,
        weight=weight,
        lane=lane,
    )


arrivals = st.builds(
    head_of,
    lane=st.sampled_from(Lane),
    came_s=st.integers(0, 4 * 3600),
    seq=st.integers(1, 10_000),
    weight=st.integers(1, 5),
)
queues = st.lists(arrivals, min_size=1, max_size=12, unique_by=lambda head: head.queued_seq)


def came_s(head: Head) -> float:
    return head.due / SECOND_US - FIGURES.minutes(head.lane) * 60


@given(queues)
def test_nobody_of_another_lane_is_due_before_the_one_called(queue: list[Head]) -> None:
    called = pick(queue)

    assert called is not None
    assert all(called.due <= head.due for head in queue if head.lane is not called.lane)


@given(queues)
def test_without_weights_the_least_due_is_called_then_the_least_seq(queue: list[Head]) -> None:
    plain = [Head(h.turn, h.due, h.queued_seq, 1, h.lane) for h in queue]

    assert pick(plain) == min(plain, key=lambda head: (head.due, head.queued_seq))


@given(queues, st.randoms())
def test_the_choice_does_not_depend_on_the_order_of_reading(
    queue: list[Head], chance: random.Random
) -> None:
    shuffled = queue.copy()
    chance.shuffle(shuffled)

    assert pick(shuffled) == pick(queue)


@given(queues)
def test_ordinary_is_never_passed_by_a_priority_40_minutes_younger(queue: list[Head]) -> None:
    called = pick(queue)

    assert called is not None
    if called.lane is Lane.PRIORITY:
        for waiting in queue:
            if waiting.lane is Lane.ORDINARY:
                assert came_s(called) <= came_s(waiting) + 40 * 60


@given(queues)
def test_ordinary_is_never_passed_by_a_booking_for_55_minutes_later(queue: list[Head]) -> None:
    called = pick(queue)

    assert called is not None
    if called.lane is Lane.BOOKED:
        for waiting in queue:
            if waiting.lane is Lane.ORDINARY:
                assert came_s(called) <= came_s(waiting) + 55 * 60


@given(st.integers(0, 40 * 60 - 1))
def test_priority_passes_an_ordinary_turn_within_40_minutes(later_s: int) -> None:
    ordinary = head_of(Lane.ORDINARY, 0, 1)

    assert pick([ordinary, head_of(Lane.PRIORITY, later_s, 2)]) != ordinary


def test_equally_due_turns_go_by_the_journal() -> None:
    first, second = head_of(Lane.ORDINARY, 0, 7), head_of(Lane.PRIORITY, 40 * 60, 8)

    assert pick([second, first]) == first


def test_weight_decides_within_a_lane_and_a_minute_only() -> None:
    light = head_of(Lane.ORDINARY, 0, 1)
    heavy_at_once = head_of(Lane.ORDINARY, 59, 2, weight=3)
    heavy_later = head_of(Lane.ORDINARY, 60, 3, weight=3)

    assert pick([light, heavy_at_once]) == heavy_at_once
    assert pick([light, heavy_later]) == light


def test_weight_never_carries_a_turn_past_an_earlier_one_of_another_lane() -> None:
    light = head_of(Lane.PRIORITY, 0, 1)
    between = head_of(Lane.BOOKED, 15 * 60 + 10, 2)
    heavy = head_of(Lane.PRIORITY, 20, 3, weight=9)

    assert pick([light, between, heavy]) == light


def test_nobody_is_picked_from_nobody() -> None:
    assert pick([]) is None


def test_figures_are_the_sites_own() -> None:
    strict = LaneFigures(ordinary_min=30, priority_min=0, booked_min=1, returned_min=2)

    minutes = {lane: strict.minutes(lane) for lane in Lane}

    assert minutes == {
        Lane.ORDINARY: 30,
        Lane.PRIORITY: 0,
        Lane.BOOKED: 1,
        Lane.RETURNED: 2,
    }
    assert due_at(Lane.ORDINARY, START, strict) == START + timedelta(minutes=30)
