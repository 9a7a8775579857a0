"""A walk along the journal: event by event, against the chain and what was before.

Used by ``db.verify`` and, before anything is pruned, by ``db.anchors``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from db.driver import Row
from db.journal import chained
from db.store import Store
from rules.replay import TURN_FIELDS, DoesNotFollow, Line, Replay

_BATCH = 500
_MOST_FAULTS = 50


class FaultKind(StrEnum):
    """What can be wrong with a store."""

    SEQ_MISSING = "seq_missing"
    CHAIN_BROKEN = "chain_broken"
    EVENT_UNREADABLE = "event_unreadable"
    REQUEST_REPEATED = "request_repeated"
    DOES_NOT_FOLLOW = "does_not_follow"
    HEAD_DIFFERS = "head_differs"
    ANCHOR_DIFFERS = "anchor_differs"
    SEAL_DIFFERS = "seal_differs"
    SEAL_PRUNED = "seal_pruned"
    ROW_DIFFERS = "row_differs"
    SERIES_DIFFERS = "series_differs"
    ACTIVE_TWICE = "active_twice"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    ``seq`` is the event's, where it is about one; ``what`` the table or the flaw, ``key`` the
    row's, ``field`` the column; ``expected`` and ``found`` its values as text.
    """

    kind: FaultKind
    seq: int | None = None
    what: str = ""
    key: str = ""
    field: str = ""
    expected: str = ""
    found: str = ""

    @property
    def fields(self) -> dict[str, object]:
        """What a ``JournalBroken`` error carries of it."""
        facts = asdict(self)
        return {"reason": facts.pop("kind").value, **facts}


@dataclass(slots=True)
class Walk:
    """The walk's place in the chain; ``replay`` is None where events can't be followed."""

    seq: int
    hash: str
    replay: Replay | None
    faults: list[Fault] = field(default_factory=list)

    def fault(self, kind: FaultKind, **facts: Any) -> None:
        """Write down what is wrong."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Fault(kind, **facts))


_EVENTS = """
    SELECT e.site, e.seq, e.kind, e.request, e.ticket, e.turn, e.counter, e.actor, e.data, e.at,
      e.hash, EXISTS (SELECT 1 FROM feed_event o WHERE o.site = e.site AND o.request = e.request
                      AND o.seq <> e.seq)
    FROM feed_event e WHERE e.site = :site AND e.seq > :seq AND e.seq <= :last
    ORDER BY e.seq LIMIT :limit
"""
_COLUMNS = ("site", "seq", "kind", "request", "ticket", "turn", "counter", "actor", "data", "at")


def event_rows(store: Store, after: int, last: int) -> Iterator[list[Row]]:
    """Yield a journal's stored rows in batches, each read in a snapshot of its own."""
    while after < last:
        with store.read() as view:
            rows = view.rows(_EVENTS, site=store.site, seq=after, last=last, limit=_BATCH)
        if not rows:
            return
        yield rows
        after = int(rows[-1][1])


def take(walk: Walk, row: Row) -> dict[str, object]:
    """Check one event against the chain and what was before it; return its values."""
    values: dict[str, object] = dict(zip(_COLUMNS, row, strict=False))
    stored, is_repeated = str(row[10]), bool(row[11])
    seq = int(row[1])
    if seq != walk.seq + 1:
        walk.fault(FaultKind.SEQ_MISSING, seq=walk.seq + 1, found=str(seq))
        walk.replay = None
    elif chained(walk.hash, values) != stored:
        walk.fault(FaultKind.CHAIN_BROKEN, seq=seq, what=str(row[2]))
    if is_repeated:
        walk.fault(FaultKind.REQUEST_REPEATED, seq=seq, key=str(row[3]))
    walk.seq, walk.hash = seq, stored
    if walk.replay is not None:
        _follow(walk, walk.replay, row)
    return values


def _follow(walk: Walk, replay: Replay, row: Row) -> None:
    seq, kind = int(row[1]), str(row[2])
    try:
        data: Any = json.loads(row[8])
        line = Line(seq=seq, kind=kind, ticket=row[4], turn=row[5], counter=row[6], data=data)
        replay.apply(line)
    except ValueError:
        walk.fault(FaultKind.EVENT_UNREADABLE, seq=seq, what=kind)
        walk.replay = None
    except DoesNotFollow as flaw:
        facts = {name: str(value) for name, value in flaw.facts.items()}
        walk.fault(FaultKind.DOES_NOT_FOLLOW, seq=seq, what=flaw.flaw.value, key=kind, **facts)
        walk.replay = None


def queued_seq(values: list[Any]) -> int:
    """Return when a turn of a state joined its queue."""
    return int(values[TURN_FIELDS.index("queued_seq")])


def compare_turns(
    walk: Walk, replayed: Mapping[str, list[Any]], rows: Mapping[str, list[Any]]
) -> None:
    """Compare turns as the events tell of them with their rows."""
    for key in sorted({*replayed, *rows}):
        mine, stored = replayed.get(key), rows.get(key)
        if mine is None or stored is None:
            differs(walk, "turn", key, "", _presence(mine), _presence(stored))
            continue
        for name, expected, found in zip(TURN_FIELDS, mine, stored, strict=True):
            if expected != found:
                differs(walk, "turn", key, name, expected, found)


def compare(
    walk: Walk, table: str, column: str, replayed: Mapping[str, Any], rows: Mapping[str, Any]
) -> None:
    """Compare one column of a table's rows with what the events tell."""
    for key in sorted({*replayed, *rows}):
        expected, found = replayed.get(key, ""), rows.get(key, "")
        if expected != found:
            differs(walk, table, key, column, expected, found)


def _presence(values: object) -> str:
    return "absent" if values is None else "present"


def differs(walk: Walk, table: str, key: str, column: str, expected: object, found: object) -> None:
    """Write down a row that isn't what the events tell."""
    walk.fault(
        FaultKind.ROW_DIFFERS,
        what=table,
        key=key,
        field=column,
        expected=str(expected),
        found=str(found),
    )
