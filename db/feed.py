"""Follow the journal: read what is new, wait for a hint, miss nothing.

A wake-up is a hint only: PostgreSQL's NOTIFY, or SQLite's ``PRAGMA data_version``; a slow
poll stands behind both. Readers keep their cursor and read ``seq > cursor``.
"""

from __future__ import annotations

import threading
import time

from db.journal import COLUMNS, Event, event_of
from db.store import Store
from db.transaction import View

SLOW_POLL_S = 2.0
"""How late a lost wake-up can make a reader."""

_BATCH = 500


def events_after(view: View, cursor: int, limit: int = _BATCH) -> tuple[Event, ...]:
    """Return the next events after a cursor, in order."""
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
        self._store = store
        self.cursor = after
        self._wake = store.database.wake(store.address, store.site)
        self._stopped = threading.Event()

    def wait(self, timeout_s: float) -> tuple[Event, ...]:
        """Return what is new, at the latest after ``timeout_s`` (then perhaps nothing).

        Raises:
            StoreProblem: The store is away; call again to try again.
        """
        deadline = time.monotonic() + timeout_s
        # Listen first, then catch up: what comes between is not missed.
        self._wake.prepare()
        while not self._stopped.is_set():
            with self._store.read() as view:
                found = events_after(view, self.cursor) if view.seq > self.cursor else ()
            if found:
                self.cursor = found[-1].seq
                return found
            rest = deadline - time.monotonic()
            if rest <= 0:
                break
            self._wake.wait(min(rest, SLOW_POLL_S), self._stopped)
        return ()

    def interrupt(self) -> None:
        """Make ``wait`` return soon, for good; called from another thread at the end."""
        self._stopped.set()

    def close(self) -> None:
        """Let go of the wake-up's connection."""
        self._wake.close()
