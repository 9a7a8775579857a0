"""What is held of one person: told, or deleted, on request (UU 27/2022, articles 7 and 8).

A person is found by NIK, telephone or ticket. Each access is a line in the journal, with counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from db.driver import Row
from db.journal import Kind
from db.moment import maybe_datetime, to_datetime
from db.personal import datum_of
from db.tickets import find_ticket
from db.transaction import Tx
from rules.number import label
from rules.retention import PersonalField


@dataclass(frozen=True, slots=True)
class HeldDatum:
    """A datum of a ticket; of the value itself only the last digits are known."""

    field: PersonalField
    last_digits: str
    taken_at: datetime
    purge_on: date


@dataclass(frozen=True, slots=True)
class HeldTurn:
    """A visit to one service."""

    service: str
    status: str
    counter: str | None
    queued_at: datetime
    called_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """A number that the person took, and all that is held with it."""

    ticket: str
    number: str
    business_date: date
    issued_at: datetime
    channel: str
    language: str
    priority: str | None
    party_size: int
    data: tuple[HeldDatum, ...]
    turns: tuple[HeldTurn, ...]


def read_person(
    tx: Tx,
    *,
    request: str,
    actor: str,
    nik: str | None = None,
    phone: str | None = None,
    ticket: str | None = None,
) -> tuple[HeldTicket, ...]:
    """Return all that is held of a person, by one or more of NIK, telephone, ticket.

    A ticket brings itself only, not others of the same person: a telephone may be a family's.

    Raises:
        BadPersonalData, UnknownTicket: Nothing was looked up.
    """
    prior = tx.open(request, actor, Kind.PERSONAL_DATA_READ)
    found = tuple(_held(tx, key) for key in _tickets(tx, nik, phone, ticket))
    if prior is None:
        fields = [datum.field for held in found for datum in held.data]
        tx.event(Kind.PERSONAL_DATA_READ, data={**_counts(len(found), fields)})
    return found


def delete_person(
    tx: Tx,
    *,
    request: str,
    actor: str,
    nik: str | None = None,
    phone: str | None = None,
    ticket: str | None = None,
) -> dict[str, int]:
    """Delete a person's data at once; the numbers stay, without anything that names a person.

    Returns:
        How many tickets were found, and how many data of each field were deleted.

    Raises:
        BadPersonalData, UnknownTicket: Nothing was deleted.
    """
    prior = tx.open(request, actor, Kind.PERSONAL_DATA_DELETED)
    if prior is not None:
        names = ("tickets", *(field.value for field in PersonalField))
        return {name: int(prior.data[name]) for name in names}
    tickets = _tickets(tx, nik, phone, ticket)
    gone: list[PersonalField] = []
    for key in tickets:
        rows = tx.rows(
            "DELETE FROM personal_datum WHERE ticket = :ticket AND site = :site RETURNING field",
            ticket=key,
            site=tx.site.code,
        )
        gone += [PersonalField(row[0]) for row in rows]
    counts = _counts(len(tickets), gone)
    tx.event(Kind.PERSONAL_DATA_DELETED, data={**counts})
    return counts


def _counts(tickets: int, fields: Iterable[PersonalField]) -> dict[str, int]:
    by_field = Counter(field.value for field in fields)
    return {"tickets": tickets, **{field.value: by_field[field.value] for field in PersonalField}}


def _tickets(tx: Tx, nik: str | None, phone: str | None, ticket: str | None) -> list[str]:
    """Return the keys of the person's tickets, each once."""
    found: dict[str, None] = {}
    if ticket is not None:
        found[find_ticket(tx, ticket)] = None
    for field, typed in ((PersonalField.NIK, nik), (PersonalField.PHONE, phone)):
        if typed is None:
            continue
        rows = tx.rows(
            "SELECT ticket FROM personal_datum WHERE site = :site AND field = :field"
            " AND digest = :digest ORDER BY created_at, ticket",
            site=tx.site.code,
            field=field.value,
            digest=datum_of(tx, field, typed).digest,
        )
        found |= {str(row[0]): None for row in rows}
    return list(found)


def _held(tx: Tx, ticket: str) -> HeldTicket:
    row = tx.rows(
        "SELECT prefix, number, business_date, issued_at, channel, language, priority, party_size"
        " FROM ticket WHERE id = :ticket",
        ticket=ticket,
    )[0]
    data = tx.rows(
        "SELECT field, last_digits, created_at, purge_on FROM personal_datum"
        " WHERE ticket = :ticket ORDER BY field",
        ticket=ticket,
    )
    turns = tx.rows(
        "SELECT service, status, counter, queued_at, called_at, started_at, ended_at FROM turn"
        " WHERE ticket = :ticket ORDER BY position",
        ticket=ticket,
    )
    return HeldTicket(
        ticket=ticket,
        number=label(row[0], row[1]),
        business_date=date.fromisoformat(row[2]),
        issued_at=to_datetime(row[3]),
        channel=row[4],
        language=row[5],
        priority=row[6],
        party_size=row[7],
        data=tuple(
            HeldDatum(PersonalField(field), last, to_datetime(at), date.fromisoformat(purge_on))
            for field, last, at, purge_on in data
        ),
        turns=tuple(_turn(turn) for turn in turns),
    )


def _turn(row: Row) -> HeldTurn:
    service, status, counter, queued_at, called_at, started_at, ended_at = row
    return HeldTurn(
        service=service,
        status=status,
        counter=counter,
        queued_at=to_datetime(queued_at),
        called_at=maybe_datetime(called_at),
        started_at=maybe_datetime(started_at),
        ended_at=maybe_datetime(ended_at),
    )
