"""A turn and a counter as the officer's acts need them: read, changed, written down.

Used by ``db.calls`` only; what an act changed comes back as a ``CalledTurn``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.driver import Row
from db.inputs import is_key
from db.journal import Event, Kind
from db.moment import maybe_datetime, to_datetime
from db.transaction import Tx
from rules.errors import (
    CounterClosed,
    IllegalMove,
    NobodyAtCounter,
    NotSignedIn,
    UnknownCounter,
    UnknownTurn,
)
from rules.number import label
from rules.turn import Lane, Move, TurnStatus, after


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
class TurnRow:
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
class CounterRow:
    """A counter as the acts need it: who is signed in, which visitor is at the desk, or None."""

    code: str
    is_open: bool
    officer: str | None
    present: TurnRow | None


TURN_COLUMNS = (
    "t.id, t.ticket, k.prefix, k.number, t.service, t.status, t.lane, t.counter,"
    " t.queued_at, t.called_at, t.started_at, t.calls, t.business_date"
)
_TURN_SQL = (
    f"SELECT {TURN_COLUMNS} FROM turn t JOIN ticket k ON k.id = t.ticket"
    " WHERE t.site = :site AND t.id = :turn"
)
_COUNTER_SQL = (
    f"SELECT c.code, c.is_open, d.officer, {TURN_COLUMNS} FROM counter c"
    " LEFT JOIN desk_session d ON d.site = c.site AND d.counter = c.code AND d.ended_at IS NULL"
    " LEFT JOIN turn t ON t.site = c.site AND t.counter = c.code"
    "   AND t.status IN ('called', 'serving')"
    " LEFT JOIN ticket k ON k.id = t.ticket"
    " WHERE c.site = :site AND c.code = :counter"
)


def may_call(turn: str, counter: str) -> str:
    """Return the condition that a counter may call a turn, by their names in a query.

    Whom somebody sent to one counter waits for that one alone, as long as it can call at all:
    closed meanwhile, or without the service, it would keep the visitor waiting for ever.
    """
    return (
        f"({turn}.target_counter IS NULL OR {turn}.target_counter = {counter} OR NOT EXISTS"
        " (SELECT 1 FROM counter_service o JOIN counter d ON d.site = o.site AND d.code = o.counter"
        f" WHERE o.site = {turn}.site AND o.counter = {turn}.target_counter"
        f" AND o.service = {turn}.service AND d.is_open))"
    )


def expect_counter(tx: Tx, code: str) -> None:
    """Say before ``tx.open`` that ``find_counter`` will be asked: one round trip for both."""
    tx.expect(_COUNTER_SQL, site=tx.site_code, counter=code)


def update_turn(tx: Tx, found: TurnRow, **values: object) -> None:
    """Write columns of a turn."""
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    tx.write(f"UPDATE turn SET {assignments} WHERE id = :turn", turn=found.turn, **values)


def happened(
    tx: Tx,
    kind: Kind,
    found: TurnRow,
    status: TurnStatus,
    *,
    carries_request: bool = True,
    more: dict[str, object] | None = None,
    **changed: Any,
) -> CalledTurn:
    """Write the journal's line; its data is the whole result, so that a repeat can give it.

    ``more`` is what else ``rules/replay.py`` needs to follow, or a reader to understand.
    """
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
            **(more or {}),
        },
        carries_request=carries_request,
    )
    return result_of(event)


def result_of(event: Event) -> CalledTurn:
    """Rebuild an act's result from its event: what a repeated request gets."""
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


def find_turn(tx: Tx, key: str) -> TurnRow:
    """Return a turn.

    Raises:
        UnknownTurn: There is none with this key.
    """
    row = tx.one(_TURN_SQL, site=tx.site.code, turn=key) if is_key(key) else None
    if row is None:
        raise UnknownTurn(turn=key)
    return turn_of(row)


def turn_of(row: Row) -> TurnRow:
    """Build the turn of a row that begins with ``TURN_COLUMNS``."""
    return TurnRow(
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


def find_counter(tx: Tx, code: str, officer: str | None) -> CounterRow:
    """Return a counter; the officer, where named, must still be signed in there.

    Raises:
        UnknownCounter: There is none with this code.
        NotSignedIn: The officer's session has ended.
    """
    row = tx.one(_COUNTER_SQL, site=tx.site.code, counter=code)
    if row is None:
        raise UnknownCounter(counter=code)
    if not row[1] and row[3] is None:
        raise CounterClosed(counter=code)
    if officer is not None and row[2] != officer:
        raise NotSignedIn(counter=code)
    present = None if row[3] is None else turn_of(row[3:])
    return CounterRow(code=row[0], is_open=bool(row[1]), officer=row[2], present=present)


def end_turn(
    tx: Tx,
    found: TurnRow,
    move: Move,
    kind: Kind,
    *,
    carries_request: bool = True,
    more: dict[str, object] | None = None,
) -> CalledTurn:
    """End a turn at its counter, or wherever it waits."""
    status = after(move, found.status, number=found.number, counter=found.counter)
    update_turn(tx, found, status=status.value, outcome=status.value, ended_at=tx.now())
    more = {**(more or {}), "ended_at": tx.now()}
    return happened(tx, kind, found, status, carries_request=carries_request, more=more)


def unpause(tx: Tx, found: TurnRow) -> None:
    """Let a ticket's other turns be called again."""
    tx.write(
        "UPDATE turn SET is_paused = false WHERE ticket = :ticket AND is_paused",
        ticket=found.ticket,
    )


def present_turn(tx: Tx, desk: CounterRow, meant: str | None, move: Move) -> TurnRow:
    """Return the visitor at the counter, who must be the one that the caller means."""
    present = desk.present
    if meant is not None and (present is None or meant != present.turn):
        # The screen was stale: say what became of that turn, and touch nobody else.
        raise illegal(move, find_turn(tx, meant))
    if present is None:
        raise NobodyAtCounter(counter=desk.code)
    return present


def require_today(tx: Tx, found: TurnRow, move: Move) -> None:
    """Refuse a turn of another day."""
    if found.business_date != tx.business_date:
        raise illegal(move, found)


def illegal(move: Move, found: TurnRow) -> IllegalMove:
    """Return the error for a move that the turn's state doesn't allow."""
    return IllegalMove(
        move=move.value, status=found.status.value, number=found.number, counter=found.counter
    )
