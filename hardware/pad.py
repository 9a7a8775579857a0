"""Call pads on a port: one thread reads, answers, and comes back after every unplugging.

``load_pads`` reads which ports there are; a console runs a ``PadPort`` for each.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import serial

from hardware.pad_file import PadSettings, PortSettings, load_pads
from hardware.press import Dialect, Lamp, PadPress, PadReply, PadState
from hardware.transport_serial import SERIAL_ERRORS

__all__ = [
    "Lamp",
    "PadPort",
    "PadPress",
    "PadReply",
    "PadSettings",
    "PadState",
    "PortSettings",
    "load_pads",
    "probe",
]

log = logging.getLogger(__name__)

# An officer's second press within this time is the same wish (seconds, by intent).
LOCKOUT_S = {"call-next": 0.8, "finish": 0.5}
_READ_S = 0.2
# For URL handlers whose read can't be interrupted when a reply waits.
_STUBBORN_READ_S = 0.05
_WRITE_S = 1.0
_BATCH = 256

Outgoing = Callable[[Dialect], bytes]


def probe(settings: PortSettings) -> str:
    """Open and close a port once; return why that fails, or nothing if it works."""
    try:
        _open_port(settings).close()
    except (*SERIAL_ERRORS, ValueError) as error:
        return str(error) or type(error).__name__
    return ""


class PadPort:
    """The owner of one serial port (or pyserial URL) and of the pads on it.

    Args:
        settings: The port, from ``load_pads``.
        on_press: Called on the port's thread for each press that counts; must not block.
        on_state: Called on the port's thread when the port, or a pad on it, is lost or back.
        clock: A monotonic clock in seconds.
        retry_s: The first and the longest wait before a lost port is opened again.
    """

    def __init__(
        self,
        settings: PortSettings,
        on_press: Callable[[PadPress], None],
        on_state: Callable[[PadState], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        retry_s: tuple[float, float] = (0.5, 5.0),
    ) -> None:
        self._settings = settings
        self._on_press = on_press
        self._on_state = on_state
        self._clock = clock
        self._retry_s = retry_s
        self._dialect = settings.dialect()
        self._outbox: queue.SimpleQueue[Outgoing] = queue.SimpleQueue()
        self._shown: dict[str, tuple[str, str]] = {}
        self._everywhere = (str(Lamp.IDLE), "")
        self._acted_at: dict[tuple[str, str], float] = {}
        self._is_connected: bool | None = None
        self._is_stopping = threading.Event()
        # Guards the port against being woken while it is closed.
        self._lock = threading.Lock()
        self._port: Any = None
        self._thread = threading.Thread(target=self._run, name=f"pad-{settings.name}", daemon=True)

    @property
    def name(self) -> str:
        """The port's name in the mapping file."""
        return self._settings.name

    def start(self) -> None:
        """Begin; a port that isn't there yet is waited for."""
        self._thread.start()

    def stop(self, limit_s: float = 3.0) -> bool:
        """End the thread and close the port.

        Returns:
            Whether the thread ended within ``limit_s``.
        """
        self._is_stopping.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(limit_s)
        return not self._thread.is_alive()

    def reply(self, press: PadPress, reply: PadReply) -> None:
        """Answer a press and set that pad's lamp and display; returns at once."""
        lamp = str(Lamp(reply.lamp))

        def answer(dialect: Dialect) -> bytes:
            if reply.accepted:
                self._shown[press.addr] = (lamp, reply.number)
            return dialect.reply(press, reply)

        self._send(answer)

    def show(self, addr: str | None, lamp: Lamp | str, number: str = "") -> None:
        """Set the lamp and display of one pad, of all known pads for None; returns at once.

        A pad that is away, or starts later, is told when it comes.
        """
        shown = (str(Lamp(lamp)), number)

        def frames(dialect: Dialect) -> bytes:
            if addr is None:
                self._everywhere = shown
            where = dialect.addresses(None) if addr is None else (addr,)
            self._shown.update(dict.fromkeys(where, shown))
            return b"".join(dialect.show(each, *shown) for each in where)

        self._send(frames)

    def addresses(self, counter: str | None = None) -> tuple[str, ...]:
        """Return the pads known for a counter, all known pads for None."""
        return self._dialect.addresses(counter)

    def _send(self, outgoing: Outgoing) -> None:
        self._outbox.put(outgoing)
        self._wake()

    def _wake(self) -> None:
        with self._lock, contextlib.suppress(*SERIAL_ERRORS):
            cancel = getattr(self._port, "cancel_read", None)
            if cancel is not None:
                cancel()

    def _run(self) -> None:
        wait_s = self._retry_s[0]
        while not self._is_stopping.is_set():
            try:
                port = self._open()
            except (*SERIAL_ERRORS, ValueError) as error:
                self._tell(is_connected=False, detail=str(error))
                # Answers to a pad that is away are of no use later.
                self._drop_outbox()
                self._is_stopping.wait(wait_s)
                wait_s = min(wait_s * 2, self._retry_s[1])
                continue
            wait_s = self._retry_s[0]
            try:
                self._converse(port)
            except SERIAL_ERRORS as error:
                self._tell(is_connected=False, detail=str(error))
            finally:
                # At once: while we hold it, the device comes back under another name.
                self._close(port)
            self._is_stopping.wait(self._retry_s[0])

    def _open(self) -> Any:  # noqa: ANN401 - pyserial has no types
        port = _open_port(self._settings)
        with self._lock:
            self._port = port
        return port

    def _close(self, port: Any) -> None:  # noqa: ANN401 - pyserial has no types
        with self._lock:
            self._port = None
            with contextlib.suppress(*SERIAL_ERRORS):
                port.close()
        self._dialect.forget()

    def _converse(self, port: Any) -> None:  # noqa: ANN401 - pyserial has no types
        self._write(port, self._dialect.hello())
        for addr, (lamp, number) in self._shown.items():
            self._write(port, self._dialect.show(addr, lamp, number))
        self._tell(is_connected=True)
        while not self._is_stopping.is_set():
            with contextlib.suppress(queue.Empty):
                while True:
                    self._write(port, self._outbox.get_nowait()(self._dialect))
            data: bytes = port.read(max(1, min(port.in_waiting, _BATCH)))
            self._hear(port, data)

    def _hear(self, port: Any, data: bytes) -> None:  # noqa: ANN401 - pyserial has no types
        now = self._clock()
        heard = self._dialect.hear(data, now)
        for answer in heard.answers:
            self._write(port, answer)
        for addr in heard.awake:
            lamp, number = self._shown.get(addr, self._everywhere)
            self._write(port, self._dialect.show(addr, lamp, number))
        for press in heard.presses:
            if self._is_locked(press, now):
                self._write(port, self._dialect.refuse(press, "BUSY"))
            else:
                self._call(self._on_press, press)
        for addr, is_connected in heard.changes:
            log.info("pad %s on %s is %s", addr, self.name, "back" if is_connected else "silent")
            self._call(self._on_state, PadState(self.name, is_connected, addr=addr))

    def _is_locked(self, press: PadPress, now: float) -> bool:
        """Say whether the same wish was acted on a moment ago; note it if not."""
        key = (press.addr, press.intents[0])
        limit = max((LOCKOUT_S.get(each, 0.0) for each in press.intents), default=0.0)
        last = self._acted_at.get(key)
        if last is not None and now - last < limit:
            return True
        self._acted_at[key] = now
        return False

    def _write(self, port: Any, data: bytes) -> None:  # noqa: ANN401 - pyserial has no types
        if data:
            port.write(data)

    def _drop_outbox(self) -> None:
        """Keep what pads shall show, send nothing."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._outbox.get_nowait()(self._dialect)

    def _tell(self, *, is_connected: bool, detail: str = "") -> None:
        """Say once that the port is lost, and once that it is there."""
        if is_connected is self._is_connected:
            return
        if is_connected:
            log.info("pads on %s (%s) are there", self.name, self._settings.url)
        else:
            log.warning("pads on %s (%s) are away: %s", self.name, self._settings.url, detail)
        self._is_connected = is_connected
        self._call(self._on_state, PadState(self.name, is_connected, detail))

    def _call(self, callback: Callable[[Any], None], value: PadPress | PadState) -> None:
        try:
            callback(value)
        except Exception:
            # A fault in a window must not take the pads with it.
            log.exception("a pad callback failed")


def _open_port(settings: PortSettings) -> Any:  # noqa: ANN401 - pyserial has no types
    port = serial.serial_for_url(
        settings.url,
        do_not_open=True,
        baudrate=settings.baud,
        parity=settings.parity,
        timeout=_READ_S,
        write_timeout=_WRITE_S,
        dsrdtr=False,
        exclusive=True,  # a second reader would steal bytes
    )
    if not hasattr(port, "cancel_read"):
        port.timeout = _STUBBORN_READ_S
    # Raising DTR restarts an Arduino for two seconds.
    port.dtr = settings.has_dtr
    port.open()
    return port
