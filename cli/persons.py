"""`anjungan person` and `anjungan purge`: personal data told, deleted, forgotten in time."""

from __future__ import annotations

import getpass
import sys
from dataclasses import asdict

from cli.output import Session, to_json, write
from cli.queue import opened
from db import purge as purging
from db.persons import delete_person, read_person
from db.store import new_request
from rules.errors import HallError

STANDARD_INPUT = "-"


class PersonNotNamed(HallError):
    """Nothing says which person is meant: no NIK, no telephone number, no ticket."""


def typed(session: Session, field: str, value: str | None) -> str | None:
    """Return an option's value, or what is typed, unseen, where the option says ``-``."""
    if value != STANDARD_INPUT:
        return value
    if sys.stdin.isatty():
        return getpass.getpass(session.texts.t("{field} (not shown): ", field=field))
    return sys.stdin.readline().strip()


def personal_of(session: Session, nik: str | None, phone: str | None) -> dict[str, str]:
    """Return the data that go with a number, by field."""
    given = {
        "nik": typed(session, "NIK", nik),
        "phone": typed(session, session.texts.t("telephone number"), phone),
    }
    return {field: value for field, value in given.items() if value is not None}


def export(session: Session, nik: str | None, phone: str | None, ticket: str | None) -> None:
    """Print all that is held of one person; always JSON, which is what a person may ask for."""
    named = _named(session, nik, phone, ticket)
    request = new_request()
    with opened(session) as store:
        found = store.run(lambda tx: read_person(tx, request=request, actor=session.actor, **named))
    write(to_json({"tickets": [asdict(held) for held in found]}))


def delete(session: Session, nik: str | None, phone: str | None, ticket: str | None) -> None:
    """Delete a person's data."""
    named = _named(session, nik, phone, ticket)
    request = new_request()
    with opened(session) as store:
        counts = store.run(
            lambda tx: delete_person(tx, request=request, actor=session.actor, **named)
        )
    count = sum(number for name, number in counts.items() if name != "tickets")
    words = session.texts.n(
        "{count} personal datum was deleted.", "{count} personal data were deleted.", count
    )
    session.give(counts, words)


def purge(session: Session) -> None:
    """Delete what is due."""
    with opened(session) as store:
        counts = purging.purge(store, actor=session.actor)
    words = session.texts.n(
        "{count} personal datum was deleted.",
        "{count} personal data were deleted.",
        sum(counts.values()),
    )
    session.give({"purged": counts}, words)


def _named(
    session: Session, nik: str | None, phone: str | None, ticket: str | None
) -> dict[str, str | None]:
    if nik is None and phone is None and ticket is None:
        raise PersonNotNamed
    return {
        "nik": typed(session, "NIK", nik),
        "phone": typed(session, session.texts.t("telephone number"), phone),
        "ticket": ticket,
    }
