"""Drop the journal's oldest days: an anchor first, then the events, in short batches."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from db import standing
from db.anchors import Anchor, vouchers, vouching, write_anchor
from db.inputs import checked
from db.journal import Kind, marked
from db.moment import to_datetime
from db.store import Store, new_request
from db.transaction import Tx, View
from db.verify import Progress, walk_to
from rules.errors import JournalBroken, PrunedTooSoon

AUDIT_DAYS: Final = 1826
"""Five years: what a hall did stays open to audits and complaints for that long at least."""

_BATCH_S: Final = 0.05
_PAUSE_S: Final = 0.01
_FIRST_BATCH: Final = 200
_LARGEST_BATCH: Final = 5000


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was dropped: ``events`` of them; the journal begins after ``anchor`` (None: at 1)."""

    anchor: int | None
    events: int


def prune(
    store: Store, *, keep_days: int, actor: str, on_progress: Progress | None = None
) -> Pruned:
    """Drop the events of days that ended more than ``keep_days`` ago.

    The whole journal is checked before. Tickets and turns stay: they are the history. A reader
    that slept so long finds that its cursor was pruned, and takes a snapshot again.

    Args:
        store: The store; its site's journal is pruned.
        keep_days: At least ``AUDIT_DAYS``.
        actor: Who prunes.
        on_progress: Told of the check's progress.

    Raises:
        PrunedTooSoon: Fewer days than audits need.
        JournalBroken: The journal isn't sound; then nothing is dropped.
        StoreProblem: The store can't be used; what was dropped before is anchored.
    """
    checked(keep_days=keep_days, actor=actor)
    if keep_days < AUDIT_DAYS:
        raise PrunedTooSoon(days=keep_days, least_days=AUDIT_DAYS)
    with store.read() as view:
        cut = _cut(view, keep_days)
    if cut is not None:
        found, anchor = walk_to(store, cut, on_progress)
        if found.faults:
            raise JournalBroken(**found.faults[0].fields)
        if anchor is not None:
            _leave_anchor(store, anchor, actor)
    with store.read() as view:
        # Also what an earlier run was about to drop when it was ended.
        upto = max((each.seq for each in vouchers(view).values() if not each.is_upgrade), default=0)
    return Pruned(anchor=upto or None, events=_drop(store, upto) if upto else 0)


def _cut(view: View, keep_days: int) -> int | None:
    """Return the last day's end that is old enough; None where nothing is."""
    limit = date.fromisoformat(standing.head(view)[2]) - timedelta(days=keep_days)
    rows = view.rows(
        "SELECT seq, data, at FROM feed_event WHERE site = :site"
        f" AND {marked(Kind.DAY_CLOSED)} ORDER BY seq DESC",
        site=view.site.code,
    )
    for seq, data, at in rows:
        # Neither by its date nor by its instant, either of which a wrong clock may have set.
        if json.loads(data)["date"] < limit.isoformat() and to_datetime(at).date() < limit:
            return int(seq)
    return None


def _leave_anchor(store: Store, anchor: Anchor, actor: str) -> None:
    request = new_request()

    def leave(tx: Tx) -> None:
        if tx.open(request, actor, Kind.JOURNAL_PRUNED) is not None:
            return
        write_anchor(tx, anchor)
        tx.write(
            "DELETE FROM feed_anchor WHERE site = :site AND seq < :seq",
            site=tx.site.code,
            seq=anchor.seq,
        )
        tx.event(Kind.JOURNAL_PRUNED, data=vouching(anchor))

    store.run(leave)


def _drop(store: Store, upto: int) -> int:
    """Delete the events up to an anchor; a batch holds the store for 0.1 s at most."""
    dropped, size = 0, _FIRST_BATCH
    with store.connected() as connection:
        while True:
            first = connection.rows(
                "SELECT min(seq) FROM feed_event WHERE site = :site", {"site": store.site}
            )[0][0]
            if first is None or first > upto:
                return dropped
            last = min(upto, first + size - 1)
            began = time.monotonic()
            connection.begin()
            connection.commit(
                [
                    (
                        "DELETE FROM feed_event WHERE site = :site AND seq <= :last",
                        {"site": store.site, "last": last},
                    )
                ]
            )
            dropped += last - first + 1
            took_s = time.monotonic() - began
            size = min(_LARGEST_BATCH, size * 2) if took_s < _BATCH_S / 2 else max(1, size // 2)
            # Others take the lock meanwhile.
            time.sleep(_PAUSE_S)
