"""What the wall shows: the calls of today, newest first, and who waits for which agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from db.inputs import checked
from db.moment import to_datetime
from db.names import Names, names_of
from db.queues import Queues
from db.transaction import View
from rules.number import label
from rules.turn import TurnStatus
from rules.wait import WaitRange

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
    checked(last=last)
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
    queues = Queues(view)
    services = queues.of_agencies()
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
            waiting=sum(queues.waiting.get(service, 0) for service in services.get(code, [])),
            wait=_wait(queues, services.get(code, [])),
        )
        for code, names, short in rows
    )


def _wait(queues: Queues, services: Sequence[str]) -> WaitRange:
    """Return the wait at an agency's longest queue: what most who come will have to wait."""
    if not services:
        return WaitRange(0, 0)
    longest = max(services, key=lambda service: queues.waiting.get(service, 0))
    return queues.state(longest).wait
