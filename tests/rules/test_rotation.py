"""Which daily backups stay: the newest, and one of each month for a year."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.rotation import kept

TODAY = date(2026, 11, 25)


def test_a_year_of_daily_backups_leaves_two_weeks_and_a_year_of_months() -> None:
    days = [TODAY - timedelta(days=age) for age in range(800)]

    stay = kept(days, 14, TODAY)

    assert sorted(stay)[-14:] == sorted(days)[-14:]
    assert sorted(stay)[:-14] == [date(2025, 11, 1), date(2025, 12, 1)] + [
        date(2026, month, 1) for month in range(1, 12)
    ]


def test_what_stays_is_the_same_whether_it_is_tidied_daily_or_at_the_end() -> None:
    left: set[date] = set()
    for age in reversed(range(500)):
        today = TODAY - timedelta(days=age)
        left = set(kept(left | {today}, 14, today))

    assert left == kept([TODAY - timedelta(days=age) for age in range(500)], 14, TODAY)


def test_a_day_to_come_takes_the_place_of_no_month() -> None:
    wrong = date(2036, 1, 1)

    assert kept([wrong, TODAY], 1, TODAY) == {wrong, TODAY}


@given(
    st.sets(st.dates(date(2020, 1, 1), date(2030, 1, 1))),
    st.integers(-3, 40),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_never_all_go_and_nothing_is_made_up(days: set[date], newest: int, today: date) -> None:
    stay = kept(days, newest, today)

    assert stay <= days
    assert not days or max(days) in stay
    assert len(stay) <= max(newest, 1) + 13
