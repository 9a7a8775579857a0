"""How much slower ten years of history make the hall: ten million turns against a thousand.

The same operation runs in turns on a young and on an old store of the same database, in one
process, so that a busy machine slows both alike; the ratio is that of the medians. A month's
report is measured against a store that holds nothing but that month.

BENCH_TURNS makes the old store smaller, for a quick look.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from db import board, calls, desks, halls, tickets
from db.reports import report
from db.store import Store, new_request, open_store
from tests.benchmarks import windows
from tests.benchmarks.report import Row
from tests.support.history import DAY_TURNS, fill, prepare_sample
from tests.support.postgresql import start_cluster

TURNS = int(os.environ.get("BENCH_TURNS", "10000000"))
YOUNG = 1_000
ROUNDS = 150
REPORT_ROUNDS = 5
# Bytes of disk for each turn, generously: SQLite's file and its sorter, PostgreSQL's files.
_BYTES_A_TURN = 1_500
SLOWER, CALL_RATE = 1.2, 0.85
COUNTER, SERVICE = "2", "DUKCAPIL.KK"
ACTOR = "cli:bench"

METHOD = (
    f"{TURNS:,} turns of past days against {YOUNG:,}. Each operation {ROUNDS} times on both,"
    " one by one in turns; the medians, and their ratio. Both stores hold an equal"
    " present day: as many waiting, as many served. A month's report is read from the old store and"
    " from one that holds that month alone. For call-next the ratio is of rates."
)


class NoRoom(windows.NotMeasured):
    """The disk has no room for the old store; the text says how much is missing."""


def _require_room(folder: Path) -> None:
    """Refuse to begin what the disk can't hold.

    Raises:
        NoRoom: There is not enough.
    """
    free, needed = shutil.disk_usage(folder).free, TURNS * _BYTES_A_TURN
    if free < needed:
        raise NoRoom(
            f"{TURNS:,} turns need {needed / 1e9:.0f} GB in {folder}, {free / 1e9:.0f} GB are free;"
            " BENCH_TURNS takes a smaller number"
        )


def on_sqlite(say: Callable[[str], None]) -> list[Row]:
    """Measure in files in a folder of its own.

    Raises:
        NoRoom: The disk is too small.
    """
    with tempfile.TemporaryDirectory(prefix="anjungan-years-") as folder:
        _require_room(Path(folder))
        return _measure("SQLite", lambda name: f"sqlite:///{folder}/{name}.db", say)


def on_postgresql(say: Callable[[str], None]) -> list[Row]:
    """Measure in a durable cluster of its own.

    Raises:
        NoRoom: The disk is too small.
        PostgreSQLMissing: There is no server program.
    """
    _require_room(Path(tempfile.gettempdir()))
    cluster = start_cluster(is_durable=True)
    try:
        return _measure("PostgreSQL", lambda _: cluster.url(cluster.fresh_database()), say)
    finally:
        cluster.stop()


def _measure(kind: str, address: Callable[[str], str], say: Callable[[str], None]) -> list[Row]:
    today = datetime.now(tz=ZoneInfo("Asia/Jakarta")).date()
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    next_month = (month + timedelta(days=31)).replace(day=1)
    with ExitStack() as opened:
        stores = {}
        for name, turns, first, until in (
            ("young", YOUNG, date.min, today),
            ("month", TURNS, month, next_month),
            ("old", TURNS, date.min, today),
        ):
            began = time.monotonic()
            url = address(name)
            prepare_sample(url)
            day_turns = YOUNG if name == "young" else DAY_TURNS
            made = fill(url, turns, today=until, first=first, is_alone=True, day_turns=day_turns)
            say(f"{kind}: {made.turns:,} turns in {time.monotonic() - began:.0f} s")
            stores[name] = opened.enter_context(closing(open_store(url)))
        return rows_of(kind, stores["young"], stores["old"], stores["month"], month)


def rows_of(kind: str, young: Store, old: Store, month_alone: Store, month: date) -> list[Row]:
    """Measure on stores that were made for it: equal catalogues, nobody in them yet."""
    stores = (young, old)
    for store in stores:
        _begin_the_day(store)
    spent: dict[str, tuple[list[float], list[float]]] = {}
    for number in range(ROUNDS):
        # Neither is always the second: a busy machine would make that one slower.
        order = (0, 1) if number % 2 else (1, 0)
        for what, operation in _OPERATIONS.items():
            pair = spent.setdefault(what, ([], []))
            for place in order:
                pair[place].append(operation(stores[place]))
    rows = []
    for what, (of_young, of_old) in spent.items():
        before, after = median(of_young), median(of_old)
        is_rate = what == CALL
        ratio = before / after if is_rate else after / before
        rows.append(
            Row(
                what=f"{kind}: {what}",
                value=f"{after * 1000:.2f} ms",
                floor=f"{before * 1000:.2f} ms",
                ratio=ratio,
                bound=f"rate ≥ {CALL_RATE}" if is_rate else f"≤ {SLOWER} times",
                is_kept=ratio >= CALL_RATE if is_rate else ratio <= SLOWER,
            )
        )
    return [*rows, _report_row(kind, month_alone, old, month)]


def _report_row(kind: str, month_alone: Store, old: Store, month: date) -> Row:
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    spent: tuple[list[float], list[float]] = ([], [])
    turns = 0
    for _ in range(REPORT_ROUNDS):
        for store, each in zip((month_alone, old), spent, strict=True):
            began = time.perf_counter()
            found = report(store, month, last)
            turns = found.total.issued
            each.append((time.perf_counter() - began) / max(1, turns))
    alone, among = median(spent[0]), median(spent[1])
    return Row(
        what=f"{kind}: report of {month:%Y-%m}, {turns:,} turns, each",
        value=f"{among * 1e6:.1f} µs",
        floor=f"{alone * 1e6:.1f} µs",
        ratio=among / alone,
        bound=f"≤ {SLOWER} times",
        is_kept=among / alone <= SLOWER,
    )


def _begin_the_day(store: Store) -> None:
    """Let three hundred come and sixty be served, in both stores alike."""
    for _ in range(300):
        _issue(store)
    for _ in range(60):
        _call(store)


def _issue(store: Store) -> float:
    request = new_request()
    return _timed(
        lambda: store.run(
            lambda tx: tickets.issue_ticket(
                tx,
                request=request,
                actor=ACTOR,
                services=[SERVICE],
                station="bench",
                is_printed=True,
            )
        )
    )


def _call(store: Store) -> float:
    """Call; then serve, which isn't counted."""
    request = new_request()
    spent = _timed(
        lambda: store.run(
            lambda tx: calls.call_next(tx, request=request, actor=ACTOR, counter=COUNTER)
        )
    )
    start, finish = new_request(), new_request()
    store.run(lambda tx: calls.start(tx, request=start, actor=ACTOR, counter=COUNTER))
    store.run(lambda tx: calls.finish(tx, request=finish, actor=ACTOR, counter=COUNTER))
    return spent


def _board(store: Store) -> float:
    with store.read() as view:
        return _timed(lambda: board.board(view))


def _desk(store: Store) -> float:
    with store.read() as view:
        return _timed(lambda: desks.desk(view, COUNTER))


def _counts(store: Store) -> float:
    with store.read() as view:
        return _timed(lambda: halls.counts(view))


def _timed(operation: Callable[[], object]) -> float:
    began = time.perf_counter()
    operation()
    return time.perf_counter() - began


CALL = "call the next"
_OPERATIONS: dict[str, Callable[[Store], float]] = {
    "give a number": _issue,
    CALL: _call,
    "the wall": _board,
    "a desk and its waiting list": _desk,
    "today's figures": _counts,
}
