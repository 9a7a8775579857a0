"""A store that writes down every statement it sends, for tests that ask how each is run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from db import address as addresses
from db.driver import Clock, Connection, Row, Statement, Values
from db.store import Store, _Lent, open_store


@dataclass
class Recording:
    """Statements in the order in which they first came, each with its first values."""

    statements: dict[str, dict[str, object]] = field(default_factory=dict)

    def add(self, sql: str, values: Values) -> None:
        """Write a statement down, but for those that only manage a transaction."""
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", sql):
            self.statements.setdefault(sql, dict(values))


class _RecordedConnection:
    """A connection that writes down what goes through it."""

    def __init__(self, inner: Connection, recording: Recording) -> None:
        self._inner = inner
        self._recording = recording
        self.verbs = inner.verbs

    def rows(self, sql: str, values: Values) -> list[Row]:
        self._recording.add(sql, values)
        return self._inner.rows(sql, values)

    def begin_command(
        self, site: str, request: str, statements: Sequence[Statement]
    ) -> tuple[Row | None, int, list[list[Row]]]:
        self._recording.add(self.verbs.open, {"site": site, "request": request})
        for sql, values in statements:
            self._recording.add(sql, values)
        return self._inner.begin_command(site, request, statements)

    def begin_read(self, site: str) -> tuple[Row | None, int]:
        self._recording.add(self.verbs.look, {"site": site})
        return self._inner.begin_read(site)

    def begin(self) -> int:
        return self._inner.begin()

    def commit(self, statements: Sequence[Statement]) -> None:
        for sql, values in statements:
            self._recording.add(sql, values)
        self._inner.commit(statements)

    def rollback(self) -> None:
        self._inner.rollback()


class RecordedStore(Store):
    """A store whose connections are recorded."""

    recording: Recording

    def _new(self) -> _Lent:
        lent = super()._new()
        return _Lent(lent.pooled, _RecordedConnection(lent.connection, self.recording))


def recorded_store(url: str, clock: Clock | None = None) -> RecordedStore:
    """Open a store whose statements are written down from now on."""
    opened = open_store(url, clock=clock)
    site = opened.site
    opened.close()
    store = RecordedStore(addresses.parse(url), site, clock)
    store.recording = Recording()
    return store


_NAMED = re.compile(r"(?<!:):([a-z_]+)")
_PLACE = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?")


def tables_of(sql: str) -> dict[str, str]:
    """Return the tables that a statement names, by their short names in it too."""
    found: dict[str, str] = {}
    for table, short in _PLACE.findall(sql):
        found[table] = table
        if short:
            found[short] = table
    return found


def sqlite_plan(connection: Any, sql: str, values: Mapping[str, object]) -> list[str]:
    """Return the steps of a statement's plan, with the tables' full names."""
    names = tables_of(sql)
    steps = []
    for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall():
        verb, _, rest = str(row[3]).partition(" ")
        short, _, how = rest.partition(" ")
        steps.append(f"{verb} {names.get(short, short)} {how}".strip())
    return steps


def postgresql_plan(
    cursor: Any, sql: str, values: Mapping[str, object], *, is_generic: bool
) -> Iterator[dict[str, Any]]:
    """Give every node of a statement's plan.

    Args:
        cursor: A psycopg ``ClientCursor``.
        sql: The statement, its values written ``:name``.
        values: The values.
        is_generic: As a prepared statement, with one plan for all values.
    """
    if is_generic and values:
        names = list(dict.fromkeys(_NAMED.findall(sql)))
        numbered = _NAMED.sub(lambda match: f"${names.index(match[1]) + 1}", sql)
        cursor.execute(f"PREPARE asked AS {numbered}".encode())
        marks = ", ".join(["%s"] * len(names))
        arguments = [values[name] for name in names]
        cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE asked({marks})", arguments)
        plan = cursor.fetchone()[0]
        cursor.execute("DEALLOCATE asked")
    else:
        literal = _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))
        cursor.execute(f"EXPLAIN (FORMAT JSON) {literal}", dict(values) or None)
        plan = cursor.fetchone()[0]
    yield from _nodes(plan[0]["Plan"])


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
