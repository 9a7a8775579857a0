"""One process per application and station, by a lock that the system drops when it ends.

Held by each window's ``main`` for as long as it runs.
"""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import platformdirs

from station.errors import AlreadyRunning

_NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


class SingleInstance:
    """A lock to hold while the application runs.

    Args:
        application: E.g. "anjungan-kiosk".
        station: The station's name: one PC may be two stations.
        folder: Where the lock file lies; by default the user's runtime folder.
    """

    def __init__(self, application: str, station: str, folder: Path | None = None) -> None:
        self._application = application
        self.station = station
        name = _NOT_IN_FILE_NAMES.sub("_", f"{application}-{station}")
        self._file = (folder or _runtime_folder()) / f"{name}.lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            AlreadyRunning: Another process holds it.
        """
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise AlreadyRunning(
                application=self._application,
                station=self.station,
                pid=int(holder) if holder.isdecimal() else None,
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the lock go. The file stays: removing it would let two processes in."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _runtime_folder() -> Path:
    folder = platformdirs.user_runtime_path("anjungan")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        # No login session (cron, a container): /run/user/… isn't there.
        folder = Path(tempfile.gettempdir()) / f"anjungan-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder
