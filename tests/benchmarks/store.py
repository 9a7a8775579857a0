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

LIMITS = (
    "Why we stand where we stand. On SQLite half of an operation is the commit (pages into the WAL"
    " and one sync), which the floor has too, with half as many pages: ours keep the indexes that"
    " the hall is read by. On PostgreSQL the floor is one message and ours are two: the site's lock"
    " has to be held before anybody can say who is next, and who is next is said by a rule in the"
    " program, not in the server. Of a call's 2.2 to 2.5 ms about 0.6 are the two journeys (two"
    " processes wake each other, 0.2 to 0.3 ms each time on this machine), 0.6 the server's work of"
    " the first message (the lock and the head of each lane of each service), 0.75 that of the"
    " second (the floor's is 0.5; the rest are more indexes, foreign keys, the chain's hash and"
    " the checks of who may write what), 0.3 the program's own. Tried and not kept: a pipeline"
    " (slower, for psycopg's work on each statement) and heads by a list of services made first"
    " (slower); functions without a fixed search_path, no foreign keys, an index without the lane"
    " and the collation C moved the ratio by 0.03 at most, each alone, in single runs that"
    " differ by as much. What would"
    " carry it over a half is the whole command as one function in the server, with the hall's"
    " rules written a second time in its language; we hold one set of rules to be worth more than"
    " a millisecond in which no visitor waits."
)
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
