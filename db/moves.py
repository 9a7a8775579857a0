"""Acts that move a turn between queues, or out of them: return, transfer, cancel."""

from __future__ import annotations

from db.inputs import checked
from db.journal import Kind
from db.tickets import add_turn
from db.transaction import Tx, new_key
from db.turns import (
    CalledTurn,
    TurnRow,
    end_turn,
    expect_counter,
    find_counter,
    find_turn,
    happened,
    present_turn,
    require_today,
    result_of,
    unpause,
    update_turn,
)
from rules.errors import CounterClosed, ServiceClosed, UnknownCounter, UnknownService
from rules.turn import Lane, Move, TurnStatus, after


def return_turn(tx: Tx, *, request: str, actor: str, turn: str) -> CalledTurn:
    """A missed visitor is back and waits again, in the lane of those who returned."""
    checked(turn=turn)
    prior = tx.open(request, actor, Kind.TURN_RETURNED)
    if prior is not None:
        return result_of(prior)
    missed = find_turn(tx, turn)
    require_today(tx, missed, Move.RETURN)
    status = after(Move.RETURN, missed.status, number=missed.number, counter=missed.counter)
    due_at = _due(tx, Lane.RETURNED, tx.now())
    _wait_again(tx, missed, status, Lane.RETURNED, due_at)
    unpause(tx, missed)
    return happened(
        tx,
        Kind.TURN_RETURNED,
        missed,
        status,
        more={"due_at": due_at},
        lane=Lane.RETURNED,
        counter=None,
        started_at=None,
    )


def transfer(
    tx: Tx,
    *,
    request: str,
    actor: str,
    counter: str,
    service: str,
    target_counter: str | None = None,
    turn: str | None = None,
    officer: str | None = None,
) -> CalledTurn:
    """Finish here and send the visitor on: a new turn of the same ticket elsewhere.

    The new turn keeps the time at which the visitor first joined, so that being sent on
    costs no second wait. Returned is the finished turn.

    Raises:
        UnknownService, ServiceClosed, UnknownCounter, CounterClosed: No such place to go.
        IllegalMove: The visitor at the desk isn't being served.
    """
    checked(counter=counter, turn=turn, officer=officer)
    checked(service=service, target_counter=target_counter)
    expect_counter(tx, counter)
    prior = tx.open(request, actor, Kind.TURN_TRANSFERRED)
    if prior is not None:
        return result_of(prior)
    desk = find_counter(tx, counter, officer)
    present = present_turn(tx, desk, turn, Move.TRANSFER)
    after(Move.TRANSFER, present.status, number=present.number, counter=counter)
    row = tx.one(
        "SELECT is_open FROM service WHERE site = :site AND code = :service",
        site=tx.site.code,
        service=service,
    )
    if row is None:
        raise UnknownService(service=service)
    if not row[0]:
        raise ServiceClosed(service=service)
    if target_counter is not None:
        _require_target(tx, target_counter, service)
    # Not the turn's lane: a priority visitor who was missed waits in the lane of the returned.
    priority = tx.rows("SELECT priority FROM ticket WHERE id = :ticket", ticket=present.ticket)
    lane = Lane.ORDINARY if priority[0][0] is None else Lane.PRIORITY
    key, due_at = new_key(), _due(tx, lane, present.queued_at)
    add_turn(
        tx,
        turn=key,
        ticket=present.ticket,
        service=service,
        position=_positions(tx, present.ticket),
        lane=lane,
        queued_at=present.queued_at,
        due_at=due_at,
        target_counter=target_counter,
    )
    there = [key, service, lane.value, present.queued_at, due_at, target_counter]
    return end_turn(tx, present, Move.TRANSFER, Kind.TURN_TRANSFERRED, more={"next": there})


def cancel(tx: Tx, *, request: str, actor: str, turn: str) -> CalledTurn:
    """Take a turn out of the queue for good."""
    checked(turn=turn)
    prior = tx.open(request, actor, Kind.TURN_CANCELLED)
    if prior is not None:
        return result_of(prior)
    return end_turn(tx, find_turn(tx, turn), Move.CANCEL, Kind.TURN_CANCELLED)


def _require_target(tx: Tx, counter: str, service: str) -> None:
    """Refuse a counter at which nobody could ever call the turn that is sent there."""
    if not find_counter(tx, counter, None).is_open:
        raise CounterClosed(counter=counter)
    served = tx.one(
        "SELECT 1 FROM counter_service WHERE site = :site AND counter = :counter"
        " AND service = :service",
        site=tx.site.code,
        counter=counter,
        service=service,
    )
    if served is None:
        raise UnknownCounter(counter=counter)


def _wait_again(tx: Tx, found: TurnRow, status: TurnStatus, lane: Lane, due_at: int) -> None:
    update_turn(
        tx,
        found,
        status=status.value,
        outcome=None,
        ended_at=None,
        lane=lane.value,
        counter=None,
        started_at=None,
        queued_seq=tx.seq + 1,
        due_at=due_at,
        is_paused=False,
    )


def _positions(tx: Tx, ticket: str) -> int:
    return int(tx.rows("SELECT count(*) FROM turn WHERE ticket = :ticket", ticket=ticket)[0][0])


def _due(tx: Tx, lane: Lane, queued_at: int) -> int:
    return queued_at + tx.site.figures.minutes(lane) * 60_000_000
