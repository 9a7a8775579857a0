"""Clocks that jump, on both databases: numbers, order and dates stay, and the store says so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from db import calls, desks, moves
from db.day import clock_state, close_day, confirm_date
from db.store import Tx, new_request
from db.verify import verify
from rules.clock import ClockFault
from rules.errors import ClockWrong, NobodyWaiting
from tests.support.small_hall import BIRTH, KK, SKCK, SetClock, SmallHall, prepare

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")


@pytest.fixture
def zoned(store_url: str, request: pytest.FixtureRequest) -> Iterator[SmallHall]:
    """A small hall in the time zone of the test's parameter."""
    clock = SetClock()
    clock.set("2026-11-23 09:00", request.param)
    prepare(store_url, clock, time_zone=request.param)
    hall = SmallHall(store_url, clock)

    yield hall

    hall.close()


def fault(hall: SmallHall) -> ClockFault | None:
    with hall.store.read() as view:
        return clock_state(view).fault


def _sit(tx: Tx, *, officer: str, counter: str, request: str) -> None:
    desks.open_session(tx, request=request, officer=officer, counter=counter)


def called_order(hall: SmallHall, counter: str) -> list[str]:
    """Call all who wait for a counter; return their numbers in that order."""
    numbers = []
    while True:
        try:
            numbers.append(hall.next(counter).number)
        except NobodyWaiting:
            return numbers
        hall.act(calls.mark_missed, counter=counter)


def check(hall: SmallHall) -> None:
    """Each series of each date is 1 to n, and the rows follow from the journal."""
    series: dict[tuple[str, str], list[int]] = {}
    for day, prefix, number in hall.rows(
        "SELECT business_date, prefix, number FROM ticket ORDER BY business_date, prefix, number"
    ):
        series.setdefault((day, prefix), []).append(number)
    for numbers in series.values():
        assert numbers == list(range(1, len(numbers) + 1))
    # The chain, the order, and the rows as the journal replayed gives them.
    assert verify(hall.store).faults == ()


@pytest.mark.parametrize("zoned", ZONES, indirect=True)
def test_many_kiosks_issue_across_local_midnight(
    zoned: SmallHall, request: pytest.FixtureRequest
) -> None:
    zone = request.node.callspec.params["zoned"]
    zoned.clock.set("2026-11-23 23:59:59", zone)
    midnight = datetime(2026, 11, 24, tzinfo=ZoneInfo(zone))
    start = threading.Barrier(4)

    def kiosk() -> None:
        hall = SmallHall(zoned.url, zoned.clock)
        start.wait()
        for _ in range(8):
            # Whoever's turn it is lets 50 ms pass; all share the one clock.
            zoned.clock.forward(milliseconds=50)
            hall.issue(KK)
        hall.close()

    threads = [threading.Thread(target=kiosk, name=f"kiosk-{n}") for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    check(zoned)
    by_date = dict(zoned.rows("SELECT business_date, count(*) FROM ticket GROUP BY business_date"))
    assert set(by_date) == {"2026-11-23", "2026-11-24"}
    assert sum(by_date.values()) == 32
    boundary = int(midnight.timestamp()) * 1_000_000
    for day, issued_at in zoned.rows("SELECT business_date, issued_at FROM ticket"):
        assert (day == "2026-11-24") is (issued_at >= boundary)
    closed = [event for event in zoned.journal() if event.kind == "DayClosed"]
    assert [event.data["closed"] for event in closed] == [by_date["2026-11-23"]]
    instants = [event.at for event in zoned.journal()]
    assert instants == sorted(instants)


def test_the_days_end_closes_what_is_open_and_leaves_sessions(hall: SmallHall) -> None:
    for officer, counter in (("ani", "1"), ("budi", "2")):
        hall.store.run(partial(_sit, officer=officer, counter=counter, request=new_request()))
    for _ in range(5):
        hall.issue(KK)
    missed = hall.next("1")
    hall.act(calls.mark_missed, counter="1")
    held = hall.served("1")
    hall.act(calls.hold, counter="1")
    serving, called = hall.served("1"), hall.next("2")
    hall.clock.set("2026-11-24 00:00")

    hall.act(close_day)

    states = {
        turn: (status, at)
        for turn, status, at in hall.rows("SELECT id, status, ended_at FROM turn")
    }
    assert states[missed.turn][0] == "missed"
    assert {states[turn.turn][0] for turn in (held, serving, called)} == {"closed"}
    assert all(at is not None for _, at in states.values())
    assert hall.rows("SELECT count(*) FROM desk_session WHERE ended_at IS NULL") == [(2,)]
    # A hall may work past midnight: the officers go on where they sit.
    hall.issue(KK)
    assert hall.next("1", officer="ani").number == "B-001"


@pytest.mark.parametrize(
    ("jump", "expected"),
    [
        (timedelta(hours=-1), ClockFault.BEHIND),
        (timedelta(days=-365), ClockFault.BEHIND_DATE),
        (timedelta(days=1), None),
        (timedelta(days=365 * 10), ClockFault.AHEAD),
    ],
    ids=["an hour back", "to last year", "a day forward", "to 2036"],
)
def test_a_clock_jumps_and_comes_back(
    hall: SmallHall, jump: timedelta, expected: ClockFault | None
) -> None:
    first = [hall.issue(KK).number for _ in range(2)]
    assert fault(hall) is None
    hall.clock.at += jump

    assert fault(hall) is expected
    if expected is ClockFault.AHEAD:
        for attempt in (lambda: hall.issue(KK), lambda: hall.next("1")):
            with pytest.raises(ClockWrong):
                attempt()
        during = []
    else:
        during = [hall.issue(KK) for _ in range(2)]
        assert {ticket.business_date for ticket in during} == {
            date(2026, 11, 24) if jump == timedelta(days=1) else date(2026, 11, 23)
        }
    hall.clock.at -= jump
    hall.clock.forward(minutes=1)
    after = hall.issue(KK)

    check(hall)
    if jump == timedelta(days=1):
        # The hall stays in the later date, says so, and closed the first two with their day.
        assert fault(hall) is ClockFault.BEHIND_DATE
        assert after.business_date == date(2026, 11, 24)
        assert called_order(hall, "1") == ["B-001", "B-002", "B-003"]
    else:
        assert fault(hall) is None
        expected_order = [*first, *(ticket.number for ticket in during), after.number]
        assert called_order(hall, "1") == expected_order


def test_the_halls_time_stands_while_the_clock_is_behind(hall: SmallHall) -> None:
    first = hall.issue(KK)
    hall.clock.forward(hours=-1)

    second = hall.issue(SKCK)
    called = hall.next("1")

    assert second.issued_at == first.issued_at == called.called_at
    assert hall.board().now == first.issued_at
    instants = [event.at for event in hall.journal()]
    assert instants == sorted(instants)
    hall.clock.forward(hours=1, minutes=5)
    assert hall.issue(KK).issued_at == hall.clock.at


def test_a_confirmed_step_back_lets_time_go_on_and_keeps_the_order(hall: SmallHall) -> None:
    hall.clock.forward(hours=2)
    early = [hall.issue(KK, SKCK).number, hall.issue(BIRTH).number]
    serving = hall.served("1")
    held_time = hall.clock.at
    hall.clock.forward(hours=-2, minutes=1)
    assert fault(hall) is ClockFault.BEHIND

    hall.act(confirm_date)

    assert fault(hall) is None
    late = hall.issue(KK)
    assert late.issued_at == hall.clock.at < held_time
    hall.clock.forward(minutes=1)
    later = hall.issue(SKCK)
    assert later.issued_at == hall.clock.at
    done = hall.act(calls.finish, counter="1")
    assert done.turn == serving.turn
    started, ended = hall.rows("SELECT started_at, ended_at FROM turn WHERE status = 'done'")[0]
    assert 0 <= ended - started <= 120_000_000
    # Those who came before the step go before those who came after it, in each queue.
    assert called_order(hall, "1") == [early[1], late.number]
    assert called_order(hall, "3") == [early[0], later.number]
    check(hall)


def test_a_confirmed_step_back_to_an_earlier_date_goes_on_there(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.clock.forward(days=400)
    hall.act(confirm_date)
    hall.issue(KK)
    hall.served("1")
    hall.clock.forward(days=-400, minutes=3)

    day = hall.act(confirm_date)

    assert day.business_date == date(2026, 11, 23)
    assert fault(hall) is None
    ticket = hall.issue(KK)
    assert (ticket.number, ticket.issued_at) == ("B-002", hall.clock.at)
    assert called_order(hall, "1") == ["B-002"]
    for started, ended in hall.rows(
        "SELECT started_at, ended_at FROM turn WHERE started_at IS NOT NULL"
    ):
        assert ended >= started
    hall.clock.forward(days=1)
    assert hall.issue(KK).number == "B-001"


def test_a_confirmation_that_confirms_nothing_new_changes_no_turn(hall: SmallHall) -> None:
    hall.issue(KK)
    before = hall.dump()["turn"]
    hall.clock.forward(minutes=5)

    hall.act(confirm_date)

    assert hall.dump()["turn"] == before
    assert hall.journal()[-1].data == {"date": "2026-11-23"}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (timedelta(seconds=-60), None),
        (timedelta(seconds=-61), ClockFault.BEHIND),
        (timedelta(days=31), None),
        (timedelta(days=32), ClockFault.AHEAD),
        (timedelta(days=-1), ClockFault.BEHIND_DATE),
    ],
)
def test_what_is_wrong_with_the_clock_is_told(
    hall: SmallHall, now: timedelta, expected: ClockFault | None
) -> None:
    hall.issue(KK)
    hall.clock.at += now

    assert fault(hall) is expected
    assert hall.desk("1").clock is not None
    assert hall.desk("1").clock.fault is expected  # type: ignore[union-attr]


jumps = st.sampled_from([60, 3600, -3600, -3600, 86_400, -86_400, 315_360_000, -315_360_000])
# Two series, and one queue that numbers of both join.
services = st.sampled_from([(KK,), (SKCK,), (KK, SKCK)])
issues = st.tuples(st.sampled_from(["issue", "issue", "priority"]), services)
steps = st.lists(
    st.one_of(issues, issues, st.tuples(st.just("jump"), jumps), st.just(("confirm", None))),
    min_size=5,
    max_size=14,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
@example(
    [
        ("jump", 3600),
        ("issue", (KK, SKCK)),
        ("jump", -3600),
        ("confirm", None),
        ("issue", (SKCK,)),
    ]
)
def test_within_a_lane_and_service_who_came_first_is_called_first(
    hall: SmallHall, taken: list[tuple[str, object]]
) -> None:
    hall.clock.at = SetClock().at
    hall.act(confirm_date)
    hall.clear()

    for act, value in taken:
        if act == "jump":
            assert isinstance(value, int)
            hall.clock.forward(seconds=value)
        elif act == "confirm":
            hall.act(confirm_date)
        else:
            assert isinstance(value, tuple)
            try:
                hall.issue(*value, priority="lansia" if act == "priority" else None)
            except ClockWrong:
                assert fault(hall) is ClockFault.AHEAD

    arrivals: dict[tuple[str, str], list[str]] = {}
    for turn, service, lane in hall.rows(
        "SELECT id, service, lane FROM turn WHERE status = 'waiting' ORDER BY queued_seq"
    ):
        arrivals.setdefault((service, lane), []).append(turn)
    order: dict[tuple[str, str], list[str]] = {}
    for turn, service, lane in hall.rows(
        "SELECT id, service, lane FROM turn WHERE status = 'waiting' ORDER BY due_at, queued_seq"
    ):
        order.setdefault((service, lane), []).append(turn)
    assert order == arrivals
    check(hall)
    hall.clock.at = SetClock().at
    hall.act(confirm_date)
    # Whatever happened, the hall works on.
    assert hall.issue(KK).business_date == date(2026, 11, 23)
    hall.clear()


def test_a_turn_that_returns_is_due_by_the_halls_time(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.issue(KK)
    for _ in range(2):
        hall.next("1")
        hall.act(calls.mark_missed, counter="1")
    hall.clock.forward(hours=-1)
    first, second = (row[0] for row in hall.rows("SELECT id FROM turn ORDER BY queued_seq"))

    hall.act(moves.return_turn, turn=second)
    hall.clock.forward(minutes=-30)
    hall.act(moves.return_turn, turn=first)

    assert called_order(hall, "1") == ["B-002", "B-001"]
