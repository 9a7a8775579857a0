"""Printers for tests: a TCP printer with faults, and one behind a pty."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import socket
import struct
import threading
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from hardware.paper_commands import Command, StatusQuery
from hardware.simulators.printer import PrinterModel, Session, SimulatedPrinter

Fault = Literal[
    "none", "fin_at_once", "fin_after", "rst_after", "paper_ends", "stale_byte", "slow",
    "never_reads", "wrong_answers", "automatic_status", "silent_at_end",
]  # fmt: skip


class FaultyPrinter(SimulatedPrinter):
    """A TCP printer that breaks in one way.

    Args:
        fault: What is wrong with it.
        after: How many bytes of the job it takes before that shows.
    """

    def __init__(self, fault: Fault = "none", after: int = 200, port: int = 0) -> None:
        super().__init__(port=port)
        self.fault = fault
        self.after = after
        self.sessions = 0

    def serve(self, link: socket.socket) -> None:
        self.sessions += 1
        if self.fault == "fin_at_once":
            return
        if self.fault == "never_reads":
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            self.pause(30)
            return
        if self.fault == "stale_byte":
            # An answer to a question that nobody here has asked: "paper out".
            link.sendall(b"\x7e\x7e")
        session = Session()
        while (data := self.receive(link)) is not None:
            self.hear(session, data, link.sendall)
            if len(session.job) + sum(map(len, self.jobs)) < self.after:
                continue
            if self.fault == "fin_after":
                break
            if self.fault == "rst_after":
                # Linger 0: close with a reset, as a power cut behind a print server does.
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                break
        self.keep(session)

    def receive(self, link: socket.socket) -> bytes | None:
        data = super().receive(link)
        # A printer that dies takes a part of what was sent, not all of it.
        return data[: self.after] if data and self.fault in {"fin_after", "rst_after"} else data

    def obey(self, command: Command) -> None:
        if self.fault == "paper_ends":
            self.scene = "paper_out"
        if self.fault == "silent_at_end":
            self.has_status = False
        if self.fault == "slow":
            self.pause(0.01)

    def reply(self, query: StatusQuery) -> bytes:
        if self.fault == "wrong_answers":
            return b"\xff"
        if self.fault == "paper_ends" and self.scene == "paper_out" and not query.is_real_time:
            return b""
        answer = super().reply(query)
        if self.fault == "automatic_status" and query.is_real_time:
            # An automatic status of four bytes slips in before the answer.
            return b"\x14\x00\x00\x0f" + answer
        return answer


class PtyPrinter(PrinterModel):
    """A printer behind a pseudo-terminal, for ``serial://`` and ``file://`` URLs."""

    def __init__(self) -> None:
        super().__init__()
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = Path(os.ttyname(self._slave))
        self._thread = threading.Thread(target=self._run, name="pty-printer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopping.set()
        self._thread.join(5)
        os.close(self._master)
        os.close(self._slave)

    def _run(self) -> None:
        session = Session()
        while not self._is_stopping.is_set():
            readable, _, _ = select.select([self._master], [], [], 0.05)
            if readable:
                data = os.read(self._master, 4096)
                self.hear(session, data, lambda reply: os.write(self._master, reply))


class PipeReader:
    """Keeps what is written to a named pipe, which answers nothing."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def read(self) -> bytes:
        """Return what has been written so far."""
        parts = []
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self._fd, 65536):
                parts.append(part)
        return b"".join(parts)


@contextlib.contextmanager
def port_that_hangs() -> Iterator[str]:
    """Yield the URL of a port whose queue of connections is full, so that connecting hangs."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


def closed_port() -> str:
    """Return the URL of a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return f"tcp://127.0.0.1:{port}"
