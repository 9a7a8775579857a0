"""What a store must say after crashes: compared with what its users were told and have read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from db.feed import events_after
from db.journal import Event
from db.store import Store, open_store
from db.verify import verify
from tests.support.memory import Line, lines_of

_MANY = 1_000_000


@dataclass
class Testimony:
    """What was found; nothing is wrong where ``faults`` is empty."""

    told: int = 0
    faults: list[str] = field(default_factory=list)


def faults_of(
    url: str, memories: Mapping[str, Path], told: Iterable[str], *, is_over: bool
) -> Testimony:
    """Hold a store to what its users know.

    Args:
        url: The store; nobody else uses it now.
        memories: The users' files.
        told: Requests that a user passed on the answer of; they must be in a memory.
        is_over: Nothing may be unanswered, and readers have read to the end.
    """
    store = open_store(url)
    try:
        faults = [str(fault) for fault in verify(store).faults]
        with store.read() as view:
            events = events_after(view, 0, limit=_MANY)
            tickets = {row[0] for row in view.rows("SELECT id FROM ticket")}
    finally:
        store.close()
    lines = {name: lines_of(file) for name, file in memories.items()}
    seen = Testimony(faults=faults)
    seen.faults += _answers(events, tickets, lines, set(told), seen)
    seen.faults += _calls(events)
    for name, read in lines.items():
        if name.startswith("feed"):
            seen.faults += _reading(name, read, events, is_over=is_over)
        if is_over and (open_requests := _unanswered(read)):
            seen.faults.append(f"{name} was never answered: {open_requests}")
    return seen


def told_of(store: Store, memory: Path) -> list[str]:
    """Return what a store no longer knows of a memory's answers."""
    with store.read() as view:
        events = events_after(view, 0, limit=_MANY)
        tickets = {row[0] for row in view.rows("SELECT id FROM ticket")}
    return _answers(events, tickets, {memory.stem: lines_of(memory)}, set(), Testimony())


def _answers(
    events: tuple[Event, ...],
    tickets: set[str],
    lines: Mapping[str, list[Line]],
    passed_on: set[str],
    seen: Testimony,
) -> list[str]:
    """Compare every answer with the journal: the same request, ticket, turn and number."""
    faults = []
    by_request = {event.request: event for event in events if event.request}
    numbers: Counter[str] = Counter()
    for name, mine in lines.items():
        acts = {line["ask"]: line["act"] for line in mine if "ask" in line}
        for line in mine:
            if "refused" in line and line["refused"] in by_request:
                faults.append(f"{name}: refused, and yet done: {line}")
            if "told" not in line:
                continue
            seen.told += 1
            passed_on.discard(line["told"])
            event = by_request.get(line["told"])
            if event is None or line["ticket"] not in tickets:
                faults.append(f"{name}: told, and not in the store: {line}")
            elif (event.ticket, event.turn, event.number) != (
                line["ticket"],
                line["turn"],
                line["number"],
            ):
                faults.append(f"{name}: told {line}, the journal says {event}")
            if acts[line["told"]] == "issue":
                numbers[line["number"]] += 1
    faults += [f"number {number} on {n} papers" for number, n in numbers.items() if n > 1]
    faults += [f"passed on, and in no memory: {request}" for request in passed_on]
    return faults


def _calls(events: tuple[Event, ...]) -> list[str]:
    """Nobody is called twice; those who were missed do not come back here."""
    called = Counter(event.turn for event in events if event.kind == "TurnCalled")
    return [f"turn {turn} was called {n} times" for turn, n in called.items() if n > 1]


def _reading(
    name: str, lines: list[Line], events: tuple[Event, ...], *, is_over: bool
) -> list[str]:
    """A reader has read the journal from its first line on, every line once."""
    read = [tuple(pair) for line in lines for pair in line["read"]]
    written = [(event.seq, event.hash) for event in events]
    if read != (written if is_over else written[: len(read)]):
        return [f"{name} read {len(read)} lines, which are not the journal's {len(written)}"]
    return []


def _unanswered(lines: list[Line]) -> list[str]:
    """Return the requests that nobody answered."""
    answered = {line.get("told", line.get("refused")) for line in lines}
    return [line["ask"] for line in lines if "ask" in line and line["ask"] not in answered]
