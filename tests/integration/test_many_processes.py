"""Eight processes issue and four call at once, on both databases; the journal is the witness."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from db.feed import events_after
from db.journal import Event
from db.store import open_store
from rules.number import parse
from rules.turn import ACTIVE, Move, TurnStatus, after
from tests.support.crowd import COUNTERS, ISSUERS, TICKETS_EACH
from tests.support.small_hall import prepare

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]
LIMIT_S = 200
MOVES = {
    "TurnCalled": Move.CALL,
    "TurnRecalled": Move.RECALL,
    "TurnStarted": Move.START,
    "TurnFinished": Move.FINISH,
    "TurnMissed": Move.MISSED,
    "TurnReturned": Move.RETURN,
    "TurnHeld": Move.HOLD,
    "TurnResumed": Move.RESUME,
}


class Replay:
    """The hall as the journal tells it; every line is checked as it is taken."""

    def __init__(self) -> None:
        self.status: dict[str, TurnStatus] = {}
        self.ticket: dict[str, str] = {}
        self.numbers: list[str] = []
        self.calls: Counter[str] = Counter()
        self.at_counter: dict[str, str] = {}

    def take(self, event: Event) -> None:
        """Take one event."""
        if event.kind == "TicketIssued":
            self.numbers.append(str(event.number))
            for turn, _ in event.data["turns"]:
                self.status[turn], self.ticket[turn] = TurnStatus.WAITING, str(event.ticket)
        elif event.kind in MOVES:
            self._move(event, str(event.turn))

    def _move(self, event: Event, turn: str) -> None:
        was = self.status[turn]
        now = after(MOVES[event.kind], was)
        assert now == event.data["status"]
        if event.kind == "TurnCalled":
            # Once, or again after he was missed and came back.
            assert was is TurnStatus.WAITING, event
            self.calls[turn] += 1
        self.status[turn] = now
        counter = str(event.counter)
        if now in ACTIVE:
            assert self.at_counter.setdefault(counter, turn) == turn, "two visitors at a counter"
            places = [
                place
                for place, there in self.at_counter.items()
                if self.ticket[there] == self.ticket[turn]
            ]
            assert places == [counter], "a visitor in two places"
        elif self.at_counter.get(counter) == turn:
            del self.at_counter[counter]


@pytest.fixture
def crowd(store_url: str) -> tuple[str, list[dict[str, Any]]]:
    """What each process of a crowd on one store was told: issuers first, then callers."""
    prepare(store_url)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.support.crowd", store_url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return store_url, json.loads(done.stdout)


def test_a_crowd_leaves_no_number_and_no_visitor_twice(
    crowd: tuple[str, list[dict[str, Any]]],
) -> None:
    url, told = crowd
    store = open_store(url)
    try:
        with store.read() as view:
            events = events_after(view, 0, limit=1_000_000)
            stored = view.rows("SELECT id, status, counter FROM turn")
    finally:
        store.close()
    assert [process["fault"] for process in told if "fault" in process] == []
    issued = [tuple(pair) for process in told for pair in process.get("tickets", [])]
    called = [turn for process in told for turn in process.get("called", [])]

    # Every number once, none missing, in the order of the journal.
    replay = Replay()
    for event in events:
        replay.take(event)
    assert len(issued) == len(set(issued)) == ISSUERS * TICKETS_EACH
    assert sorted(number for number, _ in issued) == sorted(replay.numbers)
    for prefix in "BD":
        series = [
            parsed[1]
            for number in replay.numbers
            if (parsed := parse(number)) and parsed[0] == prefix
        ]
        assert series == list(range(1, len(series) + 1))
        assert series

    # Each call was told to one process only, and the journal knows of no other.
    assert Counter(called) == replay.calls
    assert len(replay.calls) > 100
    assert len(told) == ISSUERS + len(COUNTERS)

    # The rows are what the journal says.
    assert {turn: status for turn, status, _ in stored} == replay.status
    active = {counter: turn for turn, status, counter in stored if status in ACTIVE}
    assert active == replay.at_counter
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    requests = [event.request for event in events if event.request is not None]
    assert len(requests) == len(set(requests))
    assert sum(process.get("repeats", 0) for process in told) == ISSUERS * TICKETS_EACH // 10
