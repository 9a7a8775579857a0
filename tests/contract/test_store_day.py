"""The business date on both databases: midnight in three zones, weekends, wrong clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from db import calls, moves
from db.day import Day, close_day, confirm_date
from db.store import new_request, open_store
from rules.errors import ClockWrong, IllegalMove, NobodyWaiting, QueueClosed
from rules.turn import TurnStatus
from tests.support.small_hall import KK, SKCK, SetClock, SmallHall, prepare


@pytest.fixture
def zoned(store_url: str, request: pytest.FixtureRequest) -> Iterator[SmallHall]:
    """A small hall in the time zone of the test's parameter."""
    clock = SetClock()
    clock.set("2026-11-23 09:00", request.param)
    prepare(store_url, clock, time_zone=request.param)
    hall = SmallHall(store_url, clock)

    yield hall

    hall.close()


@pytest.mark.parametrize("zoned", ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"], indirect=True)
def test_the_day_changes_at_local_midnight(
    zoned: SmallHall, request: pytest.FixtureRequest
) -> None:
    zone = request.node.callspec.params["zoned"]
    zoned.clock.set("2026-11-23 23:59:59.999999", zone)
    last = zoned.issue(KK)
    zoned.clock.forward(microseconds=1)
    first = zoned.issue(KK)

    assert (last.number, last.business_date) == ("B-001", date(2026, 11, 23))
    assert (first.number, first.business_date) == ("B-001", date(2026, 11, 24))
    assert first.issued_at == zoned.clock.at


def test_open_turns_close_and_final_ones_stay(hall: SmallHall) -> None:
    for _ in range(6):
        hall.issue(KK)
    done = hall.visit("1")
    missed = hall.next("1")
    hall.act(calls.mark_missed, counter="1")
    held = hall.served("1")
    hall.act(calls.hold, counter="1")
    serving, called = hall.served("1"), hall.next("2")
    hall.clock.set("2026-11-24 07:30")

    hall.act(close_day)

    states = dict(hall.rows("SELECT id, status FROM turn"))
    assert states[done.turn] == "done"
    assert states[missed.turn] == "missed"
    assert {states[turn.turn] for turn in (held, serving, called)} == {"closed"}
    assert sorted(states.values()) == ["closed"] * 4 + ["done", "missed"]
    assert hall.desk("1").present is None
    assert hall.board().calls == ()


def test_the_journal_tells_of_the_day_once(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.issue(KK, SKCK)
    hall.clock.forward(days=1)

    first, again = hall.act(close_day), hall.act(close_day)
    hall.issue(KK)

    assert first == again == Day(date(2026, 11, 24))
    closed = [event for event in hall.journal() if event.kind == "DayClosed"]
    assert [event.data for event in closed] == [
        {"date": "2026-11-23", "next": "2026-11-24", "closed": 3}
    ]


def test_closing_while_the_day_lasts_changes_nothing(hall: SmallHall) -> None:
    hall.issue(KK)
    before = hall.dump()

    assert hall.act(close_day) == Day(date(2026, 11, 23))
    assert hall.dump() == before


def test_screens_show_the_new_day_before_its_first_command(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.issue(KK)
    hall.next("1")
    hall.clock.forward(days=1)

    assert hall.board().calls == ()
    assert hall.board().business_date == date(2026, 11, 24)
    assert all(agency.waiting == 0 for agency in hall.board().waiting)
    assert hall.desk("2").waiting == ()


def test_yesterdays_numbers_are_not_called_today(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.issue(KK)
    missed = hall.next("1")
    hall.act(calls.mark_missed, counter="1")
    hall.clock.forward(days=1)

    with pytest.raises(NobodyWaiting):
        hall.next("1")
    for act in (moves.return_turn, calls.call_turn):
        fields = {"counter": "1"} if act is calls.call_turn else {}
        with pytest.raises(IllegalMove):
            hall.act(act, turn=missed.turn, **fields)


@pytest.mark.parametrize("days", [3, 11, 31])
def test_a_weekend_or_a_long_holiday_needs_nobody(hall: SmallHall, days: int) -> None:
    hall.issue(KK)
    hall.clock.forward(days=days)

    assert hall.issue(KK).number == "B-001"


def test_beyond_31_days_the_clock_is_not_believed(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.clock.forward(days=32)
    before = hall.dump()

    for attempt in (lambda: hall.issue(KK), lambda: hall.next("1"), lambda: hall.act(close_day)):
        with pytest.raises(ClockWrong) as refused:
            attempt()
        assert refused.value.fields["business_date"] == date(2026, 11, 23)

    assert hall.dump() == before
    # The wall goes on to show the day that the hall is in.
    assert hall.board().business_date == date(2026, 11, 23)


def test_a_supervisor_confirms_the_date(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.clock.forward(days=400)

    day = hall.act(confirm_date)

    assert day == Day(hall.clock.at.date())
    assert hall.issue(KK).business_date == hall.clock.at.date()
    kinds = [event.kind for event in hall.journal()][-3:]
    assert kinds == ["DayClosed", "DayConfirmed", "TicketIssued"]


def test_a_clock_set_back_stays_on_the_halls_date(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.clock.forward(days=-3)

    ticket = hall.issue(KK)

    assert (ticket.number, ticket.business_date) == ("B-002", date(2026, 11, 23))
    assert hall.next("1").number == "B-001"


def test_a_supervisor_takes_a_wrong_date_back(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.clock.forward(days=5)
    hall.issue(KK)
    hall.clock.forward(days=-5)

    hall.act(confirm_date)

    # The series of that day goes on: no number comes twice.
    ticket = hall.issue(KK)
    assert (ticket.number, ticket.business_date) == ("B-002", date(2026, 11, 23))


def test_a_repeated_confirmation_gives_the_date_that_was_confirmed(hall: SmallHall) -> None:
    request = new_request()
    confirmed = hall.act(confirm_date, request=request)
    hall.clock.forward(days=1)
    hall.issue(KK)

    assert hall.act(confirm_date, request=request) == confirmed == Day(date(2026, 11, 23))


def test_a_hall_with_hours_gives_no_numbers_when_closed(hall: SmallHall) -> None:
    with hall.store.connected() as connection:
        connection.rows("UPDATE site SET is_always_open = false", {})
    hall.issue(KK)
    for at, reason in (
        ("2026-11-23 12:30", "break"),
        ("2026-11-23 14:30", "last_ticket"),
        ("2026-11-23 15:30", "after_hours"),
        ("2026-11-24 06:00", "not_yet"),
        ("2026-11-27 11:45", "friday_break"),
        ("2026-11-28 09:00", "day_off"),
    ):
        hall.clock.set(at)
        before = hall.dump()
        with pytest.raises(QueueClosed) as refused:
            hall.issue(KK)
        assert refused.value.fields["reason"] == reason
        assert hall.dump() == before


def test_calling_goes_on_after_the_last_ticket(hall: SmallHall) -> None:
    hall.issue(KK)
    with hall.store.connected() as connection:
        connection.rows("UPDATE site SET is_always_open = false", {})
    hall.clock.set("2026-11-23 15:20")

    assert hall.visit("1").status is TurnStatus.DONE


def test_the_databases_own_clock_is_used_where_none_is_given(hall_url: str) -> None:
    store = open_store(hall_url)
    try:
        with store.read() as view:
            first = view.now()
        with store.read() as view:
            second = view.now()
    finally:
        store.close()

    assert 1_600_000_000_000_000 < first <= second
