"""A simulated ANT-1 call pad: keys to press, a lamp and a display to look at.

It has a pseudo-terminal of its own to point a mapping file at, or speaks over any link
given as a pair of functions. Demos and tests press its keys.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pty
import re
import select
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Self

from hardware.ant1 import frame
from hardware.framing import LineFraming
from hardware.press import crc8

log = logging.getLogger(__name__)

_REPEAT_S = 0.3
_REPEATS = 5


class PadLine:
    """The pad's end of a pseudo-terminal; ``link`` is a path that stays the same."""

    def __init__(self, link: Path | None = None) -> None:
        self._link = link
        self._master = self._slave = -1
        self.plug_in()

    @property
    def path(self) -> Path:
        """Where the PC's side opens the port."""
        return self._link or Path(os.ttyname(self._slave))

    def plug_in(self) -> None:
        """Appear, as another device node behind the same link."""
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        if self._link is not None:
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        """Vanish, as a USB plug pulled out."""
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        for fd in (self._slave, self._master):
            with contextlib.suppress(OSError):
                os.close(fd)
        self._master = self._slave = -1

    def write(self, data: bytes) -> None:
        """Send bytes to the PC."""
        os.write(self._master, data)

    def read(self, timeout_s: float) -> bytes:
        """Return what the PC sent, or nothing at the deadline."""
        # EIO: nobody has the other end open; the others: unplugged, perhaps this very moment.
        with contextlib.suppress(OSError, ValueError):
            readable, _, _ = select.select([self._master], [], [], timeout_s)
            return os.read(self._master, 4096) if readable else b""
        time.sleep(min(timeout_s, 0.02))
        return b""


class SimulatedPad:
    """A pad's firmware.

    Args:
        write: Sends bytes to the PC.
        read: Returns bytes from the PC, waiting no longer than the seconds given.
        addr: The pad's address.
        on_change: Called after lamp or display changed.
    """

    def __init__(
        self,
        write: Callable[[bytes], object],
        read: Callable[[float], bytes],
        addr: str = "03",
        on_change: Callable[[], None] | None = None,
    ) -> None:
        self._write = write
        self._read = read
        self.addr = addr
        self.lamp = "OFF"
        self.display = ""
        self.answers: list[tuple[str, ...]] = []
        self._on_change = on_change
        self._seq = 0
        self._framing = LineFraming()
        self._changed = threading.Condition()
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"simulated-pad-{addr}", daemon=True)

    def start(self) -> Self:
        """Power up and say hello."""
        log.info("SIMULATED call pad %s", self.addr)
        self._write(frame("H", self.addr, "SIMULATED", "1"))
        self._thread.start()
        return self

    def stop(self, limit_s: float = 3.0) -> None:
        """Power down."""
        self._is_stopping.set()
        self._thread.join(limit_s)

    def press(self, key: str) -> tuple[str, ...] | None:
        """Press a key, repeat until answered; return the answer's fields, None if none came."""
        self._seq += 1
        seq = str(self._seq)
        for _ in range(_REPEATS):
            self._write(frame("K", self.addr, seq, key))
            answer = self._answer(seq, _REPEAT_S)
            if answer is not None:
                return answer
        return None

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = 5.0) -> bool:
        """Wait until lamp, display or answers fit; return whether they did in time."""
        with self._changed:
            return self._changed.wait_for(condition, timeout_s)

    def _answer(self, seq: str, timeout_s: float) -> tuple[str, ...] | None:
        def found() -> tuple[str, ...] | None:
            return next((each for each in self.answers if each[2] == seq), None)

        with self._changed:
            return self._changed.wait_for(found, timeout_s)

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            for line in self._framing.feed(self._read(0.05)):
                match = re.fullmatch(rb"\$([^*]+)\*([0-9A-F]{2})", line)
                if match and int(match[2], 16) == crc8(match[1]):
                    self._obey(tuple(match[1].decode("ascii", "replace").split(",")))

    def _obey(self, fields: tuple[str, ...]) -> None:
        if len(fields) < 2 or fields[1] not in {self.addr, "00"}:
            return
        with self._changed:
            if fields[0] in {"A", "N"} and len(fields) >= 3:
                self.answers.append(fields)
            elif fields[0] == "L" and len(fields) == 4:
                self.lamp = fields[3]
            elif fields[0] == "D" and len(fields) == 3:
                self.display = fields[2]
            self._changed.notify_all()
        if fields[0] == "Q":
            self._write(frame("H", self.addr, "SIMULATED", "1"))
        if self._on_change is not None:
            self._on_change()
