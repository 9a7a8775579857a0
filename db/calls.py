"""The officer's acts: call, recall, start, finish, missed, return, hold, transfer, cancel.

Each is one command. The legal moves stand in ``rules/turn.py``; here the turn is read inside
the transaction, the move is asked for, and what changed is written and returned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.driver import Row
from db.journal import Event, Kind
from db.moment import maybe_datetime, to_datetime
from db.tickets import add_turn, is_key
from db.transaction import Tx, new_key
from rules.errors import (
    CounterClosed,
    IllegalMove,
    NobodyAtCounter,
    NobodyWaiting,
    NotSignedIn,
    ServiceClosed,
    UnknownCounter,
    UnknownService,
    UnknownTurn,
    VisitorElsewhere,
)
from rules.number import label
from rules.order import Head, pick
from rules.turn import ACTIVE, Lane, Move, TurnStatus, after


@dataclass(frozen=True, slots=True)
class CalledTurn:
    """A turn after an act; ``calls`` counts the call and its recalls."""

    turn: str
    ticket: str
    number: str
    service: str
    counter: str | None
    status: TurnStatus
    lane: Lane
    queued_at: datetime
    called_at: datetime | None
    started_at: datetime | None
    calls: int


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn's row as the acts need it; instants in microseconds."""

    turn: str
    ticket: str
    number: str
    service: str
    status: TurnStatus
    lane: Lane
    counter: str | None
    queued_at: int
    called_at: int | None
    started_at: int | None
    calls: int
    business_date: str


@dataclass(frozen=True, slots=True)
class _Counter:
    """A counter as the acts need it; ``officer`` is who is signed in, or None."""

    code: str
    is_open: bool
    officer: str | None
    present: str | None


_COLUMNS = (
    "t.id, t.ticket, k.prefix, k.number, t.service, t.status, t.lane, t.counter,"
    " t.queued_at, t.called_at, t.started_at, t.calls, t.business_date"
)
_TURN = (
    f"SELECT {_COLUMNS} FROM turn t JOIN ticket k ON k.id = t.ticket"
    " WHERE t.site = :site AND t.id = :turn"
)
_COUNTER = (
    "SELECT c.code, c.is_open,"
    " (SELECT d.officer FROM desk_session d WHERE d.site = c.site AND d.counter = c.code"
    "   AND d.ended_at IS NULL),"
    " (SELECT t.id FROM turn t WHERE t.site = c.site AND t.counter = c.code"
    "   AND t.status IN ('called', 'serving'))"
    " FROM counter c WHERE c.site = :site AND c.code = :counter"
)
# The head of each lane of each service that the counter takes. A ticket that is active
# elsewhere or paused is passed over; the partial index makes the cost independent of how
# many turns the table has ever held.
_HEADS = f"""
    SELECT {_COLUMNS}, t.due_at, t.queued_seq, cs.weight
    FROM feed_head h
    JOIN counter_service cs ON cs.site = h.site
    CROSS JOIN (SELECT 'ordinary' AS lane UNION ALL SELECT 'priority'
                UNION ALL SELECT 'booked' UNION ALL SELECT 'returned') l
    JOIN turn t ON t.id = (
      SELECT w.id FROM turn w
      WHERE w.site = cs.site AND w.business_date = h.business_date AND w.service = cs.service
        AND w.lane = l.lane AND w.status = 'waiting' AND NOT w.is_paused
        AND (w.target_counter IS NULL OR w.target_counter = cs.counter)
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
    tx.expect(_COUNTER, site=tx.site_code, counter=counter)
    tx.expect(_HEADS, site=tx.site_code, counter=counter)
    prior = tx.open(request, actor, Kind.TURN_CALLED)
    if prior is not None:
        return _result(prior)
    desk = _counter(tx, counter, officer)
    if not desk.is_open:
        # A closed counter may still finish its last visit, but calls nobody more.
        raise CounterClosed(counter=counter)
    if desk.present is not None or turn is not None:
        present = _present(tx, desk, turn, Move.FINISH)
        if not finish:
            raise IllegalMove(
                move=Move.CALL.value,
                status=present.status.value,
                number=present.number,
                counter=counter,
            )
        _end(tx, present, Move.FINISH, Kind.TURN_FINISHED, carries_request=False)
    rows = tx.rows(_HEADS, site=tx.site.code, counter=counter)
    heads = {row[0]: row for row in rows}
    first = pick(
        Head(turn=row[0], due=row[-3], queued_seq=row[-2], weight=row[-1], lane=Lane(row[6]))
        for row in rows
    )
    if first is None:
        raise NobodyWaiting(counter=counter)
    return _call(tx, _turn_of(heads[first.turn]), Move.CALL, Kind.TURN_CALLED, desk)


def call_turn(
    tx: Tx, *, request: str, actor: str, counter: str, turn: str, officer: str | None = None
) -> CalledTurn:
    """Call one late-comer who stands at the desk: a missed turn of today.

    Raises:
        IllegalMove: The turn isn't missed, or a visitor is at the desk.
        VisitorElsewhere: The same visitor is at another counter.
    """
    prior = tx.open(request, actor, Kind.TURN_CALLED)
    if prior is not None:
        return _result(prior)
    found = _turn(tx, turn)
    if found.status is not TurnStatus.MISSED:
        raise _illegal(Move.CALL, found)
    desk = _free_counter(tx, counter, officer, found, Move.CALL)
    return _call(tx, found, Move.CALL, Kind.TURN_CALLED, desk)


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
    prior = tx.open(request, actor, Kind.TURN_RECALLED)
    if prior is not None:
        return _result(prior)
    desk = _counter(tx, counter, officer)
    present = _present(tx, desk, turn, Move.RECALL)
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
    prior = tx.open(request, actor, Kind.TURN_STARTED)
    if prior is not None:
        return _result(prior)
    desk = _counter(tx, counter, officer)
    present = _present(tx, desk, turn, Move.START)
    status = after(Move.START, present.status, number=present.number, counter=counter)
    # A resumed visit keeps its first start: a misclick must not reset a service time.
    started_at = present.started_at or tx.now()
    _update(tx, present, status=status.value, started_at=started_at, officer=desk.officer)
    return _happened(tx, Kind.TURN_STARTED, present, status, started_at=started_at)


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
    prior = tx.open(request, actor, Kind.TURN_FINISHED)
    if prior is not None:
        return _result(prior)
    desk = _counter(tx, counter, officer)
    return _end(tx, _present(tx, desk, turn, Move.FINISH), Move.FINISH, Kind.TURN_FINISHED)


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
    prior = tx.open(request, actor, Kind.TURN_MISSED)
    if prior is not None:
        return _result(prior)
    desk = _counter(tx, counter, officer)
    present = _present(tx, desk, turn, Move.MISSED)
    tx.write(
        "UPDATE turn SET is_paused = true WHERE ticket = :ticket AND status = 'waiting'",
        ticket=present.ticket,
    )
    return _end(tx, present, Move.MISSED, Kind.TURN_MISSED)


def return_turn(tx: Tx, *, request: str, actor: str, turn: str) -> CalledTurn:
    """A missed visitor is back and waits again, in the lane of those who returned."""
    prior = tx.open(request, actor, Kind.TURN_RETURNED)
    if prior is not None:
        return _result(prior)
    missed = _turn(tx, turn)
    _require_today(tx, missed, Move.RETURN)
    status = after(Move.RETURN, missed.status, number=missed.number, counter=missed.counter)
    _wait_again(tx, missed, status, Lane.RETURNED)
    _unpause(tx, missed)
    return _happened(
        tx, Kind.TURN_RETURNED, missed, status, lane=Lane.RETURNED, counter=None, started_at=None
    )


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
    prior = tx.open(request, actor, Kind.TURN_HELD)
    if prior is not None:
        return _result(prior)
    desk = _counter(tx, counter, officer)
    present = _present(tx, desk, turn, Move.HOLD)
    status = after(Move.HOLD, present.status, number=present.number, counter=counter)
    _update(tx, present, status=status.value)
    return _happened(tx, Kind.TURN_HELD, present, status)


def resume(
    tx: Tx, *, request: str, actor: str, counter: str, turn: str, officer: str | None = None
) -> CalledTurn:
    """Call a held visitor back to a counter that is free."""
    prior = tx.open(request, actor, Kind.TURN_RESUMED)
    if prior is not None:
        return _result(prior)
    held = _turn(tx, turn)
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
    prior = tx.open(request, actor, Kind.TURN_UNDONE)
    if prior is not None:
        return _result(prior)
    desk = _counter(tx, counter, officer)
    present = _present(tx, desk, turn, Move.UNDO)
    status = after(Move.UNDO, present.status, number=present.number, counter=counter)
    reset: dict[str, Any] = {"counter": None, "called_at": None, "started_at": None}
    _update(tx, present, status=status.value, called_seq=None, **reset)
    return _happened(tx, Kind.TURN_UNDONE, present, status, **reset)


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
    prior = tx.open(request, actor, Kind.TURN_TRANSFERRED)
    if prior is not None:
        return _result(prior)
    desk = _counter(tx, counter, officer)
    present = _present(tx, desk, turn, Move.TRANSFER)
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
    add_turn(
        tx,
        turn=new_key(),
        ticket=present.ticket,
        service=service,
        position=_positions(tx, present.ticket),
        lane=lane,
        queued_at=present.queued_at,
        due_at=_due(tx, lane, present.queued_at),
        target_counter=target_counter,
    )
    return _end(tx, present, Move.TRANSFER, Kind.TURN_TRANSFERRED)


def cancel(tx: Tx, *, request: str, actor: str, turn: str) -> CalledTurn:
    """Take a turn out of the queue for good."""
    prior = tx.open(request, actor, Kind.TURN_CANCELLED)
    if prior is not None:
        return _result(prior)
    return _end(tx, _turn(tx, turn), Move.CANCEL, Kind.TURN_CANCELLED)


def _require_target(tx: Tx, counter: str, service: str) -> None:
    """Refuse a counter at which nobody could ever call the turn that is sent there."""
    if not _counter(tx, counter, None).is_open:
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


def _call(tx: Tx, found: _Turn, move: Move, kind: Kind, desk: _Counter) -> CalledTurn:
    """Invite a turn to a counter; a call, a recall and a resume look alike on the wall."""
    _require_today(tx, found, move)
    status = after(move, found.status, number=found.number, counter=desk.code)
    calls = found.calls + 1
    started_at = found.started_at
    if found.status is TurnStatus.MISSED:
        _unpause(tx, found)
        # He was held and then away: that is no time at the desk.
        started_at = None
    _update(
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
    return _happened(
        tx,
        kind,
        found,
        status,
        counter=desk.code,
        called_at=tx.now(),
        calls=calls,
        started_at=started_at,
    )


def _end(
    tx: Tx, found: _Turn, move: Move, kind: Kind, *, carries_request: bool = True
) -> CalledTurn:
    status = after(move, found.status, number=found.number, counter=found.counter)
    _update(tx, found, status=status.value, outcome=status.value, ended_at=tx.now())
    return _happened(tx, kind, found, status, carries_request=carries_request)


def _wait_again(tx: Tx, found: _Turn, status: TurnStatus, lane: Lane) -> None:
    _update(
        tx,
        found,
        status=status.value,
        outcome=None,
        ended_at=None,
        lane=lane.value,
        counter=None,
        started_at=None,
        queued_seq=tx.seq + 1,
        due_at=_due(tx, lane, tx.now()),
        is_paused=False,
    )


def _unpause(tx: Tx, found: _Turn) -> None:
    tx.write(
        "UPDATE turn SET is_paused = false WHERE ticket = :ticket AND is_paused",
        ticket=found.ticket,
    )


def _update(tx: Tx, found: _Turn, **values: object) -> None:
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    tx.write(f"UPDATE turn SET {assignments} WHERE id = :turn", turn=found.turn, **values)


def _happened(
    tx: Tx,
    kind: Kind,
    found: _Turn,
    status: TurnStatus,
    *,
    carries_request: bool = True,
    **changed: Any,
) -> CalledTurn:
    """Write the journal's line; its data is the whole result, so that a repeat can give it."""
    counter = changed.get("counter", found.counter)
    lane = changed.get("lane", found.lane)
    event = tx.event(
        kind,
        ticket=found.ticket,
        turn=found.turn,
        # Which counter acted, even where the turn leaves it.
        counter=counter or found.counter,
        data={
            "number": found.number,
            "service": found.service,
            "counter": counter,
            "status": status.value,
            "lane": lane.value,
            "queued_at": found.queued_at,
            "called_at": changed.get("called_at", found.called_at),
            "started_at": changed.get("started_at", found.started_at),
            "calls": changed.get("calls", found.calls),
        },
        carries_request=carries_request,
    )
    return _result(event)


def _result(event: Event) -> CalledTurn:
    data = event.data
    return CalledTurn(
        turn=str(event.turn),
        ticket=str(event.ticket),
        number=data["number"],
        service=data["service"],
        counter=data["counter"],
        status=TurnStatus(data["status"]),
        lane=Lane(data["lane"]),
        queued_at=to_datetime(data["queued_at"]),
        called_at=maybe_datetime(data["called_at"]),
        started_at=maybe_datetime(data["started_at"]),
        calls=data["calls"],
    )


def _turn(tx: Tx, key: str) -> _Turn:
    row = tx.one(_TURN, site=tx.site.code, turn=key) if is_key(key) else None
    if row is None:
        raise UnknownTurn(turn=key)
    return _turn_of(row)


def _turn_of(row: Row) -> _Turn:
    return _Turn(
        turn=row[0],
        ticket=row[1],
        number=label(row[2], row[3]),
        service=row[4],
        status=TurnStatus(row[5]),
        lane=Lane(row[6]),
        counter=row[7],
        queued_at=row[8],
        called_at=row[9],
        started_at=row[10],
        calls=row[11],
        business_date=row[12],
    )


def _counter(tx: Tx, code: str, officer: str | None) -> _Counter:
    row: Row | None = tx.one(_COUNTER, site=tx.site.code, counter=code)
    if row is None:
        raise UnknownCounter(counter=code)
    if not row[1] and row[3] is None:
        raise CounterClosed(counter=code)
    if officer is not None and row[2] != officer:
        raise NotSignedIn(counter=code)
    return _Counter(code=row[0], is_open=bool(row[1]), officer=row[2], present=row[3])


def _free_counter(tx: Tx, code: str, officer: str | None, found: _Turn, move: Move) -> _Counter:
    """Return a counter without a visitor, to which ``found`` may come."""
    desk = _counter(tx, code, officer)
    if desk.present is not None:
        raise _illegal(move, _turn(tx, desk.present))
    row = tx.one(
        "SELECT counter FROM turn WHERE ticket = :ticket AND status IN ('called', 'serving')",
        ticket=found.ticket,
    )
    if row is not None:
        raise VisitorElsewhere(number=found.number, counter=row[0])
    return desk


def _present(tx: Tx, desk: _Counter, meant: str | None, move: Move) -> _Turn:
    """Return the visitor at the counter, who must be the one that the caller means."""
    if desk.present is None and meant is None:
        raise NobodyAtCounter(counter=desk.code)
    if meant is not None and meant != desk.present:
        # The screen was stale: say what became of that turn, and touch nobody else.
        raise _illegal(move, _turn(tx, meant))
    return _turn(tx, str(desk.present))


def _require_today(tx: Tx, found: _Turn, move: Move) -> None:
    if found.business_date != tx.business_date:
        raise _illegal(move, found)


def _illegal(move: Move, found: _Turn) -> IllegalMove:
    return IllegalMove(
        move=move.value, status=found.status.value, number=found.number, counter=found.counter
    )


def _positions(tx: Tx, ticket: str) -> int:
    return int(tx.rows("SELECT count(*) FROM turn WHERE ticket = :ticket", ticket=ticket)[0][0])


def _due(tx: Tx, lane: Lane, queued_at: int) -> int:
    return queued_at + tx.site.figures.minutes(lane) * 60_000_000


__all__ = [
    "ACTIVE",
    "CalledTurn",
    "call_next",
    "call_turn",
    "cancel",
    "finish",
    "hold",
    "mark_missed",
    "recall",
    "resume",
    "return_turn",
    "start",
    "transfer",
    "undo_call",
]
