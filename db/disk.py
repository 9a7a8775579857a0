"""What is wrong with the disk under a SQLite file, where SQLite itself can't say."""

from __future__ import annotations

import os
from pathlib import Path

from db.errors import StoreFull, StoreProblem, StoreReadOnly

_ROOM_FOR_INDEX = 64 * 1024
"""Bytes: SQLite makes a -shm of 32 KiB when it opens; where it can't, that is an "I/O error"."""


def disk_problem(file: Path, url: str) -> StoreProblem | None:
    """Return the fault of the disk that explains an I/O error; None where it seems well."""
    try:
        facts = os.statvfs(file.parent)
    except OSError:
        return None
    if facts.f_flag & os.ST_RDONLY:
        return StoreReadOnly(url=url)
    if facts.f_bavail * facts.f_frsize < _ROOM_FOR_INDEX:
        return StoreFull(url=url)
    return None
