"""Ticket printers behind URLs: what a kiosk and the command line print with.

``open_printer`` takes no device yet: each job connects, prints, confirms and closes.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

from hardware import device_url, escpos
from hardware.errors import BadLogo
from hardware.paper_status import PrinterState
from rules.slip import Slip

__all__ = [
    "PrintOutcome",
    "PrintResult",
    "PrinterSettings",
    "PrinterState",
    "TicketPrinter",
    "open_printer",
    "ticket",
]

log = logging.getLogger(__name__)


class PrintOutcome(StrEnum):
    """How a job ended.

    ``printed``: the printer confirmed it. ``sent``: all bytes went out to a printer that
    never answers. ``failed``: nothing can have come out. ``unknown``: a paper may have
    come out; a person must look.
    """

    PRINTED = "printed"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PrintResult:
    """A job's end, the printer's state at that moment, and a technical detail for the log."""

    outcome: PrintOutcome
    state: PrinterState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """A printer's URL, its paper and what it can draw."""

    url: str
    width_mm: Literal[58, 80] = 80
    qr: Literal["native", "raster"] = "native"
    logo: Path | None = None


@dataclass(frozen=True, slots=True)
class PrinterDeadlines:
    """How long each step may take, in seconds."""

    connect_s: float = 3.0
    answer_s: float = 1.0
    write_s: float = 5.0
    confirm_s: float = 12.0
    poll_s: float = 1.0


class TicketPrinter(Protocol):
    """A device that puts a slip on paper. Called from one thread, its spool's."""

    @property
    def name(self) -> str:
        """The device as its URL names it."""

    def state(self) -> PrinterState:
        """Ask the device; never raises, never longer than a few seconds."""

    def print(self, slip: Slip) -> PrintResult:
        """Print once; never raises for what a device can do."""

    def close(self) -> None:
        """Let go of the device."""


def open_printer(
    settings: PrinterSettings, deadlines: PrinterDeadlines | None = None
) -> TicketPrinter:
    """Make the printer that a URL names; nothing is contacted yet.

    Raises:
        BadDeviceUrl: The URL can't be understood.
    """
    url = device_url.parse(settings.url)
    # Imported here: both implementations need this module's words.
    if url.scheme == "paper":
        from hardware.paper_printer import PaperPrinter

        return PaperPrinter(url.path, settings)
    from hardware.stream_printer import StreamPrinter
    from hardware.transports import open_link

    return StreamPrinter(open_link(url), settings, deadlines or PrinterDeadlines())


def ticket(slip: Slip, settings: PrinterSettings) -> bytes:
    """Build the slip's bytes for a printer; a logo that can't be read is left out."""
    try:
        return escpos.build(slip, settings.width_mm, settings.qr, settings.logo)
    except BadLogo as error:
        log.warning("printing without the logo: %s", error)
        return escpos.build(slip, settings.width_mm, settings.qr)
