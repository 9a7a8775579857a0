"""The desk's rules: what may be pressed, once, for the visitor whom the officer saw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.desk import Act, DeskState, Order, Refusal
from db.calls import CalledTurn
from db.desks import Desk
from rules.errors import IllegalMove, NobodyWaiting
from rules.reason import CallReason
from tests.counter.views import FREE, NINE, desk_with, present, row


def state_of(view: Desk | None) -> DeskState:
    """Return a desk that has read ``view`` and numbers its requests."""
    requests: Iterator[int] = iter(range(1, 1000))
    state = DeskState(lambda: f"request-{next(requests)}")
    if view is not None:
        state.take(view)
    return state


@pytest.mark.parametrize(
    ("visitor", "act"),
    [
        (None, Act.CALL_NEXT),
        (present("B-001"), Act.START),
        (present("B-001", "serving"), Act.FINISH),
    ],
)
def test_the_largest_button_is_the_next_act(visitor: CalledTurn | None, act: Act) -> None:
    state = state_of(replace(FREE, present=visitor))

    assert state.primary is act
    assert state.allows(act)


@pytest.mark.parametrize(
    ("status", "legal"),
    [
        (None, {Act.CALL_NEXT}),
        ("called", {Act.RECALL, Act.START, Act.MISSED, Act.HOLD, Act.UNDO}),
        ("serving", {Act.CALL_NEXT, Act.FINISH, Act.HOLD, Act.TRANSFER}),
    ],
)
def test_only_legal_acts_are_offered(status: str | None, legal: set[Act]) -> None:
    state = state_of(desk_with(present("B-001", status) if status else None))

    assert {act for act in Act if state.allows(act)} == legal


def test_an_order_names_the_turn_that_the_screen_showed() -> None:
    state = state_of(desk_with(present("B-001", "serving")))

    order = state.press(Act.FINISH)

    assert order
    assert (order.turn, order.counter) == ("turn-B-001", "5")


def test_calling_on_while_serving_names_the_visit_that_it_finishes() -> None:
    state = state_of(desk_with(present("B-001", "serving")))

    order = state.press(Act.CALL_NEXT)

    assert order
    assert order.turn == "turn-B-001"


def test_a_second_press_while_one_is_under_way_is_ignored() -> None:
    state = state_of(FREE)

    first = state.press(Act.CALL_NEXT)

    assert first
    assert state.press(Act.CALL_NEXT) is None
    assert state.press_intents(["call-next"]) is Refusal.BUSY
    state.done(first)
    state.take(desk_with(present("B-001")))
    assert state.press(Act.START)


def test_every_press_has_a_request_of_its_own() -> None:
    state = state_of(desk_with(present("B-001")))

    first = state.press(Act.RECALL)
    assert first
    state.done(first)
    second = state.press(Act.RECALL)

    assert second
    assert second.request != first.request


def test_after_a_lost_answer_the_same_press_repeats_its_request() -> None:
    state = state_of(FREE)
    first = state.press(Act.CALL_NEXT)
    assert first

    assert state.lost(first, NINE) is Refusal.OFFLINE

    assert state.press(Act.CALL_NEXT) is None, "no act while the store is away"
    state.take(FREE)
    second = state.press(Act.CALL_NEXT)
    assert second
    assert second.request == first.request


def test_a_lost_recall_that_went_through_is_not_repeated_by_the_next_one() -> None:
    state = state_of(desk_with(present("B-001", calls=1)))
    first = state.press(Act.RECALL)
    assert first
    state.lost(first, NINE)

    state.take(desk_with(present("B-001", calls=2), seq=12))
    second = state.press(Act.RECALL)

    assert second
    assert second.request != first.request


def test_another_act_after_a_lost_answer_has_its_own_request() -> None:
    state = state_of(desk_with(present("B-001")))
    first = state.press(Act.RECALL)
    assert first
    state.lost(first, NINE)
    state.take(desk_with(present("B-001")))

    second = state.press(Act.START)

    assert second
    assert second.request != first.request


def test_a_refused_press_leaves_the_desk_ready() -> None:
    state = state_of(FREE)
    order = state.press(Act.CALL_NEXT)
    assert order

    told = state.refuse(order, NobodyWaiting(counter="5"))

    assert told is Refusal.EMPTY
    assert state.is_ready


def test_a_press_that_came_too_late_is_told_busy() -> None:
    state = state_of(desk_with(present("B-001")))
    order = state.press(Act.START)
    assert order

    assert state.refuse(order, IllegalMove(move="start", status="done")) is Refusal.BUSY


@pytest.mark.parametrize(
    ("status", "intents", "act"),
    [
        (None, ["call-next", "recall"], Act.CALL_NEXT),
        ("called", ["call-next", "recall"], Act.RECALL),
        ("serving", ["call-next", "recall"], Act.CALL_NEXT),
        ("called", ["missed", "finish"], Act.MISSED),
        ("serving", ["missed", "finish"], Act.FINISH),
        ("called", ["transfer", "start"], Act.START),
    ],
)
def test_a_pad_does_the_first_thing_that_is_legal(
    status: str | None, intents: list[str], act: Act
) -> None:
    state = state_of(desk_with(present("B-001", status) if status else None))

    order = state.press_intents(intents)

    assert isinstance(order, Order)
    assert order.act is act


def test_a_pad_without_a_legal_act_is_busy() -> None:
    assert state_of(FREE).press_intents(["recall"]) is Refusal.BUSY
    assert state_of(FREE).press_intents(["juggle"]) is Refusal.BUSY


def test_a_pad_is_offline_without_an_officer_or_a_store() -> None:
    assert state_of(None).press_intents(["call-next"]) is Refusal.OFFLINE
    nobody = replace(FREE, officer=None, officer_name="")
    assert state_of(nobody).press_intents(["call-next"]) is Refusal.OFFLINE
    away = state_of(FREE)
    away.lose(NINE)
    assert away.press_intents(["call-next"]) is Refusal.OFFLINE


def test_a_late_comer_is_called_from_the_missed_list_at_a_free_desk_only() -> None:
    missed = replace(FREE, missed=(row("B-003"),))
    state = state_of(missed)

    assert state.allows(Act.CALL_MISSED, "turn-B-003")
    assert not state.allows(Act.CALL_MISSED, "turn-B-009")
    order = state.press(Act.CALL_MISSED, "turn-B-003")
    assert order
    assert order.turn == "turn-B-003"
    busy = state_of(replace(missed, present=present("B-001", "serving")))
    assert not busy.allows(Act.CALL_MISSED, "turn-B-003")
    assert busy.allows(Act.RETURN, "turn-B-003"), "sending back needs no free desk"


def test_somebody_who_waits_is_called_for_a_reason_at_a_free_desk_only() -> None:
    elsewhere = replace(row("B-003"), elsewhere="2")
    state = state_of(replace(FREE, waiting=(row("B-001"), row("B-002"), elsewhere)))

    assert state.press(Act.CALL_WAITING, "turn-B-002") is None
    assert state.press(Act.CALL_WAITING, "turn-B-003", reason=CallReason.URGENT) is None
    assert state.press(Act.CALL_NEXT, reason=CallReason.URGENT) is None
    order = state.press(Act.CALL_WAITING, "turn-B-002", reason=CallReason.URGENT)

    assert order is not None
    assert (order.turn, order.reason) == ("turn-B-002", CallReason.URGENT)
    busy = state_of(replace(desk_with(present("B-001")), waiting=(row("B-002"),)))
    assert busy.press(Act.CALL_WAITING, "turn-B-002", reason=CallReason.URGENT) is None


def test_a_held_visitor_is_called_back_at_a_free_desk() -> None:
    state = state_of(replace(FREE, held=(row("B-004"),)))

    order = state.press(Act.RESUME, "turn-B-004")

    assert order
    assert (order.act, order.turn) == (Act.RESUME, "turn-B-004")


def test_an_older_reading_does_not_undo_a_newer_one() -> None:
    state = state_of(desk_with(present("B-001"), seq=12))

    assert not state.take(replace(FREE, seq=11))

    assert state.status == "called"


def test_a_transfer_needs_to_know_where_to() -> None:
    state = state_of(desk_with(present("B-001", "serving")))

    assert state.press(Act.TRANSFER) is None
    order = state.press(Act.TRANSFER, service="BPJSKES.DAFTAR")

    assert order
    assert (order.turn, order.service) == ("turn-B-001", "BPJSKES.DAFTAR")


def test_signing_out_forgets_everything() -> None:
    state = state_of(FREE)
    state.press(Act.CALL_NEXT)

    state.leave()

    assert not state.is_signed_in
    assert state.under_way is None
    assert not any(state.allows(act) for act in Act)


@given(st.lists(st.sampled_from(["press", "pad", "done", "lost", "refused", "read"]), max_size=40))
def test_never_more_than_one_order_is_under_way(steps: list[str]) -> None:
    state = state_of(desk_with(present("B-001")))
    under_way: list[Order] = []
    for step in steps:
        if step == "press":
            order = state.press(Act.RECALL)
            under_way += [order] if order else []
        elif step == "pad":
            answer = state.press_intents(["call-next", "recall"])
            under_way += [answer] if isinstance(answer, Order) else []
        elif step == "read":
            state.take(desk_with(present("B-001")))
        elif under_way:
            order = under_way.pop()
            if step == "done":
                state.done(order)
            elif step == "lost":
                state.lost(order, NINE)
            else:
                state.refuse(order, IllegalMove(move="recall", status="done"))

        assert len(under_way) <= 1
        assert state.under_way == (under_way[0] if under_way else None)
