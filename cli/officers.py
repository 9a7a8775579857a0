"""`anjungan officer`: add, remove, list, and end a session that somebody left open."""

from __future__ import annotations

import getpass
import re
import sys

from cli.output import Session
from cli.queue import opened
from db import desks
from db.officers import officers, remove_officer, save_officer, unlock_officer
from db.store import new_request
from rules.errors import HallError
from rules.pin_guard import is_officer_code

_PIN = re.compile(r"\d{6,12}")


class BadPin(HallError):
    """The PIN isn't 6 to 12 digits, or the two that were typed differ."""


class BadOfficerCode(HallError):
    """An officer's code has other characters than letters, digits, dot and dash. Fields: code."""


def add(session: Session, code: str, name: str, *, is_supervisor: bool) -> None:
    """Add an officer; the PIN is typed twice, or read as a line where there is no terminal."""
    if not is_officer_code(code):
        raise BadOfficerCode(code=code)
    pin_hash = desks.hash_pin(_read_pin(session))
    request = new_request()
    role = "supervisor" if is_supervisor else "officer"
    with opened(session) as store:
        store.run(
            lambda tx: save_officer(
                tx,
                request=request,
                actor=session.actor,
                code=code,
                name=name,
                pin_hash=pin_hash,
                role=role,
            )
        )
    words = session.texts.t("Officer {code} ({name}) can sign in.", code=code, name=name)
    session.give({"officer": code, "name": name, "role": role}, words)


def remove(session: Session, code: str) -> None:
    """Let an officer sign in no more."""
    request = new_request()
    with opened(session) as store:
        store.run(lambda tx: remove_officer(tx, request=request, actor=session.actor, code=code))
    session.give({"officer": code}, session.texts.t("Officer {code} can't sign in.", code=code))


def unlock(session: Session, code: str) -> None:
    """Let an officer try again after too many wrong PINs."""
    request = new_request()
    with opened(session) as store:
        store.run(lambda tx: unlock_officer(tx, request=request, actor=session.actor, code=code))
    session.give({"officer": code}, session.texts.t("Officer {code} can try again.", code=code))


def show(session: Session) -> None:
    """Print who may sign in."""
    with opened(session) as store, store.read() as view:
        found = officers(view)
    document = {
        "officers": [
            {
                "officer": o.code,
                "name": o.name,
                "role": o.role,
                "counter": o.counter,
                "is_locked": o.is_locked,
            }
            for o in found
        ]
    }
    locked = session.texts.t("locked")
    lines = [
        f"{o.code:<16} {o.counter or '-':<6} {o.role:<11} {o.name}"
        f"{f' ({locked})' if o.is_locked else ''}"
        for o in found
    ]
    session.give(document, "\n".join(lines) or session.texts.t("There are no officers yet."))


def sign_out(session: Session, counter: str) -> None:
    """End the session at a counter."""
    request = new_request()
    with opened(session) as store:
        store.run(
            lambda tx: desks.sign_out(tx, request=request, actor=session.actor, counter=counter)
        )
    words = session.texts.t("Nobody is signed in at counter {counter}.", counter=counter)
    session.give({"counter": counter, "officer": None}, words)


def _read_pin(session: Session) -> str:
    t = session.texts.t
    if sys.stdin.isatty():
        pin = getpass.getpass(t("PIN (6 to 12 digits): "))
        if getpass.getpass(t("The same PIN again: ")) != pin:
            raise BadPin
    else:
        pin = sys.stdin.readline().strip()
    if not _PIN.fullmatch(pin):
        raise BadPin
    return pin
