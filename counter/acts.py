"""An order on the store: which operation of ``db.calls`` each act is. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from counter.desk import Act, Order
from db import calls, moves
from db.calls import CalledTurn
from db.desks import Desk, desk
from db.errors import StoreProblem
from db.store import Store, Tx


@dataclass(frozen=True, slots=True)
class Outcome:
    """A committed order; ``view`` is the desk after it, None where it couldn't be read."""

    order: Order
    turn: CalledTurn
    view: Desk | None


def actor_of(officer: str) -> str:
    """Return how the journal names an officer."""
    return f"officer:{officer}"


def command(order: Order, officer: str) -> Callable[[Tx], CalledTurn]:
    """Return the order as a command; it may be run again with the same effect."""

    def run(tx: Tx) -> CalledTurn:
        request, actor = order.request, actor_of(officer)
        if order.act is Act.CALL_NEXT:
            return calls.call_next(
                tx,
                request=request,
                actor=actor,
                counter=order.counter,
                officer=officer,
                turn=order.turn,
                finish=order.turn is not None,
            )
        if order.turn is None:
            raise AssertionError(f"{order.act} without a turn")
        if order.act is Act.RETURN:
            return moves.return_turn(tx, request=request, actor=actor, turn=order.turn)
        if order.act is Act.TRANSFER:
            return moves.transfer(
                tx,
                request=request,
                actor=actor,
                counter=order.counter,
                service=order.service or "",
                turn=order.turn,
                officer=officer,
            )
        if order.act is Act.CALL_WAITING:
            return calls.call_turn(
                tx,
                request=request,
                actor=actor,
                counter=order.counter,
                turn=order.turn,
                officer=officer,
                reason=order.reason,
            )
        act = _ON_TURN[order.act]
        return act(
            tx,
            request=request,
            actor=actor,
            counter=order.counter,
            turn=order.turn,
            officer=officer,
        )

    return run


def carry_out(order: Order, officer: str) -> Callable[[Store], Outcome]:
    """Return a job that commits the order and reads the desk after it."""

    def job(store: Store) -> Outcome:
        turn = store.run(command(order, officer))
        try:
            with store.read() as view:
                return Outcome(order, turn, desk(view, order.counter))
        except StoreProblem:
            # It is committed; that the desk can't be read now is another matter.
            return Outcome(order, turn, None)

    return job


_ON_TURN: dict[Act, Callable[..., CalledTurn]] = {
    Act.RECALL: calls.recall,
    Act.START: calls.start,
    Act.FINISH: calls.finish,
    Act.MISSED: calls.mark_missed,
    Act.HOLD: calls.hold,
    Act.UNDO: calls.undo_call,
    Act.RESUME: calls.resume,
    Act.CALL_MISSED: calls.call_turn,
}
