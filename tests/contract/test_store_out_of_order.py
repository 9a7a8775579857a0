"""A visitor called before his turn: only for a reason, and the journal keeps it."""

from __future__ import annotations

import pytest

from db import calls, moves
from db.store import new_request
from db.verify import verify
from rules.errors import (
    CounterClosed,
    HallError,
    IllegalMove,
    NotServedHere,
    ReasonNeeded,
    VisitorElsewhere,
)
from rules.reason import CHOSEN, CallReason
from tests.support.small_hall import KK, SIM, SKCK, SmallHall


def call(
    hall: SmallHall,
    turn: str,
    reason: CallReason | None = None,
    counter: str = "1",
    request: str | None = None,
) -> calls.CalledTurn:
    """Call one turn."""
    called: calls.CalledTurn = hall.act(
        calls.call_turn, request=request, counter=counter, turn=turn, reason=reason
    )
    return called


@pytest.mark.parametrize("reason", CHOSEN)
def test_somebody_who_waits_comes_first_for_a_reason(hall: SmallHall, reason: CallReason) -> None:
    hall.issue(KK)
    second = hall.issue(KK).turns[0].turn

    called = call(hall, second, reason)

    assert (called.number, called.counter, called.status) == ("B-002", "1", "called")
    assert hall.journal()[-1].data["reason"] == reason
    assert hall.next("2").number == "B-001"
    assert "reason" not in hall.journal()[-1].data
    assert verify(hall.store).faults == ()


def test_a_repeated_request_calls_once(hall: SmallHall) -> None:
    waiting = hall.issue(KK).turns[0].turn
    request = new_request()
    first = call(hall, waiting, CallReason.URGENT, request=request)
    before = hall.dump()

    assert call(hall, waiting, CallReason.URGENT, request=request) == first
    assert hall.dump() == before


@pytest.mark.parametrize("reason", [None, CallReason.LATECOMER])
def test_without_a_reason_nobody_who_waits_is_called(
    hall: SmallHall, reason: CallReason | None
) -> None:
    waiting = hall.issue(KK).turns[0].turn
    before = hall.dump()

    with pytest.raises(ReasonNeeded) as refused:
        call(hall, waiting, reason)

    assert refused.value.fields == {"number": "B-001"}
    assert hall.dump() == before


def test_a_missed_visitor_is_a_late_comer_whatever_is_said(hall: SmallHall) -> None:
    hall.issue(KK)
    missed = hall.next("1").turn
    hall.act(calls.mark_missed, counter="1")

    call(hall, missed)

    assert hall.journal()[-1].data["reason"] == "latecomer"


def refusal(hall: SmallHall, turn: str, counter: str) -> type[HallError]:
    """Return why a turn may not be called to a counter; nothing may have changed."""
    before = hall.dump()
    with pytest.raises(HallError) as refused:
        call(hall, turn, CallReason.OTHER, counter)
    assert hall.dump() == before
    return type(refused.value)


def test_a_counter_calls_only_whom_it_serves(hall: SmallHall) -> None:
    police = hall.issue(SIM).turns[0].turn
    family = hall.issue(KK).turns
    assert refusal(hall, police, "1") is NotServedHere

    # Sent to counter 4: no other one may call him.
    hall.next("1")
    hall.act(calls.start, counter="1")
    hall.act(moves.transfer, counter="1", service=KK, target_counter="4")
    sent = hall.desk("4").waiting[0].turn
    assert sent not in {turn.turn for turn in family}
    assert refusal(hall, sent, "2") is NotServedHere
    assert call(hall, sent, CallReason.OTHER, "4").counter == "4"


def test_the_other_guards_hold_out_of_order_too(hall: SmallHall) -> None:
    both = hall.issue(KK, SKCK).turns
    hall.issue(KK)
    hall.next("1")
    waiting = hall.desk("1").waiting[0].turn

    assert refusal(hall, waiting, "1") is IllegalMove
    assert refusal(hall, both[0].turn, "2") is IllegalMove
    assert refusal(hall, both[1].turn, "3") is VisitorElsewhere
    with hall.store.connected() as connection:
        connection.rows("UPDATE counter SET is_open = false WHERE code = '2'", {})
    assert refusal(hall, waiting, "2") is CounterClosed


def test_somebody_who_was_missed_elsewhere_and_is_here_is_not_passed_over_any_more(
    hall: SmallHall,
) -> None:
    turns = hall.issue(KK, SKCK, SIM).turns
    hall.next("1")
    hall.act(calls.mark_missed, counter="1")
    assert [row.is_paused for row in hall.desk("3").waiting] == [True, True]

    call(hall, turns[1].turn, CallReason.ASSISTANCE, "3")

    assert [row.is_paused for row in hall.desk("3").waiting] == [False]
    assert verify(hall.store).faults == ()


def test_a_number_leads_to_the_turn_that_the_counter_serves(hall: SmallHall) -> None:
    ticket = hall.issue(KK, SKCK)

    with hall.store.read() as view:
        found = [calls.turn_to_call(view, ticket.ticket, counter) for counter in ("1", "3")]

    assert found == [turn.turn for turn in ticket.turns]
