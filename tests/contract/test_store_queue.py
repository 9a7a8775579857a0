"""The queue's promises on both databases: the order, one place at a time, the no-show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db import calls, moves
from db.catalogue import load_catalogue
from db.catalogue_file import CatalogueFile
from rules.errors import (
    CounterClosed,
    IllegalMove,
    NobodyWaiting,
    ReasonNeeded,
    ServiceClosed,
    UnknownCounter,
    UnknownService,
    VisitorElsewhere,
)
from rules.turn import Lane, TurnStatus
from tests.support.small_hall import BIRTH, KK, KTP, SIM, SKCK, SmallHall, catalogue_content


class TestOrder:
    """Least due first, over all lanes and services of a counter."""

    def test_who_came_first_is_called_first(self, hall: SmallHall) -> None:
        for service in (KTP, KK, KTP):
            hall.issue(service)
            hall.clock.forward(seconds=1)

        assert [hall.visit("1").number for _ in range(3)] == ["B-001", "B-002", "B-003"]

    def test_at_one_instant_the_journal_decides(self, hall: SmallHall) -> None:
        for service in (KTP, KK, KTP, KK, KTP):
            hall.issue(service)

        assert [hall.visit("1").number for _ in range(5)] == [f"B-00{n}" for n in range(1, 6)]

    def test_priority_passes_those_of_the_last_40_minutes_only(self, hall: SmallHall) -> None:
        early = hall.issue(KK)
        hall.clock.forward(minutes=20)
        late = hall.issue(KK)
        hall.clock.forward(minutes=20, microseconds=1)
        priority = hall.issue(KK, priority="lansia")

        order = [hall.visit("1").number for _ in range(3)]

        assert order == [early.number, priority.number, late.number]

    def test_priority_over_two_services_of_a_counter(self, hall: SmallHall) -> None:
        hall.issue(KTP)
        priority = hall.issue(KK, priority="lansia")

        assert hall.next("1").number == priority.number

    def test_a_returned_visitor_waits_ten_minutes_not_an_hour(self, hall: SmallHall) -> None:
        hall.issue(KK)
        missed = hall.next("1")
        hall.act(calls.mark_missed, counter="1")
        hall.issue(KK)
        returned = hall.act(moves.return_turn, turn=missed.turn)

        assert returned.status is TurnStatus.WAITING
        assert returned.lane is Lane.RETURNED
        assert returned.counter is None
        assert hall.next("1").turn == missed.turn

    def test_a_heavier_service_goes_first_within_a_minute(self, hall: SmallHall) -> None:
        hall.issue(KK)
        hall.clock.forward(seconds=30)
        hall.issue(SKCK)

        # Counter 4 prefers police clearances (weight 3); counter 1 doesn't give them.
        assert hall.next("4").service == SKCK
        assert hall.next("1").service == KK

    def test_a_counter_calls_its_own_services_only(self, hall: SmallHall) -> None:
        hall.issue(SIM)

        with pytest.raises(NobodyWaiting):
            hall.next("1")
        with pytest.raises(NobodyWaiting):
            hall.next("4")
        assert hall.next("3").service == SIM

    def test_the_clock_set_back_does_not_turn_the_queue(self, hall: SmallHall) -> None:
        first = hall.issue(KK)
        hall.clock.forward(minutes=-30)
        hall.issue(KK)

        assert hall.next("1").number == first.number

    def test_a_call_tells_who_and_when(self, hall: SmallHall) -> None:
        ticket = hall.issue(KK)
        hall.clock.forward(minutes=12)

        called = hall.next("1")

        assert (called.turn, called.ticket) == (ticket.turns[0].turn, ticket.ticket)
        assert (called.number, called.service, called.counter) == ("B-001", KK, "1")
        assert (called.status, called.lane) == (TurnStatus.CALLED, Lane.ORDINARY)
        assert called.queued_at == ticket.issued_at
        assert called.called_at == hall.clock.at
        assert (called.started_at, called.calls) == (None, 1)

    def test_a_recall_counts_and_moves_the_call(self, hall: SmallHall) -> None:
        hall.issue(KK)
        called = hall.next("1")
        hall.clock.forward(seconds=40)

        again = hall.act(calls.recall, counter="1")

        assert (again.turn, again.calls) == (called.turn, 2)
        assert again.called_at == hall.clock.at

    def test_an_undone_call_is_called_first_again(self, hall: SmallHall) -> None:
        hall.issue(KK)
        hall.issue(KK)
        called = hall.next("1")

        undone = hall.act(calls.undo_call, counter="1")

        assert (undone.status, undone.counter) == (TurnStatus.WAITING, None)
        assert hall.board().calls == ()
        assert hall.next("2").turn == called.turn


class TestOnePlace:
    """A visitor is in one place at a time."""

    def test_a_visitor_at_another_counter_is_passed_over(self, hall: SmallHall) -> None:
        both = hall.issue(KK, SKCK)
        other = hall.issue(SKCK)
        hall.next("1")

        assert hall.next("3").ticket == other.ticket
        assert next(line for line in hall.desk("3").waiting).elsewhere == "1"
        assert hall.desk("3").waiting[0].number == both.number

    def test_where_only_he_waits_nobody_waits(self, hall: SmallHall) -> None:
        hall.issue(KK, SKCK)
        hall.served("1")

        with pytest.raises(NobodyWaiting):
            hall.next("3")

    def test_when_he_is_free_he_is_called_at_his_old_place(self, hall: SmallHall) -> None:
        both = hall.issue(KK, SKCK)
        hall.issue(SKCK)
        hall.visit("1")

        assert hall.next("3").ticket == both.ticket

    def test_finish_and_next_may_call_the_same_visitor_for_his_other_service(
        self, hall: SmallHall
    ) -> None:
        both = hall.issue(KK, KTP)
        hall.served("1")

        second = hall.next("1", finish=True)

        assert (second.ticket, second.service) == (both.ticket, KTP)

    def test_held_he_is_free_for_his_other_service(self, hall: SmallHall) -> None:
        hall.issue(KK, SKCK)
        held = hall.served("1")
        hall.act(calls.hold, counter="1")

        assert hall.next("3").number == held.number
        with pytest.raises(VisitorElsewhere) as refused:
            hall.act(calls.resume, counter="1", turn=held.turn)
        assert refused.value.fields == {"number": held.number, "counter": "3"}

    def test_a_late_comer_who_is_elsewhere_is_not_called(self, hall: SmallHall) -> None:
        hall.issue(KK, SKCK)
        missed = hall.next("1")
        hall.act(calls.mark_missed, counter="1")
        hall.act(moves.return_turn, turn=missed.turn)
        hall.next("3")
        before = hall.dump()

        with pytest.raises(NobodyWaiting):
            hall.next("1")

        assert hall.dump() == before

    def test_a_busy_counter_takes_no_held_and_no_late_visitor(self, hall: SmallHall) -> None:
        hall.issue(KK)
        hall.issue(KK)
        hall.issue(KK)
        held = hall.served("1")
        hall.act(calls.hold, counter="1")
        missed = hall.next("1")
        hall.act(calls.mark_missed, counter="1")
        hall.next("1")
        before = hall.dump()

        with pytest.raises(IllegalMove):
            hall.act(calls.resume, counter="1", turn=held.turn)
        with pytest.raises(IllegalMove):
            hall.act(calls.call_turn, counter="1", turn=missed.turn)

        assert hall.dump() == before


class TestNoShow:
    """One no-show pauses the ticket's other turns until the visitor is back."""

    def test_other_turns_pause_and_are_not_called(self, hall: SmallHall) -> None:
        hall.issue(KK, SKCK)
        hall.next("1")
        hall.act(calls.mark_missed, counter="1")

        with pytest.raises(NobodyWaiting):
            hall.next("3")
        assert hall.desk("3").waiting[0].is_paused
        assert [line.number for line in hall.desk("1").missed] == ["B-001"]

    def test_returned_all_his_turns_wait_again(self, hall: SmallHall) -> None:
        both = hall.issue(KK, SKCK)
        missed = hall.next("1")
        hall.act(calls.mark_missed, counter="1")
        hall.act(moves.return_turn, turn=missed.turn)

        assert hall.next("3").ticket == both.ticket

    def test_a_late_comer_at_the_desk_un_pauses_too(self, hall: SmallHall) -> None:
        both = hall.issue(KK, SKCK)
        missed = hall.next("1")
        hall.act(calls.mark_missed, counter="1")

        late = hall.act(calls.call_turn, counter="2", turn=missed.turn)

        assert (late.status, late.counter, late.calls) == (TurnStatus.CALLED, "2", 2)
        hall.act(calls.start, counter="2")
        hall.act(calls.finish, counter="2")
        assert hall.next("3").ticket == both.ticket

    def test_nobody_else_pauses(self, hall: SmallHall) -> None:
        hall.issue(KK)
        other = hall.issue(KK)
        hall.next("1")
        hall.act(calls.mark_missed, counter="1")

        assert hall.next("1").ticket == other.ticket

    def test_only_a_missed_turn_is_a_late_comer(self, hall: SmallHall) -> None:
        hall.issue(KK)
        waiting = hall.issue(KK).turns[0].turn

        with pytest.raises(ReasonNeeded):
            hall.act(calls.call_turn, counter="1", turn=waiting)


class TestHeldAndSentOn:
    """Hold, resume, transfer."""

    def test_the_desk_is_free_while_a_visitor_is_held(self, hall: SmallHall) -> None:
        hall.issue(KK)
        hall.issue(KK)
        held = hall.served("1")
        hall.act(calls.hold, counter="1")

        assert hall.desk("1").present is None
        assert [line.turn for line in hall.desk("1").held] == [held.turn]
        assert hall.next("1").number == "B-002"

    def test_a_resumed_visit_keeps_its_first_start(self, hall: SmallHall) -> None:
        hall.issue(KK)
        first = hall.served("1")
        hall.act(calls.hold, counter="1")
        hall.clock.forward(minutes=9)

        resumed = hall.act(calls.resume, counter="2", turn=first.turn)
        again = hall.act(calls.start, counter="2")

        assert (resumed.status, resumed.counter) == (TurnStatus.CALLED, "2")
        assert again.started_at == first.started_at

    def test_who_was_sent_back_to_wait_begins_a_new_visit(self, hall: SmallHall) -> None:
        hall.issue(KK)
        first = hall.served("1")
        hall.act(calls.hold, counter="1")
        hall.act(calls.resume, counter="1", turn=first.turn)
        hall.act(calls.undo_call, counter="1")
        hall.clock.forward(hours=1)

        again = hall.served("1")

        # Else an hour on a chair would count as an hour at the desk.
        assert again.started_at == hall.clock.at

    def test_a_late_comer_who_had_been_held_begins_a_new_visit(self, hall: SmallHall) -> None:
        hall.issue(KK)
        first = hall.served("1")
        hall.act(calls.hold, counter="1")
        hall.act(calls.resume, counter="1", turn=first.turn)
        hall.act(calls.mark_missed, counter="1")
        hall.clock.forward(hours=1)
        hall.act(calls.call_turn, counter="1", turn=first.turn)

        assert hall.act(calls.start, counter="1").started_at == hall.clock.at

    def test_sent_to_a_service_he_keeps_his_time_and_number(self, hall: SmallHall) -> None:
        ticket = hall.issue(KK)
        hall.clock.forward(minutes=5)
        hall.issue(SIM)
        hall.clock.forward(minutes=5)
        hall.served("1")

        done = hall.act(moves.transfer, counter="1", service=SIM)

        assert (done.status, done.service) == (TurnStatus.DONE, KK)
        sent = hall.next("3")
        assert (sent.ticket, sent.number, sent.service) == (ticket.ticket, "B-001", SIM)
        assert sent.queued_at == ticket.issued_at
        assert sent.turn != done.turn

    def test_sent_to_a_counter_only_that_one_calls_him(self, hall: SmallHall) -> None:
        hall.issue(KK)
        hall.served("1")
        hall.act(moves.transfer, counter="1", service=KK, target_counter="4")

        assert hall.desk("2").waiting == ()
        with pytest.raises(NobodyWaiting):
            hall.next("2")
        assert [line.number for line in hall.desk("4").waiting] == ["B-001"]
        assert hall.next("4").number == "B-001"

    def test_priority_goes_along_even_after_a_no_show(self, hall: SmallHall) -> None:
        hall.issue(KK, priority="lansia")
        missed = hall.next("1")
        hall.act(calls.mark_missed, counter="1")
        hall.act(moves.return_turn, turn=missed.turn)
        hall.served("1")
        hall.act(moves.transfer, counter="1", service=SIM)

        assert hall.next("3").lane is Lane.PRIORITY

    @pytest.mark.parametrize(
        ("where", "fault"),
        [
            ({"service": "POLRI.ZZZ"}, UnknownService),
            ({"service": SIM, "target_counter": "99"}, UnknownCounter),
            # Nobody could ever call him there.
            ({"service": SIM, "target_counter": "1"}, UnknownCounter),
        ],
    )
    def test_a_place_that_is_none_changes_nothing(
        self, hall: SmallHall, where: dict[str, str], fault: type
    ) -> None:
        hall.issue(KK)
        hall.served("1")
        before = hall.dump()

        with pytest.raises(fault):
            hall.act(moves.transfer, counter="1", **where)

        assert hall.dump() == before

    def test_a_closed_service_or_counter_takes_nobody(self, hall: SmallHall) -> None:
        hall.issue(KK)
        hall.issue(SIM)
        hall.served("1")
        hall.next("3")
        with hall.store.connected() as connection:
            connection.rows("UPDATE service SET is_open = false WHERE code = 'POLRI.SKCK'", {})
            connection.rows("UPDATE counter SET is_open = false WHERE code = '3'", {})

        with pytest.raises(ServiceClosed):
            hall.act(moves.transfer, counter="1", service=SKCK)
        with pytest.raises(CounterClosed):
            hall.act(moves.transfer, counter="1", service=SIM, target_counter="3")

    def test_a_closed_counter_finishes_its_visit_and_calls_nobody_more(
        self, hall: SmallHall
    ) -> None:
        hall.issue(SIM)
        hall.issue(SIM)
        hall.served("3")
        with hall.store.connected() as connection:
            connection.rows("UPDATE counter SET is_open = false WHERE code = '3'", {})

        with pytest.raises(CounterClosed):
            hall.next("3", finish=True)
        assert hall.act(calls.finish, counter="3").status is TurnStatus.DONE
        with pytest.raises(CounterClosed):
            hall.next("3")


class TestCancel:
    """A cancelled turn is out of the queue for good."""

    def test_a_cancelled_turn_is_not_called(self, hall: SmallHall) -> None:
        gone = hall.issue(KK)
        hall.issue(KK)
        hall.act(moves.cancel, turn=gone.turns[0].turn)

        assert hall.next("1").number == "B-002"

    def test_cancelling_at_the_desk_frees_it(self, hall: SmallHall) -> None:
        hall.issue(KK)
        hall.issue(KK)
        called = hall.served("1")
        hall.act(moves.cancel, turn=called.turn)

        assert hall.desk("1").present is None
        assert hall.next("1").number == "B-002"

    def test_the_other_service_of_the_ticket_stays(self, hall: SmallHall) -> None:
        both = hall.issue(KK, SKCK)
        hall.act(moves.cancel, turn=both.turns[0].turn)

        assert hall.next("3").ticket == both.ticket


def test_the_wait_is_shorter_for_who_is_nearer(hall: SmallHall) -> None:
    tickets = [hall.issue(KK) for _ in range(8)]
    hall.clock.forward(minutes=1)

    turns = [hall.progress(ticket.ticket).turns[0] for ticket in tickets]

    assert [turn.ahead for turn in turns] == list(range(8))
    lows = [turn.wait.low_min for turn in turns if turn.wait is not None]
    assert lows == sorted(lows)
    assert len(lows) == 8


def test_ahead_counts_priority_that_came_later(hall: SmallHall) -> None:
    ordinary = hall.issue(KK)
    hall.clock.forward(minutes=1)
    hall.issue(KK, priority="lansia")

    assert hall.progress(ordinary.ticket).turns[0].ahead == 1


def test_a_days_queue_is_called_in_due_order_whoever_calls(hall: SmallHall) -> None:
    for minute in range(30):
        hall.issue((KK, KTP)[minute % 2], priority="lansia" if minute % 7 == 3 else None)
        hall.clock.forward(minutes=2)

    order = [hall.visit("12"[step % 2]) for step in range(30)]

    due = [
        turn.queued_at + timedelta(minutes=20 if turn.lane is Lane.PRIORITY else 60)
        for turn in order
    ]
    assert due == sorted(due)
    assert len({turn.turn for turn in order}) == 30


def test_services_of_one_ticket_are_called_in_the_order_in_which_they_were_named(
    hall: SmallHall,
) -> None:
    for services in ((KTP, KK, BIRTH), (BIRTH, KTP, KK)):
        hall.issue(*services)

    for services in ((KTP, KK, BIRTH), (BIRTH, KTP, KK)):
        assert [line.service for line in hall.desk("1").waiting][:3] == list(services)
        assert [hall.visit("1").service for _ in services] == list(services)


def test_who_was_sent_to_a_counter_that_closes_is_called_by_another(hall: SmallHall) -> None:
    sent = hall.issue(KTP)
    hall.served("1")
    hall.act(moves.transfer, counter="1", service=KK, target_counter="2")
    assert [line.number for line in hall.desk("1").waiting] == []

    content = catalogue_content()
    content["counters"] = [desk for desk in content["counters"] if desk["code"] != "2"]
    load_catalogue(hall.store, CatalogueFile.model_validate(content), actor="cli:test")

    assert [line.number for line in hall.desk("1").waiting] == [sent.number]
    assert hall.visit("1").service == KK
