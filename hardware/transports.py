"""Byte links to printers, every open, write and read with a deadline.

A link is opened for one job and closed after it: many print servers serve one session
at a time. Links know nothing of tickets; ``hardware/stream_printer.py`` uses them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import stat
import threading
import time
import tty
from pathlib import Path
from typing import Protocol

from hardware.device_url import DeviceUrl

CHUNK = 4096


class LinkDown(Exception):
    """The device can't be reached, or contact was lost.

    Args:
        detail: What the operating system said.
        sent: How many bytes of the present write may have left.
    """

    def __init__(self, detail: str, sent: int = 0) -> None:
        self.detail = detail
        self.sent = sent
        super().__init__(detail)


class Link(Protocol):
    """A way to a printer. None of the methods waits longer than its deadline."""

    def open(self, timeout_s: float) -> None:
        """Open afresh; raises LinkDown."""

    def write(self, data: bytes, timeout_s: float) -> None:
        """Hand over all bytes, each chunk within ``timeout_s``; raises LinkDown."""

    def read(self, timeout_s: float) -> bytes:
        """Return what came, or nothing at the deadline; raises LinkDown when the other end left."""

    def close(self) -> None:
        """Close; never fails."""


class TcpLink:
    """A network printer's port 9100, over IPv4 or IPv6."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None

    def open(self, timeout_s: float) -> None:
        """Connect to the first address that takes us, all within the deadline."""
        deadline = time.monotonic() + timeout_s
        last = "no address"
        for family, address in _addresses(self._host, self._port, timeout_s):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            candidate = socket.socket(family, socket.SOCK_STREAM)
            try:
                candidate.settimeout(left)
                candidate.connect(address)
                candidate.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                candidate.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                candidate.setblocking(False)
            except OSError as error:
                candidate.close()
                last = _words(error)
                continue
            self._socket = candidate
            return
        raise LinkDown(last)

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send, chunk by chunk."""
        link = self._open_socket()
        sent = 0
        while sent < len(data):
            _, ready, _ = select.select([], [link], [], timeout_s)
            if not ready:
                raise LinkDown("the printer takes no more bytes", sent)
            try:
                sent += link.send(data[sent : sent + CHUNK])
            except BlockingIOError:
                continue
            except OSError as error:
                raise LinkDown(_words(error), sent) from error

    def read(self, timeout_s: float) -> bytes:
        """Receive what is there."""
        link = self._open_socket()
        readable, _, _ = select.select([link], [], [], timeout_s)
        if not readable:
            return b""
        try:
            data = link.recv(256)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise LinkDown(_words(error)) from error
        if not data:
            raise LinkDown("the printer closed the connection")
        return data

    def close(self) -> None:
        """Close without a reset: unread answers would make the kernel send one."""
        link, self._socket = self._socket, None
        if link is None:
            return
        with contextlib.suppress(OSError):
            while link.recv(256):
                pass
        with contextlib.suppress(OSError):
            link.shutdown(socket.SHUT_WR)
        link.close()

    def _open_socket(self) -> socket.socket:
        if self._socket is None:
            raise LinkDown("not open")
        return self._socket


class FileLink:
    """A device node like ``/dev/usb/lp0``; a pipe or a plain file takes bytes, answers none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1
        self._can_answer = False

    def open(self, timeout_s: float) -> None:
        """Open at once or not at all; a missing node is never created."""
        del timeout_s  # O_NONBLOCK: nothing here waits
        try:
            mode = self._path.stat().st_mode
            self._can_answer = stat.S_ISCHR(mode)
            # Reading a pipe that we also hold for reading would give us our own bytes back.
            access = os.O_RDWR if self._can_answer else os.O_WRONLY | os.O_APPEND
            self._fd = os.open(self._path, access | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
            if os.isatty(self._fd):
                tty.setraw(self._fd)
        except OSError as error:
            self.close()
            raise LinkDown(_words(error)) from error

    def write(self, data: bytes, timeout_s: float) -> None:
        """Write, chunk by chunk."""
        sent = 0
        while sent < len(data):
            _, ready, _ = select.select([], [self._open_fd()], [], timeout_s)
            if not ready:
                raise LinkDown("the printer takes no more bytes", sent)
            try:
                sent += os.write(self._fd, data[sent : sent + CHUNK])
            except BlockingIOError:
                continue
            except OSError as error:
                raise LinkDown(_words(error), sent) from error

    def read(self, timeout_s: float) -> bytes:
        """Read what is there; usblp says end of file where it means nothing yet."""
        deadline = time.monotonic() + timeout_s
        fd = self._open_fd()
        while self._can_answer and (left := deadline - time.monotonic()) > 0:
            readable, _, _ = select.select([fd], [], [], left)
            if not readable:
                break
            try:
                data = os.read(fd, 256)
            except BlockingIOError:
                continue
            except OSError as error:
                raise LinkDown(_words(error)) from error
            if data:
                return data
            time.sleep(min(0.02, max(left, 0)))
        return b""

    def close(self) -> None:
        """Close the node."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with contextlib.suppress(OSError):
                os.close(fd)

    def _open_fd(self) -> int:
        if self._fd < 0:
            raise LinkDown("not open")
        return self._fd


def open_link(url: DeviceUrl) -> Link:
    """Make the link, still closed, that a URL names."""
    if url.scheme == "tcp":
        return TcpLink(url.host, url.port)
    if url.scheme == "file":
        return FileLink(url.path)
    if url.scheme == "serial":
        from hardware.transport_serial import SerialLink  # pyserial only where it is used

        return SerialLink(url)
    from hardware.transport_usb import UsbLink  # libusb may be absent

    return UsbLink(url.vendor, url.product, url.serial)


def _addresses(
    host: str, port: int, timeout_s: float
) -> list[tuple[socket.AddressFamily, tuple[object, ...]]]:
    """Resolve a name within the deadline; the system's resolver has none of its own."""
    found: list[tuple[socket.AddressFamily, tuple[object, ...]]] = []
    problem: list[str] = []

    def resolve() -> None:
        try:
            for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                found.append((family, address))
        except (OSError, UnicodeError) as error:
            problem.append(_words(error))

    if _is_numeric(host):
        resolve()
    else:
        thread = threading.Thread(target=resolve, name=f"resolve-{host}", daemon=True)
        thread.start()
        thread.join(timeout_s)
    if problem or not found:
        raise LinkDown(problem[0] if problem else "the name was not resolved in time")
    return list(found)


def _is_numeric(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError):
            socket.inet_pton(family, host)
            return True
    return False


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.errno:
        name = errno.errorcode.get(error.errno, "")
        return f"{error.strerror or error} {name}".strip()
    return str(error) or type(error).__name__
