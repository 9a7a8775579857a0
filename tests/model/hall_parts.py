"""What the model of a hall is made of: places, turns, tickets, and the rules' own figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import NamedTuple

Fields = tuple[tuple[str, object], ...]

MINUTE_US = 60_000_000
DUE_MIN = {"ordinary": 60, "priority": 20, "returned": 10}
_WIB_US = 7 * 60 * MINUTE_US
LONGEST_REST_DAYS = 31
_EPOCH = date(1970, 1, 1)

# move: from which states, to which state.
LEGAL: Mapping[str, tuple[Sequence[str], str]] = {
    "call": (("waiting", "missed"), "called"),
    "recall": (("called",), "called"),
    "start": (("called",), "serving"),
    "missed": (("called",), "missed"),
    "undo": (("called",), "waiting"),
    "finish": (("serving",), "done"),
    "transfer": (("serving",), "done"),
    "hold": (("called", "serving"), "held"),
    "resume": (("held",), "called"),
    "return": (("missed",), "waiting"),
    "cancel": (("waiting", "called", "serving", "held"), "cancelled"),
}
AT_A_DESK = ("called", "serving")
STILL_OPEN = ("waiting", "called", "serving", "held")


class Place(NamedTuple):
    """A turn's name, whatever key the store gives it: day, number as printed, position."""

    day: str
    number: str
    position: int


class Refused(Exception):
    """A rule says no. Where several do, any of ``faults`` (code, fields) will serve."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(f"{code} {fields}")
        self.faults: list[tuple[str, Fields]] = [(code, tuple(sorted(fields.items())))]

    @classmethod
    def any_of(cls, faults: Sequence[Refused]) -> Refused:
        """Return one refusal for several reasons."""
        found = cls("")
        found.faults = [fault for each in faults for fault in each.faults]
        return found


@dataclass(frozen=True)
class Plan:
    """A catalogue: prefix of each service offered, weights of each counter in use."""

    services: Mapping[str, str]
    counters: Mapping[str, Mapping[str, int]]


@dataclass
class Turn:
    """A place in a queue; instants in microseconds, ``*_seq`` of the journal."""

    place: Place
    service: str
    lane: str
    queued_at: int
    queued_seq: int
    due_at: int
    target: str | None = None
    status: str = "waiting"
    outcome: str | None = None
    is_paused: bool = False
    counter: str | None = None
    officer: str | None = None
    called_at: int | None = None
    called_seq: int | None = None
    calls: int = 0
    started_at: int | None = None
    ended_at: int | None = None


@dataclass(frozen=True)
class Ticket:
    """A number on paper."""

    day: str
    number: str
    priority: str | None
    issued_at: int
    turns: tuple[tuple[Place, str], ...]


@dataclass(frozen=True)
class Act:
    """A turn after an act: what the officer's screen gets back."""

    place: Place
    service: str
    counter: str | None
    status: str
    lane: str
    queued_at: int
    called_at: int | None
    started_at: int | None
    calls: int


class Line(NamedTuple):
    """A line of the journal, as far as the rules fix it."""

    kind: str
    place: Place | None
    counter: str | None


@dataclass
class HallState:
    """All that a hall consists of; ``served`` also what a closed counter or service had."""

    day: str
    seq: int
    last_at: int
    plan: Plan
    served: dict[str, dict[str, int]]
    services: dict[str, str]
    counters: set[str]
    known: set[str]
    sessions: dict[str, tuple[str, int]] = field(default_factory=dict)
    series: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    tickets: dict[tuple[str, str], Ticket] = field(default_factory=dict)
    turns: dict[Place, Turn] = field(default_factory=dict)
    journal: list[Line] = field(default_factory=list)

    def copy(self) -> HallState:
        """Return a copy that shares nothing that can change."""
        return replace(
            self,
            served={counter: dict(weights) for counter, weights in self.served.items()},
            services=dict(self.services),
            counters=set(self.counters),
            known=set(self.known),
            sessions=dict(self.sessions),
            series={key: list(last) for key, last in self.series.items()},
            tickets=dict(self.tickets),
            turns={place: replace(turn) for place, turn in self.turns.items()},
            journal=list(self.journal),
        )


def local_day(micros: int) -> str:
    """Return the date in WIB."""
    return (_EPOCH + timedelta(days=(micros + _WIB_US) // (24 * 60 * MINUTE_US))).isoformat()


def seen(turn: Turn) -> Act:
    """Return what an act shows of a turn."""
    return Act(
        place=turn.place,
        service=turn.service,
        counter=turn.counter,
        status=turn.status,
        lane=turn.lane,
        queued_at=turn.queued_at,
        called_at=turn.called_at,
        started_at=turn.started_at,
        calls=turn.calls,
    )
