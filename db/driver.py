"""What both databases are to us: a driver connection in plain SQL, a wake-up, known faults.

Statements name their values ``:name``. ``db.sqlite`` and ``db.postgresql`` implement it; only
the one that a store's address names is imported.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy.engine import URL, Engine

from db.errors import StoreFull, StoreProblem, StoreReadOnly, StoreUnreachable
from db.verbs import Verbs

LOCK_TIMEOUT_S = 3.0
"""How long a command waits for the site's lock before it says so."""

Row = tuple[Any, ...]
Values = Mapping[str, object]
Statement = tuple[str, Values]
Clock = Callable[[], int]


class Connection(Protocol):
    """A connection outside any transaction; every method ends by its deadline."""

    verbs: Verbs

    def rows(self, sql: str, values: Values) -> list[Row]:
        """Run one statement and fetch it whole."""

    def begin_command(
        self, site: str, request: str, statements: Sequence[Statement]
    ) -> tuple[Row | None, int, list[list[Row]]]:
        """Take the site's lock, then run the statements.

        Returns:
            The row of ``Verbs.open`` (None without such a site), the clock (µs), the answers.
        """

    def begin_read(self, site: str) -> tuple[Row | None, int]:
        """Begin a consistent read-only snapshot; return ``Verbs.look``'s row, the clock (µs)."""

    def begin(self) -> int:
        """Begin to write without any site's lock: installing only. Returns the clock (µs)."""

    def commit(self, statements: Sequence[Statement]) -> None:
        """Run the pending statements and commit."""

    def rollback(self) -> None:
        """Undo and let go of the lock; never raises for a dead connection."""


class Wake(Protocol):
    """A hint that the journal may have grown; for one thread."""

    def prepare(self) -> None:
        """Listen from now on; call it before the journal is read."""

    def wait(self, timeout_s: float, stopped: threading.Event) -> bool:
        """Return True at a hint, False after the timeout or soon after ``stopped``."""

    def close(self) -> None:
        """Let go of the connection."""


class Database(Protocol):
    """One kind of database."""

    errors: tuple[type[Exception], ...]

    def check(self, address: URL) -> None:
        """Refuse an address that can't be used safely, before anything is opened."""

    def engine(self, address: URL) -> Engine:
        """Return an engine whose driver connections are in autocommit, with deadlines."""

    def connection(self, driver_connection: Any, address: URL, clock: Clock | None) -> Connection:
        """Wrap a driver connection."""

    def closing(self, address: URL, timeout_s: float) -> AbstractContextManager[None]:
        """Return what is to be held while connections are closed, where it can be had in time."""

    def wake(self, address: URL, site: str) -> Wake:
        """Return a wake-up for a reader of the journal."""

    def problem(self, error: Exception, url: str) -> StoreProblem | None:
        """Return the known fault behind a driver's error, or None where it is a bug of ours."""


def system_clock() -> int:
    """Return the PC's clock, in microseconds since 1970."""
    return time.time_ns() // 1000


def os_problem(error: OSError, url: str) -> StoreProblem:
    """Return the known fault behind an error of the operating system."""
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StoreReadOnly(url=url)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(url=url)
    return StoreUnreachable(url=url, detail=one_line(error))


def one_line(error: Exception) -> str:
    """Return an error's words on one line."""
    return " ".join(str(error).split())[:200]
