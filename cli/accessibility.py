"""Works other programs' windows from outside, as a screen reader would.

Used by the demo's visitor and by the end-to-end tests. The driver runs in Debian's own Python,
which has the AT-SPI bindings; we speak JSON lines with it.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from rules.errors import KnownError

SYSTEM_PYTHON: Final = Path("/usr/bin/python3")
DRIVER: Final = Path(__file__).with_name("atspi_driver.py")
GRACE_S: Final = 20.0
"""How long beyond a command's own time limit we wait for the driver's answer."""


class AccessibilityFault(KnownError):
    """A window can't be worked. Fields: error, message, tree (what is showing, a line each)."""

    def __str__(self) -> str:
        """Show the tree too: it says what was there instead."""
        return f"{self.fields['error']}: {self.fields['message']}\n{self.fields['tree']}".rstrip()


@dataclass(frozen=True, slots=True)
class Control:
    """A control that is showing; ``text`` is what is typed or written in it."""

    name: str
    role: str
    text: str
    is_enabled: bool


class Accessibility:
    """The windows on one desktop. Use it in a ``with`` block.

    Args:
        environment: Of the desktop session that the windows run in.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._driver: subprocess.Popen[bytes] | None = None
        self._unread = b""

    def start(self) -> None:
        """Start the driver."""
        bare = {name: value for name, value in self._environment.items()
                if not name.startswith(("PYTHON", "VIRTUAL_ENV", "COV_"))}  # fmt: skip
        self._driver = subprocess.Popen(  # noqa: S603  # a fixed command
            [str(SYSTEM_PYTHON), "-W", "ignore", str(DRIVER)],
            env=bare,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def stop(self) -> None:
        """End the driver."""
        driver, self._driver = self._driver, None
        if driver is None:
            return
        for pipe in (driver.stdin, driver.stdout, driver.stderr):
            if pipe is not None:
                pipe.close()
        try:
            driver.wait(2.0)
        except subprocess.TimeoutExpired:
            driver.kill()
            driver.wait()

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

    def wait(
        self,
        app: str,
        name: str,
        *,
        role: str | None = None,
        prefix: bool = True,
        timeout_s: float = 10.0,
    ) -> Control:
        """Wait until a control with this name is showing.

        Args:
            app: The application's name, "anjungan-kiosk".
            name: The accessible name, or its beginning; an exact one is taken first.
            role: AT-SPI's role, "button" or "label"; None takes any.
            prefix: Whether a beginning is enough.
            timeout_s: How long to wait.

        Raises:
            AccessibilityFault: It didn't appear.
        """
        return _control(self._ask("wait", app, timeout_s, name=name, role=role, prefix=prefix))

    def press(
        self,
        app: str,
        name: str,
        *,
        role: str | None = None,
        prefix: bool = True,
        timeout_s: float = 10.0,
    ) -> Control:
        """Wait for an enabled control and press it; arguments as for ``wait``.

        Raises:
            AccessibilityFault: It didn't appear, or took no press.
        """
        return _control(self._ask("press", app, timeout_s, name=name, role=role, prefix=prefix))

    def type(
        self, app: str, name: str, text: str, *, prefix: bool = True, timeout_s: float = 10.0
    ) -> Control:
        """Put text into a line edit, in place of what is in it.

        Raises:
            AccessibilityFault: There is no such line edit, or it took no text.
        """
        return _control(self._ask("type", app, timeout_s, name=name, prefix=prefix, text=text))

    def wait_gone(
        self, app: str, name: str, *, prefix: bool = True, timeout_s: float = 10.0
    ) -> None:
        """Wait until no control with this name is showing.

        Raises:
            AccessibilityFault: It is still there.
        """
        self._ask("gone", app, timeout_s, name=name, prefix=prefix)

    def texts(self, app: str, *, timeout_s: float = 10.0) -> tuple[str, ...]:
        """Return all names and texts that the application is showing, in reading order.

        Raises:
            AccessibilityFault: The application isn't there.
        """
        return tuple(self._ask("texts", app, timeout_s)["texts"])

    def tree(self, app: str) -> str:
        """Return the tree of what the application is showing, a line a control.

        Raises:
            AccessibilityFault: The application isn't there.
        """
        return "\n".join(self._ask("tree", app, 0.0)["tree"])

    def _ask(self, do: str, app: str, timeout_s: float, **more: object) -> dict[str, Any]:
        if self._driver is None:
            raise RuntimeError("use Accessibility in a with block")
        assert self._driver.stdin is not None  # noqa: S101  # we made it a pipe
        command = {"do": do, "app": app, "timeout": timeout_s, **more}
        try:
            self._driver.stdin.write(json.dumps(command).encode() + b"\n")
            self._driver.stdin.flush()
        except BrokenPipeError:
            raise self._driver_fault("the driver has ended") from None
        answer: dict[str, Any] = json.loads(self._line(timeout_s + GRACE_S))
        if not answer.pop("ok"):
            tree = "\n".join(answer.get("tree", []))
            raise AccessibilityFault(error=answer["error"], message=answer["message"], tree=tree)
        return answer

    def _line(self, limit_s: float) -> bytes:
        assert self._driver is not None  # noqa: S101
        assert self._driver.stdout is not None  # noqa: S101
        pipe = self._driver.stdout.fileno()
        while b"\n" not in self._unread:
            ready, _, _ = select.select([pipe], [], [], limit_s)
            piece = os.read(pipe, 65536) if ready else b""
            if not piece:
                raise self._driver_fault("the driver has ended" if ready else "no answer")
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _driver_fault(self, message: str) -> AccessibilityFault:
        detail = ""
        if self._driver is not None and self._driver.stderr is not None:
            self._driver.kill()
            detail = self._driver.stderr.read().decode(errors="replace").strip()[-500:]
        return AccessibilityFault(error="Driver", message=f"{message} {detail}".strip(), tree="")


def _control(answer: dict[str, Any]) -> Control:
    return Control(
        name=answer["name"],
        role=answer["role"],
        text=answer["text"],
        is_enabled=answer["enabled"],
    )
