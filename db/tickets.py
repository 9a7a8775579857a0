"""Give numbers: ``issue_ticket``, and what a visitor may know of a ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from db.calendar import opening_of
from db.inputs import checked, is_key
from db.journal import Event, Kind
from db.moment import to_datetime
from db.personal import check_personal, keep_personal
from db.quotas import take_places
from db.site_key import signing_key
from db.terms import COLUMNS as TERMS
from db.terms import Terms, terms_of
from db.transaction import Tx, View, new_key
from rules.errors import (
    NoService,
    ServiceClosed,
    ServiceRepeated,
    UnknownPriority,
    UnknownService,
    UnknownTicket,
)
from rules.hours import refusal
from rules.number import label, parse
from rules.token import make
from rules.turn import Lane, TurnStatus


@dataclass(frozen=True, slots=True)
class IssuedTurn:
    """One place in one queue, as it was given."""

    turn: str
    service: str
    status: TurnStatus = TurnStatus.WAITING


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """A number that exists from now on, whatever becomes of the paper.

    ``job`` is the print job's id where a station asked for paper.
    """

    ticket: str
    number: str
    token: str
    business_date: date
    issued_at: datetime
    is_priority: bool
    turns: tuple[IssuedTurn, ...]
    job: str | None


def issue_ticket(
    tx: Tx,
    *,
    request: str,
    actor: str,
    services: Sequence[str],
    priority: str | None = None,
    language: str = "id",
    channel: str = "kiosk",
    party_size: int = 1,
    station: str = "",
    is_printed: bool = False,
    personal: Mapping[str, str] | None = None,
) -> IssuedTicket:
    """Give one number for one or more services.

    Args:
        tx: The transaction.
        request: The caller's request id; a repeat gives the first ticket again.
        actor: Who asks.
        services: Codes ``AGENCY.SERVICE``, each once; the first gives the prefix.
        priority: A priority class, or None.
        language: The visitor's language, also on paper.
        channel: ``kiosk``, ``officer``, ``cli`` …
        party_size: People on this number.
        station: The station that issues, and prints where ``is_printed``.
        is_printed: Queue a print job for the station in the same transaction.
        personal: What the services demand to know, by field (``nik``, ``phone``), as typed.

    Raises:
        NoService, ServiceRepeated, UnknownService, ServiceClosed, UnknownPriority, QueueClosed,
        QuotaReached, PersonalDataNeeded, PersonalDataNotNeeded, BadPersonalData,
        AlreadyHasNumber: Nothing was issued.
    """
    checked(services=services, priority=priority, language=language, channel=channel)
    checked(party_size=party_size, station=station, is_printed=is_printed)
    for service in services:
        tx.expect(_SERVICE, site=tx.site_code, service=service)
    prior = tx.open(request, actor, Kind.TICKET_ISSUED)
    if prior is not None:
        return _issued(tx, prior)
    offers = _check_services(tx, services)
    terms = [offer.terms for offer in offers]
    data = check_personal(tx, terms, personal)
    lane = _lane(tx, priority)
    for service in services:
        opening = opening_of(tx, service)
        if not opening.is_open:
            raise refusal(opening, service)
    token_key = signing_key(tx)
    places = take_places(tx, terms, lane)
    # Nobody else has the lock: what is next now is next at the commit.
    prefix, number = offers[0].prefix, offers[0].last + 1
    issued_at = tx.now()
    ticket = new_key()
    for statement in tx.verbs.give_number:
        tx.write(
            statement,
            ticket=ticket,
            site=tx.site.code,
            business_date=tx.business_date,
            prefix=prefix,
            number=number,
            request=request,
            language=language,
            channel=channel,
            party_size=party_size,
            priority=priority,
            station=station,
            at=issued_at,
        )
    due_at = issued_at + tx.site.figures.minutes(lane) * 60_000_000
    turns = []
    for position, service in enumerate(services):
        turn = new_key()
        add_turn(
            tx,
            turn=turn,
            ticket=ticket,
            service=service,
            position=position,
            lane=lane,
            queued_at=issued_at,
            due_at=due_at,
        )
        turns.append(IssuedTurn(turn=turn, service=service))
    job = add_job(tx, ticket=ticket, station=station, copy=0) if is_printed else None
    keep_personal(tx, ticket, data)
    tx.event(
        Kind.TICKET_ISSUED,
        ticket=ticket,
        turn=turns[0].turn,
        data={
            "number": label(prefix, number),
            "turns": [[turn.turn, turn.service] for turn in turns],
            "lane": lane.value,
            "queued_at": issued_at,
            "due_at": due_at,
            "job": job,
            # Only where there is a quota: the pool that each place was taken from.
            **({"places": places} if places else {}),
        },
    )
    return IssuedTicket(
        ticket=ticket,
        number=label(prefix, number),
        token=make(token_key, ticket),
        business_date=date.fromisoformat(tx.business_date),
        issued_at=to_datetime(issued_at),
        is_priority=lane is Lane.PRIORITY,
        turns=tuple(turns),
        job=job,
    )


def add_turn(
    tx: Tx,
    *,
    turn: str,
    ticket: str,
    service: str,
    position: int,
    lane: Lane,
    queued_at: int,
    due_at: int,
    target_counter: str | None = None,
) -> None:
    """Put a turn into a queue; its place is the seq of the event that follows."""
    tx.write(
        "INSERT INTO turn (id, site, business_date, ticket, service, position, lane, status,"
        " is_paused, queued_at, queued_seq, due_at, target_counter, calls) VALUES (:id, :site,"
        " :business_date, :ticket, :service, :position, :lane, :status, false, :queued_at,"
        " :queued_seq, :due_at, :target_counter, 0)",
        id=turn,
        site=tx.site.code,
        business_date=tx.business_date,
        ticket=ticket,
        service=service,
        position=position,
        lane=lane.value,
        status=TurnStatus.WAITING.value,
        queued_at=queued_at,
        queued_seq=tx.seq + 1,
        due_at=due_at,
        target_counter=target_counter,
    )


def add_job(tx: Tx, *, ticket: str, station: str, copy: int) -> str:
    """Queue a paper for a station's printer; return the job's id."""
    tx.write(
        "INSERT INTO print_job (ticket, copy, site, station, state, detail, created_at,"
        " updated_at) VALUES (:ticket, :copy, :site, :station, 'queued', '', :now, :now)",
        ticket=ticket,
        copy=copy,
        site=tx.site.code,
        station=station,
        now=tx.now(),
    )
    return job_id(ticket, copy)


def job_id(ticket: str, copy: int) -> str:
    """Return the id of a ticket's n-th paper."""
    return f"{ticket}.{copy}"


def find_ticket(view: Tx | View, reference: str) -> str:
    """Return the key of a ticket of today by its number (``B-014``), or by its key.

    Raises:
        UnknownTicket: There is none.
    """
    checked(ticket=reference)
    number = parse(reference)
    if number is not None:
        row = view.one(
            "SELECT id FROM ticket WHERE site = :site AND business_date = :today"
            " AND prefix = :prefix AND number = :number",
            site=view.site.code,
            today=view.business_date,
            prefix=number[0],
            number=number[1],
        )
    elif is_key(reference):
        row = view.one(
            "SELECT id FROM ticket WHERE site = :site AND id = :id",
            site=view.site.code,
            id=reference,
        )
    else:
        row = None
    if row is None:
        raise UnknownTicket(ticket=reference)
    return str(row[0])


@dataclass(frozen=True, slots=True)
class _Offer:
    """A service's series of numbers as it stands under the lock, and what the service asks."""

    prefix: str
    last: int
    terms: Terms


_SERVICE = (
    "SELECT s.is_open AND a.is_open, coalesce(s.prefix, a.prefix), coalesce(n.last, 0),"
    f" {TERMS}"
    " FROM feed_head h JOIN service s ON s.site = h.site"
    " JOIN agency a ON a.site = s.site AND a.code = s.agency"
    " LEFT JOIN series n ON n.site = h.site AND n.business_date = h.business_date"
    "   AND n.prefix = coalesce(s.prefix, a.prefix)"
    " WHERE h.site = :site AND s.code = :service"
)


def _check_services(tx: Tx, services: Sequence[str]) -> list[_Offer]:
    """Refuse what can't be given; return what each service gives and asks."""
    if not services:
        raise NoService
    found = []
    for position, code in enumerate(services):
        if code in services[:position]:
            raise ServiceRepeated(service=code)
        row = tx.one(_SERVICE, site=tx.site.code, service=code)
        if row is None:
            raise UnknownService(service=code)
        if not row[0]:
            raise ServiceClosed(service=code)
        found.append(_Offer(row[1], row[2], terms_of(code, row[3], row[4])))
    return found


def _lane(tx: Tx, priority: str | None) -> Lane:
    if priority is None:
        return Lane.ORDINARY
    known = tx.one(
        "SELECT 1 FROM priority_class WHERE site = :site AND code = :code AND is_open",
        site=tx.site.code,
        code=priority,
    )
    if known is None:
        raise UnknownPriority(priority=priority)
    return Lane.PRIORITY


def _issued(tx: Tx, event: Event) -> IssuedTicket:
    """Rebuild the first result of a repeated request."""
    row = tx.rows("SELECT business_date, issued_at FROM ticket WHERE id = :id", id=event.ticket)[0]
    job = event.data["job"]
    return IssuedTicket(
        ticket=str(event.ticket),
        number=str(event.number),
        token=make(signing_key(tx), str(event.ticket)),
        business_date=date.fromisoformat(row[0]),
        issued_at=to_datetime(row[1]),
        is_priority=event.data["lane"] == Lane.PRIORITY,
        turns=tuple(IssuedTurn(turn=key, service=code) for key, code in event.data["turns"]),
        job=None if job is None else str(job),
    )
