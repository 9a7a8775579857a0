"""The floor: one bare durable transaction that writes the rows of a command, and nothing else.

No rule, no read, no lock but the database's own, and tables that have only their primary key;
prepared, and in as few round trips as the driver allows (on PostgreSQL one message, on SQLite
there are none).
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer

from db import schema
from db.driver import Connection, Statement
from db.store import new_request

_ISSUE_INSERTS = (schema.Ticket, schema.Turn, schema.PrintJob, schema.FeedEvent)
_CALLED = (
    "status = :status, outcome = :outcome, ended_at = :ended_at, counter = :counter,"
    " officer = :officer, called_at = :called_at, called_seq = :called_seq, calls = :calls,"
    " started_at = :started_at"
)
_HEAD = "seq = :seq, hash = :hash, at = :at"


class Floor:
    """The rows of our commands, written bare into tables of their own.

    Args:
        connection: A connection of the store, whose last ticket is the pattern.
        is_sqlite: Whether rows lie in the primary key's tree itself, as ours do there.
    """

    def __init__(self, connection: Connection, *, is_sqlite: bool) -> None:
        self._connection = connection
        self._rows: dict[str, dict[str, object]] = {}
        self._count = 0
        models = (*_ISSUE_INSERTS, schema.Series, schema.FeedHead)
        connection.rows("BEGIN", {})
        creates: list[Statement] = []
        for table in [schema.Base.metadata.tables[model.__tablename__] for model in models]:
            columns = [column.name for column in table.columns]
            # A ticket's event and a waiting turn are the longest of their kind.
            order = " ORDER BY seq DESC" if "seq" in columns else ""
            found = connection.rows(f"SELECT {', '.join(columns)} FROM {table.name}{order}", {})
            self._rows[table.name] = dict(zip(columns, found[0], strict=True))
            types = ", ".join(f"{c.name} {_type(c)}" for c in table.columns)
            keys = ", ".join(column.name for column in table.primary_key)
            creates += [
                (f"DROP TABLE IF EXISTS floor_{table.name}", {}),
                (
                    f"CREATE TABLE floor_{table.name} ({types}, PRIMARY KEY ({keys}))"
                    + (" WITHOUT ROWID" if is_sqlite else ""),
                    {},
                ),
            ]
        connection.commit([*creates, self._insert("series"), self._insert("feed_head")])

    def issue(self) -> float:
        """Write what giving a number writes; return the seconds."""
        return self._timed(
            *[self._insert(model.__tablename__) for model in _ISSUE_INSERTS],
            self._update("series", "last = :last, last_at = :last_at"),
            self._update("feed_head", _HEAD),
        )

    def call(self) -> float:
        """Write what a call writes; return the seconds."""
        return self._timed(
            self._insert("feed_event"),
            self._update("turn", _CALLED),
            self._update("feed_head", _HEAD),
        )

    def _timed(self, *statements: Statement) -> float:
        began = time.perf_counter()
        self._connection.commit([("BEGIN", {}), *statements])
        return time.perf_counter() - began

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
