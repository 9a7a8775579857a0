"""The three applications as real processes on a virtual desktop, worked from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cli.accessibility import Accessibility
from tests.support.desktop_session import DesktopSession

KIOSK, DISPLAY, COUNTER = "anjungan-kiosk", "anjungan-display", "anjungan-counter"
COMMAND_LINE = "anjungan"
_END_S = 10.0


class HallProcesses:
    """Applications and the command line, all with the same settings.

    Args:
        session: The desktop that the windows run on.
        settings: The ``ANJUNGAN_*`` variables.
        folder: For logs and settings.
    """

    def __init__(self, session: DesktopSession, settings: Mapping[str, str], folder: Path) -> None:
        self._folder = folder
        self._environment = {
            **session.environment,
            "ANJUNGAN_LOG_FOLDER": str(folder / "logs"),
            **settings,
        }
        # Where an application, or the command line, has an address of its own.
        self.addresses: dict[str, str] = {}
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self.hands = Accessibility(session.environment)

    def __enter__(self) -> Self:
        self.hands.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hands.stop()
        self.stop()
        if error is not None:
            for name, _ in self._running:
                sys.stderr.write(f"--- {name}\n{self.log(name)[-4000:]}\n")

    def start(self, application: str, geometry: str) -> subprocess.Popen[bytes]:
        """Start an application in a window of this geometry."""
        program = Path(sys.executable).with_name(application)
        with (self._folder / f"{application}.log").open("ab") as log:
            process = subprocess.Popen(
                [str(program), "--windowed", geometry],
                env={**self._environment, **self._address(application)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._running.append((application, process))
        return process

    def stop(self) -> None:
        """End the applications; their logs stay."""
        for _, process in self._running:
            process.terminate()
        for _, process in self._running:
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _address(self, application: str) -> dict[str, str]:
        address = self.addresses.get(application)
        return {} if address is None else {"ANJUNGAN_DATABASE": address}

    def log(self, application: str) -> str:
        """Return what an application has written so far."""
        return (self._folder / f"{application}.log").read_text(errors="replace")

    def command(self, *arguments: str) -> Any:
        """Run the command line with --json; return its document, checked for success."""
        program = Path(sys.executable).with_name("anjungan")
        answer = subprocess.run(
            [str(program), *arguments, "--json"],
            env={**os.environ, **self._environment, **self._address(COMMAND_LINE)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return json.loads(answer.stdout)
