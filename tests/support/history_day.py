"""One day of a busy hall, made up: who comes, when each is called, and what the journal says.

A history of years is a score of such days, repeated under other dates (``history.py``).
Everything here is relative to the day: microseconds since local midnight, seq since its first.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from db.journal import Kind
from rules.number import label
from rules.turn import Lane, TurnStatus

SECOND = 1_000_000
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
FIRST_NUMBER, LAST_NUMBER = int(7.5 * HOUR), int(14.5 * HOUR)
DESKS_OPEN, DESKS_CLOSE = 7 * HOUR + 20 * MINUTE, int(16.5 * HOUR)
# A longer queue than a desk can clear: those who are left are closed at the day's end.
_LAST_CALL = 16 * HOUR
DAY_BEGINS = 7 * HOUR
"""When a working day's first command comes, which closes the day before."""

STATION = "kiosk-1"
_LANGUAGES, _CHANNELS = ("id", "id", "id", "en"), ("kiosk",) * 9 + ("officer",)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a history must know of its catalogue: prefixes, desks and priorities."""

    prefixes: Mapping[str, str]
    desks: Mapping[str, Sequence[str]]
    priorities: Sequence[str]
    lane_min: Mapping[Lane, int]

    @property
    def counters(self) -> list[str]:
        """All desks that serve anything."""
        return sorted({counter for counters in self.desks.values() for counter in counters})


@dataclass(slots=True)
class Visit:
    """One ticket of a made-up day."""

    n: int
    prefix: str
    number: int
    language: str
    channel: str
    party_size: int
    priority: str | None
    issued: int
    turns: list[Stay] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The number as printed."""
        return label(self.prefix, self.number)

    @property
    def lane(self) -> Lane:
        """The lane in which its turns wait."""
        return Lane.PRIORITY if self.priority else Lane.ORDINARY


@dataclass(slots=True)
class Stay:
    """One turn of a made-up day; instants since midnight, None where that never came."""

    position: int
    service: str
    status: TurnStatus
    counter: str | None = None
    called: int | None = None
    started: int | None = None
    ended: int | None = None
    calls: int = 0
    is_paused: bool = False
    queued_seq: int = 0
    called_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a made-up day; ``seq`` counts from the day's first, which is 1."""

    seq: int
    at: int
    kind: Kind
    visit: Visit | None = None
    stay: Stay | None = None
    counter: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A whole made-up day."""

    visits: list[Visit]
    happenings: list[Happening]

    @property
    def turns(self) -> int:
        """How many turns it has."""
        return sum(len(visit.turns) for visit in self.visits)


def made_up(plan: Plan, chance: random.Random, turns: int) -> Day:
    """Return a day with about ``turns`` turns; alike for an equal ``chance``."""
    visits = _visits(plan, chance, turns)
    _serve(plan, chance, visits)
    return Day(visits, _journal(plan, visits))


def _visits(plan: Plan, chance: random.Random, turns: int) -> list[Visit]:
    services = sorted(plan.desks)
    crowds = [chance.uniform(0.3, 1.0) * len(plan.desks[service]) for service in services]
    arrivals = sorted(
        FIRST_NUMBER + int(chance.betavariate(1.6, 2.6) * (LAST_NUMBER - FIRST_NUMBER))
        for _ in range(turns)
    )
    numbers: dict[str, int] = defaultdict(int)
    visits: list[Visit] = []
    made = 0
    for issued in arrivals:
        if made >= turns:
            break
        wanted = chance.choices(services, crowds, k=2 if chance.random() < 0.05 else 1)
        wanted = list(dict.fromkeys(wanted))
        prefix = plan.prefixes[wanted[0]]
        numbers[prefix] += 1
        is_priority = bool(plan.priorities) and chance.random() < 0.08
        visit = Visit(
            n=len(visits),
            prefix=prefix,
            number=numbers[prefix],
            language=chance.choice(_LANGUAGES),
            channel=chance.choice(_CHANNELS),
            party_size=1,
            priority=chance.choice(plan.priorities) if is_priority else None,
            # No two at one instant: keys and the journal are sorted by it.
            issued=max(issued, visits[-1].issued + 1000) if visits else issued,
        )
        for position, service in enumerate(wanted):
            visit.turns.append(Stay(position, service, TurnStatus.CLOSED))
        visits.append(visit)
        made += len(wanted)
    return visits


def _serve(plan: Plan, chance: random.Random, visits: Iterable[Visit]) -> None:
    """Let each turn be called by the desk that is free first, in order of arrival."""
    visits = list(visits)
    desks = plan.counters
    load = sum(len(visit.turns) for visit in visits) / max(1, len(desks))
    # As long as the desks can bear, less the way to the desk.
    bearable = int(0.85 * (_LAST_CALL - FIRST_NUMBER) / max(1.0, load)) - 40 * SECOND
    typical = max(20 * SECOND, min(10 * MINUTE, bearable))
    free = dict.fromkeys(desks, FIRST_NUMBER)
    for visit in visits:
        here = visit.issued
        for stay in visit.turns:
            counter = min(plan.desks[stay.service], key=lambda code: free[code])
            called = max(free[counter], here) + chance.randint(2, 20) * SECOND
            if called > _LAST_CALL:
                break
            fate = chance.random()
            if fate < 0.005:
                stay.status, stay.ended = TurnStatus.CANCELLED, here + 5 * SECOND
                continue
            stay.counter, stay.called, stay.calls = counter, called, 1
            if fate < 0.04:
                stay.status, stay.calls = TurnStatus.MISSED, 2
                stay.ended = called + 90 * SECOND
                free[counter] = stay.ended
                for other in visit.turns[stay.position + 1 :]:
                    other.is_paused = True
                break
            stay.started = called + chance.randint(5, 50) * SECOND
            stay.ended = stay.started + int(typical * chance.lognormvariate(-0.2, 0.6))
            stay.status = TurnStatus.DONE
            free[counter] = here = stay.ended + SECOND
            if fate < 0.09:
                stay.calls = 2


def _journal(plan: Plan, visits: Sequence[Visit]) -> list[Happening]:
    found: list[tuple[int, Kind, Visit | None, Stay | None, str | None, str]] = []
    for counter in plan.counters:
        found.append((DESKS_OPEN, Kind.OFFICER_SIGNED_IN, None, None, counter, ""))
        found.append((DESKS_CLOSE, Kind.OFFICER_SIGNED_OUT, None, None, counter, ""))
    for visit in visits:
        found.append((visit.issued, Kind.TICKET_ISSUED, visit, None, None, ""))
        if visit.channel == "kiosk":
            for after, state in ((SECOND // 2, "sending"), (2 * SECOND, "printed")):
                found.append((visit.issued + after, Kind.PRINT_RECORDED, visit, None, None, state))
        for stay in visit.turns:
            found += [(*step, stay.counter, "") for step in _steps(visit, stay)]
    found.sort(key=lambda each: each[0])
    happenings = [
        Happening(seq, at, kind, visit, stay, counter, detail)
        for seq, (at, kind, visit, stay, counter, detail) in enumerate(found, start=1)
    ]
    for each in happenings:
        if each.kind is Kind.TICKET_ISSUED and each.visit is not None:
            for stay in each.visit.turns:
                stay.queued_seq = each.seq
        elif each.stay is not None and each.kind in (Kind.TURN_CALLED, Kind.TURN_RECALLED):
            each.stay.called_seq = each.seq
            each.stay.called = each.at
    return happenings


_END = {
    TurnStatus.DONE: Kind.TURN_FINISHED,
    TurnStatus.MISSED: Kind.TURN_MISSED,
    TurnStatus.CANCELLED: Kind.TURN_CANCELLED,
}


def _steps(visit: Visit, stay: Stay) -> Iterable[tuple[int, Kind, Visit, Stay]]:
    if stay.called is not None:
        yield stay.called, Kind.TURN_CALLED, visit, stay
        if stay.calls > 1:
            yield stay.called + 3 * SECOND, Kind.TURN_RECALLED, visit, stay
    if stay.started is not None:
        yield stay.started, Kind.TURN_STARTED, visit, stay
    if stay.ended is not None:
        yield stay.ended, _END[stay.status], visit, stay


def data_of(
    each: Happening,
    midnight: int,
    keys: Mapping[int, str],
    ticket: str,
    lane_min: Mapping[Lane, int],
) -> dict[str, Any]:
    """Return what the journal keeps of an event of a visit.

    Args:
        each: The event.
        midnight: The day's, in microseconds.
        keys: The keys of the visit's turns, by position.
        ticket: The visit's key.
        lane_min: Minutes by which a turn of each lane is due.
    """
    visit, stay = each.visit, each.stay
    assert visit is not None
    number = visit.label
    job = f"{ticket}.0" if visit.channel == "kiosk" else None
    if each.kind is Kind.TICKET_ISSUED:
        turns = [[keys[stay.position], stay.service] for stay in visit.turns]
        queued = midnight + visit.issued
        return {
            "number": number,
            "turns": turns,
            "lane": visit.lane.value,
            "queued_at": queued,
            "due_at": queued + lane_min[visit.lane] * MINUTE,
            "job": job,
        }
    if each.kind is Kind.PRINT_RECORDED:
        return {"number": number, "job": job, "state": each.detail, "detail": ""}
    assert stay is not None
    has_begun = stay.started is not None and each.at >= stay.started
    is_recall = each.kind is Kind.TURN_RECALLED
    calls = stay.calls if is_recall or each.kind is not Kind.TURN_CALLED else min(1, stay.calls)
    called = each.at if each.kind in (Kind.TURN_CALLED, Kind.TURN_RECALLED) else stay.called
    found: dict[str, Any] = {
        "number": number,
        "service": stay.service,
        "counter": stay.counter,
        "status": _status(each, stay).value,
        "lane": visit.lane.value,
        "queued_at": midnight + visit.issued,
        "called_at": None if called is None else midnight + called,
        "started_at": midnight + stay.started if has_begun and stay.started else None,
        "calls": calls,
    }
    if each.kind in _END.values() and stay.ended is not None:
        found["ended_at"] = midnight + stay.ended
    return found


def _status(each: Happening, stay: Stay) -> TurnStatus:
    if each.kind in (Kind.TURN_CALLED, Kind.TURN_RECALLED):
        return TurnStatus.CALLED
    return TurnStatus.SERVING if each.kind is Kind.TURN_STARTED else stay.status
