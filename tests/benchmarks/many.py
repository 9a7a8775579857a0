"""Eight kiosks against one: processes that give numbers as fast as they can on one store.

Run as ``python -m tests.benchmarks.many URL PROCESSES EACH``; prints one JSON document.
"""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from db.store import new_request, open_store
from db.tickets import issue_ticket
from tests.benchmarks.report import Row
from tests.benchmarks.store import SERVICE

CROWD, EACH, ROUNDS = 8, 60, 3
RATIO_BOUND, WAIT_BOUND_S = 0.7, 1.0
ROOT = Path(__file__).parents[2]
LIMIT_S = 180

_FORK = multiprocessing.get_context("fork")


def rows(url: str, kind: str) -> list[Row]:
    """Measure one process and eight in turns, the same numbers in all."""
    ratios, rates, longest_s = [], [], 0.0
    for _ in range(ROUNDS):
        alone, crowd = _run(url, 1, CROWD * EACH), _run(url, CROWD, EACH)
        longest_s = max(longest_s, crowd["longest_s"])
        rates.append((CROWD * EACH / alone["seconds"], CROWD * EACH / crowd["seconds"]))
        ratios.append(alone["seconds"] / crowd["seconds"])
    place = sorted(range(ROUNDS), key=ratios.__getitem__)[ROUNDS // 2]
    return [
        Row(
            what=f"{kind}: {CROWD} processes give numbers, against one",
            value=f"{rates[place][1]:.0f}/s",
            floor=f"{rates[place][0]:.0f}/s",
            ratio=ratios[place],
            bound=f"≥ {RATIO_BOUND} of one",
            is_kept=ratios[place] >= RATIO_BOUND,
        ),
        Row(
            what=f"{kind}: the longest that one of {CROWD} had to wait",
            value=f"{longest_s * 1000:.0f} ms",
            bound=f"< {WAIT_BOUND_S * 1000:.0f} ms",
            is_kept=longest_s < WAIT_BOUND_S,
        ),
    ]


def _run(url: str, processes: int, each: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.many", url, str(processes), str(each)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(url: str, processes: int, each: int) -> None:
    """Fork, wait until all have opened the store, and let them go at once."""
    ready = _FORK.Barrier(processes + 1)
    answers = _FORK.SimpleQueue()
    workers = [
        _FORK.Process(target=_work, args=(url, each, ready, answers)) for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    ready.wait(LIMIT_S)
    began = time.perf_counter()
    longest_s = max(answers.get() for _ in workers)
    took = time.perf_counter() - began
    for worker in workers:
        worker.join(LIMIT_S)
    json.dump({"seconds": took, "longest_s": longest_s}, sys.stdout)


def _work(url: str, each: int, ready: Any, answers: Any) -> None:
    store = open_store(url)
    longest_s = 0.0

    def give() -> None:
        store.run(
            lambda tx: issue_ticket(
                tx, request=new_request(), actor="kiosk:bench", services=[SERVICE]
            )
        )

    # A connection's first commands prepare their statements.
    for _ in range(6):
        give()
    ready.wait(LIMIT_S)
    for _ in range(each):
        began = time.perf_counter()
        give()
        longest_s = max(longest_s, time.perf_counter() - began)
    answers.put(longest_s)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
