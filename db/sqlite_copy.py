"""Copy a SQLite store while it is used: out of it for a backup, into it for a restore."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite3

from db.backup_file import Progress
from db.driver import LOCK_TIMEOUT_S
from db.errors import StoreDamaged, StoreLocked
from db.sqlite_lock import LockTimeout, take
from db.sqlite_lock import closing as closing_under_lock

_STEP_PAGES = 2_000
_RUNNERS = ("-wal", "-shm", ".lock", "")


def copy_out(source: Path, target: Path, on_progress: Progress | None = None) -> None:
    """Copy a store in use into a new file; nobody who writes has to wait.

    One read transaction is held throughout. Without it SQLite begins the copy anew whenever
    another process has written; with it the copy is of one instant, and in WAL mode a reader
    holds nobody up. The WAL grows by what is written meanwhile.

    Raises:
        StoreDamaged: The copy fails SQLite's quick check; a backup of that helps nobody.
    """
    with ExitStack() as opened, closing(_opened(target)) as copy:
        taken = _opened(source)
        # The last one to close a store carries its WAL over, which only the lock's holder may.
        opened.callback(_close_under_lock, taken, source)
        taken.execute("BEGIN").close()
        taken.execute("SELECT count(*) FROM sqlite_master").fetchone()
        # The draft is read once more and thrown away: no journal, no sync.
        copy.execute("PRAGMA synchronous = OFF").close()
        _copy(taken, copy, _STEP_PAGES, on_progress)
        taken.execute("ROLLBACK").close()
    fault = quick_fault(target)
    if fault:
        raise StoreDamaged(url=f"sqlite:///{source}", detail=fault)


def quick_fault(file: Path) -> str:
    """Return what SQLite's quick check finds in a file that nobody uses; "" for nothing."""
    try:
        found = str(rows_of(file)("PRAGMA quick_check(1)")[0][0])
    except sqlite3.DatabaseError as error:
        found = str(error)
    return "" if found == "ok" else " ".join(found.split())[:200]


def copy_into(source: Path, target: Path) -> None:
    """Put a store's content in the place of another's, in one transaction of the target.

    The file stays the same one, so that whoever has it open sees the new content; killed in
    the middle, the target is as it was.

    Raises:
        StoreLocked: Somebody holds the target.
    """
    with closing(_opened(source)) as taken, locked(target), closing(_opened(target)) as into:
        into.execute("PRAGMA journal_mode = WAL").fetchone()
        into.execute("PRAGMA synchronous = FULL").close()
        deadline = time.monotonic() + LOCK_TIMEOUT_S

        def give_up(left: int, total: int) -> None:
            if left and time.monotonic() > deadline:
                raise StoreLocked(url=f"sqlite:///{target}", waited_s=LOCK_TIMEOUT_S)
            del total

        # All pages in one step: a second call means that somebody is in the way.
        _copy(taken, into, -1, give_up)
        into.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def rows_of(file: Path) -> Callable[[str], list[tuple[Any, ...]]]:
    """Return a reader of a file that nobody else has open."""

    def rows(sql: str) -> list[tuple[Any, ...]]:
        with closing(_opened(file)) as connection:
            found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
            return found

    return rows


def holders(file: Path) -> tuple[str, ...]:
    """Return the other processes that have the store open, as ``name (pid)``; Linux only.

    Of another user's processes only the superuser learns.
    """
    wanted = {os.fspath(file.resolve()) + end for end in _RUNNERS}
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        if process.name != str(os.getpid()) and wanted & set(_open_files(process)):
            found.append(f"{_name(process)} ({process.name})")
    return tuple(sorted(found))


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the store's lock file, as every command does.

    Raises:
        StoreLocked: Not within the deadline.
    """
    try:
        descriptor = take(str(file))
    except LockTimeout:
        raise StoreLocked(url=f"sqlite:///{file}", waited_s=LOCK_TIMEOUT_S) from None
    try:
        yield
    finally:
        os.close(descriptor)


def _copy(source: Any, target: Any, pages: int, on_progress: Progress | None) -> None:
    def step(status: int, left: int, total: int) -> None:
        del status
        if on_progress is not None:
            on_progress(left if pages < 0 else total - left, total)

    source.backup(target, pages=pages, progress=step, sleep=0.01)


def _close_under_lock(connection: Any, file: Path) -> None:
    with closing_under_lock(str(file)):
        connection.close()


def _opened(file: Path) -> Any:
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        timeout=LOCK_TIMEOUT_S,
    )


def _open_files(process: Path) -> Iterator[str]:
    try:
        for descriptor in (process / "fd").iterdir():
            yield os.readlink(descriptor)  # noqa: PTH115 - a name, not a path to follow
    except OSError:
        # It has ended, or is another user's.
        return


def _name(process: Path) -> str:
    try:
        parts = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return "?"
    names = [Path(os.fsdecode(part)).name for part in parts if part]
    # A script's own name says more than its interpreter's.
    scripts = [name for name in names[:3] if name.startswith("anjungan")]
    return (scripts or names or ["?"])[0]
