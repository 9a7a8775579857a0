"""Personal data with a number: checked, then kept as a keyed hash and the last digits only.

What was typed goes no further than this module: not into errors, the journal or logs.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from db.in_list import in_list
from db.site_key import signing_key
from db.terms import Terms
from db.transaction import Tx, View
from rules.errors import (
    AlreadyHasNumber,
    BadPersonalData,
    PersonalDataNeeded,
    PersonalDataNotNeeded,
)
from rules.nik import nik_fault, nik_of, phone_of
from rules.number import label
from rules.retention import PersonalField, purge_date
from rules.turn import OPEN

_LABEL = b"anjungan personal data 1"
_LAST_DIGITS = 4
_OPEN_STATES = ", ".join(f"'{status}'" for status in sorted(OPEN))


@dataclass(frozen=True, slots=True)
class Datum:
    """A personal datum as it is kept."""

    field: PersonalField
    digest: str
    last_digits: str


def check_personal(
    tx: Tx, terms: Iterable[Terms], personal: Mapping[str, str] | None
) -> tuple[Datum, ...]:
    """Say whether the data fit what the services demand, and return them as they are kept.

    Raises:
        PersonalDataNeeded: A service demands a field that isn't given.
        PersonalDataNotNeeded: A field is given that no service demands.
        BadPersonalData: A value can't be right.
        AlreadyHasNumber: The person holds an open number for a service that demands a NIK.
    """
    if personal is not None and not isinstance(personal, Mapping):
        raise BadPersonalData(field=None, reason="form")
    given = {field: value for field, value in (personal or {}).items() if value}
    demanded: dict[str, PersonalField] = {}
    services_with_nik = []
    for term in terms:
        for field in term.demands:
            demanded[field.value] = field
            if field.value not in given:
                raise PersonalDataNeeded(service=term.service, field=field.value)
        if PersonalField.NIK in term.demands:
            services_with_nik.append(term.service)
    for name in given:
        if name not in demanded:
            known = name if name in set(PersonalField) else None
            raise PersonalDataNotNeeded(field=known)
    found = tuple(datum_of(tx, field, given[name]) for name, field in sorted(demanded.items()))
    for datum in found:
        if datum.field is PersonalField.NIK:
            _require_no_number(tx, datum, services_with_nik)
    return found


def keep_personal(tx: Tx, ticket: str, data: Iterable[Datum]) -> None:
    """Keep checked data with a ticket until their day has come."""
    kept = tuple(data)
    if not kept:
        return
    row = tx.rows("SELECT retention FROM site WHERE code = :site", site=tx.site.code)[0]
    retention: dict[str, int] = json.loads(row[0])
    today = date.fromisoformat(tx.business_date)
    for datum in kept:
        tx.write(
            "INSERT INTO personal_datum (ticket, field, site, digest, last_digits, purge_on,"
            " created_at) VALUES (:ticket, :field, :site, :digest, :last_digits, :purge_on,"
            " :now)",
            ticket=ticket,
            field=datum.field.value,
            site=tx.site.code,
            digest=datum.digest,
            last_digits=datum.last_digits,
            purge_on=purge_date(datum.field, today, retention).isoformat(),
            now=tx.now(),
        )


def datum_of(view: Tx | View, field: PersonalField, typed: str) -> Datum:
    """Return what is kept of what was typed.

    Raises:
        BadPersonalData: It can't be right.
    """
    text = typed if isinstance(typed, str) else ""
    value = _nik(text) if field is PersonalField.NIK else _phone(text)
    # A key of its own: what signs the tickets' QR codes finds no person, and the other way round.
    key = hmac.digest(signing_key(view), _LABEL, hashlib.sha256)
    digest = hmac.digest(key, f"{field.value}:{value}".encode(), hashlib.sha256).hex()
    return Datum(field, digest, value[-_LAST_DIGITS:])


def _nik(typed: str) -> str:
    nik = nik_of(typed)
    fault = nik_fault(nik)
    if fault is not None:
        raise BadPersonalData(field=PersonalField.NIK.value, reason=f"nik_{fault.value}")
    return nik


def _phone(typed: str) -> str:
    phone = phone_of(typed)
    if phone is None:
        raise BadPersonalData(field=PersonalField.PHONE.value, reason="phone")
    return phone


def _require_no_number(tx: Tx, nik: Datum, services: list[str]) -> None:
    marks, named = in_list(services)
    row = tx.one(
        "SELECT t.service, k.prefix, k.number FROM personal_datum d"
        " JOIN ticket k ON k.id = d.ticket JOIN turn t ON t.ticket = d.ticket"
        " WHERE d.site = :site AND d.field = 'nik' AND d.digest = :digest"
        f" AND t.business_date = :today AND t.status IN ({_OPEN_STATES})"
        f" AND t.service IN ({marks})",
        site=tx.site.code,
        digest=nik.digest,
        today=tx.business_date,
        **named,
    )
    if row is not None:
        raise AlreadyHasNumber(service=row[0], number=label(row[1], row[2]))
