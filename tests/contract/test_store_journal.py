"""The journal on both databases: a chain without a gap, and readers that miss nothing."""

from __future__ import annotations

import threading
import time

from db import calls, moves
from db.feed import FeedReader, events_after
from db.journal import Event
from db.printing import queue_copy
from rules.chain import GENESIS, canonical, link
from tests.support.small_hall import KK, SKCK, SmallHall

LIMIT_S = 20.0


def a_busy_morning(hall: SmallHall) -> None:
    """Let a bit of everything happen."""
    for _ in range(4):
        ticket = hall.issue(KK, SKCK, station="kiosk-1", is_printed=True)
        hall.clock.forward(seconds=7)
    hall.act(queue_copy, ticket=ticket.ticket)
    hall.visit("1")
    missed = hall.next("1")
    hall.act(calls.recall, counter="1")
    hall.act(calls.mark_missed, counter="1")
    hall.act(moves.return_turn, turn=missed.turn)
    hall.served("2")
    hall.next("2", finish=True)
    hall.clock.forward(days=1)
    hall.issue(KK)


def test_the_chain_verifies_from_the_stored_rows(hall: SmallHall) -> None:
    a_busy_morning(hall)

    columns = "site, seq, kind, request, ticket, turn, counter, actor, data, at, hash"
    rows = hall.rows(f"SELECT {columns} FROM feed_event ORDER BY seq")
    last = GENESIS
    for row in rows:
        values = dict(zip(columns.split(", "), row, strict=True))
        stored = values.pop("hash")
        last = link(last, canonical(values))
        assert stored == last, values["seq"]
    assert hall.rows("SELECT seq, hash FROM feed_head") == [(len(rows), last)]


def test_seq_has_no_gap(hall: SmallHall) -> None:
    a_busy_morning(hall)

    events = hall.journal()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


def test_a_changed_row_breaks_the_chain(hall: SmallHall) -> None:
    a_busy_morning(hall)
    with hall.store.connected() as connection:
        connection.rows("UPDATE feed_event SET counter = '2' WHERE kind = 'TurnMissed'", {})

    broken = []
    last = GENESIS
    columns = "site, seq, kind, request, ticket, turn, counter, actor, data, at, hash"
    for row in hall.rows(f"SELECT {columns} FROM feed_event ORDER BY seq"):
        values = dict(zip(columns.split(", "), row, strict=True))
        stored = values.pop("hash")
        if link(last, canonical(values)) != stored:
            broken.append(values["kind"])
        last = stored
    assert broken == ["TurnMissed"]


def test_the_journal_holds_keys_and_states_and_nothing_personal(hall: SmallHall) -> None:
    hall.issue(KK, priority="lansia")

    event = hall.journal()[-1]
    # The priority's reason is a health matter: the lane stands there, the class does not.
    assert "lansia" not in str(dict(event.data))
    assert event.data["lane"] == "priority"


def test_events_come_in_pages_in_order(hall: SmallHall) -> None:
    a_busy_morning(hall)
    whole = hall.journal()

    with hall.store.read() as view:
        pages = [events_after(view, cursor, limit=3) for cursor in range(0, len(whole), 3)]

    assert tuple(event for page in pages for event in page) == whole


def test_a_reader_starts_from_its_snapshot(hall: SmallHall) -> None:
    hall.issue(KK)
    seq = hall.board().seq
    hall.issue(SKCK)
    reader = FeedReader(hall.store, seq)

    try:
        found = reader.wait(LIMIT_S)
        assert [event.number for event in found] == ["D-001"]
        assert reader.cursor == seq + 1
        assert reader.wait(0) == ()
    finally:
        reader.close()


def test_two_readers_wake_and_miss_nothing(hall: SmallHall) -> None:
    start = hall.board().seq
    until = start + 60
    seen: list[list[Event]] = [[], []]

    def follow(place: int) -> None:
        reader = FeedReader(hall.store, start)
        deadline = time.monotonic() + LIMIT_S
        try:
            while reader.cursor < until and time.monotonic() < deadline:
                seen[place].extend(reader.wait(1.0))
        finally:
            reader.close()

    threads = [
        threading.Thread(target=follow, args=(place,), name=f"reader-{place}") for place in (0, 1)
    ]
    for thread in threads:
        thread.start()
    for _ in range(20):
        hall.issue(KK)
        hall.served("1")
        if hall.board().seq >= until:
            break
        hall.act(calls.finish, counter="1")
    while hall.board().seq < until:
        hall.issue(KK)
    for thread in threads:
        thread.join(LIMIT_S)

    for events in seen:
        assert [event.seq for event in events][: until - start] == list(range(start + 1, until + 1))
    assert seen[0] == list(hall.journal(start))[: len(seen[0])]


def test_an_interrupted_reader_returns_for_good(hall: SmallHall) -> None:
    reader = FeedReader(hall.store, hall.board().seq)
    found: list[tuple[Event, ...]] = []
    thread = threading.Thread(target=lambda: found.append(reader.wait(LIMIT_S)), name="reader")
    thread.start()

    reader.interrupt()
    thread.join(LIMIT_S)

    assert found == [()]
    assert not thread.is_alive()
    reader.close()


def test_a_read_sees_one_moment_while_others_write(hall: SmallHall) -> None:
    hall.issue(KK)
    with hall.store.read() as view:
        before = view.rows("SELECT count(*) FROM ticket")
        hall.issue(KK)
        hall.next("1")
        again = view.rows("SELECT count(*) FROM ticket")
        called = view.rows("SELECT count(*) FROM turn WHERE status = 'called'")
        seq = view.rows("SELECT max(seq) FROM feed_event")

    assert before == again == [(1,)]
    assert called == [(0,)]
    assert seq == [(view.seq,)]
