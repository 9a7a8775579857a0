"""The states of a turn and the legal moves between them: the one table that all ask."""

from __future__ import annotations

from enum import StrEnum

from rules.errors import IllegalMove


class TurnStatus(StrEnum):
    """Where a turn stands; done, cancelled and closed are final, missed until it returns."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    HELD = "held"
    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class Move(StrEnum):
    """What can happen to a turn."""

    CALL = "call"
    RECALL = "recall"
    START = "start"
    FINISH = "finish"
    MISSED = "missed"
    RETURN = "return"
    HOLD = "hold"
    RESUME = "resume"
    UNDO = "undo"
    TRANSFER = "transfer"
    CANCEL = "cancel"
    CLOSE = "close"


class Lane(StrEnum):
    """The line of a queue in which a turn stands."""

    ORDINARY = "ordinary"
    PRIORITY = "priority"
    BOOKED = "booked"
    RETURNED = "returned"


OPEN = frozenset({TurnStatus.WAITING, TurnStatus.CALLED, TurnStatus.SERVING, TurnStatus.HELD})
"""States that the end of the day closes. A missed turn stays missed: that is what became of it."""

ACTIVE = frozenset({TurnStatus.CALLED, TurnStatus.SERVING})
"""States in which the visitor belongs to a counter: one turn per ticket, one per counter."""

_MOVES: dict[TurnStatus, dict[Move, TurnStatus]] = {
    TurnStatus.WAITING: {Move.CALL: TurnStatus.CALLED},
    TurnStatus.CALLED: {
        Move.RECALL: TurnStatus.CALLED,
        Move.START: TurnStatus.SERVING,
        Move.MISSED: TurnStatus.MISSED,
        Move.HOLD: TurnStatus.HELD,
        Move.UNDO: TurnStatus.WAITING,
    },
    TurnStatus.SERVING: {
        Move.FINISH: TurnStatus.DONE,
        Move.HOLD: TurnStatus.HELD,
        Move.TRANSFER: TurnStatus.DONE,
    },
    TurnStatus.HELD: {Move.RESUME: TurnStatus.CALLED},
    # CALL from missed is the late-comer who stands at the desk.
    TurnStatus.MISSED: {Move.RETURN: TurnStatus.WAITING, Move.CALL: TurnStatus.CALLED},
    TurnStatus.DONE: {},
    TurnStatus.CANCELLED: {},
    TurnStatus.CLOSED: {},
}
for _status in OPEN:
    _MOVES[_status] |= {Move.CANCEL: TurnStatus.CANCELLED, Move.CLOSE: TurnStatus.CLOSED}


def legal_moves(status: TurnStatus) -> frozenset[Move]:
    """Return the moves that a turn in this state allows."""
    return frozenset(_MOVES[status])


def after(move: Move, status: TurnStatus, **facts: object) -> TurnStatus:
    """Return the state that a move leads to.

    Args:
        move: What is to happen.
        status: The turn's present state.
        facts: More fields for the error, e.g. ``number`` and ``counter``.

    Raises:
        IllegalMove: The state doesn't allow the move.
    """
    try:
        return _MOVES[status][move]
    except KeyError:
        raise IllegalMove(move=move.value, status=status.value, **facts) from None
