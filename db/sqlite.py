"""SQLite: for a hall whose applications share one PC."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite3
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Engine

from db.address import parse, shown, sqlite_path
from db.disk import disk_problem
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
    system_clock,
)
from db.errors import (
    StoreDamaged,
    StoreFull,
    StoreMissing,
    StoreOnNetwork,
    StoreProblem,
    StoreReadOnly,
    StoreUnreachable,
    StoreUnsafe,
)
from db.lock_holder import locked
from db.sqlite_lock import LockTimeout, closing, take
from db.verbs import SQLITE

_NETWORK_KINDS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "afs", "ncpfs"}
_NETWORK_FUSE = {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone", "fuse.davfs"}

# The WAL-reset bug: 3.7.0 to 3.51.2 can corrupt a WAL database when two connections write
# and checkpoint at the same instant (https://www.sqlite.org/releaselog/3_51_3.html).
_FIRST_WITH_BUG, _LAST_WITH_BUG = (3, 7, 0), (3, 51, 2)


_WAKE_POLL_S = 0.025


class Sqlite:
    """The ``Database`` of SQLite files."""

    errors: tuple[type[Exception], ...] = (sqlite3.Error, OSError)

    def check(self, address: URL) -> None:
        try:
            check_file(address)
        except OSError as error:
            # Another user's folder or file, that we may not even look into.
            raise os_problem(error, shown(address)) from error

    def engine(self, address: URL) -> Engine:
        engine = create_engine(
            address,
            module=sqlite3,
            connect_args={
                "timeout": LOCK_TIMEOUT_S,
                "isolation_level": None,
                "check_same_thread": False,
            },
        )
        event.listen(engine, "connect", _prepare_sqlite)
        return engine

    def connection(self, driver_connection: Any, address: URL, clock: Clock | None) -> Connection:
        return SqliteConnection(driver_connection, str(address.database), clock)

    def closing(self, address: URL, timeout_s: float) -> AbstractContextManager[None]:
        return closing(str(address.database), timeout_s)

    def wake(self, address: URL, site: str) -> Wake:
        del site  # a file's every change wakes; the reader looks whether it is its site's
        return SqliteWake(address)

    def problem(self, error: Exception, url: str) -> StoreProblem | None:
        return _problem(error, url)


class SqliteConnection:
    """SQLite: a lock file before BEGIN IMMEDIATE, since the busy timeout alone starves."""

    verbs = SQLITE

    def __init__(self, connection: Any, database: str, clock: Clock | None) -> None:
        self._connection = connection
        self._database = database
        self._clock = clock or system_clock
        self._lock_fd: int | None = None

    def rows(self, sql: str, values: Values) -> list[Row]:
        cursor = self._connection.execute(sql, values)
        found: list[Row] = cursor.fetchall()
        cursor.close()
        return found

    def begin_command(
        self, site: str, request: str, statements: Sequence[Statement]
    ) -> tuple[Row | None, int, list[list[Row]]]:
        self._take_lock()
        try:
            self._connection.execute("BEGIN IMMEDIATE").close()
            found = self.rows(self.verbs.open, {"site": site, "request": request})
            answers = [self.rows(sql, values) for sql, values in statements]
            return found[0] if found else None, self._clock(), answers
        except BaseException:
            self.rollback()
            raise

    def begin_read(self, site: str) -> tuple[Row | None, int]:
        self._connection.execute("BEGIN").close()
        found = self.rows(self.verbs.look, {"site": site})
        return found[0] if found else None, self._clock()

    def begin(self) -> int:
        self._take_lock()
        try:
            self._connection.execute("BEGIN IMMEDIATE").close()
        except BaseException:
            self.rollback()
            raise
        return self._clock()

    def commit(self, statements: Sequence[Statement]) -> None:
        for sql, values in statements:
            self._connection.execute(sql, values).close()
        self._connection.execute("COMMIT").close()
        self._drop_lock()

    def rollback(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK").close()
        finally:
            self._drop_lock()

    def _take_lock(self) -> None:
        try:
            self._lock_fd = take(self._database)
        except LockTimeout:
            # Known at once: nothing is wrong with this connection.
            path = Path(self._database)
            raise locked(path, f"sqlite:///{path}") from None

    def _drop_lock(self) -> None:
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None


class SqliteWake:
    """``data_version`` of one held-open connection outside any transaction."""

    def __init__(self, address: URL) -> None:
        self._path = sqlite_path(address)
        self._url = shown(address)
        self._connection: Any = None
        self._version = -1

    def prepare(self) -> None:
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(
                    f"{self._path.absolute().as_uri()}?mode=rw",
                    uri=True,
                    isolation_level=None,
                    check_same_thread=False,
                )
            self._version = self._read()
        except sqlite3.Error as error:
            self.close()
            raise _problem(error, self._url) or error from error

    def wait(self, timeout_s: float, stopped: threading.Event) -> bool:
        deadline = time.monotonic() + timeout_s
        while not stopped.is_set():
            # Not stopped.wait(): it takes twice the processor's time, forty times a second.
            time.sleep(_WAKE_POLL_S)
            try:
                version = self._read()
            except sqlite3.Error as error:
                self.close()
                raise _problem(error, self._url) or error from error
            if version != self._version:
                self._version = version
                return True
            if time.monotonic() >= deadline:
                return False
        return False

    def close(self) -> None:
        if self._connection is not None:
            with closing(str(self._path)):
                self._connection.close()
            self._connection = None

    def _read(self) -> int:
        cursor = self._connection.execute("PRAGMA data_version")
        version = int(cursor.fetchone()[0])
        cursor.close()
        return version


def _problem(error: Exception, url: str) -> StoreProblem | None:
    if not isinstance(error, sqlite3.Error):
        return os_problem(error, url) if isinstance(error, OSError) else None
    words = str(error).lower()
    if "locked" in words or "busy" in words:
        return locked(sqlite_path(parse(url)), url)
    if "readonly" in words or "read-only" in words:
        return StoreReadOnly(url=url)
    if "full" in words:
        return StoreFull(url=url)
    if "not a database" in words or "malformed" in words:
        return StoreDamaged(url=url, detail=one_line(error))
    if "unable to open" in words or "i/o error" in words:
        disk = disk_problem(sqlite_path(parse(url)), url)
        return disk or StoreUnreachable(url=url, detail=one_line(error))
    if "no such table" in words:
        return StoreMissing(url=url)
    return None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    pragmas = (
        "foreign_keys = ON",
        # What is deleted (personal data) is overwritten, where that costs no further writing.
        "secure_delete = FAST",
        # A number must be on the disk before it is on paper.
        "synchronous = FULL",
        # 16 MB at most: a hall writes the same pages again and again, and each is then carried
        # over once for many commits. What is longer is cut off at the next checkpoint.
        "wal_autocheckpoint = 4000",
        "journal_size_limit = 4194304",
    )
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}").close()


def check_file(address: URL) -> None:
    """Refuse a SQLite file that can't be used safely, before anything is opened.

    Raises:
        StoreUnsafe: The SQLite library has the WAL-reset bug.
        StoreMissing: There is no such file.
        StoreOnNetwork: It lies on a network mount.
        StoreReadOnly: It or its folder can't be written.
        StoreDamaged: It is no SQLite database.
    """
    if _FIRST_WITH_BUG <= sqlite3.sqlite_version_info <= _LAST_WITH_BUG:
        raise StoreUnsafe(url=shown(address), version=sqlite3.sqlite_version)
    path = sqlite_path(address)
    if not path.is_file():
        raise StoreMissing(url=shown(address))
    check_mount(address)
    with path.open("rb") as file:
        head = file.read(16)
    if head and head != b"SQLite format 3\x00":
        raise StoreDamaged(url=shown(address), detail="not a SQLite database")
    # The superuser may write everything; a file without any write bit is still meant to stay.
    if not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK):
        raise StoreReadOnly(url=shown(address))
    if not os.access(path.parent, os.W_OK):
        raise StoreReadOnly(url=shown(address))


def check_mount(address: URL) -> None:
    """Refuse a network mount: WAL and flock need one host.

    Raises:
        StoreOnNetwork: The path's file system is served over a network.
    """
    kind = mount_kind(sqlite_path(address), Path("/proc/self/mountinfo"))
    if kind in _NETWORK_KINDS or kind in _NETWORK_FUSE:
        raise StoreOnNetwork(url=shown(address), kind=kind)


def mount_kind(path: Path, mountinfo: Path) -> str:
    """Return the file system type of the mount that holds ``path``; '' where unknown."""
    try:
        lines = mountinfo.read_text().splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    target = path.resolve()
    for line in lines:
        fields, _, rest = line.partition(" - ")
        mount = Path(fields.split()[4].replace("\\040", " "))
        if target.is_relative_to(mount) and len(mount.parts) >= best:
            best, kind = len(mount.parts), rest.split()[0]
    return kind
