"""How fast numbers are given and visitors called, against ``tests.benchmarks.floor``."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from db.calls import call_next, finish, start
from db.store import Store, new_request
from db.tickets import issue_ticket
from tests.benchmarks.floor import Floor
from tests.benchmarks.report import Row

ROUNDS = 10
EACH = 50
BOUND = 0.5
SERVICE, COUNTER = "DUKCAPIL.KK", "2"


@dataclass(frozen=True, slots=True)
class _Measured:
    """Seconds of each round of ``EACH`` operations."""

    ours: list[float]
    floor: list[float]

    def take(self, count: int, ours: Callable[[], float], floor: Callable[[], float]) -> None:
        """Measure a round: ours and the floor in turns, so that a busy machine slows both."""
        pairs = [(ours(), floor()) for _ in range(count)]
        self.ours.append(sum(pair[0] for pair in pairs))
        self.floor.append(sum(pair[1] for pair in pairs))

    @property
    def ratio(self) -> float:
        """Our rate over the floor's, the median of the rounds."""
        return median(f / o for o, f in zip(self.ours, self.floor, strict=True))


def measure(store: Store, kind: str) -> list[Row]:
    """Measure issue and call-next on a store with a loaded catalogue.

    Args:
        store: A demo store that is always open.
        kind: How the table names the database.
    """
    issue, call = _Measured([], []), _Measured([], [])
    _issue(store)
    with store.connected() as connection:
        floor = Floor(connection, is_sqlite=store.is_sqlite)
        for _ in range(ROUNDS):
            issue.take(EACH, lambda: _timed(lambda: _issue(store)), floor.issue)
            call.take(EACH, lambda: _visit(store), floor.call)
    return [_row(f"{kind}: give a number", issue), _row(f"{kind}: call the next", call)]


def _row(what: str, measured: _Measured) -> Row:
    return Row(
        what=what,
        value=f"{EACH / median(measured.ours):.0f}/s",
        floor=f"{EACH / median(measured.floor):.0f}/s",
        ratio=measured.ratio,
        bound=f"≥ {BOUND} of the floor",
        is_kept=measured.ratio >= BOUND,
    )


def _timed(operation: Callable[[], object]) -> float:
    began = time.perf_counter()
    operation()
    return time.perf_counter() - began


def _issue(store: Store) -> None:
    store.run(
        lambda tx: issue_ticket(
            tx, request=new_request(), actor="cli:bench", services=[SERVICE], is_printed=True
        )
    )


def _visit(store: Store) -> float:
    """Call the next, timed; serve and finish, untimed, so that the desk is free again."""

    def run(act: Callable[..., object]) -> None:
        store.run(lambda tx: act(tx, request=new_request(), actor="cli:bench", counter=COUNTER))

    took = _timed(lambda: run(call_next))
    run(start)
    run(finish)
    return took
