"""The table of legal moves, held against the architecture's sentence about a turn."""

from __future__ import annotations

import itertools

import pytest

from rules.errors import IllegalMove
from rules.turn import ACTIVE, OPEN, Move, TurnStatus, after, legal_moves

# "waiting → called → serving → done; called → missed, missed → waiting (returned) or → called
# (a late-comer at the desk); called|serving → held → called; called → waiting (undone);
# serving → done with a new turn elsewhere (transfer); any open state → cancelled, and at day
# end → closed."
LEGAL = {
    (TurnStatus.WAITING, Move.CALL): TurnStatus.CALLED,
    (TurnStatus.CALLED, Move.RECALL): TurnStatus.CALLED,
    (TurnStatus.CALLED, Move.START): TurnStatus.SERVING,
    (TurnStatus.SERVING, Move.FINISH): TurnStatus.DONE,
    (TurnStatus.CALLED, Move.MISSED): TurnStatus.MISSED,
    (TurnStatus.MISSED, Move.RETURN): TurnStatus.WAITING,
    (TurnStatus.MISSED, Move.CALL): TurnStatus.CALLED,
    (TurnStatus.CALLED, Move.HOLD): TurnStatus.HELD,
    (TurnStatus.SERVING, Move.HOLD): TurnStatus.HELD,
    (TurnStatus.HELD, Move.RESUME): TurnStatus.CALLED,
    (TurnStatus.CALLED, Move.UNDO): TurnStatus.WAITING,
    (TurnStatus.SERVING, Move.TRANSFER): TurnStatus.DONE,
    **{
        (status, Move.CANCEL): TurnStatus.CANCELLED
        for status in (TurnStatus.WAITING, TurnStatus.CALLED, TurnStatus.SERVING, TurnStatus.HELD)
    },
    **{
        (status, Move.CLOSE): TurnStatus.CLOSED
        for status in (TurnStatus.WAITING, TurnStatus.CALLED, TurnStatus.SERVING, TurnStatus.HELD)
    },
}
MATRIX = list(itertools.product(TurnStatus, Move))


@pytest.mark.parametrize(("status", "move"), MATRIX)
def test_each_move_is_legal_exactly_where_the_design_says(status: TurnStatus, move: Move) -> None:
    if (status, move) in LEGAL:
        assert after(move, status) is LEGAL[status, move]
    else:
        with pytest.raises(IllegalMove):
            after(move, status)


@pytest.mark.parametrize("status", TurnStatus)
def test_legal_moves_lists_what_after_allows(status: TurnStatus) -> None:
    assert legal_moves(status) == {move for known, move in LEGAL if known is status}


def test_refusal_names_move_and_state_and_the_callers_facts() -> None:
    with pytest.raises(IllegalMove) as refused:
        after(Move.START, TurnStatus.DONE, number="B-014", counter="3")

    assert refused.value.fields == {
        "move": "start",
        "status": "done",
        "number": "B-014",
        "counter": "3",
    }


@pytest.mark.parametrize("status", [TurnStatus.DONE, TurnStatus.CANCELLED, TurnStatus.CLOSED])
def test_nothing_leads_out_of_a_final_state(status: TurnStatus) -> None:
    assert legal_moves(status) == frozenset()


def test_every_state_can_be_reached_from_waiting() -> None:
    reached = {TurnStatus.WAITING}
    for _ in TurnStatus:
        reached |= {after(move, status) for status in reached for move in legal_moves(status)}

    assert reached == set(TurnStatus)


def test_active_states_are_those_at_a_counter_and_are_open() -> None:
    assert {TurnStatus.CALLED, TurnStatus.SERVING} == ACTIVE
    assert ACTIVE < OPEN
    # A missed turn stays missed at the end of the day: that is what became of it.
    assert TurnStatus.MISSED not in OPEN
