"""What an operation sends: statements, messages (round trips), and the bytes of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from db.calls import call_next, finish, start
from db.driver import Row as Line
from db.driver import Statement
from db.store import Store, new_request
from db.tickets import issue_ticket
from tests.benchmarks.report import Row
from tests.benchmarks.store import COUNTER, SERVICE

_INSERTED = {
    "give a number": ("ticket", "turn", "print_job", "feed_event"),
    "call the next": ("feed_event",),
}


class _Counted:
    """A connection that counts what goes through it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.statements = 0
        self.messages = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def rows(self, sql: str, values: Any) -> list[Line]:
        self._count(1)
        found: list[Line] = self._connection.rows(sql, values)
        return found

    def begin_command(self, site: str, request: str, statements: Sequence[Statement]) -> Any:
        # BEGIN, the site's facts and lock, what the command asks with them.
        self._count(2 + len(statements))
        return self._connection.begin_command(site, request, statements)

    def commit(self, statements: Sequence[Statement]) -> None:
        self._count(len(statements) + 1)
        self._connection.commit(statements)

    def _count(self, statements: int) -> None:
        self.statements += statements
        self.messages += 1


def rows(store: Store, kind: str) -> list[Row]:
    """Count one issue and one call, each on a connection that has done the same before."""
    found = []
    for what, act in (("give a number", _issue), ("call the next", _call)):
        # A number is there to be called in any case.
        _issue(store)
        act(store)
        _leave(store)
        _issue(store)
        with _counting(store) as counted:
            act(store)
        inserted = sum(_row_bytes(store, table) for table in _INSERTED[what])
        messages = f", {counted.messages} messages" if not store.is_sqlite else ""
        found.append(
            Row(
                f"{kind}: {what}",
                f"{counted.statements} statements{messages}, {inserted} bytes of new rows",
            )
        )
        _leave(store)
    return found


@contextmanager
def _counting(store: Store) -> Iterator[_Counted]:
    with store.connected() as connection:
        counted = _Counted(connection)
    lent = store._idle[-1]
    object.__setattr__(lent, "connection", counted)
    yield counted
    object.__setattr__(lent, "connection", counted._connection)


def _row_bytes(store: Store, table: str) -> int:
    """Return the bytes of a table's newest row as text: what has to be stored at the least."""
    order = {"ticket": "issued_at", "turn": "queued_seq", "print_job": "created_at"}
    with store.read() as view:
        row = view.rows(f"SELECT * FROM {table} ORDER BY {order.get(table, 'seq')} DESC LIMIT 1")[0]
    return sum(len(str(value).encode()) for value in row if value is not None)


def _issue(store: Store) -> None:
    store.run(
        lambda tx: issue_ticket(
            tx, request=new_request(), actor="cli:bench", services=[SERVICE], is_printed=True
        )
    )


def _call(store: Store) -> None:
    _at_desk(store, call_next)


def _leave(store: Store) -> None:
    with store.read() as view:
        is_busy = view.rows("SELECT 1 FROM turn WHERE status = 'called'")
    if is_busy:
        _at_desk(store, start)
        _at_desk(store, finish)


def _at_desk(store: Store, act: Callable[..., object]) -> None:
    store.run(lambda tx: act(tx, request=new_request(), actor="cli:bench", counter=COUNTER))
