"""The spool: one owner thread, nothing printed twice, an end within its limit."""

from __future__ import annotations

import logging
import queue
import threading

import pytest

from hardware.printer import PrinterState, PrintOutcome, PrintResult
from hardware.spool import PrintSpool
from rules.slip import Slip
from tests.support.expected_logs import LogRecorder
from tests.support.slips import slip

LIMIT_S = 10.0


class ScriptedPrinter:
    """Ends each job as its script says; ``gate`` holds a job up."""

    name = "scripted"

    def __init__(self, *outcomes: PrintOutcome) -> None:
        self.script = list(outcomes)
        self.printed: list[str] = []
        self.threads: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.began = threading.Event()
        self.is_closed = False

    def state(self) -> PrinterState:
        return PrinterState.PAPER_LOW

    def print(self, slip: Slip) -> PrintResult:
        self.threads.add(threading.current_thread().name)
        self.began.set()
        self.gate.wait(LIMIT_S)
        if not self.script:
            raise RuntimeError("no more script")
        self.printed.append(slip.key)
        return PrintResult(self.script.pop(0), PrinterState.READY)

    def close(self) -> None:
        self.is_closed = True


Results = queue.SimpleQueue[tuple[str, PrintOutcome]]


def _submit(spool: PrintSpool, results: Results, key: str) -> None:
    spool.submit(slip(key), lambda done, result: results.put((done, result.outcome)))


def _submit_ten(spool: PrintSpool, results: Results, name: str) -> None:
    for position in range(10):
        _submit(spool, results, f"{name}-{position}")


@pytest.mark.parametrize("first", [PrintOutcome.PRINTED, PrintOutcome.SENT, PrintOutcome.UNKNOWN])
def test_key_that_may_have_come_out_is_not_printed_again(first: PrintOutcome) -> None:
    printer = ScriptedPrinter(first, PrintOutcome.PRINTED)
    spool = PrintSpool(printer)
    results: Results = queue.SimpleQueue()

    _submit(spool, results, "a")
    _submit(spool, results, "a")

    assert [results.get(timeout=LIMIT_S) for _ in range(2)] == [("a", first)] * 2
    assert printer.printed == ["a"]
    assert spool.stop(LIMIT_S)


def test_failed_key_may_be_tried_again() -> None:
    printer = ScriptedPrinter(PrintOutcome.FAILED, PrintOutcome.PRINTED)
    spool = PrintSpool(printer)
    results: Results = queue.SimpleQueue()

    _submit(spool, results, "a")
    _submit(spool, results, "a")

    outcomes = [results.get(timeout=LIMIT_S)[1] for _ in range(2)]
    assert outcomes == [PrintOutcome.FAILED, PrintOutcome.PRINTED]
    assert spool.stop(LIMIT_S)


def test_many_callers_meet_one_owner_thread() -> None:
    printer = ScriptedPrinter(*[PrintOutcome.PRINTED] * 40)
    spool = PrintSpool(printer, name="kiosk-printer")
    results: Results = queue.SimpleQueue()

    callers = [
        threading.Thread(target=_submit_ten, args=(spool, results, f"caller-{n}")) for n in range(4)
    ]
    for caller in callers:
        caller.start()
    ended = {results.get(timeout=LIMIT_S)[0] for _ in range(40)}
    for caller in callers:
        caller.join()

    assert len(ended) == 40
    assert printer.threads == {"kiosk-printer"}
    assert spool.stop(LIMIT_S)


def test_stop_ends_after_the_present_job_and_fails_the_rest() -> None:
    printer = ScriptedPrinter(PrintOutcome.PRINTED, PrintOutcome.PRINTED)
    printer.gate.clear()
    spool = PrintSpool(printer)
    results: Results = queue.SimpleQueue()
    _submit(spool, results, "now")
    _submit(spool, results, "later")
    assert printer.began.wait(LIMIT_S)

    assert not spool.stop(0.05)
    printer.gate.set()
    assert spool.stop(LIMIT_S)
    _submit(spool, results, "after")

    ended = [results.get(timeout=LIMIT_S) for _ in range(3)]
    assert ended == [
        ("now", PrintOutcome.PRINTED),
        ("later", PrintOutcome.FAILED),
        ("after", PrintOutcome.FAILED),
    ]
    assert printer.is_closed


def test_printer_that_breaks_leaves_the_job_unknown_and_the_spool_alive(
    expected_logs: LogRecorder,
) -> None:
    printer = ScriptedPrinter()
    spool = PrintSpool(printer)
    results: Results = queue.SimpleQueue()

    _submit(spool, results, "a")
    assert results.get(timeout=LIMIT_S) == ("a", PrintOutcome.UNKNOWN)
    printer.script.append(PrintOutcome.PRINTED)
    _submit(spool, results, "b")

    assert results.get(timeout=LIMIT_S) == ("b", PrintOutcome.PRINTED)
    assert spool.stop(LIMIT_S)
    assert "printing on scripted failed" in expected_logs.text


def test_check_tells_the_state_and_a_change_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    states: queue.SimpleQueue[PrinterState] = queue.SimpleQueue()
    with caplog.at_level(logging.INFO, "hardware.spool"):
        spool = PrintSpool(ScriptedPrinter())

        for _ in range(3):
            spool.check(states.put)

        assert {states.get(timeout=LIMIT_S) for _ in range(3)} == {PrinterState.PAPER_LOW}
        assert spool.stop(LIMIT_S)
    assert caplog.text.count("paper_low") == 1
