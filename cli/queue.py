"""Commands that change the queue: issue, call, reprint, the day. The actor is ``cli:<user>``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from cli.output import Session
from db import calls, day, printing, tickets
from db.calendar import opening_now
from db.calls import CalledTurn
from db.errors import StoreProblem
from db.progress import progress
from db.store import Store, Tx, new_request, open_store
from rules.errors import HallError
from rules.reason import CallReason

_ACTS: dict[str, Callable[..., CalledTurn]] = {
    "recall": calls.recall,
    "start": calls.start,
    "finish": calls.finish,
    "missed": calls.mark_missed,
}


@contextmanager
def opened(session: Session) -> Iterator[Store]:
    """Open the store that the settings name, for one command."""
    store = open_store(session.settings.database, site=session.settings.site)
    try:
        yield store
    finally:
        store.close()


class BadRequestId(HallError):
    """A request id is a UUID. Fields: request."""


def request_id(given: str | None) -> str:
    """Return the caller's request id in its canonical form, or a new one.

    Raises:
        BadRequestId: It is no UUID.
    """
    if given is None:
        return new_request()
    try:
        return str(UUID(given))
    except ValueError:
        raise BadRequestId(request=given) from None


def issue(
    session: Session,
    services: list[str],
    priority: str | None,
    *,
    is_printed: bool,
    request: str | None,
    personal: Mapping[str, str] | None = None,
) -> None:
    """Give one number and print it as text or JSON."""
    request = request_id(request)

    def command(tx: Tx) -> tickets.IssuedTicket:
        return tickets.issue_ticket(
            tx,
            request=request,
            actor=session.actor,
            services=services,
            priority=priority,
            language=session.settings.language,
            channel="cli",
            station=session.settings.station,
            is_printed=is_printed,
            personal=personal,
        )

    with opened(session) as store:
        with store.read() as view:
            # The year's holidays are worked out once a process: not while the hall waits.
            opening_now(view)
        issued = store.run(command)
        ahead = _ahead(store, issued.ticket)
    document = {
        "number": issued.number,
        "ticket": issued.ticket,
        "business_date": issued.business_date,
        "issued_at": issued.issued_at,
        "turns": [
            {
                "turn": turn.turn,
                "service": turn.service,
                "status": turn.status,
                "ahead": ahead.get(turn.turn),
            }
            for turn in issued.turns
        ],
    }
    lines = [issued.number]
    for turn in issued.turns:
        if turn.turn not in ahead:
            continue
        people = session.texts.n("{count} person", "{count} people", ahead[turn.turn])
        line = session.texts.t("{service}: {people} ahead", service=turn.service, people=people)
        lines.append(line)
    session.give(document, "\n".join(lines))


def _ahead(store: Store, ticket: str) -> dict[str, int]:
    """Return the people ahead by turn; none where the store went away after the commit.

    The number exists then, and must be told.
    """
    try:
        with store.read() as view:
            return {turn.turn: turn.ahead for turn in progress(view, ticket).turns}
    except StoreProblem:
        return {}


def call_next(session: Session, counter: str, *, finish: bool, request: str | None) -> None:
    """Call the next visitor to a counter."""
    request = request_id(request)
    with opened(session) as store:
        called = store.run(
            lambda tx: calls.call_next(
                tx, request=request, actor=session.actor, counter=counter, finish=finish
            )
        )
    _give_turn(session, called)


def call_turn(
    session: Session,
    reference: str,
    counter: str,
    reason: CallReason | None,
    *,
    request: str | None,
) -> None:
    """Call one visitor out of order, by the number on the paper."""
    request = request_id(request)
    with opened(session) as store:
        with store.read() as view:
            turn = calls.turn_to_call(view, tickets.find_ticket(view, reference), counter)
        called = store.run(
            lambda tx: calls.call_turn(
                tx,
                request=request,
                actor=session.actor,
                counter=counter,
                turn=turn,
                reason=reason,
            )
        )
    _give_turn(session, called)


def act(session: Session, name: str, counter: str, *, request: str | None) -> None:
    """Do one of the acts on the visitor at a counter."""
    request = request_id(request)
    with opened(session) as store:
        turn = store.run(
            lambda tx: _ACTS[name](tx, request=request, actor=session.actor, counter=counter)
        )
    _give_turn(session, turn)


def reprint(session: Session, reference: str, station: str | None) -> None:
    """Ask a station for one more paper of a ticket."""
    request = new_request()
    with opened(session) as store:
        with store.read() as view:
            ticket = tickets.find_ticket(view, reference)
        job = store.run(
            lambda tx: printing.queue_copy(
                tx, request=request, actor=session.actor, ticket=ticket, station=station
            )
        )
    document = {
        "job": job.job,
        "ticket": job.ticket,
        "number": job.number,
        "station": job.station,
        "copy": job.copy,
        "state": job.state,
    }
    if job.copy:
        words = session.texts.t(
            "{number}: copy {copy} waits for the printer of station {station}.",
            number=job.number,
            copy=job.copy,
            station=job.station,
        )
    else:
        words = session.texts.t(
            "{number} waits for the printer of station {station}.",
            number=job.number,
            station=job.station,
        )
    session.give(document, words)


def close_day(session: Session) -> None:
    """Move on to a new date where one has begun."""
    request = new_request()
    with opened(session) as store:
        found = store.run(lambda tx: day.close_day(tx, request=request, actor=session.actor))
    _give_day(session, found)


def confirm_date(session: Session) -> None:
    """Confirm the clock's date."""
    request = new_request()
    with opened(session) as store:
        found = store.run(lambda tx: day.confirm_date(tx, request=request, actor=session.actor))
    _give_day(session, found)


def _give_day(session: Session, found: day.Day) -> None:
    words = session.texts.t(
        "The business date is {date}.", date=session.texts.long_date(found.business_date)
    )
    session.give({"business_date": found.business_date}, words)


def _give_turn(session: Session, turn: CalledTurn) -> None:
    document = {
        "number": turn.number,
        "turn": turn.turn,
        "service": turn.service,
        "counter": turn.counter,
        "status": turn.status,
    }
    session.give(document, f"{turn.number}  {turn.service}  {turn.counter}  {turn.status}")
