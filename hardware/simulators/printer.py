"""A simulated network printer: answers status questions and keeps the jobs it was sent.

``anjungan demo`` prints to it; the tests' faulty printers grow from it.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from hardware.paper_commands import Command, Cut, StatusQuery, take

log = logging.getLogger(__name__)

# Answers to DLE EOT 1 to 4 (Epson's tables), by scene.
SCENES: dict[str, tuple[int, int, int, int]] = {
    "ready": (0x12, 0x12, 0x12, 0x12),
    "paper_low": (0x12, 0x12, 0x12, 0x1E),
    "paper_out": (0x1A, 0x32, 0x12, 0x7E),
    "cover_open": (0x1A, 0x16, 0x12, 0x12),
    "cutter_error": (0x1A, 0x52, 0x1A, 0x12),
    "overheated": (0x1A, 0x52, 0x52, 0x12),
    "offline": (0x1A, 0x12, 0x12, 0x12),
    # Clones that set one bit of a pair only.
    "clone_paper_low": (0x12, 0x12, 0x12, 0x16),
    "clone_paper_out": (0x12, 0x12, 0x12, 0x52),
}


@dataclass(slots=True)
class Session:
    """One connection: bytes not yet understood, and the job so far."""

    pending: bytes = b""
    job: bytes = b""


class PrinterModel:
    """What is the same on every wire: it follows commands, answers questions, keeps jobs.

    Args:
        on_job: Called with each job's bytes, without the status questions.
    """

    def __init__(self, on_job: Callable[[bytes], None] | None = None) -> None:
        self.scene = "ready"
        self.jobs: list[bytes] = []
        self.has_status = True
        self.has_queued_status = True
        self._on_job = on_job
        self._changed = threading.Condition()
        self._is_stopping = threading.Event()

    def wait_for_jobs(self, count: int, timeout_s: float = 10.0) -> list[bytes]:
        """Return the jobs, as soon as there are ``count`` of them or at the deadline."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.jobs) >= count, timeout_s)
            return list(self.jobs)

    def hear(self, session: Session, data: bytes, answer: Callable[[bytes], object]) -> None:
        """Follow the bytes, answer what asks."""
        session.pending += data
        offset = 0
        while offset < len(session.pending):
            taken = take(session.pending, offset)
            if taken is None:
                break
            command, end = taken
            if isinstance(command, StatusQuery):
                reply = self.reply(command)
                if reply:
                    answer(reply)
            else:
                session.job += session.pending[offset:end]
                self.obey(command)
                if isinstance(command, Cut):
                    self.keep(session)
            offset = end
        session.pending = session.pending[offset:]

    def obey(self, command: Command) -> None:
        """Do what a command says; slow printers take their time here."""

    def reply(self, query: StatusQuery) -> bytes:
        """Answer a status question; nothing if this model doesn't know it."""
        if query.is_real_time:
            known = self.has_status and 1 <= query.number <= 4
            return bytes((SCENES[self.scene][query.number - 1],)) if known else b""
        if not self.has_status or not self.has_queued_status:
            return b""
        return {"paper_low": b"\x03", "paper_out": b"\x0f"}.get(self.scene, b"\x00")

    def keep(self, session: Session) -> None:
        """Keep a job at its cut, or what there is of it when the client leaves."""
        job, session.job = session.job, b""
        if not job:
            return
        with self._changed:
            self.jobs.append(job)
            self._changed.notify_all()
        if self._on_job is not None:
            self._on_job(job)

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond ``stop``."""
        self._is_stopping.wait(seconds)


class SimulatedPrinter(PrinterModel):
    """A printer on a TCP port of this machine.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        on_job: Called with each job's bytes, without the status questions.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        on_job: Callable[[bytes], None] | None = None,
    ) -> None:
        super().__init__(on_job)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._server = socket.create_server((host, port), family=family)
        self._server.settimeout(0.1)
        self._sessions: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._listen, name="simulated-printer", daemon=True)

    @property
    def url(self) -> str:
        """The URL to set as the printer."""
        host, port = self._server.getsockname()[:2]
        return f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"

    def start(self) -> Self:
        """Begin to listen."""
        log.info("SIMULATED printer on %s: no paper comes out", self.url)
        self._thread.start()
        return self

    def stop(self, limit_s: float = 5.0) -> None:
        """Close the port and wait for the connections' threads."""
        self._is_stopping.set()
        if self._thread.ident is not None:
            self._thread.join(limit_s)
        for session in self._sessions:
            session.join(limit_s)
        self._server.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def serve(self, link: socket.socket) -> None:
        """Talk with one client until it leaves; faulty printers override this."""
        session = Session()
        while (data := self.receive(link)) is not None:
            self.hear(session, data, link.sendall)
        self.keep(session)

    def receive(self, link: socket.socket) -> bytes | None:
        """Return the next bytes, or None when the client left or we stop."""
        while not self._is_stopping.is_set():
            try:
                data = link.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                return None
            return data or None
        return None

    def _listen(self) -> None:
        while not self._is_stopping.is_set():
            try:
                link, _ = self._server.accept()
            except TimeoutError:
                continue
            link.settimeout(0.1)
            session = threading.Thread(
                target=self._session, args=(link,), name="simulated-printer-session", daemon=True
            )
            self._sessions = [each for each in self._sessions if each.is_alive()] + [session]
            session.start()

    def _session(self, link: socket.socket) -> None:
        with link, contextlib.suppress(ConnectionError):
            self.serve(link)
