"""How soon another process knows of an event, and what waiting for one costs.

Run as ``python -m tests.benchmarks.feed URL AFTER``: follows the journal and prints a line for
each event, its seq and the monotonic clock, until it is ended.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from db.feed import FeedReader
from db.store import Store, Tx, new_request, open_store
from db.tickets import issue_ticket
from tests.benchmarks.report import Row
from tests.benchmarks.store import SERVICE

EVENTS = 400
GAPS_S = (0.01, 0.06)
QUIET_S = 20.0
LATE_BOUND_MS = {"SQLite": 60.0, "PostgreSQL": 20.0}
IDLE_BOUND_PERCENT = 1.0
ROOT = Path(__file__).parents[2]
LIMIT_S = 30.0


def rows(store: Store, url: str, kind: str) -> list[Row]:
    """Measure commit to reader, and a reader at rest."""
    with store.read() as view:
        first = view.seq
    with _reader(url, first) as (process, seen):
        committed = _write(store)
        deadline = time.monotonic() + LIMIT_S
        while len(seen) < len(committed) and time.monotonic() < deadline:
            time.sleep(0.05)
        idle = _idle_percent(process.pid)
    late_ms = [(seen[seq] - at) * 1000 for seq, at in committed.items() if seq in seen]
    cuts = quantiles(late_ms, n=100, method="inclusive")
    bound = LATE_BOUND_MS[kind]
    return [
        Row(f"{kind}: commit to another process's reader, p50", f"{median(late_ms):.1f} ms"),
        Row(
            f"{kind}: commit to another process's reader, p99",
            f"{cuts[98]:.1f} ms",
            bound=f"< {bound:.0f} ms",
            is_kept=cuts[98] < bound and len(late_ms) == EVENTS,
        ),
        Row(
            f"{kind}: a reader at rest",
            f"{idle:.2f} % of a core",
            bound=f"< {IDLE_BOUND_PERCENT:.0f} %",
            is_kept=idle < IDLE_BOUND_PERCENT,
        ),
    ]


def _write(store: Store) -> dict[int, float]:
    """Give numbers at random gaps; return when each event's commit came back."""
    chance = random.Random(20261125)
    committed = {}
    for _ in range(EVENTS):
        time.sleep(chance.uniform(*GAPS_S))

        def give(tx: Tx) -> int:
            issue_ticket(tx, request=new_request(), actor="kiosk:bench", services=[SERVICE])
            return tx.seq

        seq = store.run(give)
        committed[seq] = time.monotonic()
    return committed


@contextmanager
def _reader(url: str, after: int) -> Iterator[tuple[subprocess.Popen[str], dict[int, float]]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.feed", url, str(after)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    seen: dict[int, float] = {}
    lines = process.stdout
    assert lines is not None

    def take() -> None:
        for line in lines:
            seq, at_s = line.split()
            seen[int(seq)] = float(at_s)

    thread = threading.Thread(target=take, name="feed-lines")
    assert lines.readline().strip() == "ready"
    thread.start()
    try:
        yield process, seen
    finally:
        process.terminate()
        process.wait(LIMIT_S)
        thread.join(LIMIT_S)
        lines.close()


def _idle_percent(pid: int) -> float:
    time.sleep(2.0)
    before, began = _cpu_s(pid), time.monotonic()
    time.sleep(QUIET_S)
    return 100 * (_cpu_s(pid) - before) / (time.monotonic() - began)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(url: str, after: int) -> None:
    """Follow until ended."""
    store = open_store(url)
    reader = FeedReader(store, after)
    reader.wait(0)
    sys.stdout.write("ready\n")
    while True:
        events = reader.wait(10.0)
        now_s = time.monotonic()
        for event in events:
            sys.stdout.write(f"{event.seq} {now_s}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
