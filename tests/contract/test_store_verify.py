"""``verify`` on both databases: a sound hall is sound, and every change is named."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from db import calls, desks, moves
from db.day import confirm_date
from db.desks import open_session
from db.install import install
from db.printing import JobState, queue_copy, record_print
from db.store import new_request
from db.verify import Verification, verify
from db.walk import FaultKind
from tests.support.journals import rewrite
from tests.support.small_hall import BIRTH, KK, KTP, SIM, SKCK, SmallHall


def sign_in(hall: SmallHall, officer: str, counter: str) -> None:
    """Open an officer's session, the PIN already checked."""
    request = new_request()
    hall.store.run(lambda tx: open_session(tx, request=request, officer=officer, counter=counter))


def a_whole_day(hall: SmallHall) -> None:
    """Let every kind of event happen that changes where the hall stands."""
    sign_in(hall, "ani", "1")
    sign_in(hall, "ani", "1")
    paper = hall.issue(KK, SKCK, station="kiosk-1", is_printed=True)
    for services in ((KK, SIM), (KTP,), (BIRTH,), (KK, SKCK, KTP), (KK,)):
        hall.clock.forward(seconds=7)
        hall.issue(*services, priority="lansia" if services == (KTP,) else None)
    for state in (JobState.SENDING, JobState.PRINTED):
        hall.act(record_print, job=str(paper.job), state=state)
    hall.act(queue_copy, ticket=paper.ticket)
    hall.next("1", officer="ani")
    hall.act(calls.recall, counter="1")
    hall.act(calls.start, counter="1")
    hall.act(calls.hold, counter="1")
    held = hall.desk("1").held[0]
    hall.next("1")
    hall.act(calls.undo_call, counter="1")
    missed = hall.next("1")
    hall.act(calls.mark_missed, counter="1")
    hall.act(calls.resume, counter="1", turn=held.turn)
    hall.act(calls.start, counter="1")
    hall.act(moves.transfer, counter="1", service=SKCK, target_counter="3")
    hall.act(moves.return_turn, turn=missed.turn)
    late = hall.next("2")
    hall.act(calls.mark_missed, counter="2")
    hall.act(calls.call_turn, counter="2", turn=late.turn)
    hall.act(calls.start, counter="2")
    hall.next("2", finish=True)
    hall.act(moves.cancel, turn=hall.issue(SIM).turns[0].turn)
    hall.act(desks.sign_out, counter="1")
    sign_in(hall, "ani", "3")


def found(hall: SmallHall, **how: bool) -> Verification:
    """Verify the hall."""
    return verify(hall.store, **how)  # type: ignore[arg-type]


def test_a_hall_is_sound_after_all_that_can_happen_in_it(hall: SmallHall) -> None:
    a_whole_day(hall)
    assert found(hall).faults == ()

    hall.clock.forward(days=1)
    a_whole_day(hall)
    last = found(hall)

    assert last.faults == ()
    assert last.is_replayed
    assert (last.first, last.last) == (1, len(hall.journal()))
    assert last.events == last.last


def test_a_date_that_comes_twice_is_followed(hall: SmallHall) -> None:
    a_whole_day(hall)
    missed = hall.next("4")
    hall.act(calls.mark_missed, counter="4")
    hall.clock.forward(days=2)
    hall.issue(KK)
    hall.clock.forward(days=-2)
    hall.act(confirm_date)
    assert found(hall).faults == ()

    hall.act(moves.return_turn, turn=missed.turn)
    hall.visit("4")
    hall.issue(KK)
    assert found(hall).faults == ()
    hall.clock.forward(days=2)
    hall.issue(KK)

    assert found(hall).faults == ()


CHANGES = {
    "a byte of data": (
        "UPDATE feed_event SET data = replace(data, 'called_at', 'called_as')"
        " WHERE kind = 'TurnRecalled'",
        FaultKind.CHAIN_BROKEN,
    ),
    "an actor": (
        "UPDATE feed_event SET actor = 'cli:somebody' WHERE kind = 'TurnMissed'",
        FaultKind.CHAIN_BROKEN,
    ),
    "an instant": (
        "UPDATE feed_event SET at = at + 1 WHERE seq = 7",
        FaultKind.CHAIN_BROKEN,
    ),
    "an event gone": ("DELETE FROM feed_event WHERE seq = 9", FaultKind.SEQ_MISSING),
    "the first event gone": ("DELETE FROM feed_event WHERE seq = 1", FaultKind.SEQ_MISSING),
    "the last event gone": (
        "DELETE FROM feed_event WHERE seq = (SELECT max(seq) FROM feed_event)",
        FaultKind.HEAD_DIFFERS,
    ),
    "a turn's status": (
        "UPDATE turn SET status = 'done', counter = '4' WHERE id ="
        " (SELECT id FROM turn WHERE status = 'waiting' ORDER BY due_at DESC LIMIT 1)",
        FaultKind.ROW_DIFFERS,
    ),
    "a turn's place": (
        "UPDATE turn SET due_at = due_at - 1 WHERE status = 'waiting' AND service = 'POLRI.SIM'",
        FaultKind.ROW_DIFFERS,
    ),
    "a series' last": (
        "UPDATE series SET last = last + 1 WHERE prefix = 'B'",
        FaultKind.ROW_DIFFERS,
    ),
    "a paper's state": (
        "UPDATE print_job SET state = 'failed' WHERE copy = 0",
        FaultKind.ROW_DIFFERS,
    ),
    "a session": (
        "UPDATE desk_session SET officer = 'budi' WHERE ended_at IS NULL",
        FaultKind.ROW_DIFFERS,
    ),
    "the date": ("UPDATE feed_head SET business_date = '2026-11-22'", FaultKind.ROW_DIFFERS),
    "the head": ("UPDATE feed_head SET seq = seq - 1", FaultKind.HEAD_DIFFERS),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_behind_the_halls_back_is_named(hall: SmallHall, change: str) -> None:
    statement, kind = CHANGES[change]
    hall.clock.forward(days=-1)
    hall.act(confirm_date)
    hall.issue(KK)
    hall.clock.forward(days=1)
    a_whole_day(hall)

    with hall.store.connected() as connection:
        connection.rows(statement, {})

    faults = found(hall).faults
    assert faults
    assert faults[0].kind is kind, faults


_OLD_FORM = ("due_at", "ended_at", "next")


def as_the_first_schema_wrote(values: dict[str, Any]) -> None:
    """Take from an event what the first schema's events did not say."""
    for name in (*_OLD_FORM, *(("queued_at",) if values["kind"] == "TicketIssued" else ())):
        values["data"].pop(name, None)


def test_a_journal_of_the_first_schema_is_anchored_where_it_was_upgraded(hall: SmallHall) -> None:
    a_whole_day(hall)
    rewrite(hall.store, as_the_first_schema_wrote)

    install(hall.url)
    install(hall.url)
    hall.issue(KK)
    hall.visit("2")

    anchored = [event for event in hall.journal() if event.kind == "JournalAnchored"]
    assert len(anchored) == 1
    assert found(hall).first == anchored[0].seq == anchored[0].data["anchor"] + 1
    whole = found(hall, from_start=True)
    assert whole.first == 1
    for walked in (found(hall), whole):
        assert walked.faults == ()
        assert walked.is_replayed

    with hall.store.connected() as connection:
        connection.rows("UPDATE feed_event SET actor = 'x' WHERE seq = 5", {})
        connection.rows("UPDATE feed_anchor SET state = replace(state, 'ani', 'budi')", {})

    assert found(hall).faults[0].kind is FaultKind.ANCHOR_DIFFERS
    assert FaultKind.CHAIN_BROKEN in {
        fault.kind for fault in found(hall, from_start=True).faults if fault.seq == 5
    }


def test_the_hall_goes_on_while_it_is_verified(hall: SmallHall) -> None:
    a_whole_day(hall)
    is_over = threading.Event()
    faults: list[BaseException] = []

    def go_on() -> None:
        try:
            while not is_over.is_set():
                hall.issue(KTP)
                if len(hall.journal()) % 7 == 0:
                    hall.clock.forward(days=1)
        except BaseException as fault:  # noqa: BLE001 - told below
            faults.append(fault)

    hall.issue(KTP)
    writer = threading.Thread(target=go_on, name="writer")
    writer.start()
    walks = [found(hall) for _ in range(8)]
    is_over.set()
    writer.join(20)

    assert [walk.faults for walk in walks] == [()] * 8
    assert all(walk.is_replayed for walk in walks)
    assert walks[-1].last > walks[0].last
    assert faults == []
