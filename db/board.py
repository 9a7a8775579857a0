"""What the wall shows: the calls of today, newest first, and who waits for which agency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from db.moment import to_datetime
from db.names import Names, names_of
from db.queues import QueueState, queue_states
from db.transaction import View
from rules.number import label
from rules.turn import TurnStatus
from rules.wait import WaitRange, estimate

LAST_CALLS = 20


@dataclass(frozen=True, slots=True)
class BoardCall:
    """One call; a recall raises ``call_seq`` and ``calls``. No priority, no reason, no name."""

    turn: str
    number: str
    counter: str
    counter_names: Names
    zone_names: Names
    floor: int
    direction: str
    service: str
    service_names: Names
    agency: str
    status: TurnStatus
    called_at: datetime
    call_seq: int
    calls: int


@dataclass(frozen=True, slots=True)
class AgencyWaiting:
    """How many wait for an agency, and how long who joins now would wait."""

    agency: str
    names: Names
    short_names: Names
    waiting: int
    wait: WaitRange


@dataclass(frozen=True, slots=True)
class Board:
    """The wall at one instant; ``seq`` is the journal's, taken in the same snapshot."""

    seq: int
    now: datetime
    business_date: date
    calls: tuple[BoardCall, ...]
    waiting: tuple[AgencyWaiting, ...]


_CALLS = """
    SELECT t.id, k.prefix, k.number, t.counter, c.names, z.names, z.floor, z.direction,
      t.service, s.names, s.agency, t.status, t.called_at, t.called_seq, t.calls
    FROM turn t
    JOIN ticket k ON k.id = t.ticket
    JOIN service s ON s.site = t.site AND s.code = t.service
    JOIN counter c ON c.site = t.site AND c.code = t.counter
    JOIN zone z ON z.site = c.site AND z.code = c.zone
    WHERE t.site = :site AND t.business_date = :today AND t.called_seq IS NOT NULL
    ORDER BY t.called_seq DESC LIMIT :last
"""


def calls(view: View, last: int = LAST_CALLS) -> tuple[BoardCall, ...]:
    """Return today's last calls, newest first, finished ones too."""
    rows = view.rows(_CALLS, site=view.site.code, today=view.business_date, last=last)
    return tuple(
        BoardCall(
            turn=row[0],
            number=label(row[1], row[2]),
            counter=row[3],
            counter_names=names_of(row[4]),
            zone_names=names_of(row[5]),
            floor=row[6],
            direction=row[7],
            service=row[8],
            service_names=names_of(row[9]),
            agency=row[10],
            status=TurnStatus(row[11]),
            called_at=to_datetime(row[12]),
            call_seq=row[13],
            calls=row[14],
        )
        for row in rows
    )


def board(view: View) -> Board:
    """Return the whole wall in one snapshot."""
    return Board(
        seq=view.seq,
        now=to_datetime(view.now()),
        business_date=date.fromisoformat(view.business_date),
        calls=calls(view),
        waiting=_waiting(view),
    )


def _waiting(view: View) -> tuple[AgencyWaiting, ...]:
    by_agency: dict[str, list[QueueState]] = {}
    for state in queue_states(view).values():
        by_agency.setdefault(state.agency, []).append(state)
    desks = {row[0]: int(row[1]) for row in view.rows(_DESKS, site=view.site.code)}
    rows = view.rows(
        "SELECT code, names, short_names FROM agency WHERE site = :site AND is_open"
        " ORDER BY position",
        site=view.site.code,
    )
    return tuple(
        AgencyWaiting(
            agency=code,
            names=names_of(names),
            short_names=names_of(short),
            waiting=sum(state.waiting for state in by_agency.get(code, [])),
            wait=_wait(by_agency.get(code, []), desks.get(code, 0)),
        )
        for code, names, short in rows
    )


_DESKS = """
    SELECT s.agency, count(DISTINCT cs.counter)
    FROM counter_service cs
    JOIN service s ON s.site = cs.site AND s.code = cs.service
    JOIN desk_session d ON d.site = cs.site AND d.counter = cs.counter AND d.ended_at IS NULL
    WHERE cs.site = :site GROUP BY s.agency
"""


def _wait(states: Iterable[QueueState], desks: int) -> WaitRange:
    """Estimate an agency's wait: its services share its desks."""
    queues = list(states)
    waiting = sum(state.waiting for state in queues)
    minutes = sum(state.waiting * state.minutes_per_turn for state in queues)
    mean = minutes / waiting if waiting else 1.0
    is_free = any(state.busy < state.counters for state in queues)
    return estimate(waiting, mean, max(desks, 1), 0 if is_free or not desks else desks)
