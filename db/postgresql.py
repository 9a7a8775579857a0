"""PostgreSQL: for a hall whose kiosk, display and counters are PCs of their own."""

from __future__ import annotations

import functools
import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.types.string import TextLoader
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Engine

from db.address import shown
from db.driver import (
    LOCK_TIMEOUT_S,
    Clock,
    Connection,
    Row,
    Statement,
    Values,
    Wake,
    one_line,
    os_problem,
)
from db.errors import (
    DatabaseMissing,
    StoreForbidden,
    StoreFull,
    StoreLocked,
    StoreMissing,
    StoreProblem,
    StoreReadOnly,
    StoreUnreachable,
)
from db.verbs import POSTGRESQL

_NAMED = re.compile(r"(?<!:):([a-z_]+)")
_ERRORS: tuple[type[Exception], ...] = (psycopg.Error, OSError)


class Postgresql:
    """The ``Database`` of PostgreSQL servers."""

    errors = _ERRORS

    def check(self, address: URL) -> None:
        del address  # the server itself refuses what it can't do

    def engine(self, address: URL) -> Engine:
        lock_ms = int(LOCK_TIMEOUT_S * 1000)
        return create_engine(
            address,
            isolation_level="AUTOCOMMIT",
            pool_size=4,
            connect_args={
                "connect_timeout": 3,
                "keepalives": 1,
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 2,
                "tcp_user_timeout": 5000,
                "application_name": "anjungan",
                # We prepare by ourselves; psycopg would drop ours together with its own
                # (DEALLOCATE ALL) at each rollback.
                "prepare_threshold": None,
                # A frozen client holds up the hall for three seconds at most. A plan made in
                # the morning, when tables are a page long, would go on reading or hashing them
                # whole when they aren't: every query of ours is a walk along indexes.
                "options": f"-c lock_timeout={lock_ms} -c statement_timeout=5000"
                f" -c idle_in_transaction_session_timeout={lock_ms} -c timezone=UTC"
                " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
                # So one plan fits all values, and is made once for a connection.
                " -c plan_cache_mode=force_generic_plan"
                # Whatever the server's default is: a number is on the disk before it is told.
                " -c synchronous_commit=on",
            },
        )

    def connection(self, driver_connection: Any, address: URL, clock: Clock | None) -> Connection:
        del address
        return PostgresConnection(driver_connection, clock)

    def closing(self, address: URL, timeout_s: float) -> AbstractContextManager[None]:
        del address, timeout_s  # a server looks after itself
        return nullcontext()

    def wake(self, address: URL, site: str) -> Wake:
        return PostgresWake(address, site)

    def problem(self, error: Exception, url: str) -> StoreProblem | None:
        return _problem(error, url)


_BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresConnection:
    """PostgreSQL: the site's row in feed_head is the lock; statements go in few messages."""

    verbs = POSTGRESQL

    def __init__(self, connection: psycopg.Connection[Row], clock: Clock | None) -> None:
        self._connection = connection
        self._clock = clock
        self._uses: Counter[str] = Counter()
        self._prepared: dict[str, str] = {}
        if connection.adapters.get_loader(_UUID_OID, psycopg.pq.Format.TEXT) is not TextLoader:
            # Keys are text to us on both databases.
            connection.adapters.register_loader("uuid", TextLoader)

    def rows(self, sql: str, values: Values) -> list[Row]:
        return self._together([(sql, values)])[0]

    def begin_command(
        self, site: str, request: str, statements: Sequence[Statement]
    ) -> tuple[Row | None, int, list[list[Row]]]:
        opened: Statement = (self.verbs.open, {"site": site, "request": request})
        found = self._begin("BEGIN", [opened, *statements])
        row = found[0][0] if found[0] else None
        return row, row[-1] if row else 0, found[1:]

    def begin_read(self, site: str) -> tuple[Row | None, int]:
        found = self._begin(_BEGIN_READ, [(self.verbs.look, {"site": site})])[0]
        return (found[0], found[0][-1]) if found else (None, 0)

    def begin(self) -> int:
        return int(self._begin("BEGIN", [("SELECT anjungan_clock()", {})])[0][0][0])

    def commit(self, statements: Sequence[Statement]) -> None:
        self._together([*statements, ("COMMIT", {})])

    def rollback(self) -> None:
        try:
            if not self._connection.closed:
                self._connection.rollback()
        except psycopg.Error:
            self._connection.close()

    def _begin(self, begin: str, statements: Sequence[Statement]) -> list[list[Row]]:
        # Each statement of READ COMMITTED sees what was committed before it began, so those
        # after the lock see all that the lock's last holder wrote.
        first: list[Statement] = [(begin, {})]
        if self._clock is not None:
            first.append((f"SET LOCAL anjungan.clock = {self._clock()}", {}))
        try:
            return self._together([*first, *statements])[len(first) :]
        except BaseException:
            self.rollback()
            raise

    def _together(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Run statements in one round trip; values are put in by psycopg, on this side.

        A pipeline would do the same at twice the time, for psycopg's work on each statement.
        """
        with psycopg.ClientCursor(self._connection) as cursor:
            texts = [self._text(cursor, sql, values) for sql, values in statements]
            cursor.execute(";".join(texts).encode())
            found: list[list[Row]] = []
            while True:
                # Not cursor.description: it builds an object for each column.
                has_rows = cursor.pgresult is not None and cursor.pgresult.nfields
                found.append(cursor.fetchall() if has_rows else [])
                if not cursor.nextset():
                    return found

    def _text(self, cursor: psycopg.ClientCursor[Row], sql: str, values: Values) -> str:
        """Return a statement with its values; one that comes often is planned only once.

        What we believe to be prepared goes with the connection: after any error of the
        driver the store throws it away, so that belief and server can't differ.
        """
        if not values:
            return sql
        self._uses[sql] += 1
        if self._uses[sql] < _PREPARE_AFTER:
            return cursor.mogrify(_pyformat(sql), values)
        numbered, names = _numbered(sql)
        if sql not in self._prepared:
            name = f"anjungan_{len(self._prepared)}"
            self._connection.execute(f"PREPARE {name} AS {numbered}".encode())
            self._prepared[sql] = name
        arguments = ", ".join([_literal(cursor, values[name]) for name in names])
        return f"EXECUTE {self._prepared[sql]}({arguments})"


_PREPARE_AFTER = 5
_PLAIN = re.compile(r"[^'\\\x00]*")


def _literal(cursor: psycopg.ClientCursor[Row], value: object) -> str:
    """Return a value as it stands in a statement.

    psycopg's quoting costs ten times as much, and most of our texts are codes, keys and JSON
    in which nothing needs any.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return f"'{value}'"
    return cursor.mogrify("%s", [value])


_UUID_OID = psycopg.adapters.types["uuid"].oid


@functools.cache
def _numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """Return the statement with ``$1`` for its names, and the names in that order."""
    names = tuple(dict.fromkeys(_NAMED.findall(sql)))
    return _NAMED.sub(lambda match: f"${names.index(match[1]) + 1}", sql), names


@functools.cache
def _pyformat(sql: str) -> Any:
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))


class PostgresWake:
    """LISTEN on a connection of its own."""

    def __init__(self, address: URL, site: str) -> None:
        self._address = address
        self._site = site
        self._url = shown(address)
        self._connection: psycopg.Connection[Any] | None = None

    def prepare(self) -> None:
        if self._connection is not None and not self._connection.closed:
            return
        try:
            self._connection = psycopg.connect(
                self._address.set(drivername="postgresql").render_as_string(hide_password=False),
                autocommit=True,
                connect_timeout=3,
                application_name="anjungan-feed",
                keepalives_idle=5,
                keepalives_interval=2,
                keepalives_count=2,
                tcp_user_timeout=5000,
            )
            self._connection.execute("LISTEN anjungan")
        except _ERRORS as error:
            self.close()
            raise _problem(error, self._url) or error from error

    def wait(self, timeout_s: float, stopped: threading.Event) -> bool:
        assert self._connection is not None  # noqa: S101 - prepare came first
        deadline = time.monotonic() + timeout_s
        try:
            while not stopped.is_set():
                rest = deadline - time.monotonic()
                if rest <= 0:
                    return False
                # Short steps, so that the end of the program need not wait for a poll.
                for notice in self._connection.notifies(timeout=min(rest, 0.2), stop_after=1):
                    if notice.payload == self._site:
                        return True
        except _ERRORS as error:
            self.close()
            raise _problem(error, self._url) or error from error
        return False

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _problem(error: Exception, url: str) -> StoreProblem | None:
    if isinstance(error, OSError):
        return os_problem(error, url)
    match error:
        case pg.LockNotAvailable():
            return StoreLocked(url=url, waited_s=LOCK_TIMEOUT_S)
        case pg.ReadOnlySqlTransaction():
            return StoreReadOnly(url=url)
        case pg.InsufficientPrivilege():
            return StoreForbidden(url=url, detail=one_line(error))
        case pg.DiskFull():
            return StoreFull(url=url)
        case pg.InvalidCatalogName():
            return DatabaseMissing(url=url)
        case pg.UndefinedTable():
            return StoreMissing(url=url)
        case (
            psycopg.OperationalError()
            | psycopg.InterfaceError()
            # We were frozen, and the server ended our transaction: psycopg counts it among the
            # server's own bugs (class 25).
            | pg.IdleInTransactionSessionTimeout()
        ):
            if 'database "' in str(error) and "does not exist" in str(error):
                return DatabaseMissing(url=url)
            return StoreUnreachable(url=url, detail=one_line(error))
    return None
