"""Verify the store, seal a day, prune the journal; `cli.journal_commands` declares them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress

from cli.output import HALL_FAULT, Session, note, to_json, write
from cli.queue import opened
from db import pruning, seals
from db import verify as verifying
from db.verify import Seal, Verification
from db.walk import Fault
from rules.errors import JournalBroken

_MOST_SHOWN = 20
# As words ("12:ab…") and as the JSON document of `journal seal`.
_SEAL = re.compile(r'(?:"seq":\s*)?\b([0-9]{1,18})(?:,\s*"hash":\s*"|:)([0-9a-f]{64})\b')


def verify(session: Session, given: list[str], against: Path | None, *, from_start: bool) -> None:
    """Walk the journal; exit with 4 where something is broken, and name the first thing."""
    wanted = [seal for text in given for seal in _seals(text, text)]
    if against is not None:
        wanted += _seals(against.read_text(errors="replace"), str(against))
    with opened(session) as store, _progress(session) as on_progress:
        found = verifying.verify(
            store, from_start=from_start, seals=wanted, on_progress=on_progress
        )
    if not found.is_sound:
        _refuse(session, found)
    words = session.texts.t(
        "The journal is sound: {events} events, from {first} to {last}. Last hash {hash}",
        events=session.texts.number(found.events),
        first=found.first,
        last=found.last,
        hash=found.hash,
    )
    session.give(_document(found), words)


def seal(session: Session, day: date | None) -> None:
    """Print a day's last seq and hash."""
    with opened(session) as store, store.read() as view:
        found = seals.day_seal(view, day)
    document = {
        "site": store.site,
        "date": found.date,
        "seq": found.seq,
        "hash": found.hash,
        "is_closed": found.is_closed,
    }
    session.give(document, f"{found.date.isoformat()}  {found.seq}:{found.hash}")


def prune(session: Session, keep_days: int) -> None:
    """Check the journal and drop its oldest days."""
    with opened(session) as store, _progress(session) as on_progress:
        found = pruning.prune(
            store, keep_days=keep_days, actor=session.actor, on_progress=on_progress
        )
    words = session.texts.t(
        "{events} events were dropped; the journal begins after {anchor}.",
        events=session.texts.number(found.events),
        anchor=found.anchor or 0,
    )
    session.give({"events": found.events, "anchor": found.anchor}, words)


def _seals(text: str, place: str) -> list[Seal]:
    found = [Seal(seq=int(seq), hash=digest) for seq, digest in _SEAL.findall(text)]
    if not found:
        raise typer.BadParameter(f"no seal (SEQ:HASH) in {place[:100]!a}")
    return found


@contextmanager
def _progress(session: Session) -> Iterator[verifying.Progress | None]:
    """Show a bar on standard error, where somebody looks."""
    if session.is_json or not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(session.texts.t("Reading the journal"))
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _refuse(session: Session, found: Verification) -> None:
    errors = [JournalBroken(**fault.fields) for fault in found.faults[:_MOST_SHOWN]]
    message = session.texts.error(errors[0])
    if session.is_json:
        write(to_json({"error": errors[0].code, "message": message, **_document(found)}))
    else:
        for error in errors:
            note(session.texts.error(error))
    raise SystemExit(HALL_FAULT)


def _document(found: Verification) -> dict[str, object]:
    return {
        "site": found.site,
        "is_sound": found.is_sound,
        "is_replayed": found.is_replayed,
        "first": found.first,
        "last": found.last,
        "events": found.events,
        "hash": found.hash,
        "faults": [_fault(fault) for fault in found.faults],
    }


def _fault(fault: Fault) -> dict[str, object]:
    return {
        "kind": fault.kind,
        "seq": fault.seq,
        "what": fault.what,
        "key": fault.key,
        "field": fault.field,
        "expected": fault.expected,
        "found": fault.found,
    }
