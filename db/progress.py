"""What a visitor may know of a ticket: people ahead, the expected wait, where to go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from db.inputs import checked, is_key
from db.moment import to_datetime
from db.names import Names, names_of
from db.queues import Queues
from db.site_key import signing_key
from db.transaction import View
from rules.errors import UnknownTicket
from rules.number import label
from rules.token import make
from rules.turn import TurnStatus
from rules.wait import WaitRange


@dataclass(frozen=True, slots=True)
class TurnProgress:
    """Where one turn of a ticket stands; ``wait`` is None once it was called.

    ``ahead`` counts the same queue, ``people`` also those of other services whom the same
    desks will call first: what a visitor means by "ahead of me".
    """

    turn: str
    service: str
    agency: str
    service_names: Names
    agency_names: Names
    zone_names: Names | None
    floor: int | None
    direction: str
    counters: tuple[str, ...]
    requirements: tuple[str, ...]
    status: TurnStatus
    ahead: int
    people: int
    wait: WaitRange | None
    counter: str | None


@dataclass(frozen=True, slots=True)
class TicketProgress:
    """A ticket as its visitor may see it; ``copies`` counts the papers asked for."""

    ticket: str
    number: str
    token: str
    business_date: date
    issued_at: datetime
    is_priority: bool
    language: str
    station: str
    copies: int
    turns: tuple[TurnProgress, ...]


def progress(view: View, ticket: str) -> TicketProgress:
    """Return where a ticket stands: people ahead, the expected wait, where to go.

    Raises:
        UnknownTicket: There is none with this key.
    """
    checked(ticket=ticket)
    if not is_key(ticket):
        raise UnknownTicket(ticket=ticket)
    row = view.one(
        "SELECT k.prefix, k.number, k.business_date, k.issued_at, k.priority, k.language,"
        " k.station, (SELECT count(*) FROM print_job j WHERE j.ticket = k.id)"
        " FROM ticket k WHERE k.site = :site AND k.id = :ticket",
        site=view.site.code,
        ticket=ticket,
    )
    if row is None:
        raise UnknownTicket(ticket=ticket)
    return TicketProgress(
        ticket=ticket,
        number=label(row[0], row[1]),
        token=make(signing_key(view), ticket),
        business_date=date.fromisoformat(row[2]),
        issued_at=to_datetime(row[3]),
        is_priority=row[4] is not None,
        language=row[5],
        station=row[6],
        copies=row[7],
        turns=_turns(view, ticket),
    )


_TURNS = """
    SELECT t.id, t.service, s.agency, s.names, a.names, t.status, t.counter,
      t.due_at, t.queued_seq
    FROM turn t
    JOIN service s ON s.site = t.site AND s.code = t.service
    JOIN agency a ON a.site = s.site AND a.code = s.agency
    WHERE t.ticket = :ticket ORDER BY t.position
"""
_PLACES = """
    SELECT c.code, z.names, z.floor, z.direction
    FROM counter_service cs
    JOIN counter c ON c.site = cs.site AND c.code = cs.counter
    JOIN zone z ON z.site = c.site AND z.code = c.zone
    WHERE cs.site = :site AND cs.service = :service AND c.is_open
    ORDER BY c.position
"""


def _turns(view: View, ticket: str) -> tuple[TurnProgress, ...]:
    found = []
    for row in view.rows(_TURNS, ticket=ticket):
        places = view.rows(_PLACES, site=view.site.code, service=row[1])
        needs = view.rows(
            "SELECT words FROM requirement WHERE site = :site AND service = :service"
            " ORDER BY position",
            site=view.site.code,
            service=row[1],
        )
        status = TurnStatus(row[5])
        is_waiting = status is TurnStatus.WAITING
        state = Queues(view, (row[7], row[8])).state(row[1]) if is_waiting else None
        found.append(
            TurnProgress(
                turn=row[0],
                service=row[1],
                agency=row[2],
                service_names=names_of(row[3]),
                agency_names=names_of(row[4]),
                zone_names=names_of(places[0][1]) if places else None,
                floor=places[0][2] if places else None,
                direction=places[0][3] if places else "",
                counters=tuple(place[0] for place in places),
                requirements=tuple(need[0] for need in needs),
                status=status,
                ahead=state.waiting if state else 0,
                people=state.people if state else 0,
                wait=state.wait if state else None,
                counter=row[6],
            )
        )
    return tuple(found)
