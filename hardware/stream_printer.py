"""A printer at the end of a byte link: preflight, send, confirm, close."""

from __future__ import annotations

import time

from hardware.paper_status import (
    ASK_PAPER_BEHIND_DATA,
    CAN_PRINT,
    Kind,
    PrinterState,
    StatusReader,
    state_of,
    state_of_queued,
)
from hardware.printer import PrinterDeadlines, PrinterSettings, PrintOutcome, PrintResult, ticket
from hardware.transports import Link, LinkDown
from rules.slip import Slip

# A printer known not to answer is asked again, but not waited for as long.
_MUTE_ANSWER_S = 0.3
# So many good real-time answers after the last byte, without an answer to GS r, mean that
# the model doesn't know GS r.
_GOOD_ANSWERS = 3
# Trouble told so often in a row won't go away by itself; the visitor need not wait for it.
_BAD_ANSWERS = 3


class StreamPrinter:
    """ESC/POS over TCP, serial, USB or a device node."""

    def __init__(self, link: Link, settings: PrinterSettings, deadlines: PrinterDeadlines) -> None:
        self._link = link
        self._settings = settings
        self._deadlines = deadlines
        self._has_answered = False
        self._is_mute = False
        self._knows_gs_r = False

    @property
    def name(self) -> str:
        """The device's URL."""
        return self._settings.url

    def state(self) -> PrinterState:
        """Open, ask, close."""
        try:
            self._link.open(self._deadlines.connect_s)
            return self._ask(StatusReader(self._link))
        except LinkDown:
            return PrinterState.UNREACHABLE
        finally:
            self._link.close()

    def print(self, slip: Slip) -> PrintResult:
        """Print once."""
        # Built whole before the device is touched, so that no error leaves half a ticket.
        data = ticket(slip, self._settings)
        try:
            return self._job(data)
        finally:
            self._link.close()

    def close(self) -> None:
        """Close the link, should it be open."""
        self._link.close()

    def _job(self, data: bytes) -> PrintResult:
        try:
            self._link.open(self._deadlines.connect_s)
            reader = StatusReader(self._link)
            state = self._ask(reader)
        except LinkDown as error:
            return PrintResult(PrintOutcome.FAILED, PrinterState.UNREACHABLE, error.detail)
        if state is PrinterState.MUTE and self._has_answered:
            return PrintResult(PrintOutcome.FAILED, state, "it answered before and is silent now")
        if state not in CAN_PRINT | {PrinterState.MUTE, PrinterState.UNKNOWN}:
            return PrintResult(PrintOutcome.FAILED, state, "not ready, so nothing was sent")
        try:
            self._link.write(data, self._deadlines.write_s)
        except LinkDown as error:
            outcome = PrintOutcome.UNKNOWN if error.sent else PrintOutcome.FAILED
            return PrintResult(outcome, PrinterState.UNREACHABLE, error.detail)
        try:
            if state in CAN_PRINT:
                return self._confirm(reader, state)
            # A model that never answers: look whether it is still there, and ask no more.
            self._link.read(0)
        except LinkDown as error:
            return PrintResult(PrintOutcome.UNKNOWN, PrinterState.UNREACHABLE, error.detail)
        return PrintResult(PrintOutcome.SENT, state, "the printer answers no questions")

    def _ask(self, reader: StatusReader) -> PrinterState:
        wait_s = _MUTE_ANSWER_S if self._is_mute else self._deadlines.answer_s
        state = state_of(reader.ask_all(wait_s))
        if state not in CAN_PRINT | {PrinterState.MUTE}:
            # A stale byte shifts every answer by one; trouble is believed when told twice.
            state = state_of(reader.ask_all(wait_s))
        self._is_mute = state is PrinterState.MUTE and not self._has_answered
        self._has_answered = self._has_answered or state not in {
            PrinterState.MUTE,
            PrinterState.UNKNOWN,
        }
        return state

    def _confirm(self, reader: StatusReader, before: PrinterState) -> PrintResult:
        """Wait for GS r, which is answered behind the data; look for trouble meanwhile."""
        limits = self._deadlines
        reader.drain()
        reader.take_queued()
        self._link.write(ASK_PAPER_BEHIND_DATA, limits.write_s)
        deadline = time.monotonic() + limits.confirm_s
        good, bad, state = 0, 0, before
        while time.monotonic() < deadline:
            reader.next(Kind.QUEUED, limits.poll_s)
            state = state_of(reader.ask_all(limits.answer_s)) if not reader.has_queued else state
            queued = reader.take_queued()
            if queued is not None:
                self._knows_gs_r = True
                return PrintResult(PrintOutcome.PRINTED, _worse(before, state_of_queued(queued)))
            good = good + 1 if state in CAN_PRINT else 0
            if good >= _GOOD_ANSWERS and not self._knows_gs_r:
                return PrintResult(PrintOutcome.PRINTED, state, "confirmed by DLE EOT")
            bad = bad + 1 if state not in CAN_PRINT | {PrinterState.MUTE} else 0
            if bad >= _BAD_ANSWERS:
                break
        return PrintResult(PrintOutcome.UNKNOWN, state, "sent whole and not confirmed")


def _worse(before: PrinterState, after: PrinterState) -> PrinterState:
    return before if after is PrinterState.READY else after
