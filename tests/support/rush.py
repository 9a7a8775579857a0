"""A rush on a quota: eight processes that take numbers until none is left.

Started as ``python -m tests.support.rush URL``. Writes one JSON document: what each was told.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Callable
from typing import Any

from db.store import open_store
from db.tickets import IssuedTicket, issue_ticket
from db.transaction import Tx, new_key
from rules.errors import QuotaReached
from tests.support.small_hall import KK, SIM, SKCK, SetClock

KIOSKS, LIMIT_S = 8, 90.0
# Each third visitor is a priority visitor, each fourth wants two services that are limited.
WISHES = (((KK,), None), ((KK, SKCK), None), ((KK,), "lansia"), ((KK, SIM), None))

_FORK = multiprocessing.get_context("fork")


def main(url: str) -> None:
    """Let all kiosks begin at once, and tell what they were told."""
    answers = _FORK.SimpleQueue()
    start = _FORK.Barrier(KIOSKS)
    kiosks = [
        _FORK.Process(target=_take_all, args=(url, place, start.wait, answers))
        for place in range(KIOSKS)
    ]
    for process in kiosks:
        process.start()
    told = [answers.get() for _ in kiosks]
    for process in kiosks:
        process.join(LIMIT_S)
    json.dump(told, sys.stdout)


def _take_all(url: str, place: int, start: Callable[[], int], answers: Any) -> None:
    told: dict[str, Any] = {"fault": "ended early"}
    try:
        store = open_store(url, clock=SetClock())
        try:
            start()
            numbers, refusals, turn = [], 0, place
            # Until every kind of visitor has been refused in a row.
            while refusals < len(WISHES):
                services, priority = WISHES[turn % len(WISHES)]
                turn += 1
                request = new_key()

                def take(
                    tx: Tx,
                    request: str = request,
                    services: tuple[str, ...] = services,
                    priority: str | None = priority,
                ) -> IssuedTicket:
                    return issue_ticket(
                        tx,
                        request=request,
                        actor=f"kiosk:{place}",
                        services=services,
                        priority=priority,
                    )

                try:
                    numbers.append(store.run(take).number)
                    refusals = 0
                except QuotaReached:
                    refusals += 1
            told = {"numbers": numbers}
        finally:
            store.close()
    except Exception as error:  # noqa: BLE001  # whatever it was, the test says it
        told = {"fault": f"{type(error).__name__}: {error}"}
    finally:
        answers.put(told)


if __name__ == "__main__":
    main(sys.argv[1])
