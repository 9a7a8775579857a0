"""Anchors: where a journal may begin although earlier events are gone or can't be replayed.

An anchor keeps the chain's hash and where the hall stood; an event vouches for it, so that a
changed anchor shows.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from db import standing
from db.journal import MARKS, Kind, marked
from db.store import Store, new_request
from db.transaction import Tx, View
from rules.chain import canonical, link
from rules.errors import ClockWrong


@dataclass(frozen=True, slots=True)
class Anchor:
    """A row of ``feed_anchor``; ``state`` is canonical JSON, ``null`` where nobody knows it."""

    seq: int
    hash: str
    state: str

    @property
    def digest(self) -> str:
        """What the journal's event says of it."""
        return link(self.hash, self.state)


@dataclass(frozen=True, slots=True)
class Voucher:
    """What an event says of an anchor; ``is_upgrade`` where earlier events can't be replayed."""

    seq: int
    hash: str
    digest: str
    is_upgrade: bool


def anchors(view: View) -> tuple[Anchor, ...]:
    """Return the site's anchors, oldest first."""
    rows = view.rows(
        "SELECT seq, hash, state FROM feed_anchor WHERE site = :site ORDER BY seq",
        site=view.site.code,
    )
    return tuple(Anchor(seq=row[0], hash=row[1], state=row[2]) for row in rows)


def vouchers(view: View) -> dict[int, Voucher]:
    """Return what the journal says of anchors, by the anchor's seq."""
    found = {}
    for kind, text in view.rows(
        "SELECT kind, data FROM feed_event WHERE site = :site"
        f" AND {marked(Kind.JOURNAL_ANCHORED, Kind.JOURNAL_PRUNED)} ORDER BY seq",
        site=view.site.code,
    ):
        try:
            data: Mapping[str, Any] = json.loads(text)
            voucher = Voucher(
                seq=data["anchor"],
                hash=data["hash"],
                digest=data["digest"],
                is_upgrade=kind == Kind.JOURNAL_ANCHORED,
            )
        except (ValueError, KeyError, TypeError):
            # Somebody changed it: the chain says so where the walk comes by.
            continue
        found[voucher.seq] = voucher
    return found


def anchor_here(tx: Tx, *, request: str, actor: str) -> int | None:
    """Anchor the journal's present end: where the hall stands now, by its rows.

    After an upgrade, since events of the first schema don't say all that replay needs.

    Returns:
        The anchor's seq; None where the journal is empty.
    """
    prior = tx.open(request, actor, Kind.JOURNAL_ANCHORED)
    if prior is not None:
        return int(prior.data["anchor"])
    if not tx.seq:
        return None
    state = canonical(standing.state(tx, tx.seq, tx.business_date))
    # Where the database chains by itself, it alone knows the hash of a day that was just closed.
    digest = tx.hash or standing.head(tx)[1]
    anchor = Anchor(seq=tx.seq, hash=digest, state=state)
    write_anchor(tx, anchor)
    tx.event(Kind.JOURNAL_ANCHORED, data=vouching(anchor))
    return anchor.seq


def anchor_old_journals(store: Store) -> None:
    """Anchor the sites whose journals were begun under the first schema.

    What was true of the rows then is taken as it stands; the chain before it is still checked.
    """
    for site in unanchored(store):
        mine = Store(store.address, site)
        try:
            anchor = functools.partial(anchor_here, request=new_request(), actor="cli:upgrade")
            # A clock that needs a supervisor: the next `init` finds the journal as it is.
            with contextlib.suppress(ClockWrong):
                mine.run(anchor)
        finally:
            mine.close()


def unanchored(store: Store) -> tuple[str, ...]:
    """Return the sites whose journals ``anchor_old_journals`` would anchor."""
    with store.connected() as connection:
        return tuple(str(row[0]) for row in connection.rows(_BEGUN_EARLIER, {}))


# The first number that a journal tells of says under which schema it was begun.
_BEGUN_EARLIER = f"""
    SELECT h.site FROM feed_head h WHERE h.seq > 0
      AND NOT EXISTS (SELECT 1 FROM feed_event m WHERE m.site = h.site
                      AND {MARKS} AND m.kind = 'JournalAnchored')
      AND (SELECT e.data FROM feed_event e WHERE e.site = h.site AND e.kind = 'TicketIssued'
           ORDER BY e.seq LIMIT 1) NOT LIKE '%"due_at"%'
"""


def write_anchor(tx: Tx, anchor: Anchor) -> None:
    """Write the row; the caller's event must vouch for it."""
    tx.write(
        "INSERT INTO feed_anchor (site, seq, hash, state, at)"
        " VALUES (:site, :seq, :hash, :state, :now)",
        site=tx.site.code,
        seq=anchor.seq,
        hash=anchor.hash,
        state=anchor.state,
        now=tx.now(),
    )


def vouching(anchor: Anchor) -> dict[str, object]:
    """Return what the event says that vouches for an anchor."""
    return {"anchor": anchor.seq, "hash": anchor.hash, "digest": anchor.digest}
