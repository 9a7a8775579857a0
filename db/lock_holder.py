"""Who holds a SQLite store's lock, as the kernel tells; read by waiters only, never on the way.

A stopped program (SIGSTOP, Ctrl-Z) holds its locks for as long as it is stopped. Nobody can take
them away, but whoever waits can let it go on: see ``docs/decisions/0013``.
"""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from db.driver import LOCK_TIMEOUT_S
from db.errors import StoreLocked

_LOCKS = Path("/proc/locks")
_WAL_WRITE_LOCK = "120"
"""The byte of the -shm file that a writer locks (https://www.sqlite.org/walformat.html)."""


@dataclass(frozen=True, slots=True)
class LockHolder:
    """A process that holds the lock."""

    pid: int
    program: str
    is_stopped: bool

    def resume(self) -> None:
        """Let a stopped process go on; nothing where it isn't stopped or isn't ours."""
        if self.is_stopped:
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGCONT)


def lock_holder(database: Path) -> LockHolder | None:
    """Return who holds the store's lock file or, a foreign tool, SQLite's own write lock.

    None where nobody does any more, or the kernel doesn't say: the holder runs in another
    container.
    """
    try:
        lines = _LOCKS.read_text().splitlines()
    except OSError:
        return None
    for suffix, kind, start in ((".lock", "FLOCK", "0"), ("-shm", "POSIX", _WAL_WRITE_LOCK)):
        with contextlib.suppress(OSError):
            facts = Path(f"{database}{suffix}").stat()
            device = os.major(facts.st_dev), os.minor(facts.st_dev)
            for line in lines:
                # 1: FLOCK  ADVISORY  WRITE 8469 fe:00:2155825 0 EOF; who waits has a "->".
                fields = line.split()
                if fields[1] != kind or fields[3] != "WRITE" or fields[6] != start:
                    continue
                major, minor, inode = fields[5].split(":")
                if int(inode) == facts.st_ino and (int(major, 16), int(minor, 16)) == device:
                    return _process(int(fields[4]))
    return None


def _process(pid: int) -> LockHolder | None:
    """Describe a process; None where it has ended, or is no process of this container."""
    try:
        # 8469 (anjungan-kiosk) T 1 …; the name may hold anything, brackets too.
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    program = next(
        # A script's own name says more than its interpreter's.
        (
            Path(word.decode(errors="replace")).name
            for word in words[1:2]
            if name.startswith("python") and word and not word.startswith(b"-")
        ),
        name,
    )
    return LockHolder(pid=pid, program=program, is_stopped=rest.split()[0] == "T")


def resume_holder(database: Path) -> None:
    """Let whoever holds the lock go on, if he is stopped."""
    holder = lock_holder(database)
    if holder is not None:
        holder.resume()


def locked(database: Path, url: str) -> StoreLocked:
    """Return the fault of having waited in vain, with the holder's name where it is known."""
    holder = lock_holder(database)
    if holder is None:
        return StoreLocked(url=url, waited_s=LOCK_TIMEOUT_S)
    return StoreLocked(url=url, waited_s=LOCK_TIMEOUT_S, program=holder.program, process=holder.pid)
