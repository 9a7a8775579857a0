"""The events of the journal: what one holds, and how it is chained and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from db.driver import Row, Values
from db.moment import to_datetime
from rules.chain import canonical, link


class Kind(StrEnum):
    """What can happen; named in the past tense."""

    CATALOGUE_LOADED = "CatalogueLoaded"
    DEMO_PREPARED = "DemoPrepared"
    DAY_CLOSED = "DayClosed"
    DAY_CONFIRMED = "DayConfirmed"
    OFFICER_SAVED = "OfficerSaved"
    OFFICER_REMOVED = "OfficerRemoved"
    OFFICER_SIGNED_IN = "OfficerSignedIn"
    OFFICER_SIGNED_OUT = "OfficerSignedOut"
    QUOTA_SET = "QuotaSet"
    QUOTA_CLEARED = "QuotaCleared"
    PERSONAL_DATA_READ = "PersonalDataRead"
    PERSONAL_DATA_DELETED = "PersonalDataDeleted"
    PERSONAL_DATA_PURGED = "PersonalDataPurged"
    OFFICER_REFUSED = "OfficerRefused"
    OFFICER_LOCKED = "OfficerLocked"
    OFFICER_UNLOCKED = "OfficerUnlocked"
    TICKET_ISSUED = "TicketIssued"
    TURN_CALLED = "TurnCalled"
    TURN_RECALLED = "TurnRecalled"
    TURN_STARTED = "TurnStarted"
    TURN_FINISHED = "TurnFinished"
    TURN_MISSED = "TurnMissed"
    TURN_RETURNED = "TurnReturned"
    TURN_HELD = "TurnHeld"
    TURN_RESUMED = "TurnResumed"
    TURN_UNDONE = "TurnUndone"
    TURN_TRANSFERRED = "TurnTransferred"
    TURN_CANCELLED = "TurnCancelled"
    COPY_QUEUED = "CopyQueued"
    PRINT_RECORDED = "PrintRecorded"
    JOURNAL_ANCHORED = "JournalAnchored"
    JOURNAL_PRUNED = "JournalPruned"


MARKS = "kind IN ('DayClosed', 'JournalAnchored', 'JournalPruned')"
"""The events that are looked for by kind; an index of its own holds them (``db/schema.py``)."""


def marked(*kinds: Kind) -> str:
    """Return the condition for events of these kinds, which must be of ``MARKS``.

    PostgreSQL needs no more than the kinds. SQLite, which counts no rows, walks the whole journal
    unless a SELECT of its own needs nothing but the index.
    """
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return (
        f"kind IN ({listed}) AND {MARKS} AND seq IN (SELECT m.seq FROM feed_event m"
        f" WHERE m.site = :site AND {MARKS} AND m.kind IN ({listed}))"
    )


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the journal.

    ``data`` holds numbers, states and keys only; ``hash`` chains it to the line before.
    """

    seq: int
    kind: str
    request: str | None
    ticket: str | None
    turn: str | None
    counter: str | None
    actor: str
    data: Mapping[str, Any]
    at: datetime
    hash: str

    @property
    def number(self) -> str | None:
        """The ticket's number as printed, where the event is about one."""
        number = self.data.get("number")
        return None if number is None else str(number)


COLUMNS = "seq, kind, request, ticket, turn, counter, actor, data, at, hash"
"""The columns that ``event_of`` takes, in order."""


def event_of(row: Row) -> Event:
    """Build the event of a row of ``COLUMNS``."""
    seq, kind, request, ticket, turn, counter, actor, data, at, digest = row
    return Event(
        seq=seq,
        kind=kind,
        request=request,
        ticket=ticket,
        turn=turn,
        counter=counter,
        actor=actor,
        data=json.loads(data),
        at=to_datetime(at),
        hash=digest,
    )


def chained(previous: str, values: Values) -> str:
    """Return the hash of an event from the one before and its stored columns, but for hash."""
    return link(previous, canonical(values))
