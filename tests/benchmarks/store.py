"""How fast numbers are given and visitors called, against a bare durable transaction.

The floor writes the same rows, and nothing else: no rule, no read, and tables that have only
their primary keys; statement by statement through the bare driver, on the same database,
equally durable. Both run in turns in one process, so that a busy machine slows
both alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer

from db import schema
from db.calls import call_next, finish, start
from db.driver import Connection, Statement
from db.store import Store, new_request
from db.tickets import issue_ticket
from tests.benchmarks.report import Row

ROUNDS = 10
EACH = 50
BOUND = 1 / 3
SERVICE, COUNTER = "DUKCAPIL.KK", "2"

_ISSUE_INSERTS = (schema.Ticket, schema.Turn, schema.PrintJob, schema.FeedEvent)
_CALL_INSERTS = (schema.FeedEvent,)


@dataclass(frozen=True, slots=True)
class _Measured:
    """Seconds of each round of ``EACH`` operations."""

    ours: list[float]
    floor: list[float]

    @property
    def ratio(self) -> float:
        """Our rate over the floor's, the median of the rounds."""
        return median(f / o for o, f in zip(self.ours, self.floor, strict=True))


def measure(store: Store, kind: str) -> list[Row]:
    """Measure issue and call-next on a store with a loaded catalogue.

    Args:
        store: A demo store that is always open.
        kind: How the table names the database.
    """
    issue, call = _Measured([], []), _Measured([], [])
    _issue(store)
    with store.connected() as connection:
        floor = _Floor(connection)
        for _ in range(ROUNDS):
            issue.ours.append(sum(_timed(lambda: _issue(store)) for _ in range(EACH)))
            issue.floor.append(sum(floor.issue() for _ in range(EACH)))
            call.ours.append(sum(_visit(store) for _ in range(EACH)))
            call.floor.append(sum(floor.call() for _ in range(EACH)))
    return [_row(f"{kind}: give a number", issue), _row(f"{kind}: call the next", call)]


def _row(what: str, measured: _Measured) -> Row:
    return Row(
        what=what,
        value=f"{EACH / median(measured.ours):.0f}/s",
        floor=f"{EACH / median(measured.floor):.0f}/s",
        ratio=measured.ratio,
        bound="≥ 0.33 of the floor",
        is_kept=measured.ratio >= BOUND,
    )


def _timed(operation: Callable[[], object]) -> float:
    began = time.perf_counter()
    operation()
    return time.perf_counter() - began


class _Floor:
    """The rows of our commands, written bare into tables of their own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._columns: dict[str, list[str]] = {}
        self._rows: dict[str, dict[str, object]] = {}
        self._count = 0
        models = (*_ISSUE_INSERTS, schema.Series, schema.FeedHead)
        tables = [schema.Base.metadata.tables[model.__tablename__] for model in models]
        creates: list[Statement] = [("BEGIN", {})]
        for table in tables:
            columns = [column.name for column in table.columns]
            found = connection.rows(f"SELECT {', '.join(columns)} FROM {table.name}", {})
            self._rows[table.name] = dict(zip(columns, found[0], strict=True))
            types = ", ".join(f"{c.name} {_type(c)}" for c in table.columns)
            keys = ", ".join(column.name for column in table.primary_key)
            creates += [
                (f"DROP TABLE IF EXISTS floor_{table.name}", {}),
                (f"CREATE TABLE floor_{table.name} ({types}, PRIMARY KEY ({keys}))", {}),
            ]
        creates += [self._insert("series"), self._insert("feed_head")]
        connection.commit(creates)

    def issue(self) -> float:
        """Write what giving a number writes; return the seconds."""
        names = [model.__tablename__ for model in _ISSUE_INSERTS]
        updates = [
            self._update("series", "last = :last, last_at = :last_at"),
            self._update("feed_head", "seq = :seq, hash = :hash, at = :at"),
        ]
        return self._write([*[self._insert(name) for name in names], *updates])

    def call(self) -> float:
        """Write what a call writes; return the seconds."""
        updates = [
            self._update("turn", "status = :status, counter = :counter, called_at = :called_at"),
            self._update("feed_head", "seq = :seq, hash = :hash, at = :at"),
        ]
        return self._write([self._insert("feed_event"), *updates])

    def _write(self, statements: list[Statement]) -> float:
        def bare() -> None:
            for sql, values in [("BEGIN", {}), *statements, ("COMMIT", {})]:
                self._connection.rows(sql, values)

        return _timed(bare)

    def _insert(self, table: str) -> Statement:
        row = self._rows[table]
        if "id" in row:
            row["id"] = new_request()
        if table == "print_job":
            row["ticket"] = new_request()
        if table == "feed_event":
            self._count += 1
            row["seq"] = self._count
        marks = ", ".join(f":{name}" for name in row)
        return f"INSERT INTO floor_{table} ({', '.join(row)}) VALUES ({marks})", dict(row)

    def _update(self, table: str, assignments: str) -> Statement:
        key = "id" if table == "turn" else "site"
        return f"UPDATE floor_{table} SET {assignments} WHERE {key} = :{key}", self._rows[table]


def _type(column: Column[Any]) -> str:
    """Return a type that both databases take."""
    if isinstance(column.type, BigInteger | Integer):
        return "bigint"
    return "boolean" if isinstance(column.type, Boolean) else "text"


def _issue(store: Store) -> None:
    store.run(
        lambda tx: issue_ticket(
            tx, request=new_request(), actor="bench", services=[SERVICE], is_printed=True
        )
    )


def _visit(store: Store) -> float:
    """Call the next, timed; serve and finish, untimed, so that the desk is free again."""

    def run(act: Callable[..., object]) -> None:
        store.run(lambda tx: act(tx, request=new_request(), actor="bench", counter=COUNTER))

    took = _timed(lambda: run(call_next))
    run(start)
    run(finish)
    return took
