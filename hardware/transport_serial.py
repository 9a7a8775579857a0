"""A serial printer through pyserial, with a deadline on every write and read."""

from __future__ import annotations

import contextlib
import termios
import time
from typing import Any

import serial

from hardware.device_url import DeviceUrl
from hardware.transports import CHUNK, LinkDown

# flush() and reset_input_buffer() raise termios.error, which is no OSError; a port closed
# under a read raises TypeError (pyserial 3.5).
SERIAL_ERRORS = (serial.SerialException, OSError, termios.error, TypeError)


class SerialLink:
    """RS-232 or USB-serial; opened exclusively, since two readers steal each other's bytes."""

    def __init__(self, url: DeviceUrl) -> None:
        self._url = url
        self._port: Any = None

    def open(self, timeout_s: float) -> None:
        """Open the port; the kernel answers at once."""
        url = self._url
        try:
            self._port = serial.serial_for_url(
                str(url.path),
                baudrate=url.baud,
                parity=url.parity,
                timeout=0,
                write_timeout=timeout_s,
                xonxoff=url.has_xonxoff,
                rtscts=url.has_rtscts,
                dsrdtr=False,
                exclusive=True,
            )
        except (*SERIAL_ERRORS, ValueError) as error:
            self._port = None
            raise LinkDown(str(error)) from error

    def write(self, data: bytes, timeout_s: float) -> None:
        """Write, chunk by chunk; how much of a failed chunk left is not known."""
        port = self._open_port()
        sent = 0
        # What the line carries at this speed in the deadline, so that slow lines don't time out.
        size = max(16, min(CHUNK, int(self._url.baud / 10 * timeout_s / 2)))
        while sent < len(data):
            chunk = data[sent : sent + size]
            try:
                port.write_timeout = timeout_s
                port.write(chunk)
            except SERIAL_ERRORS as error:
                raise LinkDown(str(error), sent + len(chunk)) from error
            sent += len(chunk)
        self._drain(port, len(data), timeout_s)

    def _drain(self, port: Any, sent: int, timeout_s: float) -> None:  # noqa: ANN401 - no types
        """Wait until the line has carried what the kernel took; flush() has no deadline."""
        left, deadline = -1, time.monotonic() + timeout_s
        while True:
            try:
                waiting = int(port.out_waiting)
            except SERIAL_ERRORS as error:
                raise LinkDown(str(error), sent) from error
            if waiting == 0:
                return
            if waiting != left:
                left, deadline = waiting, time.monotonic() + timeout_s
            elif time.monotonic() > deadline:
                raise LinkDown("the printer takes no more bytes", sent)
            time.sleep(0.01)

    def read(self, timeout_s: float) -> bytes:
        """Read what is there, or the first byte that comes."""
        port = self._open_port()
        try:
            port.timeout = timeout_s
            data: bytes = port.read(port.in_waiting or 1)
        except SERIAL_ERRORS as error:
            raise LinkDown(str(error)) from error
        return data

    def close(self) -> None:
        """Close the port."""
        port, self._port = self._port, None
        if port is not None:
            with contextlib.suppress(*SERIAL_ERRORS):
                port.close()

    def _open_port(self) -> Any:  # noqa: ANN401 - pyserial has no types
        if self._port is None:
            raise LinkDown("not open")
        return self._port
