"""Ask the store for a number, and read back what its visitor needs to know. Runs in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from db.progress import TicketProgress, progress
from db.store import Store
from db.tickets import IssuedTicket, issue_ticket
from kiosk import words
from kiosk.flow import Issued, Order
from rules.token import qr_text
from station.texts import Texts


@dataclass(frozen=True, slots=True)
class Given:
    """A number that was given, and where it stands."""

    order: Order
    ticket: IssuedTicket
    progress: TicketProgress


def issue_job(
    order: Order, *, station: str, language: str, is_printed: bool
) -> Callable[[Store], Given]:
    """Make the job that asks for a number.

    The order carries its request id, so the job may be sent again after any break: the store
    gives the first result and changes nothing.

    Args:
        order: What the visitor wants.
        station: The kiosk's own name; its print job waits there.
        language: Of the visitor.
        is_printed: Whether this kiosk has a printer.
    """

    def job(store: Store) -> Given:
        ticket = store.run(
            lambda tx: issue_ticket(
                tx,
                request=order.request,
                actor=f"kiosk:{station}",
                services=[order.service],
                priority=order.priority,
                language=language,
                channel="kiosk",
                station=station,
                is_printed=is_printed,
            )
        )
        with store.read() as view:
            return Given(order, ticket, progress(view, ticket.ticket))

    return job


def issued_of(given: Given, texts: Texts, zone: ZoneInfo) -> Issued:
    """Put a number into the visitor's words."""
    turn = given.progress.turns[0]
    zone_name = texts.name(turn.zone_names) if turn.zone_names else ""
    return Issued(
        ticket=given.ticket.ticket,
        number=given.ticket.number,
        qr=qr_text(given.ticket.token),
        agency=texts.name(turn.agency_names),
        service=texts.name(turn.service_names),
        ahead=turn.people,
        wait=turn.wait,
        issued_at=given.ticket.issued_at.astimezone(zone),
        zone=words.zone_words(texts, zone_name, turn.floor),
        direction=turn.direction,
        counters=turn.counters,
        is_priority=given.ticket.is_priority,
    )
