"""The hall's officers: added with a PIN, taken away, listed. No name goes into the journal."""

from __future__ import annotations

from dataclasses import dataclass

from db.desks import add_officer
from db.inputs import checked
from db.journal import Kind
from db.pins import forget_failures
from db.transaction import Tx, View
from rules.errors import UnknownOfficer


@dataclass(frozen=True, slots=True)
class OfficerView:
    """An officer as lists show one; ``counter`` is where he is signed in, or None.

    ``is_locked``: after too many wrong PINs, until a supervisor opens the code.
    """

    code: str
    name: str
    role: str
    counter: str | None
    is_locked: bool


def save_officer(
    tx: Tx, *, request: str, actor: str, code: str, name: str, pin_hash: str, role: str = "officer"
) -> None:
    """Add an officer, or give one a new name and PIN.

    Args:
        tx: The transaction.
        request: The caller's request id.
        actor: Who does it.
        code: What the officer types to sign in.
        name: For the console's header.
        pin_hash: From ``db.pins.hash_pin``; made before the lock is taken, since it is slow.
        role: ``officer`` or ``supervisor``.
    """
    checked(code=code, name=name, pin_hash=pin_hash, role=role)
    if tx.open(request, actor, Kind.OFFICER_SAVED) is None:
        add_officer(tx, code=code, name=name, pin_hash=pin_hash, role=role)
        tx.event(Kind.OFFICER_SAVED, data={"officer": code, "role": role})
        # The wrong PINs were tries at the old one.
        if forget_failures(tx, code):
            tx.event(Kind.OFFICER_UNLOCKED, data={"officer": code}, carries_request=False)


def remove_officer(tx: Tx, *, request: str, actor: str, code: str) -> None:
    """Let an officer sign in no more; what he did stays in the journal.

    Raises:
        UnknownOfficer: There is none with this code.
    """
    checked(code=code)
    if tx.open(request, actor, Kind.OFFICER_REMOVED) is not None:
        return
    found = tx.rows(
        "UPDATE officer SET is_open = false WHERE site = :site AND code = :code AND is_open"
        " RETURNING code",
        site=tx.site.code,
        code=code,
    )
    if not found:
        raise UnknownOfficer(officer=code)
    tx.event(Kind.OFFICER_REMOVED, data={"officer": code})


def unlock_officer(tx: Tx, *, request: str, actor: str, code: str) -> None:
    """Let an officer try again after too many wrong PINs; harmless where nothing was locked.

    Raises:
        UnknownOfficer: There is none with this code.
    """
    checked(code=code)
    if tx.open(request, actor, Kind.OFFICER_UNLOCKED) is not None:
        return
    found = tx.one(
        "SELECT code FROM officer WHERE site = :site AND code = :code AND is_open",
        site=tx.site.code,
        code=code,
    )
    if found is None:
        raise UnknownOfficer(officer=code)
    forget_failures(tx, code)
    tx.event(Kind.OFFICER_UNLOCKED, data={"officer": code})


def officers(view: View) -> tuple[OfficerView, ...]:
    """Return those who may sign in, by code."""
    rows = view.rows(
        "SELECT o.code, o.name, o.role, d.counter, coalesce(g.is_locked, false)"
        " FROM officer o LEFT JOIN desk_session d"
        " ON d.site = o.site AND d.officer = o.code AND d.ended_at IS NULL"
        " LEFT JOIN officer_guard g ON g.site = o.site AND g.officer = o.code"
        " WHERE o.site = :site AND o.is_open ORDER BY o.code",
        site=view.site.code,
    )
    return tuple(
        OfficerView(code, name, role, counter, bool(is_locked))
        for code, name, role, counter, is_locked in rows
    )
