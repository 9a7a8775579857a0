"""Files and folders that only their owner may read, written whole or not at all."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART = ".anjungan-part"
"""What the name of a file ends with that is still being written."""
_FORGOTTEN_AFTER_S = 86_400


def private_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for the owner only (0700).

    ``mkdir(parents=True)`` gives the mode to the last one only.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def new_private_file(path: Path) -> int:
    """Make a file that isn't there yet, for the owner only, and return its descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a name to write to; it takes the final one, on the disk, where nothing went wrong."""
    with part_of(path) as part:
        os.close(new_private_file(part))
        yield part
        sync(part)
        part.replace(path)
        sync(path.parent)


@contextmanager
def part_of(path: Path, kind: str = "") -> Iterator[Path]:
    """Give the name of a draft beside ``path``, which is gone afterwards."""
    _forget_old(path.parent)
    part = path.with_name(f".{path.name}.{os.getpid()}{kind}{PART}")
    try:
        yield part
    finally:
        for each in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm", ".lock"))):
            each.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Bring a file, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget_old(folder: Path) -> None:
    """Remove what a killed writer left a day ago."""
    for part in folder.glob(f".*{PART}*"):
        try:
            if time.time() - part.stat().st_mtime > _FORGOTTEN_AFTER_S:
                part.unlink()
        except OSError:
            # Another one was quicker, or it isn't ours.
            continue
