"""When a hall gives numbers: the Friday break, the last ticket, holidays, the next opening."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.hours import Closed, DayHours, Hours, Opening, opening

JAKARTA = ZoneInfo("Asia/Jakarta")
WORKDAY = DayHours(time(7, 30), time(15), time(14, 30), ((time(12), time(13)),))
FRIDAY = DayHours(time(7, 30), time(15), time(14, 30), ((time(11, 30), time(13)),))
CHRISTMAS_EVE = DayHours(time(7, 30), time(11), time(10, 30))
HALL = Hours(
    week={0: WORKDAY, 1: WORKDAY, 2: WORKDAY, 3: WORKDAY, 4: FRIDAY},
    exceptions={date(2026, 12, 25): None, date(2026, 12, 24): CHRISTMAS_EVE},
)


def at(text: str) -> datetime:
    """Return an instant in Jakarta. 2026-11-23 is a Monday, the 27th a Friday."""
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("now", "reason", "opens_at"),
    [
        ("2026-11-23 07:29:59", Closed.NOT_YET, "2026-11-23 07:30"),
        ("2026-11-23 07:30:00", None, None),
        ("2026-11-23 11:59:59", None, None),
        ("2026-11-23 12:00:00", Closed.BREAK, "2026-11-23 13:00"),
        ("2026-11-23 13:00:00", None, None),
        ("2026-11-23 14:29:59", None, None),
        ("2026-11-23 14:30:00", Closed.LAST_TICKET, "2026-11-24 07:30"),
        ("2026-11-23 15:00:00", Closed.AFTER_HOURS, "2026-11-24 07:30"),
        ("2026-11-27 11:29:59", None, None),
        ("2026-11-27 11:30:00", Closed.BREAK, "2026-11-27 13:00"),
        ("2026-11-27 12:59:59", Closed.BREAK, "2026-11-27 13:00"),
        ("2026-11-27 16:00:00", Closed.AFTER_HOURS, "2026-11-30 07:30"),
        ("2026-11-28 09:00:00", Closed.DAY_OFF, "2026-11-30 07:30"),
        ("2026-12-24 10:30:00", Closed.LAST_TICKET, "2026-12-28 07:30"),
        ("2026-12-24 12:30:00", Closed.AFTER_HOURS, "2026-12-28 07:30"),
        ("2026-12-25 09:00:00", Closed.HOLIDAY, "2026-12-28 07:30"),
    ],
)
def test_the_hall_says_why_it_is_closed_and_when_it_opens(
    now: str, reason: Closed | None, opens_at: str | None
) -> None:
    found = opening(HALL, at(now))

    assert found.is_open is (reason is None)
    assert found.reason is reason
    assert found.opens_at == (at(opens_at) if opens_at else None)


def test_todays_end_is_told_while_open() -> None:
    found = opening(HALL, at("2026-11-23 09:00"))

    assert found.closes_at == at("2026-11-23 15:00")
    assert found.last_ticket_at == at("2026-11-23 14:30")


def test_a_demo_is_always_open() -> None:
    assert opening(Hours(is_always_open=True), at("2026-12-25 03:00")) == Opening(is_open=True)


def test_a_hall_without_hours_names_no_opening() -> None:
    found = opening(Hours(), at("2026-11-23 09:00"))

    assert found == Opening(is_open=False, reason=Closed.DAY_OFF)


def test_a_holiday_that_ends_a_break_in_the_week_opens_by_exception() -> None:
    sunday_market = Hours(week={}, exceptions={date(2026, 11, 29): WORKDAY})

    assert opening(sunday_market, at("2026-11-29 09:00")).is_open
    assert opening(sunday_market, at("2026-11-28 09:00")).opens_at == at("2026-11-29 07:30")


def test_a_break_that_lasts_until_the_last_ticket_opens_the_next_day() -> None:
    day = DayHours(time(7, 30), time(13), time(12, 30), ((time(11, 30), time(13)),))

    found = opening(Hours(week={0: day, 1: day}), at("2026-11-23 12:00"))

    assert found.reason is Closed.BREAK
    assert found.opens_at == at("2026-11-24 07:30")


minutes_of_day = st.integers(0, 24 * 60 - 1)


@st.composite
def days(draw: st.DrawFn) -> DayHours:
    """Draw hours as the catalogue allows them, breaks that touch or overlap too."""
    start, last, end = sorted(
        draw(st.lists(minutes_of_day, min_size=3, max_size=3, unique=True)),
    )
    breaks = []
    for _ in range(draw(st.integers(0, 3))):
        left, right = sorted(draw(st.lists(st.integers(start, end), min_size=2, max_size=2)))
        if left < right:
            breaks.append((clock(left), clock(right)))
    return DayHours(clock(start), clock(end), clock(last), tuple(breaks))


def clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


halls = st.builds(
    Hours,
    week=st.dictionaries(st.integers(0, 6), days()),
    exceptions=st.dictionaries(
        st.dates(date(2026, 11, 20), date(2026, 12, 10)), st.none() | days(), max_size=5
    ),
)
instants = st.integers(0, 20 * 24 * 3600).map(
    lambda seconds: at("2026-11-20 00:00") + timedelta(seconds=seconds)
)


@given(halls, instants)
def test_a_reason_is_given_exactly_when_closed(hall: Hours, now: datetime) -> None:
    found = opening(hall, now)

    assert found.is_open is (found.reason is None)
    assert not (found.is_open and found.opens_at)


@given(halls, instants)
def test_the_hall_is_open_at_the_next_opening_and_not_before(hall: Hours, now: datetime) -> None:
    found = opening(hall, now)

    if found.opens_at is not None:
        assert found.opens_at > now
        assert opening(hall, found.opens_at).is_open
        just_before = found.opens_at - timedelta(microseconds=1)
        assert not opening(hall, just_before).is_open
        assert opening(hall, now + (just_before - now) / 2).is_open is False
