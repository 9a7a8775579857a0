"""Readers of the journal: nothing missed and nothing twice, whatever happens on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from db import address
from db.errors import CursorPruned
from db.feed import SLOW_POLL_S, FeedReader, events_after
from db.journal import Event, Kind
from db.store import Store, Tx, new_request, open_store
from db.tickets import issue_ticket
from tests.support.journals import lengthen
from tests.support.postgresql import Cluster
from tests.support.small_hall import ACTOR, KK, SmallHall
from tests.support.wire import Wire

LIMIT_S = 30.0


def read_until(reader: FeedReader, last: int, seen: list[int]) -> None:
    """Follow until an event was seen, or the limit is over."""
    deadline = time.monotonic() + LIMIT_S
    while reader.cursor < last and time.monotonic() < deadline:
        seen.extend(event.seq for event in reader.wait(0.5))


def issue(store: Store, request: str) -> None:
    """Give a number over a store of one's own."""
    store.run(lambda tx: issue_ticket(tx, request=request, actor=ACTOR, services=[KK]))


def test_what_is_committed_later_never_has_an_earlier_seq(hall: SmallHall) -> None:
    start = hall.board().seq
    has_written, may_commit = threading.Event(), threading.Event()

    def slowly(tx: Tx) -> None:
        tx.open(request, ACTOR, Kind.DEMO_PREPARED)
        tx.event(Kind.DEMO_PREPARED)
        # Sent, not committed: the first writer has its seq, and stands still.
        tx.rows("SELECT count(*) FROM feed_event")
        has_written.set()
        may_commit.wait(LIMIT_S)

    request = new_request()
    first = threading.Thread(target=lambda: hall.store.run(slowly), name="first writer")
    second = threading.Thread(target=lambda: issue(hall.store, new_request()), name="second")
    reader = FeedReader(hall.store, start)
    seen: list[int] = []

    first.start()
    has_written.wait(LIMIT_S)
    second.start()
    seen.extend(event.seq for event in reader.wait(0.3))
    assert seen == []
    may_commit.set()
    read_until(reader, start + 2, seen)
    first.join(LIMIT_S)
    second.join(LIMIT_S)
    reader.close()

    assert seen == [start + 1, start + 2]
    assert [event.kind for event in hall.journal(start)] == ["DemoPrepared", "TicketIssued"]


@pytest.mark.postgresql
def test_a_serial_id_would_lose_what_is_committed_later(fresh_database_url: str) -> None:
    """The same two writers on the naive design, to show that the test above can fail."""
    conninfo = address.parse(fresh_database_url).set(drivername="postgresql")
    url = conninfo.render_as_string(hide_password=False)
    with psycopg.connect(url) as first, psycopg.connect(url, autocommit=True) as second:
        second.execute("CREATE TABLE naive (id bigserial PRIMARY KEY)")
        first.execute("INSERT INTO naive DEFAULT VALUES")
        second.execute("INSERT INTO naive DEFAULT VALUES")
        seen = [row[0] for row in second.execute("SELECT id FROM naive WHERE id > 0 ORDER BY id")]
        cursor = seen[-1]
        first.commit()
        seen += [
            row[0]
            for row in second.execute("SELECT id FROM naive WHERE id > %s ORDER BY id", [cursor])
        ]
        kept = [row[0] for row in second.execute("SELECT id FROM naive ORDER BY id")]

    assert kept == [1, 2]
    assert seen == [2]


def test_many_writers_and_two_readers(hall: SmallHall) -> None:
    start = hall.board().seq
    last = start + 4 * 10
    seen: list[list[int]] = [[], []]
    readers = [FeedReader(hall.store, start) for _ in seen]
    threads = [
        threading.Thread(target=read_until, args=(reader, last, numbers), name="reader")
        for reader, numbers in zip(readers, seen, strict=True)
    ]

    def write() -> None:
        for _ in range(10):
            issue(hall.store, new_request())

    threads += [threading.Thread(target=write, name="writer") for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    for reader in readers:
        reader.close()

    for numbers in seen:
        assert numbers == list(range(start + 1, last + 1))


@pytest.mark.heavy
def test_a_reader_that_slept_catches_up_with_a_hundred_thousand_events(hall: SmallHall) -> None:
    start = hall.board().seq
    reader = FeedReader(hall.store, start)
    reader.wait(0)
    last = lengthen(hall.store, 100_000)
    hall.issue(KK)
    batches: list[int] = []
    following = start + 1

    while reader.cursor <= last:
        found = reader.wait(LIMIT_S)
        assert found
        assert [event.seq for event in found] == list(range(following, following + len(found)))
        following += len(found)
        batches.append(len(found))
    reader.close()

    assert sum(batches) == 100_001
    assert max(batches) <= 500


def test_a_reader_whose_cursor_was_pruned_is_told_and_starts_anew(hall: SmallHall) -> None:
    hall.issue(KK)
    reader = FeedReader(hall.store, 1)
    with hall.store.connected() as connection:
        connection.rows("DELETE FROM feed_event WHERE seq <= 3", {})
    hall.issue(KK)

    with pytest.raises(CursorPruned) as told:
        reader.wait(LIMIT_S)
    reader.close()
    assert told.value.fields["cursor"] == 1

    again = FeedReader(hall.store, hall.board().seq)
    hall.issue(KK)
    assert [event.number for event in again.wait(LIMIT_S)] == ["B-003"]
    again.close()


def test_a_reader_ahead_of_a_store_that_was_put_back_is_told(hall: SmallHall) -> None:
    hall.issue(KK)
    reader = FeedReader(hall.store, hall.board().seq + 5)

    with pytest.raises(CursorPruned):
        reader.wait(LIMIT_S)
    reader.close()


class Hints:
    """Counts what a reader's wake-up is asked and says."""

    def __init__(self, reader: FeedReader) -> None:
        self._wake = reader._wake
        self.hinted = 0
        reader._wake = self

    def prepare(self) -> None:
        """Pass on."""
        self._wake.prepare()

    def wait(self, timeout_s: float, stopped: threading.Event) -> bool:
        """Pass on, and count."""
        was_hinted = self._wake.wait(timeout_s, stopped)
        self.hinted += was_hinted
        return was_hinted

    def close(self) -> None:
        """Pass on."""
        self._wake.close()


def followed(
    hall: SmallHall, reader: FeedReader, until: Callable[[], bool], pause_s: float
) -> list[Event]:
    """Let a reader follow while numbers are given one by one, until something is so."""
    seen: list[Event] = []
    start = reader.cursor
    is_over = threading.Event()

    def follow() -> None:
        while not is_over.is_set():
            seen.extend(reader.wait(0.5))

    thread = threading.Thread(target=follow, name="reader")
    thread.start()
    deadline = time.monotonic() + LIMIT_S
    while not until() and time.monotonic() < deadline:
        hall.issue(KK)
        time.sleep(pause_s)
    last = hall.board().seq
    while reader.cursor < last and time.monotonic() < deadline:
        time.sleep(0.01)
    is_over.set()
    thread.join(LIMIT_S)
    assert [event.seq for event in seen] == list(range(start + 1, last + 1))
    return seen


@pytest.fixture
def listened(postgresql_cluster: Cluster, hall_url: str, hall: SmallHall) -> Store:
    """Another open store of the hall; skips SQLite, which listens to a file."""
    if not hall_url.startswith("postgresql"):
        pytest.skip("SQLite has no connection that could die")
    return open_store(hall.url)


@pytest.mark.postgresql
def test_a_listening_connection_that_the_server_ends_is_renewed(
    hall: SmallHall, listened: Store
) -> None:
    reader = FeedReader(listened, hall.board().seq)
    hints = Hints(reader)
    reader.wait(0)
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name"
    assert hall.rows(f"{ended} AND datname = current_database()", name="anjungan-feed") == [(True,)]

    followed(hall, reader, lambda: hints.hinted >= 3, pause_s=0.2)
    reader.close()
    listened.close()

    assert hints.hinted >= 3


@pytest.mark.postgresql
def test_a_listening_connection_that_is_silently_cut_is_found_out_and_renewed(
    hall: SmallHall, listened: Store
) -> None:
    direct = listened.address
    assert direct.port is not None
    with Wire(direct.port) as wire:
        # Only the wake-up goes over the wire: the slow poll has a way of its own.
        listened.address = direct.set(host="127.0.0.1", port=wire.port)
        reader = FeedReader(listened, hall.board().seq)
        hints = Hints(reader)
        reader.wait(0)
        wire.swallow()

        followed(hall, reader, lambda: hints.hinted >= 1, pause_s=SLOW_POLL_S / 2)
        reader.close()
    listened.close()

    assert hints.hinted >= 1


def test_pages_after_a_pruned_beginning_start_with_what_is_kept(hall: SmallHall) -> None:
    hall.issue(KK)
    with hall.store.connected() as connection:
        connection.rows("DELETE FROM feed_event WHERE seq = 1", {})

    with hall.store.read() as view:
        assert events_after(view, 0)[0].seq == 2
