"""The queue before a printer and the one thread that owns it.

Windows hand a slip over and are told later, on this thread; they never wait for paper.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from hardware import escpos
from hardware.printer import PrinterState, PrintOutcome, PrintResult, TicketPrinter
from rules.errors import KnownError
from rules.slip import Slip

log = logging.getLogger(__name__)

PrintDone = Callable[[str, PrintResult], None]
CheckDone = Callable[[PrinterState], None]
_REMEMBERED_KEYS = 10_000
_LOAD_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class _Job:
    slip: Slip
    done: PrintDone


@dataclass(frozen=True, slots=True)
class _Check:
    done: CheckDone


class PrintSpool:
    """One printer's owner. A key that may have come out is never printed a second time.

    Args:
        printer: The device; from here on only this thread touches it.
        name: The thread's name.
    """

    def __init__(self, printer: TicketPrinter, name: str = "printer") -> None:
        self._printer = printer
        self._queue: queue.SimpleQueue[_Job | _Check | None] = queue.SimpleQueue()
        self._ended: OrderedDict[str, PrintResult] = OrderedDict()
        self._is_stopping = threading.Event()
        self._last_state: PrinterState | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, slip: Slip, done: PrintDone) -> None:
        """Queue a slip; ``done(key, result)`` is called once, on the owner thread."""
        if self._is_stopping.is_set():
            done(slip.key, _STOPPED)
            return
        self._queue.put(_Job(slip, done))

    def check(self, done: CheckDone) -> None:
        """Ask for the printer's state; ``done(state)`` is called once, on the owner thread."""
        if self._is_stopping.is_set():
            done(PrinterState.UNKNOWN)
            return
        self._queue.put(_Check(done))

    def stop(self, limit_s: float = 5.0) -> bool:
        """End after the present job; what is still queued fails, unprinted.

        Returns:
            Whether the thread ended within ``limit_s``.
        """
        self._is_stopping.set()
        self._queue.put(None)
        self._thread.join(limit_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        item = self._first()
        while item is not None:
            try:
                self._serve(item)
            except Exception:
                # A window's callback failed; the next visitor still gets paper.
                log.exception("a print callback failed")
            item = self._queue.get()
        self._printer.close()

    def _first(self) -> _Job | _Check | None:
        """Wait for the first item, and load what the printer needs when the window is there.

        Loading keeps the processor busy for half a second: neither the window's first picture
        nor the first visitor need wait for it.
        """
        try:
            return self._queue.get(timeout=_LOAD_AFTER_S)
        except queue.Empty:
            escpos.load()
            return self._queue.get()

    def _serve(self, item: _Job | _Check) -> None:
        is_stopping = self._is_stopping.is_set()
        if isinstance(item, _Check):
            item.done(PrinterState.UNKNOWN if is_stopping else self._state())
        else:
            result = _STOPPED if is_stopping else self._print(item.slip)
            item.done(item.slip.key, result)

    def _state(self) -> PrinterState:
        try:
            state = self._printer.state()
        except Exception:
            log.exception("asking %s failed", self._printer.name)
            state = PrinterState.UNKNOWN
        self._note(state)
        return state

    def _print(self, slip: Slip) -> PrintResult:
        earlier = self._ended.get(slip.key)
        if earlier is not None and earlier.outcome is not PrintOutcome.FAILED:
            return earlier
        try:
            result = self._printer.print(slip)
        except KnownError as error:
            result = PrintResult(PrintOutcome.FAILED, PrinterState.UNKNOWN, str(error))
        except Exception as error:
            log.exception("printing on %s failed", self._printer.name)
            # We can't tell where it broke, so a paper may have come out.
            detail = f"{type(error).__name__}: {error}"
            result = PrintResult(PrintOutcome.UNKNOWN, PrinterState.UNKNOWN, detail)
        self._ended[slip.key] = result
        while len(self._ended) > _REMEMBERED_KEYS:
            self._ended.popitem(last=False)
        self._note(result.state)
        return result

    def _note(self, state: PrinterState) -> None:
        """Log a change of state, once each way."""
        if state is not self._last_state:
            log.info("printer %s is %s", self._printer.name, state)
            self._last_state = state


_STOPPED = PrintResult(PrintOutcome.FAILED, PrinterState.UNKNOWN, "stopped before it was printed")
