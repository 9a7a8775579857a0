"""A small file system of a test's own, to fill to the last byte or to let fail."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

_LEAST = 512


class SmallDisk:
    """A mounted file system. ``folder`` is empty at first."""

    def __init__(self, mount: Path) -> None:
        self._mount = mount
        self._filler = mount / "filler"
        self.folder = mount / "store"
        self.folder.mkdir(mode=0o700)

    def fill(self, leave: int = 0) -> None:
        """Take all room but for ``leave`` bytes."""
        with self._filler.open("ab", buffering=0) as file:
            block = 1 << 20
            while block >= _LEAST:
                try:
                    # What fits of the block is written; then there is no room for the rest.
                    file.write(b"\xff" * block)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    block //= 2
            os.truncate(self._filler, max(0, file.tell() - leave))

    def make_room(self) -> None:
        """Give the room back."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, size_kib: int) -> Iterator[SmallDisk]:
    """Mount a file system in memory; it is gone afterwards."""
    mount = folder / "disk"
    mount.mkdir()
    with _mounted("-t", "tmpfs", "-o", f"size={size_kib}k,mode=0777", "tmpfs", target=mount):
        yield SmallDisk(mount)


@contextmanager
def failing_disk(folder: Path) -> Iterator[tuple[SmallDisk, Path]]:
    """Mount an ext4 that turns read-only at an error; write 1 to the path to cause one."""
    image, mount = folder / "image", folder / "disk"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(16 << 20)
    if shutil.which("mkfs.ext4", path=_PATH) is None:
        leave_out("there is no mkfs.ext4")
    subprocess.run(
        ["mkfs.ext4", "-q", "-F", image], check=True, capture_output=True, env={"PATH": _PATH}
    )
    with _mounted("-o", "loop,errors=remount-ro", str(image), target=mount):
        source = subprocess.run(
            ["findmnt", "-n", "-o", "SOURCE", mount], check=True, capture_output=True, text=True
        ).stdout.strip()
        trigger = Path(f"/sys/fs/ext4/{Path(source).name}/trigger_fs_error")
        yield SmallDisk(mount), trigger


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


@contextmanager
def _mounted(*what: str, target: Path) -> Iterator[None]:
    if os.getuid() != 0:
        pytest.skip("only root may mount a file system")
    done = subprocess.run(
        ["mount", *what, target], capture_output=True, text=True, check=False, env={"PATH": _PATH}
    )
    if done.returncode:
        leave_out(f"no file system can be mounted here: {done.stderr.strip()[:200]}")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            (target / "filler").unlink(missing_ok=True)
        # Lazily: a fault of the test must not be hidden by one of the unmounting.
        subprocess.run(["umount", "-l", target], check=True, capture_output=True)


def leave_out(reason: str) -> NoReturn:
    """Skip, or with CI set fail."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
