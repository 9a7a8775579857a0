"""Decodes what a printer answers about itself: DLE EOT 1 to 4, GS r, and stray bytes.

python-escpos wants both bits of a sensor pair and calls a dead connection "plenty of
paper"; clones set one bit, so we decode the bytes ourselves.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from hardware.transports import Link

_SETTLE_S = 0.01
ASK_PAPER_BEHIND_DATA = b"\x1dr\x01"


class PrinterState(StrEnum):
    """Every state that a printer can be in."""

    READY = "ready"
    PAPER_LOW = "paper_low"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    CUTTER_ERROR = "cutter_error"
    OVERHEATED = "overheated"
    OFFLINE = "offline"
    MUTE = "mute"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


CAN_PRINT = frozenset({PrinterState.READY, PrinterState.PAPER_LOW})


class Kind(StrEnum):
    """What a byte on the wire is, told by its fixed bits."""

    REAL_TIME = "real_time"  # 0xx1xx10, answer to DLE EOT
    QUEUED = "queued"  # 0xx0xxxx, answer to GS r, or byte 2 to 4 of an automatic status
    AUTOMATIC = "automatic"  # 0xx1xx00, byte 1 of an automatic status
    FLOW = "flow"  # XON, XOFF
    NOISE = "noise"


@dataclass(frozen=True, slots=True)
class Status:
    """The answers to DLE EOT 1 to 4; None where none came. ``odd`` counts other bytes."""

    printer: int | None = None
    offline: int | None = None
    error: int | None = None
    paper: int | None = None
    odd: int = 0


def kind_of(byte: int) -> Kind:
    """Tell a byte's kind (Epson's fixed bits; other makers keep them)."""
    if byte in {0x11, 0x13}:
        return Kind.FLOW
    if byte & 0x93 == 0x12:
        return Kind.REAL_TIME
    if byte & 0x93 == 0x10:
        return Kind.AUTOMATIC
    if byte & 0x90 == 0x00:
        return Kind.QUEUED
    return Kind.NOISE


def state_of(status: Status) -> PrinterState:
    """Name the state; the cover comes first, since an open one also hides the paper."""
    n1, n2 = status.printer or 0, status.offline or 0
    n3, n4 = status.error or 0, status.paper or 0
    answers = (status.printer, status.offline, status.error, status.paper)
    if all(answer is None for answer in answers):
        return PrinterState.UNKNOWN if status.odd else PrinterState.MUTE
    # Either bit of a pair counts: clones set only one.
    found = (
        (n2 & 0x04, PrinterState.COVER_OPEN),
        (n2 & 0x20 or n4 & 0x60, PrinterState.PAPER_OUT),
        (n3 & 0x08, PrinterState.CUTTER_ERROR),
        (n3 & 0x40, PrinterState.OVERHEATED),
        (n1 & 0x08 or n2 & 0x40 or n3 & 0x24, PrinterState.OFFLINE),
        (n4 & 0x0C, PrinterState.PAPER_LOW),
    )
    return next((state for is_set, state in found if is_set), PrinterState.READY)


def state_of_queued(byte: int) -> PrinterState:
    """Name the paper's state in an answer to GS r 1."""
    if byte & 0x0C:
        return PrinterState.PAPER_OUT
    return PrinterState.PAPER_LOW if byte & 0x03 else PrinterState.READY


class StatusReader:
    """Tells the kinds of bytes apart on one open link, across reads."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._automatic_left = 0
        self.odd = 0
        self._queued: int | None = None

    def drain(self) -> None:
        """Throw away what an earlier question left behind; a late GS r is kept."""
        for _ in range(64):
            stale = self._link.read(0)
            if not stale:
                return
            for byte in stale:
                self._sort(byte)

    @property
    def has_queued(self) -> bool:
        """Whether an answer to GS r waits to be taken."""
        return self._queued is not None

    def take_queued(self) -> int | None:
        """Return, once, an answer to GS r that came while something else was waited for."""
        queued, self._queued = self._queued, None
        return queued

    def next(self, kind: Kind, timeout_s: float) -> int | None:
        """Return the first byte of a kind, or None at the deadline; raises LinkDown."""
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            data = self._link.read(left)
            wanted = [byte for byte in data if self._sort(byte) is kind]
            if wanted:
                return wanted[-1]
            if not data:  # the deadline, or a device that can't be read at all
                break
        return None

    def ask(self, number: int, timeout_s: float, write_s: float) -> int | None:
        """Ask DLE EOT ``number``; stale bytes are drained first. Raises LinkDown."""
        self.drain()
        self._link.write(bytes((0x10, 0x04, number)), write_s)
        return self.next(Kind.REAL_TIME, timeout_s)

    def ask_all(self, timeout_s: float, write_s: float = 1.0) -> Status:
        """Ask what can be asked; one silent answer to the first question is enough.

        At most four real-time commands go out in a row, as Epson advises.
        """
        # What another session left behind comes right after connecting.
        self._link.read(_SETTLE_S)
        printer = self.ask(1, timeout_s, write_s)
        if printer is None:
            return Status(odd=self.odd)
        offline = self.ask(2, timeout_s, write_s)
        has_error = printer & 0x08 or (offline or 0) & 0x40
        error = self.ask(3, timeout_s, write_s) if has_error else None
        return Status(printer, offline, error, self.ask(4, timeout_s, write_s), self.odd)

    def _sort(self, byte: int) -> Kind | None:
        kind = kind_of(byte)
        if self._automatic_left and kind is Kind.QUEUED:
            self._automatic_left -= 1
            return None
        self._automatic_left = 3 if kind is Kind.AUTOMATIC else 0
        if kind is Kind.QUEUED:
            self._queued = byte
        if kind in {Kind.NOISE, Kind.FLOW}:
            self.odd += 1
        return kind
