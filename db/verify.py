"""Walk the journal: its chain, its order, and whether the hall's rows follow from it.

``anjungan verify``, restoring and the tests of the store use it. Everything is read in short
snapshots while the hall runs, and every fault is named by its fields; no words here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db import standing
from db.anchors import Anchor, Voucher, anchors, vouchers
from db.driver import Row
from db.journal import Kind, marked
from db.store import Store
from db.transaction import View
from db.walk import (
    Fault,
    FaultKind,
    Walk,
    compare,
    compare_turns,
    differs,
    event_rows,
    queued_seq,
    take,
)
from rules.chain import GENESIS, canonical
from rules.replay import TURN_FIELDS, Replay, TurnState

Progress = Callable[[int, int], None]
"""Called with (events walked, events to walk)."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A place in the chain that somebody wrote down: whoever changed the past misses it."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk found.

    Args:
        site: The site's code.
        first: The first event that was looked at; 0 where there was none.
        last: The last one, and ``hash`` its hash.
        events: How many were looked at.
        is_replayed: Whether rows and events could be compared to the end.
        faults: What is wrong, the first broken thing first; empty for a sound store.
    """

    site: str
    first: int
    last: int
    hash: str
    events: int
    is_replayed: bool
    faults: tuple[Fault, ...]

    @property
    def is_sound(self) -> bool:
        """True where nothing is wrong."""
        return not self.faults


def verify(
    store: Store,
    *,
    from_start: bool = False,
    seals: Sequence[Seal] = (),
    on_progress: Progress | None = None,
) -> Verification:
    """Check a site's journal and rows; the hall may go on meanwhile.

    Args:
        store: The store; its site is walked.
        from_start: From the first event that is kept, not from the last anchor.
        seals: Hashes that were written down earlier and must still be there.
        on_progress: Called after each batch.

    Raises:
        StoreProblem: The store can't be read.
    """
    while True:
        found = _Verifier(store, on_progress).run(from_start=from_start, seals=seals)
        if found is not None:
            return found


def walk_to(
    store: Store, seq: int, on_progress: Progress | None = None
) -> tuple[Verification, Anchor | None]:
    """Check all that is kept of a journal; return also where the hall stood at an event."""
    while True:
        verifier = _Verifier(store, on_progress, wanted=seq)
        found = verifier.run(from_start=True, seals=())
        if found is not None:
            return found, verifier.anchor


@dataclass(frozen=True, slots=True)
class _Day:
    """A day as it was replayed; turns queued before ``since`` are of its earlier time."""

    since: int
    turns: Mapping[str, TurnState]
    series: Mapping[str, int]


class _Verifier:
    """One walk over a store."""

    def __init__(self, store: Store, on_progress: Progress | None, wanted: int = 0) -> None:
        self._store = store
        self._wanted = wanted
        self.anchor: Anchor | None = None
        self._on_progress = on_progress or (lambda done, total: None)
        with store.read() as view:
            self._last, self._hash, self._date = standing.head(view)
            self._rows = standing.state(view, self._last, self._date)
            self._anchors = {anchor.seq: anchor for anchor in anchors(view)}
            self._vouchers = vouchers(view)
            self._active = _active_twice(view)
            self._first = _first_seq(view)

    def run(self, *, from_start: bool, seals: Sequence[Seal]) -> Verification | None:
        """Walk; None where the journal was pruned meanwhile, and the walk must begin again."""
        start = self._start(from_start=from_start, seals=seals)
        walk = Walk(start, GENESIS, Replay())
        self._check_anchors(walk)
        if start:
            self._pass_anchor(walk, self._anchors[start], is_start=True)
        elif any(each.is_upgrade for each in self._vouchers.values()):
            walk.replay = None
        for seal in seals:
            self._check_seal(walk, seal, start)
        done, total = 0, self._last - start
        self._on_progress(0, total)
        for rows in event_rows(self._store, start, self._last):
            for row in rows:
                self._take(walk, row)
            if self._is_overtaken(walk):
                return None
            done += len(rows)
            self._on_progress(done, total)
        if self._is_overtaken(walk):
            return None
        self._check_end(walk)
        self._check_series(walk)
        return Verification(
            site=self._store.site,
            first=start + 1 if done else 0,
            last=self._last,
            hash=self._hash,
            events=done,
            is_replayed=walk.replay is not None,
            faults=tuple(walk.faults),
        )

    def _start(self, *, from_start: bool, seals: Sequence[Seal]) -> int:
        """Return the anchor to begin at; 0 is the chain's own beginning."""
        first = self._first
        # While a journal is being pruned, what is left before its anchor begins anywhere.
        whole = [seq for seq in self._anchors if first is None or seq + 1 >= first]
        if first == 1:
            whole.append(0)
        if not whole:
            return 0
        # From a seal on, the whole chain must lead to the present end.
        reach = min((seal.seq for seal in seals), default=self._last)
        before = [seq for seq in whole if seq <= reach]
        return min(whole) if from_start or not before else max(before)

    def _take(self, walk: Walk, row: Row) -> None:
        replay = walk.replay
        day = None
        if replay is not None and row[2] == "DayClosed":
            day = _Day(
                replay.since if replay.is_reopened else 0,
                dict(replay.turns),
                dict(replay.series),
            )
        take(walk, row)
        if day is not None and walk.replay is not None:
            self._check_day(walk, json.loads(row[8])["date"], day)
        if walk.seq == self._wanted:
            state = None if walk.replay is None else walk.replay.state()
            self.anchor = Anchor(walk.seq, walk.hash, canonical(state))
        if walk.seq in self._anchors:
            self._pass_anchor(walk, self._anchors[walk.seq], is_start=False)

    def _is_overtaken(self, walk: Walk) -> bool:
        """Say whether the gap that was met is one that pruning made meanwhile."""
        if not any(fault.kind is FaultKind.SEQ_MISSING for fault in walk.faults):
            return False
        with self._store.read() as view:
            return any(anchor.seq not in self._anchors for anchor in anchors(view))

    def _check_anchors(self, walk: Walk) -> None:
        """Compare each anchor with the event that vouches for it, and each event with its anchor.

        An anchor that a later one has replaced is gone.
        """
        newest = max(self._vouchers, default=0)
        for seq in sorted({*self._anchors, *({newest} if newest else ())}):
            anchor, voucher = self._anchors.get(seq), self._vouchers.get(seq)
            if anchor is None or voucher is None or anchor.digest != voucher.digest:
                walk.fault(
                    FaultKind.ANCHOR_DIFFERS,
                    seq=seq,
                    expected=voucher.digest if voucher else "",
                    found=anchor.digest if anchor else "",
                )

    def _pass_anchor(self, walk: Walk, anchor: Anchor, *, is_start: bool) -> None:
        """Take the state that an anchor holds, or compare it with the one we came with."""
        voucher = self._vouchers.get(anchor.seq)
        if is_start:
            walk.hash = voucher.hash if voucher else anchor.hash
        elif walk.hash != anchor.hash:
            walk.fault(
                FaultKind.ANCHOR_DIFFERS,
                seq=anchor.seq,
                field="hash",
                expected=walk.hash,
                found=anchor.hash,
            )
        if not is_start and walk.replay is not None:
            mine = canonical(walk.replay.state())
            if mine != anchor.state and not (voucher and voucher.is_upgrade):
                walk.fault(FaultKind.ANCHOR_DIFFERS, seq=anchor.seq, field="state")
            return
        if walk.faults and not is_start:
            return
        walk.replay = _restored(anchor, voucher)

    def _check_seal(self, walk: Walk, seal: Seal, start: int) -> None:
        with self._store.read() as view:
            found = view.one(
                "SELECT hash FROM feed_event WHERE site = :site AND seq = :seq",
                site=self._store.site,
                seq=seal.seq,
            )
        if found is None and seal.seq == start and start:
            found = (self._anchors[start].hash,)
        if found is None and seal.seq < (self._first or self._last + 1):
            walk.fault(FaultKind.SEAL_PRUNED, seq=seal.seq, expected=seal.hash)
        elif found is None or found[0] != seal.hash:
            walk.fault(
                FaultKind.SEAL_DIFFERS,
                seq=seal.seq,
                expected=seal.hash,
                found=str(found[0]) if found else "",
            )

    def _check_end(self, walk: Walk) -> None:
        if (walk.seq, walk.hash) != (self._last, self._hash):
            walk.fault(
                FaultKind.HEAD_DIFFERS,
                seq=self._last,
                expected=f"{walk.seq} {walk.hash}",
                found=f"{self._last} {self._hash}",
            )
        for kind, key in self._active:
            walk.fault(FaultKind.ACTIVE_TWICE, what=kind, key=key)
        if walk.replay is None:
            return
        replay, rows = walk.replay, self._rows
        if replay.date is not None and replay.date != self._date:
            differs(walk, "feed_head", self._store.site, "business_date", replay.date, self._date)
        state = replay.state()
        turns = {
            key: values
            for key, values in rows["turns"].items()
            # What was over before the day was opened again isn't replayed.
            if not replay.is_reopened or key in replay.turns or queued_seq(values) > replay.since
        }
        papers = {
            job: stand
            for job, stand in rows["jobs"].items()
            if not replay.is_reopened or job in replay.jobs
        }
        compare_turns(walk, state["turns"], turns)
        compare(walk, "series", "last", state["series"], rows["series"])
        compare(walk, "desk_session", "officer", state["sessions"], rows["sessions"])
        compare(walk, "print_job", "state", state["jobs"], papers)

    def _check_day(self, walk: Walk, date: str, day: _Day) -> None:
        """Compare a day that the walk has left with the rows that it left behind."""
        with self._store.read() as view:
            found = standing.turns(view, date)
            series = standing.series(view, date)
            again = view.one(
                "SELECT 1 FROM feed_event WHERE site = :site AND seq >= :seq"
                f" AND {marked(Kind.DAY_CLOSED)} AND data LIKE :next LIMIT 1",
                site=self._store.site,
                seq=walk.seq,
                next=f'%"next":"{date}"%',
            )
        if again is not None:
            # The date came a second time: its later end, or the hall's present rows, tell.
            return
        kept = {
            key: [getattr(turn, name) for name in TURN_FIELDS] for key, turn in day.turns.items()
        }
        there = {
            key: values
            for key, values in found.items()
            if key in kept or queued_seq(values) > day.since
        }
        compare_turns(walk, kept, there)
        compare(walk, "series", "last", day.series, series)

    def _check_series(self, walk: Walk) -> None:
        """Check that each series of each date has the numbers 1 to its last, each once."""
        date = ""
        while True:
            with self._store.read() as view:
                following = _next_date(view, date)
                if following is None:
                    return
                date = following
                for prefix, last, count, least, most in view.rows(
                    _NUMBERS, site=self._store.site, date=date
                ):
                    found = f"{least} {most} {count}"
                    if found != f"1 {last} {last}":
                        walk.fault(
                            FaultKind.SERIES_DIFFERS,
                            key=f"{date} {prefix}",
                            expected=f"1 {last} {last}",
                            found=found,
                        )


_NUMBERS = """
    SELECT p.prefix, coalesce(s.last, 0), coalesce(n.count, 0), coalesce(n.least, 0),
      coalesce(n.most, 0)
    FROM (SELECT prefix FROM series WHERE site = :site AND business_date = :date
          UNION SELECT prefix FROM ticket WHERE site = :site AND business_date = :date) p
    LEFT JOIN series s ON s.site = :site AND s.business_date = :date AND s.prefix = p.prefix
    LEFT JOIN (SELECT prefix, count(*) AS count, min(number) AS least, max(number) AS most
               FROM ticket WHERE site = :site AND business_date = :date GROUP BY prefix) n
      ON n.prefix = p.prefix
"""


def _restored(anchor: Anchor, voucher: Voucher | None) -> Replay | None:
    """Return the replay that goes on from an anchor; None where it can't be trusted."""
    if voucher is None or voucher.digest != anchor.digest:
        return None
    state: Mapping[str, Any] | None = json.loads(anchor.state)
    return None if state is None else Replay.from_state(state)


def _first_seq(view: View) -> int | None:
    found = view.one(
        "SELECT min(seq) FROM feed_event WHERE site = :site AND seq > 0", site=view.site.code
    )
    return None if found is None else found[0]


def _next_date(view: View, date: str) -> str | None:
    rows = view.rows(
        "SELECT min(business_date) FROM series WHERE site = :site AND business_date > :date"
        " UNION SELECT min(business_date) FROM ticket WHERE site = :site"
        " AND business_date > :date",
        site=view.site.code,
        date=date,
    )
    return min((str(row[0]) for row in rows if row[0] is not None), default=None)


def _active_twice(view: View) -> list[tuple[str, str]]:
    """Return the counters and the tickets that have more than one active turn."""
    rows = view.rows(
        "SELECT counter, ticket FROM turn WHERE site = :site AND status IN ('called', 'serving')",
        site=view.site.code,
    )
    twice: list[tuple[str, str]] = []
    for place, what in enumerate(("counter", "ticket")):
        seen: set[str] = set()
        for row in rows:
            if row[place] in seen:
                twice.append((what, str(row[place])))
            seen.add(row[place])
    return twice
