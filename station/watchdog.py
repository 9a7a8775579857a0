"""Signs of life for systemd: READY, STATUS and WATCHDOG, sent only while every part beats.

The window and each device thread register a beat; one that stops beating lets systemd restart
the application. Without NOTIFY_SOCKET nothing is sent.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

_log = logging.getLogger(__name__)
_NAME: Final = "watchdog"


class ServiceNotifier:
    """Speaks systemd's notify protocol (sd_notify(3)) without its library."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        address = environ.get("NOTIFY_SOCKET", "")
        # "@name" is a socket in the abstract namespace, written with a leading zero byte.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_s = _watchdog_seconds(environ)

    @property
    def is_listening(self) -> bool:
        """True where systemd started us and wants to know."""
        return bool(self._address)

    def ready(self) -> None:
        """Say that the application is up."""
        self._send("READY=1")

    def stopping(self) -> None:
        """Say that the application is going down on purpose."""
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """Say in one line what the application is doing, for ``systemctl status``."""
        self._send(f"STATUS={' '.join(text.split())}")

    def ping(self) -> None:
        """Say that the application is alive."""
        self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                line.settimeout(1.0)
                line.sendto(message.encode(), self._address)
        except OSError as error:
            _log.info("systemd can't be told %s: %s", message, error)


class Heartbeats:
    """Who has to beat, how often, and who has stopped. Safe from every thread.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._limits: dict[str, float] = {}
        self._beats: dict[str, float] = {}

    def register(self, name: str, limit_s: float) -> Callable[[], None]:
        """Expect a beat from ``name`` every ``limit_s`` seconds; returns the way to beat."""
        with self._guard:
            self._limits[name] = limit_s
            self._beats[name] = self._clock()

        def beat() -> None:
            with self._guard:
                if name in self._beats:
                    self._beats[name] = self._clock()

        return beat

    def remove(self, name: str) -> None:
        """Expect nothing more from ``name``; it has ended as it should."""
        with self._guard:
            self._limits.pop(name, None)
            self._beats.pop(name, None)

    def silent(self) -> tuple[str, ...]:
        """Return the names that are overdue."""
        now = self._clock()
        with self._guard:
            return tuple(
                name for name, limit_s in self._limits.items() if now - self._beats[name] > limit_s
            )


class Watchdog:
    """The thread that pings systemd for as long as nobody is silent."""

    def __init__(self, heartbeats: Heartbeats, notifier: ServiceNotifier) -> None:
        self._heartbeats = heartbeats
        self._notifier = notifier
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._silent: tuple[str, ...] = ()

    def start(self) -> None:
        """Begin to ping, where systemd asked for it."""
        if self._notifier.is_listening and self._notifier.watchdog_s is not None:
            self._thread = threading.Thread(target=self._run, name=_NAME, daemon=True)
            self._thread.start()

    def stop(self, limit_s: float = 2.0) -> None:
        """End the thread and wait for it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(limit_s)
            self._thread = None

    def check(self) -> None:
        """Ping once, or say who is silent."""
        silent = self._heartbeats.silent()
        if silent != self._silent:
            if silent:
                _log.error("no sign of life from %s", ", ".join(silent))
            else:
                _log.info("all parts give signs of life again")
            self._silent = silent
        if not silent:
            self._notifier.ping()

    def _run(self) -> None:
        interval_s = (self._notifier.watchdog_s or 1.0) / 3
        while not self._stop.wait(interval_s):
            self.check()


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    # WATCHDOG_PID names the process that is watched; a child inherits the variables too.
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    text = environ.get("WATCHDOG_USEC", "")
    return int(text) / 1_000_000 if text.isdecimal() and int(text) > 0 else None
