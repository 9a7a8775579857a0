"""What the screens read on both databases: the wall, a service's queue, the day's figures."""

from __future__ import annotations

import pytest

from db import calls, desks, moves
from db.halls import counts, service_queue
from db.store import new_request
from rules.errors import UnknownService
from rules.turn import TurnStatus
from rules.wait import WaitRange
from tests.support.small_hall import BIRTH, KK, KTP, PIN, SIM, SKCK, SmallHall


def test_the_newest_call_stands_first(hall: SmallHall) -> None:
    for service in (KK, KK, SKCK):
        hall.issue(service)
    hall.visit("1")
    hall.next("2")
    hall.next("3")

    calls_on_wall = hall.board().calls

    assert [(call.number, call.counter, call.status) for call in calls_on_wall] == [
        ("D-001", "3", TurnStatus.CALLED),
        ("B-002", "2", TurnStatus.CALLED),
        ("B-001", "1", TurnStatus.DONE),
    ]
    first = calls_on_wall[0]
    assert first.counter_names == {"id": "Loket 3"}
    assert (first.zone_names["id"], first.floor, first.direction) == ("Zona B", 2, "up")
    assert (first.service, first.agency) == (SKCK, "POLRI")
    assert first.called_at == hall.clock.at


def test_a_recall_comes_first_again_and_counts(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.issue(KK)
    hall.next("1")
    hall.next("2")
    before = hall.board().calls

    hall.act(calls.recall, counter="1")

    after = hall.board().calls
    assert [call.number for call in before] == ["B-002", "B-001"]
    assert [call.number for call in after] == ["B-001", "B-002"]
    assert after[0].calls == 2
    assert after[0].call_seq > before[0].call_seq
    assert after[0].call_seq == hall.board().seq


def test_the_call_seq_is_that_of_the_event(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.issue(KK)
    hall.served("1")
    second = hall.next("1", finish=True)

    event = hall.journal()[-1]
    assert (event.kind, event.turn) == ("TurnCalled", second.turn)
    assert hall.board().calls[0].call_seq == event.seq


def test_the_wall_keeps_the_last_twenty_calls(hall: SmallHall) -> None:
    for _ in range(23):
        hall.issue(KK)
        hall.visit("1")

    numbers = [call.number for call in hall.board().calls]

    assert numbers == [f"B-{number:03d}" for number in range(23, 3, -1)]


def test_a_call_that_was_undone_or_returned_is_off_the_wall(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.issue(KK)
    hall.next("1")
    hall.act(calls.undo_call, counter="1")
    missed = hall.next("2")
    hall.act(calls.mark_missed, counter="2")

    assert [call.status for call in hall.board().calls] == [TurnStatus.MISSED]
    hall.act(moves.return_turn, turn=missed.turn)
    assert hall.board().calls == ()


def test_the_wall_counts_who_waits_for_each_agency(hall: SmallHall) -> None:
    for services in ((KK,), (KTP,), (KK, SKCK), (BIRTH,)):
        hall.issue(*services)
    hall.next("1")

    waiting = {agency.agency: agency.waiting for agency in hall.board().waiting}

    assert waiting == {"DUKCAPIL": 3, "POLRI": 1}
    assert hall.board().waiting[0].names["en"] == "Civil Registry"


def test_an_empty_hall_has_an_empty_wall(hall: SmallHall) -> None:
    board = hall.board()

    assert board.calls == ()
    assert [agency.waiting for agency in board.waiting] == [0, 0]
    assert board.now == hall.clock.at
    assert board.seq == hall.journal()[-1].seq


def test_a_services_queue_is_told_before_a_number_is_taken(hall: SmallHall) -> None:
    for counter, officer in (("1", "ani"), ("2", "budi")):
        desks.sign_in(hall.store, request=new_request(), officer=officer, pin=PIN, counter=counter)
    with hall.store.read() as view:
        empty = service_queue(view, KK)
    for _ in range(6):
        hall.issue(KK)
    hall.next("1")
    hall.next("2")

    with hall.store.read() as view:
        queue = service_queue(view, KK)

    assert (empty.waiting, empty.wait, empty.open_counters) == (0, WaitRange(0, 0), 2)
    assert (queue.waiting, queue.open_counters) == (4, 2)
    assert queue.wait.low_min <= 20 <= queue.wait.high_min
    assert queue.opening.is_open


def test_measured_visits_move_the_estimate(hall: SmallHall) -> None:
    for _ in range(12):
        hall.issue(KK)
    with hall.store.read() as view:
        published = service_queue(view, KK).wait
    for _ in range(6):
        hall.served("1")
        hall.clock.forward(minutes=2)
        hall.act(calls.finish, counter="1")
    for _ in range(6):
        hall.issue(KK)

    with hall.store.read() as view:
        assert service_queue(view, KK).wait.high_min < published.high_min


def test_an_unknown_service_has_no_queue(hall: SmallHall) -> None:
    with hall.store.read() as view, pytest.raises(UnknownService):
        service_queue(view, "POLRI.ZZZ")


def test_the_days_figures_add_up(hall: SmallHall) -> None:
    for services in ((KK,), (KK,), (KK,), (KK,), (SIM,), (SKCK, KTP)):
        hall.issue(*services)
    hall.visit("1")
    hall.served("1")
    hall.act(calls.hold, counter="1")
    hall.next("1")
    hall.act(calls.mark_missed, counter="1")
    hall.next("1")

    with hall.store.read() as view:
        figures = {each.service: each for each in counts(view)}

    kk = figures[KK]
    assert (kk.waiting, kk.serving, kk.held, kk.missed, kk.done) == (0, 1, 1, 1, 1)
    assert figures[SIM].waiting == figures[SKCK].waiting == figures[KTP].waiting == 1
    assert set(figures) == {KK, KTP, BIRTH, SKCK, SIM}


def test_a_ticket_shows_where_each_of_its_turns_stands(hall: SmallHall) -> None:
    ticket = hall.issue(KK, SKCK)
    hall.next("1")

    first, second = hall.progress(ticket.ticket).turns

    assert (first.status, first.counter, first.wait) == (TurnStatus.CALLED, "1", None)
    assert (first.counters, first.direction, first.floor) == (("1", "2", "4"), "left", 1)
    assert first.requirements == ("KTP-el asli",)
    assert (second.status, second.counter) == (TurnStatus.WAITING, None)
    assert second.wait is not None
    assert second.agency_names["id"] == "Kepolisian"
