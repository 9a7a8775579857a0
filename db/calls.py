"""The officer's acts on the visitor at the desk: call, recall, start, finish, missed, hold.

Each is one command. The legal moves stand in ``rules/turn.py``; here the turn is read inside
the transaction, the move is asked for, and what changed is written and returned.
"""

from __future__ import annotations

from typing import Any

from db.inputs import checked, is_key
from db.journal import Kind
from db.transaction import Tx, View
from db.turns import (
    TURN_COLUMNS,
    CalledTurn,
    CounterRow,
    TurnRow,
    end_turn,
    expect_counter,
    find_counter,
    find_turn,
    happened,
    illegal,
    may_call,
    present_turn,
    require_today,
    result_of,
    turn_of,
    unpause,
    update_turn,
)
from rules.errors import (
    BadInput,
    CounterClosed,
    IllegalMove,
    NobodyWaiting,
    NotServedHere,
    ReasonNeeded,
    UnknownTicket,
    VisitorElsewhere,
)
from rules.order import Head, pick
from rules.reason import CHOSEN, CallReason
from rules.turn import Lane, Move, TurnStatus, after

# The head of each lane of each service that the counter takes. A ticket that is active
# elsewhere or paused is passed over; the partial index makes the cost independent of how
# many turns the table has ever held.
_HEADS = f"""
    SELECT {TURN_COLUMNS}, t.due_at, t.queued_seq, cs.weight, t.position
    FROM feed_head h
    JOIN counter_service cs ON cs.site = h.site
    CROSS JOIN (SELECT 'ordinary' AS lane UNION ALL SELECT 'priority'
                UNION ALL SELECT 'booked' UNION ALL SELECT 'returned') l
    JOIN turn t ON t.id = (
      SELECT w.id FROM turn w
      WHERE w.site = cs.site AND w.business_date = h.business_date AND w.service = cs.service
        AND w.lane = l.lane AND w.status = 'waiting' AND NOT w.is_paused
        AND {may_call("w", "cs.counter")}
        AND NOT EXISTS (SELECT 1 FROM turn a WHERE a.ticket = w.ticket
                        AND a.status IN ('called', 'serving'))
      ORDER BY w.due_at, w.queued_seq LIMIT 1)
    JOIN ticket k ON k.id = t.ticket
    WHERE h.site = :site AND cs.counter = :counter
"""


def call_next(
    tx: Tx,
    *,
    request: str,
    actor: str,
    counter: str,
    turn: str | None = None,
    officer: str | None = None,
    finish: bool = False,
) -> CalledTurn:
    """Call the visitor whose turn it is.

    Args:
        tx: The transaction.
        request: The caller's request id; a repeat gives the first call again.
        actor: Who calls.
        counter: The counter's code.
        turn: The turn that the caller means to finish; None is the one at the counter.
        officer: The officer who must still be signed in there; None where nobody need be.
        finish: Finish the visit at the desk in the same transaction.

    Raises:
        UnknownCounter, CounterClosed, NotSignedIn: The counter can't call.
        IllegalMove: A visitor is at the desk.
        NobodyWaiting: Nobody whom this counter could call waits; then nothing is finished.
    """
    checked(counter=counter, turn=turn, officer=officer, finish=finish)
    expect_counter(tx, counter)
    tx.expect(_HEADS, site=tx.site_code, counter=counter)
    prior = tx.open(request, actor, Kind.TURN_CALLED)
    if prior is not None:
        return result_of(prior)
    desk = find_counter(tx, counter, officer)
    if not desk.is_open:
        # A closed counter may still finish its last visit, but calls nobody more.
        raise CounterClosed(counter=counter)
    if desk.present is not None or turn is not None:
        present = present_turn(tx, desk, turn, Move.FINISH)
        if not finish:
            raise IllegalMove(
                move=Move.CALL.value,
                status=present.status.value,
                number=present.number,
                counter=counter,
            )
        end_turn(tx, present, Move.FINISH, Kind.TURN_FINISHED, carries_request=False)
    rows = tx.rows(_HEADS, site=tx.site.code, counter=counter)
    heads = {row[0]: row for row in rows}
    first = pick(
        Head(row[0], row[-4], row[-3], weight=row[-2], lane=Lane(row[6]), position=row[-1])
        for row in rows
    )
    if first is None:
        raise NobodyWaiting(counter=counter)
    return _call(tx, turn_of(heads[first.turn]), Move.CALL, Kind.TURN_CALLED, desk)


def call_turn(
    tx: Tx,
    *,
    request: str,
    actor: str,
    counter: str,
    turn: str,
    officer: str | None = None,
    reason: CallReason | None = None,
) -> CalledTurn:
    """Call one visitor out of order: a late-comer at the desk, or somebody for a reason.

    Args:
        tx: The transaction.
        request: The caller's request id.
        actor: Who calls.
        counter: The counter's code.
        turn: A missed or a waiting turn of today.
        officer: The officer who must still be signed in there.
        reason: Why somebody who waits comes first; it stands in the journal. A missed turn
            needs none.

    Raises:
        ReasonNeeded: The turn waits, and no reason for it was named.
        NotServedHere: The counter doesn't take the turn's service, or not this visitor.
        IllegalMove: The turn is neither missed nor waiting, or a visitor is at the desk.
        VisitorElsewhere: The same visitor is at another counter.
    """
    checked(counter=counter, turn=turn, officer=officer)
    if reason is not None and not isinstance(reason, CallReason):
        raise BadInput(field="reason", reason="type")
    prior = tx.open(request, actor, Kind.TURN_CALLED)
    if prior is not None:
        return result_of(prior)
    found = find_turn(tx, turn)
    if found.status is TurnStatus.MISSED:
        reason = CallReason.LATECOMER
    elif found.status is not TurnStatus.WAITING:
        raise illegal(Move.CALL, found)
    elif reason not in CHOSEN:
        raise ReasonNeeded(number=found.number)
    desk = _free_counter(tx, counter, officer, found, Move.CALL)
    if not desk.is_open:
        raise CounterClosed(counter=counter)
    is_paused = _require_served(tx, found, counter)
    return _call(tx, found, Move.CALL, Kind.TURN_CALLED, desk, reason=reason, is_paused=is_paused)


def turn_to_call(view: View, ticket: str, counter: str) -> str:
    """Return the turn of a ticket that a counter would call: one that it serves, first on paper.

    Raises:
        UnknownTicket: The ticket has no turn.
    """
    checked(ticket=ticket, counter=counter)
    if not is_key(ticket):
        raise UnknownTicket(ticket=ticket)
    row = view.one(
        "SELECT t.id FROM turn t LEFT JOIN counter_service cs ON cs.site = t.site"
        " AND cs.service = t.service AND cs.counter = :counter"
        " WHERE t.site = :site AND t.ticket = :ticket"
        " ORDER BY CASE WHEN t.status IN ('waiting', 'missed') THEN 0 ELSE 1 END,"
        " CASE WHEN cs.counter IS NULL THEN 1 ELSE 0 END, t.position LIMIT 1",
        site=view.site.code,
        ticket=ticket,
        counter=counter,
    )
    if row is None:
        raise UnknownTicket(ticket=ticket)
    return str(row[0])


def recall(
    tx: Tx,
    *,
    request: str,
    actor: str,
    counter: str,
    turn: str | None = None,
    officer: str | None = None,
) -> CalledTurn:
    """Call the visitor at this counter once more: the wall flashes again.

    ``turn`` names the turn that the caller means; None is the one at the counter.
    """
    checked(counter=counter, turn=turn, officer=officer)
    expect_counter(tx, counter)
    prior = tx.open(request, actor, Kind.TURN_RECALLED)
    if prior is not None:
        return result_of(prior)
    desk = find_counter(tx, counter, officer)
    present = present_turn(tx, desk, turn, Move.RECALL)
    return _call(tx, present, Move.RECALL, Kind.TURN_RECALLED, desk)


def start(
    tx: Tx,
    *,
    request: str,
    actor: str,
    counter: str,
    turn: str | None = None,
    officer: str | None = None,
) -> CalledTurn:
    """The called visitor sits down: serving begins."""
    checked(counter=counter, turn=turn, officer=officer)
    expect_counter(tx, counter)
    prior = tx.open(request, actor, Kind.TURN_STARTED)
    if prior is not None:
        return result_of(prior)
    desk = find_counter(tx, counter, officer)
    present = present_turn(tx, desk, turn, Move.START)
    status = after(Move.START, present.status, number=present.number, counter=counter)
    # A resumed visit keeps its first start: a misclick must not reset a service time.
    started_at = present.started_at or tx.now()
    update_turn(tx, present, status=status.value, started_at=started_at, officer=desk.officer)
    return happened(tx, Kind.TURN_STARTED, present, status, started_at=started_at)


def finish(
    tx: Tx,
    *,
    request: str,
    actor: str,
    counter: str,
    turn: str | None = None,
    officer: str | None = None,
) -> CalledTurn:
    """The visit is over."""
    checked(counter=counter, turn=turn, officer=officer)
    expect_counter(tx, counter)
    prior = tx.open(request, actor, Kind.TURN_FINISHED)
    if prior is not None:
        return result_of(prior)
    desk = find_counter(tx, counter, officer)
    return end_turn(tx, present_turn(tx, desk, turn, Move.FINISH), Move.FINISH, Kind.TURN_FINISHED)


def mark_missed(
    tx: Tx,
    *,
    request: str,
    actor: str,
    counter: str,
    turn: str | None = None,
    officer: str | None = None,
) -> CalledTurn:
    """The called visitor did not come; the ticket's other turns pause until he is back."""
    checked(counter=counter, turn=turn, officer=officer)
    expect_counter(tx, counter)
    prior = tx.open(request, actor, Kind.TURN_MISSED)
    if prior is not None:
        return result_of(prior)
    desk = find_counter(tx, counter, officer)
    present = present_turn(tx, desk, turn, Move.MISSED)
    tx.write(
        "UPDATE turn SET is_paused = true WHERE ticket = :ticket AND status = 'waiting'",
        ticket=present.ticket,
    )
    return end_turn(tx, present, Move.MISSED, Kind.TURN_MISSED)


def hold(
    tx: Tx,
    *,
    request: str,
    actor: str,
    counter: str,
    turn: str | None = None,
    officer: str | None = None,
) -> CalledTurn:
    """Park the visitor at this counter: a copy, a signature; the desk is free meanwhile."""
    checked(counter=counter, turn=turn, officer=officer)
    expect_counter(tx, counter)
    prior = tx.open(request, actor, Kind.TURN_HELD)
    if prior is not None:
        return result_of(prior)
    desk = find_counter(tx, counter, officer)
    present = present_turn(tx, desk, turn, Move.HOLD)
    status = after(Move.HOLD, present.status, number=present.number, counter=counter)
    update_turn(tx, present, status=status.value)
    return happened(tx, Kind.TURN_HELD, present, status)


def resume(
    tx: Tx, *, request: str, actor: str, counter: str, turn: str, officer: str | None = None
) -> CalledTurn:
    """Call a held visitor back to a counter that is free."""
    checked(counter=counter, turn=turn, officer=officer)
    prior = tx.open(request, actor, Kind.TURN_RESUMED)
    if prior is not None:
        return result_of(prior)
    held = find_turn(tx, turn)
    desk = _free_counter(tx, counter, officer, held, Move.RESUME)
    return _call(tx, held, Move.RESUME, Kind.TURN_RESUMED, desk)


def undo_call(
    tx: Tx,
    *,
    request: str,
    actor: str,
    counter: str,
    turn: str | None = None,
    officer: str | None = None,
) -> CalledTurn:
    """Take a call back: the visitor waits again at the old place."""
    checked(counter=counter, turn=turn, officer=officer)
    expect_counter(tx, counter)
    prior = tx.open(request, actor, Kind.TURN_UNDONE)
    if prior is not None:
        return result_of(prior)
    desk = find_counter(tx, counter, officer)
    present = present_turn(tx, desk, turn, Move.UNDO)
    status = after(Move.UNDO, present.status, number=present.number, counter=counter)
    reset: dict[str, Any] = {"counter": None, "called_at": None, "started_at": None}
    update_turn(tx, present, status=status.value, called_seq=None, **reset)
    return happened(tx, Kind.TURN_UNDONE, present, status, **reset)


def _call(
    tx: Tx,
    found: TurnRow,
    move: Move,
    kind: Kind,
    desk: CounterRow,
    *,
    reason: CallReason | None = None,
    is_paused: bool = False,
) -> CalledTurn:
    """Invite a turn to a counter; a call, a recall and a resume look alike on the wall."""
    require_today(tx, found, move)
    status = after(move, found.status, number=found.number, counter=desk.code)
    calls = found.calls + 1
    started_at = found.started_at
    if is_paused:
        # Missed elsewhere, and here now.
        unpause(tx, found)
    if found.status is TurnStatus.MISSED:
        unpause(tx, found)
        # He was held and then away: that is no time at the desk.
        started_at = None
    update_turn(
        tx,
        found,
        status=status.value,
        outcome=None,
        ended_at=None,
        counter=desk.code,
        officer=desk.officer,
        called_at=tx.now(),
        called_seq=tx.seq + 1,
        calls=calls,
        started_at=started_at,
    )
    return happened(
        tx,
        kind,
        found,
        status,
        more={"reason": reason.value} if reason else None,
        counter=desk.code,
        called_at=tx.now(),
        calls=calls,
        started_at=started_at,
    )


def _free_counter(tx: Tx, code: str, officer: str | None, found: TurnRow, move: Move) -> CounterRow:
    """Return a counter without a visitor, to which ``found`` may come."""
    desk = find_counter(tx, code, officer)
    if desk.present is not None:
        raise illegal(move, desk.present)
    row = tx.one(
        "SELECT counter FROM turn WHERE ticket = :ticket AND status IN ('called', 'serving')",
        ticket=found.ticket,
    )
    if row is not None:
        raise VisitorElsewhere(number=found.number, counter=row[0])
    return desk


def _require_served(tx: Tx, found: TurnRow, counter: str) -> bool:
    """Refuse a turn that this counter may not call; return whether it is paused."""
    row = tx.rows(
        f"SELECT t.is_paused, {may_call('t', ':counter')}, cs.counter FROM turn t"
        " LEFT JOIN counter_service cs ON cs.site = t.site AND cs.service = t.service"
        " AND cs.counter = :counter WHERE t.site = :site AND t.id = :turn",
        site=tx.site.code,
        turn=found.turn,
        counter=counter,
    )[0]
    if row[2] is None or not row[1]:
        raise NotServedHere(number=found.number, service=found.service, counter=counter)
    return bool(row[0])


__all__ = [
    "CalledTurn",
    "call_next",
    "call_turn",
    "finish",
    "hold",
    "mark_missed",
    "recall",
    "resume",
    "start",
    "turn_to_call",
    "undo_call",
]
