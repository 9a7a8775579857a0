"""A crowd on one store: processes that issue and processes that call, all at once.

Started as ``python -m tests.support.crowd URL``; forks before anything is opened, so that the
start costs one import for all. Writes one JSON document about what each of them was told.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
from collections.abc import Callable
from multiprocessing.synchronize import Event as Flag
from typing import Any

from db import calls, moves
from db.store import Store, new_request, open_store
from db.tickets import issue_ticket
from rules.errors import HallError, NobodyWaiting
from tests.support.small_hall import KK, KTP, SIM, SKCK

ISSUERS, TICKETS_EACH, REPEAT_EVERY = 8, 200, 10
COUNTERS = ("1", "2", "3", "4")
LIMIT_S = 90.0
# Every fourth visitor wants two services, at counters that compete for him.
WISHES = ((KK,), (SKCK,), (KTP,), (KK, SKCK), (SIM,), (KTP,), (KK,), (SIM, KTP))

_FORK = multiprocessing.get_context("fork")
Told = dict[str, Any]


def main(url: str) -> None:
    """Let the crowd in, wait until it has gone, and tell what it was told."""
    answers = _FORK.SimpleQueue()
    is_over = _FORK.Event()
    issuers = [
        _FORK.Process(target=_work, args=(_issue, url, place, is_over, answers))
        for place in range(ISSUERS)
    ]
    callers = [
        _FORK.Process(target=_work, args=(_call, url, place, is_over, answers))
        for place in range(len(COUNTERS))
    ]
    for process in (*callers, *issuers):
        process.start()
    told: list[Told] = [answers.get() for _ in issuers]
    is_over.set()
    told += [answers.get() for _ in callers]
    for process in (*callers, *issuers):
        process.join(LIMIT_S)
    json.dump(told, sys.stdout)


def _work(
    part: Callable[[Store, int, Flag], Told], url: str, place: int, is_over: Flag, answers: Any
) -> None:
    told: Told = {"fault": "ended early"}
    try:
        store = open_store(url)
        try:
            told = part(store, place, is_over)
        finally:
            store.close()
    except Exception as error:  # noqa: BLE001  # whatever it was, the test says it
        told = {"fault": f"{type(error).__name__}: {error}"}
    finally:
        answers.put(told)


def _twice(store: Store, command: Callable[..., Any], is_repeated: bool, **fields: Any) -> Any:
    """Run a command; where repeated, send the same request again and compare."""
    request = new_request()
    first = store.run(lambda tx: command(tx, request=request, **fields))
    if is_repeated:
        second = store.run(lambda tx: command(tx, request=request, **fields))
        if second != first:
            raise AssertionError(f"a repeat gave {second}, the first was {first}")
    return first


def _issue(store: Store, place: int, is_over: Flag) -> Told:
    del is_over
    tickets, repeats = [], 0
    for turn in range(TICKETS_EACH):
        is_repeated = turn % REPEAT_EVERY == place
        ticket = _twice(
            store,
            issue_ticket,
            is_repeated,
            actor=f"kiosk:{place}",
            services=WISHES[(turn + place) % len(WISHES)],
            priority="lansia" if turn % 9 == 0 else None,
        )
        repeats += is_repeated
        tickets.append([ticket.number, ticket.ticket])
    return {"tickets": tickets, "repeats": repeats}


def _call(store: Store, place: int, is_over: Flag) -> Told:
    """Work a counter as an officer would: sometimes a no-show, a recall, a visitor on hold."""
    chance = random.Random(place)
    counter, called, held = COUNTERS[place], [], ""
    is_busy = False
    while not is_over.is_set():
        fields = {"actor": f"cli:{counter}", "counter": counter}
        is_repeated = chance.random() < 0.1
        try:
            if held and not is_busy:
                turn = _twice(store, calls.resume, is_repeated, turn=held, **fields)
                held = ""
            else:
                turn = _twice(store, calls.call_next, is_repeated, finish=is_busy, **fields)
                called.append(turn.turn)
            is_busy = False
            act = chance.random()
            if act < 0.1:
                _twice(store, calls.mark_missed, is_repeated, **fields)
                if act < 0.05:
                    back = {"actor": fields["actor"], "turn": turn.turn}
                    _twice(store, moves.return_turn, is_repeated, **back)
                continue
            if act < 0.2:
                _twice(store, calls.recall, is_repeated, **fields)
            _twice(store, calls.start, is_repeated, **fields)
            is_busy = True
            if act > 0.9 and not held:
                held = _twice(store, calls.hold, is_repeated, **fields).turn
                is_busy = False
            elif act > 0.6:
                _twice(store, calls.finish, is_repeated, **fields)
                is_busy = False
        except NobodyWaiting:
            is_over.wait(0.005)
        except HallError as error:
            if error.code != "VisitorElsewhere":
                raise
            # The held visitor is at another counter now: he comes back later.
            held = ""
    return {"called": called}


if __name__ == "__main__":
    main(sys.argv[1])
