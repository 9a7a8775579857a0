"""Follow the journal: read what is new, wait for a hint, miss nothing.

A wake-up is a hint only: PostgreSQL's NOTIFY, or SQLite's ``PRAGMA data_version``; a slow
poll stands behind both. Readers keep their cursor and read ``seq > cursor``.
"""

from __future__ import annotations

import logging
import threading
import time

from db.errors import CursorPruned, StoreProblem
from db.inputs import checked
from db.journal import COLUMNS, Event, event_of
from db.store import Store
from db.transaction import View

SLOW_POLL_S = 2.0
"""How late a lost wake-up can make a reader."""

_BATCH = 500
_DEAF_AFTER = 2
_log = logging.getLogger(__name__)


def events_after(view: View, cursor: int, limit: int = _BATCH) -> tuple[Event, ...]:
    """Return the next events after a cursor, in order."""
    checked(cursor=cursor, limit=limit)
    rows = view.rows(
        f"SELECT {COLUMNS} FROM feed_event WHERE site = :site AND seq > :cursor"
        " ORDER BY seq LIMIT :limit",
        site=view.site.code,
        cursor=cursor,
        limit=limit,
    )
    return tuple(event_of(row) for row in rows)


class FeedReader:
    """One reader with its cursor; for one thread. ``interrupt`` may come from another.

    Args:
        store: The store to follow.
        after: The seq of the snapshot that the reader starts from.
    """

    def __init__(self, store: Store, after: int) -> None:
        checked(cursor=after)
        self._store = store
        self.cursor = after
        self._wake = store.database.wake(store.address, store.site)
        self._stopped = threading.Event()
        self._is_listening = False
        self._unhinted = 0

    def wait(self, timeout_s: float) -> tuple[Event, ...]:
        """Return what is new, at the latest after ``timeout_s`` (then perhaps nothing).

        Raises:
            CursorPruned: What follows is gone; take a snapshot, and read on from its seq.
            StoreProblem: The store is away; call again to try again.
        """
        deadline = time.monotonic() + timeout_s
        # Listen first, then catch up: what comes between is not missed.
        self._listen()
        was_hinted: bool | None = None
        while not self._stopped.is_set():
            with self._store.read() as view:
                if view.seq < self.cursor:
                    # A store was put back from a backup: what we have read isn't in it.
                    raise CursorPruned(url=self._store.url, cursor=self.cursor, first=view.seq + 1)
                found = events_after(view, self.cursor) if view.seq > self.cursor else ()
            if found:
                if found[0].seq != self.cursor + 1:
                    raise CursorPruned(url=self._store.url, cursor=self.cursor, first=found[0].seq)
                if was_hinted is not None:
                    self._judge_wake(was_hinted=was_hinted)
                self.cursor = found[-1].seq
                return found
            rest = deadline - time.monotonic()
            if rest <= 0:
                break
            was_hinted = self._pause(min(rest, SLOW_POLL_S))
        return ()

    def interrupt(self) -> None:
        """Make ``wait`` return soon, for good; called from another thread at the end."""
        self._stopped.set()

    def close(self) -> None:
        """Let go of the wake-up's connection."""
        self._wake.close()

    def _listen(self) -> None:
        """Prepare the wake-up; without one the slow poll carries on."""
        try:
            self._wake.prepare()
        except StoreProblem as fault:
            _log.info("no wake-up, only the slow poll: %s", fault)
            self._is_listening = False
        else:
            self._is_listening = True

    def _pause(self, timeout_s: float) -> bool | None:
        """Wait; return whether a hint came, None where there is nothing that could hint."""
        if self._is_listening:
            try:
                return self._wake.wait(timeout_s, self._stopped)
            except StoreProblem as fault:
                # Whether the store itself is away, the next read says.
                _log.info("the wake-up was lost: %s", fault)
        else:
            self._stopped.wait(timeout_s)
        self._listen()
        return None

    def _judge_wake(self, *, was_hinted: bool) -> None:
        """Renew a wake-up that is deaf: events come, and twice running it didn't say so.

        A connection that was silently cut looks whole from here, for as long as nothing is
        sent on it. Once may be chance: the poll came between commit and hint.
        """
        self._unhinted = 0 if was_hinted else self._unhinted + 1
        if self._unhinted >= _DEAF_AFTER:
            _log.info("the wake-up is deaf, and is renewed")
            self._unhinted = 0
            self._wake.close()
