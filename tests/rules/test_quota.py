"""Pools of a quota: never over the places, released pools are the kiosk's, priority falls back."""

from __future__ import annotations

from collections import Counter
from datetime import time

from hypothesis import given
from hypothesis import strategies as st

from rules.quota import (
    Origin,
    Pool,
    QuotaRow,
    Share,
    in_force,
    next_release,
    pool_to_take,
    rest,
)
from rules.turn import Lane

CLOCKS = st.times().map(lambda at: at.replace(microsecond=0))


@st.composite
def shares_of_a_day(draw: st.DrawFn) -> tuple[Share, ...]:
    """Some pools, used up to or beyond their places; the kiosk's is never released."""
    pools = draw(st.sets(st.sampled_from(list(Pool))))
    return tuple(
        Share(
            pool,
            places=draw(st.integers(0, 12)),
            used=draw(st.integers(0, 14)),
            release_at=None if pool is Pool.KIOSK else draw(st.none() | CLOCKS),
        )
        for pool in Pool
        if pool in pools
    )


def taken(shares: tuple[Share, ...], pool: Pool) -> tuple[Share, ...]:
    return tuple(
        Share(s.pool, s.places, s.used + (s.pool is pool), s.release_at, s.origin) for s in shares
    )


@given(shares_of_a_day(), st.lists(st.tuples(st.sampled_from(list(Lane)), CLOCKS), max_size=60))
def test_no_pool_ever_gives_more_than_its_places(
    shares: tuple[Share, ...], wishes: list[tuple[Lane, time]]
) -> None:
    given_out: Counter[Pool] = Counter()
    before = {share.pool: share.left for share in shares}

    for lane, clock in sorted(wishes, key=lambda wish: wish[1]):
        pool = pool_to_take(shares, lane, clock)
        assert (pool is None) == (rest(shares, lane, clock) == 0)
        if pool is not None:
            given_out[pool] += 1
            shares = taken(shares, pool)

    assert all(given_out[pool] <= left for pool, left in before.items())
    assert set(given_out) <= set(before)


@given(shares_of_a_day(), st.sampled_from(list(Lane)), CLOCKS)
def test_what_is_left_is_exactly_what_can_be_taken(
    shares: tuple[Share, ...], lane: Lane, clock: time
) -> None:
    expected = rest(shares, lane, clock)

    count = 0
    while (pool := pool_to_take(shares, lane, clock)) is not None:
        shares, count = taken(shares, pool), count + 1

    assert count == expected <= sum(share.places for share in shares)


@given(shares_of_a_day(), st.sampled_from(list(Lane)), CLOCKS, CLOCKS)
def test_a_release_only_ever_adds(
    shares: tuple[Share, ...], lane: Lane, one: time, other: time
) -> None:
    earlier, later = sorted((one, other))

    assert rest(shares, lane, earlier) <= rest(shares, lane, later)


@given(shares_of_a_day(), CLOCKS)
def test_after_every_release_the_kiosk_has_what_is_left_of_all_pools(
    shares: tuple[Share, ...], clock: time
) -> None:
    open_to_kiosk = [s for s in shares if s.pool is Pool.KIOSK or s.is_released(clock)]

    assert rest(shares, Lane.ORDINARY, clock) == sum(share.left for share in open_to_kiosk)
    assert rest(shares, Lane.PRIORITY, clock) >= rest(shares, Lane.ORDINARY, clock)


@given(shares_of_a_day(), st.sampled_from([Lane.ORDINARY, Lane.PRIORITY]), CLOCKS)
def test_the_next_release_is_the_first_that_brings_a_place(
    shares: tuple[Share, ...], lane: Lane, clock: time
) -> None:
    at = next_release(shares, lane, clock)
    gains = [
        share.release_at
        for share in shares
        if share.release_at is not None
        and share.release_at > clock
        and share.left
        and not (share.pool is Pool.PRIORITY and lane is Lane.PRIORITY)
    ]

    assert at == min(gains, default=None)


def test_a_booking_takes_no_walk_ins_place() -> None:
    shares = (Share(Pool.KIOSK, 5), Share(Pool.BOOKING, 1, used=1, release_at=time(10)))

    assert pool_to_take(shares, Lane.BOOKED, time(11)) is None


def test_priority_takes_its_own_place_first_then_the_kiosks_then_a_released_one() -> None:
    shares: tuple[Share, ...] = (
        Share(Pool.KIOSK, 1),
        Share(Pool.PRIORITY, 1),
        Share(Pool.BOOKING, 1, release_at=time(10)),
    )
    order = []

    while (pool := pool_to_take(shares, Lane.PRIORITY, time(10))) is not None:
        order.append(pool)
        shares = taken(shares, pool)

    assert order == [Pool.PRIORITY, Pool.KIOSK, Pool.BOOKING]


def test_a_date_goes_before_every_day_and_a_command_before_the_catalogue() -> None:
    def row(day: str, origin: Origin, places: int) -> QuotaRow:
        return QuotaRow(day, Pool.KIOSK, origin, places)

    rows = [
        row("", Origin.CATALOGUE, 1),
        row("", Origin.COMMAND, 2),
        row("2026-12-21", Origin.CATALOGUE, 3),
        row("2026-12-22", Origin.CATALOGUE, 4),
        row("2026-12-22", Origin.COMMAND, 5),
    ]
    days = ("2026-12-20", "2026-12-21", "2026-12-22")

    assert [in_force(rows, day)[0].places for day in days] == [2, 3, 5]
    assert [in_force(rows[::-1], day)[0].places for day in days] == [2, 3, 5]
    assert in_force([], "2026-12-20") == ()
