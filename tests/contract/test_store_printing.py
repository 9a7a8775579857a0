"""Print jobs on both databases: the number exists regardless of what became of the paper."""

from __future__ import annotations

from typing import Any

import pytest

from db.printing import (
    JobState,
    PrintJob,
    jobs_of_ticket,
    jobs_sending,
    jobs_to_print,
    queue_copy,
    record_print,
)
from db.tickets import find_ticket
from rules.errors import IllegalMove, UnknownTicket
from tests.support.small_hall import KK, SmallHall

ENDS = (JobState.PRINTED, JobState.SENT, JobState.FAILED, JobState.UNKNOWN)


def issue(hall: SmallHall, station: str = "kiosk-1") -> Any:
    return hall.issue(KK, station=station, is_printed=True)


def record(hall: SmallHall, job: str, *states: JobState, detail: str = "") -> PrintJob:
    for state in states:
        found: PrintJob = hall.act(record_print, job=job, state=state, detail=detail)
    return found


def to_print(hall: SmallHall, station: str = "kiosk-1") -> list[str]:
    with hall.store.read() as view:
        return [job.number for job in jobs_to_print(view, station)]


def test_a_station_finds_its_own_papers_oldest_first(hall: SmallHall) -> None:
    for station in ("kiosk-1", "kiosk-2", "kiosk-1"):
        issue(hall, station)
        hall.clock.forward(seconds=1)

    assert to_print(hall) == ["B-001", "B-003"]
    assert to_print(hall, "kiosk-2") == ["B-002"]


def test_no_paper_is_queued_where_none_was_asked_for(hall: SmallHall) -> None:
    assert hall.issue(KK, station="kiosk-1").job is None
    assert to_print(hall) == []


@pytest.mark.parametrize("end", ENDS)
def test_a_paper_goes_through_sending_to_its_end(hall: SmallHall, end: JobState) -> None:
    job = issue(hall).job

    record(hall, job, JobState.SENDING)
    with hall.store.read() as view:
        sending = [found.job for found in jobs_sending(view, "kiosk-1")]
    found = record(hall, job, end, detail="paper_out")

    assert sending == [job]
    assert (found.state, found.detail) == (end, "paper_out")
    assert to_print(hall) == []


def test_a_preflight_may_fail_before_anything_was_sent(hall: SmallHall) -> None:
    job = issue(hall).job

    assert record(hall, job, JobState.FAILED, detail="cover_open").state is JobState.FAILED


def test_no_state_is_skipped_and_none_is_final_twice(hall: SmallHall) -> None:
    legal = {
        JobState.QUEUED: {JobState.SENDING, JobState.FAILED},
        JobState.SENDING: set(ENDS),
    }
    ways = {JobState.QUEUED: (), JobState.SENDING: (JobState.SENDING,)} | {
        end: (JobState.SENDING, end) for end in ENDS
    }
    for state, way in ways.items():
        for wanted in JobState:
            job = issue(hall).job
            if way:
                record(hall, job, *way)
            before = hall.dump()
            if wanted in legal.get(state, set()):
                record(hall, job, wanted)
            else:
                with pytest.raises(IllegalMove):
                    record(hall, job, wanted)
                assert hall.dump() == before


@pytest.mark.parametrize(
    ("first", "may_have_printed"),
    [
        ((), False),
        ((JobState.FAILED,), False),
        ((JobState.SENDING, JobState.FAILED), False),
        ((JobState.SENDING,), True),
        ((JobState.SENDING, JobState.UNKNOWN), True),
        ((JobState.SENDING, JobState.SENT), True),
        ((JobState.SENDING, JobState.PRINTED), True),
    ],
)
def test_a_copy_is_marked_if_an_earlier_paper_may_have_come_out(
    hall: SmallHall, first: tuple[JobState, ...], may_have_printed: bool
) -> None:
    ticket = issue(hall)
    if first:
        record(hall, ticket.job, *first)

    copied = hall.act(queue_copy, ticket=ticket.ticket)

    assert copied.may_have_printed is may_have_printed
    assert (copied.number, copied.copy, copied.station) == ("B-001", 1, "kiosk-1")
    assert copied.job != ticket.job


def test_a_copy_never_gives_a_second_number(hall: SmallHall) -> None:
    ticket = issue(hall)
    for station in (None, "counter-3"):
        hall.act(queue_copy, ticket=ticket.ticket, station=station)

    with hall.store.read() as view:
        jobs = jobs_of_ticket(view, ticket.ticket)
    assert [(job.copy, job.number, job.station) for job in jobs] == [
        (0, "B-001", "kiosk-1"),
        (1, "B-001", "kiosk-1"),
        (2, "B-001", "counter-3"),
    ]
    assert hall.progress(ticket.ticket).copies == 3
    assert hall.rows("SELECT count(*) FROM ticket") == [(1,)]


def test_yesterdays_papers_are_not_printed_today(hall: SmallHall) -> None:
    issue(hall)
    hall.clock.forward(days=1)

    assert to_print(hall) == []


@pytest.mark.parametrize("typed", ["B-001", "b001", "B-1", " b 001 "])
def test_a_ticket_is_found_by_what_is_on_the_paper(hall: SmallHall, typed: str) -> None:
    ticket = issue(hall)

    with hall.store.read() as view:
        assert find_ticket(view, typed) == ticket.ticket
        assert find_ticket(view, ticket.ticket) == ticket.ticket


@pytest.mark.parametrize(
    "typed",
    ["B-002", "Z-001", "", "nonsense", "019ab3c4-0000-7000-8000-00000000abcd", "z" * 32 + "----"],
)
def test_a_ticket_that_is_none_is_unknown(hall: SmallHall, typed: str) -> None:
    issue(hall)

    with hall.store.read() as view, pytest.raises(UnknownTicket):
        find_ticket(view, typed)
