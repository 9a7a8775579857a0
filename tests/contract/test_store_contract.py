"""What every store promises, on SQLite and on PostgreSQL: numbers, requests, legal moves.

The other ``test_store_*.py`` beside this one hold the rest of the contract, by subject.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from db import calls, desks, moves, printing
from db.calls import CalledTurn
from db.day import confirm_date
from db.printing import JobState, queue_copy, record_print
from db.store import new_request
from db.tickets import issue_ticket
from rules.errors import (
    HallError,
    IllegalMove,
    NobodyAtCounter,
    NobodyWaiting,
    NoService,
    RequestReused,
    ServiceRepeated,
    UnknownCounter,
    UnknownPriority,
    UnknownService,
    UnknownTicket,
    UnknownTurn,
)
from rules.token import ticket_of
from rules.turn import TurnStatus, legal_moves
from tests.support.small_hall import ACTOR, BIRTH, KK, KTP, PIN, SIM, SKCK, SmallHall


class TestNumbers:
    """One row per site, date and prefix: no gap, no repeat."""

    def test_numbers_run_from_one_in_each_prefix(self, hall: SmallHall) -> None:
        numbers = [hall.issue(service).number for service in (KK, KTP, SKCK, KK, SIM, BIRTH, BIRTH)]

        assert numbers == ["B-001", "B-002", "D-001", "B-003", "D-002", "BA-001", "BA-002"]

    def test_one_thousand_follows_999(self, hall: SmallHall) -> None:
        hall.issue(KK)
        with hall.store.connected() as connection:
            connection.rows("UPDATE series SET last = 998", {})

        assert [hall.issue(KK).number for _ in range(3)] == ["B-999", "B-1000", "B-1001"]

    def test_two_services_share_one_number_of_the_first(self, hall: SmallHall) -> None:
        ticket = hall.issue(SKCK, KK)

        assert ticket.number == "D-001"
        assert [turn.service for turn in ticket.turns] == [SKCK, KK]
        assert {turn.status for turn in ticket.turns} == {TurnStatus.WAITING}
        assert hall.issue(KK).number == "B-001"

    def test_a_ticket_says_what_was_issued(self, hall: SmallHall) -> None:
        ticket = hall.issue(KK, priority="lansia", station="kiosk-1", is_printed=True)

        assert ticket.business_date.isoformat() == "2026-11-23"
        assert ticket.issued_at == hall.clock.at
        assert ticket.is_priority
        assert ticket.job is not None
        assert hall.progress(ticket.ticket).token == ticket.token

    def test_the_token_is_the_sites_own(self, hall: SmallHall) -> None:
        key = bytes.fromhex(hall.rows("SELECT signing_key FROM site")[0][0])

        first, second = hall.issue(), hall.issue()

        assert ticket_of(key, first.token) == first.ticket
        assert first.token != second.token

    def test_within_a_series_no_instant_is_earlier_than_the_last(self, hall: SmallHall) -> None:
        first = hall.issue()
        hall.clock.forward(minutes=-5)
        second = hall.issue()
        hall.clock.forward(minutes=10)
        third = hall.issue()

        assert first.issued_at == second.issued_at < third.issued_at

    @pytest.mark.parametrize(
        ("services", "more", "fault"),
        [
            (("DUKCAPIL.ZZZ",), {}, UnknownService),
            ((KK, "DUKCAPIL.ZZZ"), {}, UnknownService),
            (("' OR 1=1 --",), {}, UnknownService),
            ((KK, KTP, KK), {}, ServiceRepeated),
            ((KK,), {"priority": "vip"}, UnknownPriority),
        ],
    )
    def test_a_refused_ticket_uses_up_no_number(
        self, hall: SmallHall, services: tuple[str, ...], more: dict[str, str], fault: type
    ) -> None:
        before = hall.dump()

        with pytest.raises(fault):
            hall.issue(*services, **more)

        assert hall.dump() == before
        assert hall.issue(KK).number == "B-001"

    def test_a_ticket_for_nothing_is_refused(self, hall: SmallHall) -> None:
        with pytest.raises(NoService):
            hall.act(issue_ticket, services=())


@dataclass(frozen=True)
class Scene:
    """A command, its fields, and how the hall comes to where the command is legal."""

    command: Callable[..., Any]
    fields: Callable[[SmallHall], dict[str, Any]]


def at_counter(counter: str = "1", **more: Any) -> Callable[[SmallHall], dict[str, Any]]:
    """Return what leads to a called visitor at a counter."""

    def lead(hall: SmallHall) -> dict[str, Any]:
        hall.issue(KK, KTP)
        hall.next(counter)
        return {"counter": counter, **more}

    return lead


def served(counter: str = "1", **more: Any) -> Callable[[SmallHall], dict[str, Any]]:
    def lead(hall: SmallHall) -> dict[str, Any]:
        hall.issue(KK, SKCK)
        hall.issue(KK)
        hall.served(counter)
        return {"counter": counter, **more}

    return lead


def waiting(hall: SmallHall) -> dict[str, Any]:
    hall.issue(KK)
    return {"counter": "1"}


def missed(hall: SmallHall) -> dict[str, Any]:
    hall.issue(KK, KTP)
    hall.next("1")
    return {"turn": hall.act(calls.mark_missed, counter="1").turn}


def held(hall: SmallHall) -> dict[str, Any]:
    hall.issue(KK)
    hall.served("1")
    return {"counter": "2", "turn": hall.act(calls.hold, counter="1").turn}


def printed(state: JobState | None) -> Callable[[SmallHall], dict[str, Any]]:
    def lead(hall: SmallHall) -> dict[str, Any]:
        ticket = hall.issue(KK, station="kiosk-1", is_printed=True)
        if state is None:
            return {"ticket": ticket.ticket}
        return {"job": ticket.job, "state": state}

    return lead


def signed_in(hall: SmallHall) -> dict[str, Any]:
    desks.sign_in(hall.store, request=new_request(), officer="ani", pin=PIN, counter="1")
    return {"counter": "1"}


COMMANDS: dict[str, Scene] = {
    "issue": Scene(issue_ticket, lambda hall: {"services": (KK, SKCK), "priority": "lansia"}),
    "issue and print": Scene(
        issue_ticket, lambda hall: {"services": (KK,), "is_printed": True, "station": "k"}
    ),
    "call next": Scene(calls.call_next, waiting),
    "call next and finish": Scene(calls.call_next, served(finish=True)),
    "recall": Scene(calls.recall, at_counter()),
    "start": Scene(calls.start, at_counter()),
    "finish": Scene(calls.finish, served()),
    "missed": Scene(calls.mark_missed, at_counter()),
    "return": Scene(moves.return_turn, missed),
    "late-comer": Scene(calls.call_turn, lambda hall: {**missed(hall), "counter": "2"}),
    "hold": Scene(calls.hold, served()),
    "resume": Scene(calls.resume, held),
    "undo": Scene(calls.undo_call, at_counter()),
    "transfer": Scene(moves.transfer, served(service=SIM, target_counter="3")),
    "cancel": Scene(moves.cancel, lambda hall: {"turn": hall.issue(KK).turns[0].turn}),
    "sign out": Scene(desks.sign_out, signed_in),
    "queue copy": Scene(queue_copy, printed(None)),
    "record print": Scene(record_print, printed(JobState.SENDING)),
    "confirm date": Scene(confirm_date, lambda hall: {}),
}


class TestRequests:
    """A connection cut at the commit must not become a second ticket."""

    @pytest.mark.parametrize("name", COMMANDS)
    def test_a_repeat_gives_the_same_result_and_changes_nothing(
        self, hall: SmallHall, name: str
    ) -> None:
        scene, request = COMMANDS[name], new_request()
        fields = scene.fields(hall)
        first = hall.act(scene.command, request=request, **fields)
        after = hall.dump()
        hall.clock.forward(minutes=3)

        second = hall.act(scene.command, request=request, **fields)

        assert second == first
        assert hall.dump() == after

    @pytest.mark.parametrize("name", COMMANDS)
    def test_a_repeat_still_holds_when_the_hall_has_moved_on(
        self, hall: SmallHall, name: str
    ) -> None:
        scene, request = COMMANDS[name], new_request()
        fields = scene.fields(hall)
        first = hall.act(scene.command, request=request, **fields)
        for counter in "12":
            hall.issue(KK)
            present = hall.desk(counter).present
            if present is not None and present.status is TurnStatus.CALLED:
                hall.act(calls.start, counter=counter)
            hall.next(counter, finish=present is not None)
        if name == "record print":
            hall.act(record_print, job=fields["job"], state=JobState.PRINTED)
        after = hall.dump()

        second = hall.act(scene.command, request=request, **fields)

        assert second == first
        assert hall.dump() == after

    def test_a_repeat_on_the_next_day_is_still_the_same_ticket(self, hall: SmallHall) -> None:
        request = new_request()
        first = hall.issue(KK, request=request)
        hall.clock.forward(days=1)
        hall.issue(KK)
        after = hall.dump()

        assert hall.issue(KK, request=request) == first
        assert hall.dump() == after

    def test_signing_in_twice_with_one_request_is_one_session(self, hall: SmallHall) -> None:
        request = new_request()
        for _ in range(2):
            desk = desks.sign_in(hall.store, request=request, officer="ani", pin=PIN, counter="1")

        assert desk.officer == "ani"
        assert len(hall.rows("SELECT * FROM desk_session")) == 1
        assert sum(event.request == request for event in hall.journal()) == 1

    @pytest.mark.parametrize("name", [name for name in COMMANDS if not name.startswith("issue")])
    def test_a_request_id_of_another_command_is_refused(self, hall: SmallHall, name: str) -> None:
        request = new_request()
        hall.issue(KK, request=request)
        scene = COMMANDS[name]
        fields = scene.fields(hall)
        before = hall.dump()

        with pytest.raises(RequestReused):
            hall.act(scene.command, request=request, **fields)

        assert hall.dump() == before

    def test_a_refused_request_may_be_tried_again(self, hall: SmallHall) -> None:
        request = new_request()
        with pytest.raises(NobodyWaiting):
            hall.next("1", request=request)
        hall.issue(KK)

        assert hall.next("1", request=request).number == "B-001"


ACTS: dict[str, Callable[[SmallHall, CalledTurn], Any]] = {
    "recall": lambda hall, turn: hall.act(calls.recall, counter="1", turn=turn.turn),
    "start": lambda hall, turn: hall.act(calls.start, counter="1", turn=turn.turn),
    "finish": lambda hall, turn: hall.act(calls.finish, counter="1", turn=turn.turn),
    "missed": lambda hall, turn: hall.act(calls.mark_missed, counter="1", turn=turn.turn),
    "return": lambda hall, turn: hall.act(moves.return_turn, turn=turn.turn),
    "hold": lambda hall, turn: hall.act(calls.hold, counter="1", turn=turn.turn),
    "resume": lambda hall, turn: hall.act(calls.resume, counter="1", turn=turn.turn),
    "undo": lambda hall, turn: hall.act(calls.undo_call, counter="1", turn=turn.turn),
    "transfer": lambda hall, turn: hall.act(
        moves.transfer, counter="1", turn=turn.turn, service=SIM
    ),
    "cancel": lambda hall, turn: hall.act(moves.cancel, turn=turn.turn),
}
PATHS: dict[TurnStatus, tuple[str, ...]] = {
    TurnStatus.CALLED: (),
    TurnStatus.SERVING: ("start",),
    TurnStatus.HELD: ("start", "hold"),
    TurnStatus.MISSED: ("missed",),
    TurnStatus.DONE: ("start", "finish"),
    TurnStatus.CANCELLED: ("cancel",),
    TurnStatus.WAITING: ("undo",),
}


class TestMoves:
    """The one table of legal moves is what the store obeys."""

    @pytest.mark.parametrize("status", PATHS)
    def test_only_a_legal_move_changes_the_store(self, hall: SmallHall, status: TurnStatus) -> None:
        for act in ACTS:
            hall.issue(KK)
            turn = hall.next("1")
            for step in PATHS[status]:
                ACTS[step](hall, turn)
            before = hall.dump()

            if act in legal_moves(status):
                ACTS[act](hall, turn)
                assert hall.dump() != before, act
            else:
                with pytest.raises(IllegalMove):
                    ACTS[act](hall, turn)
                assert hall.dump() == before, act
            # The counter is free and nobody waits when the next act is tried.
            hall.clear()

    def test_next_at_a_busy_counter_is_illegal_and_changes_nothing(self, hall: SmallHall) -> None:
        hall.issue(KK)
        hall.issue(KK)
        called = hall.next("1")
        before = hall.dump()

        with pytest.raises(IllegalMove) as refused:
            hall.next("1")

        assert refused.value.fields["number"] == called.number
        assert refused.value.fields["counter"] == "1"
        assert hall.dump() == before

    def test_finish_and_next_needs_a_visitor_who_is_being_served(self, hall: SmallHall) -> None:
        hall.issue(KK)
        hall.issue(KK)
        hall.next("1")
        before = hall.dump()

        with pytest.raises(IllegalMove):
            hall.next("1", finish=True)

        assert hall.dump() == before

    def test_finish_and_next_is_one_transaction(self, hall: SmallHall) -> None:
        hall.issue(KK)
        hall.issue(KK)
        first = hall.served("1")

        second = hall.next("1", finish=True)

        kinds = [(event.kind, event.turn) for event in hall.journal()][-2:]
        assert kinds == [("TurnFinished", first.turn), ("TurnCalled", second.turn)]

    def test_where_nobody_waits_nothing_is_finished(self, hall: SmallHall) -> None:
        hall.issue(KK)
        first = hall.served("1")
        before = hall.dump()

        with pytest.raises(NobodyWaiting):
            hall.next("1", finish=True)

        assert hall.dump() == before
        assert hall.desk("1").present == first

    def test_an_act_on_a_turn_that_is_no_longer_there_touches_nobody_else(
        self, hall: SmallHall
    ) -> None:
        hall.issue(KK)
        hall.issue(KK)
        gone = hall.visit("1")
        hall.next("1")
        before = hall.dump()

        for act in (calls.recall, calls.start, calls.mark_missed, calls.hold, calls.undo_call):
            with pytest.raises(IllegalMove) as refused:
                hall.act(act, counter="1", turn=gone.turn)
            assert refused.value.fields["status"] == "done"

        assert hall.dump() == before

    @pytest.mark.parametrize("turn", ["nonsense", "", "019ab3c4-0000-7000-8000-00000000abcd"])
    def test_an_unknown_turn_is_known_to_be_none(self, hall: SmallHall, turn: str) -> None:
        for act in (moves.cancel, moves.return_turn):
            with pytest.raises(UnknownTurn):
                hall.act(act, turn=turn)
        for act_there in (calls.resume, calls.call_turn, calls.start):
            with pytest.raises(UnknownTurn):
                hall.act(act_there, counter="1", turn=turn)
        with pytest.raises(UnknownTicket):
            hall.act(printing.queue_copy, ticket=turn)
        with pytest.raises(UnknownTicket):
            hall.act(printing.record_print, job=turn, state=JobState.SENDING)
        with pytest.raises(UnknownTicket):
            hall.progress(turn)

    def test_nobody_at_the_counter_is_said(self, hall: SmallHall) -> None:
        hall.issue(KK)
        for act in (calls.recall, calls.start, calls.finish, calls.mark_missed, calls.hold):
            with pytest.raises(NobodyAtCounter):
                hall.act(act, counter="1")

    @pytest.mark.parametrize("counter", ["99", "1 ", "'"])
    def test_an_unknown_counter_changes_nothing(self, hall: SmallHall, counter: str) -> None:
        hall.issue(KK)
        before = hall.dump()

        for act in (calls.call_next, calls.recall, calls.start, calls.finish, calls.mark_missed):
            with pytest.raises(UnknownCounter):
                hall.act(act, counter=counter)
        with pytest.raises(HallError):
            desks.sign_in(
                hall.store, request=new_request(), officer="ani", pin=PIN, counter=counter
            )

        assert hall.dump() == before

    def test_the_actor_is_in_the_journal(self, hall: SmallHall) -> None:
        hall.issue(KK)

        assert hall.journal()[-1].actor == ACTOR
