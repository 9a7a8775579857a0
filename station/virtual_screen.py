"""A screen, a D-Bus session and an accessibility bus of their own, for windows without a desktop.

Used by the demo where there is no screen, and by the end-to-end tests. Needs the programs Xvfb,
dbus-daemon and at-spi2-core; ends every process that it started.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from PIL import Image, ImageGrab

from station.errors import VirtualScreenFault

START_LIMIT_S: Final = 20.0
END_LIMIT_S: Final = 5.0
_LAUNCHERS: Final = (
    Path("/usr/libexec/at-spi-bus-launcher"),
    Path("/usr/lib/at-spi2-core/at-spi-bus-launcher"),
)


def missing_programs() -> tuple[str, ...]:
    """Return the programs that a virtual screen needs and this machine lacks."""
    missing = [name for name in ("Xvfb", "dbus-daemon") if shutil.which(name) is None]
    if not any(launcher.exists() for launcher in _LAUNCHERS):
        missing.append("at-spi-bus-launcher")
    return tuple(missing)


class DesktopSession:
    """A virtual desktop, running while the ``with`` block runs.

    Args:
        width: Of the screen, in pixels.
        height: Of the screen, in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._environment: dict[str, str] = {}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._folder: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The environment for programs that are to run on this desktop."""
        return dict(self._environment)

    @property
    def display(self) -> str:
        """The name of the X display, ":99"."""
        return self._environment["DISPLAY"]

    def start(self) -> None:
        """Start the screen and both buses.

        Raises:
            VirtualScreenFault: A program is missing or didn't come up.
        """
        missing = missing_programs()
        if missing:
            raise VirtualScreenFault(program=", ".join(missing), detail="not installed")
        self._folder = Path(tempfile.mkdtemp(prefix="anjungan-screen-"))
        kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
        self._environment = kept | {
            "XDG_RUNTIME_DIR": str(self._folder),
            "QT_QPA_PLATFORM": "xcb",
            "QT_ACCESSIBILITY": "1",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            # A GTK settings daemon or a portal of another session must not be asked.
            "GSETTINGS_BACKEND": "memory",
            "NO_AT_BRIDGE": "0",
        }
        try:
            number = self._start_and_read(
                ["Xvfb", "-displayfd", "{fd}", "-screen", "0", f"{self.width}x{self.height}x24",
                 "-nolisten", "tcp", "-noreset"]
            )  # fmt: skip
            self._environment["DISPLAY"] = f":{number}"
            self._environment["DBUS_SESSION_BUS_ADDRESS"] = self._start_and_read(
                ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address={fd}"]
            )
            launcher = next(path for path in _LAUNCHERS if path.exists())
            self._start([str(launcher), "--launch-immediately"])
            self._wait_for_accessibility()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End what was started, the last first, and remove its files."""
        for process in reversed(self._processes):
            # Each leads a group of its own: what it started ends with it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(END_LIMIT_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._processes.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def screenshot(self, file: Path | None = None) -> Image.Image:
        """Return a picture of the whole screen, and save it where a file is named."""
        picture = ImageGrab.grab(xdisplay=self.display)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            picture.save(file)
        return picture

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _start(self, command: Sequence[str], *, keep: tuple[int, ...] = ()) -> None:
        self._processes.append(
            subprocess.Popen(  # noqa: S603  # our own commands
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=keep,
                start_new_session=True,
            )
        )

    def _start_and_read(self, command: Sequence[str]) -> str:
        """Start a program that writes one line to a descriptor, and return the line."""
        ours, theirs = os.pipe()
        try:
            self._start([part.replace("{fd}", str(theirs)) for part in command], keep=(theirs,))
        finally:
            os.close(theirs)
        with os.fdopen(ours, "rb", buffering=0) as pipe:
            line = b""
            deadline = time.monotonic() + START_LIMIT_S
            while not line.endswith(b"\n"):
                ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
                piece = pipe.read(1000) if ready else b""
                if not piece:
                    raise VirtualScreenFault(program=command[0], detail="did not start")
                line += piece
        return line.decode().strip()

    def _wait_for_accessibility(self) -> None:
        """Wait until applications can find the accessibility bus."""
        ask = ["dbus-send", "--session", "--print-reply", "--dest=org.a11y.Bus", "/org/a11y/bus",
               "org.a11y.Bus.GetAddress"]  # fmt: skip
        deadline = time.monotonic() + START_LIMIT_S
        while True:
            answer = subprocess.run(  # noqa: S603  # a fixed command
                ask, env=self._environment, capture_output=True, text=True, check=False
            )
            if answer.returncode == 0 and "unix:" in answer.stdout:
                return
            if time.monotonic() > deadline:
                raise VirtualScreenFault(
                    program="at-spi-bus-launcher", detail=answer.stderr.strip()[-200:]
                )
            time.sleep(0.05)


_DROPPED: Final = frozenset({
    "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS",
    "QT_QPA_PLATFORM", "QT_SCALE_FACTOR", "QT_AUTO_SCREEN_SCALE_FACTOR",
})  # fmt: skip
"""What names another desktop or would change the size of ours."""
