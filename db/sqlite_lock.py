"""The lock file of a SQLite store: one writer at a time, and one who checkpoints.

SQLite's own busy timeout is a lottery that somebody with eight writers loses for seconds; and a
checkpoint beside a writer is what the WAL-reset bug needs. So whoever writes, and whoever closes
what may be the last connection (which checkpoints too), holds ``flock`` on ``<file>.lock``.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from db.driver import LOCK_TIMEOUT_S
from db.lock_holder import resume_holder

_PAUSE_S, _LONGEST_PAUSE_S = 0.0002, 0.004


class LockTimeout(Exception):
    """Somebody has held the lock for longer than the deadline."""


def lock_file(database: str | Path) -> str:
    """Return the lock file of a store."""
    return f"{database}.lock"


def take(database: str, timeout_s: float | None = None) -> int:
    """Take the lock; return the descriptor whose closing lets it go.

    A descriptor of its own for each call: flock belongs to the open file, so two threads of
    one process exclude each other too.

    Raises:
        LockTimeout: It wasn't free in time.
        OSError: The lock file can't be opened.
    """
    descriptor = os.open(lock_file(database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _wait(descriptor, database, LOCK_TIMEOUT_S if timeout_s is None else timeout_s)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _wait(descriptor: int, database: str, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    pause_s, asks_at = _PAUSE_S, deadline - timeout_s / 2
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EINTR):
                raise
        else:
            return
        if time.monotonic() >= deadline:
            raise LockTimeout
        if time.monotonic() >= asks_at:
            resume_holder(Path(database))
            asks_at = deadline
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)


@contextlib.contextmanager
def closing(database: str, timeout_s: float | None = None) -> Iterator[None]:
    """Hold the lock, where it can be had, while connections are closed.

    The last one to be closed checkpoints. Where the lock can't be had, somebody else has the
    store open and writes, so ours isn't the last; where its file can't be opened, we are no
    writer either.
    """
    descriptor: int | None = None
    with contextlib.suppress(LockTimeout, OSError):
        descriptor = take(database, timeout_s)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
