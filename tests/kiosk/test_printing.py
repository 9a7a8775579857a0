"""Papers that wait, papers whose end can't be recorded: none twice, none unmarked, none lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from pytestqt.qtbot import QtBot

from db.driver import system_clock
from db.errors import StoreUnreachable
from db.printing import JobState, jobs_of_ticket, jobs_to_print, queue_copy, record_print
from db.progress import progress
from db.store import Store, new_request, open_store
from db.tickets import IssuedTicket, issue_ticket
from desktop.live import StoreWorker
from kiosk.printing import Printing, Sheet, Site
from rules.errors import KnownError
from station.texts import Texts
from tests.kiosk.conftest import StartKiosk
from tests.kiosk.hall_store import STATION, RecordingSpool
from tests.support.expected_logs import LogRecorder

KK = "DUKCAPIL.KK"


def issue(store: Store) -> IssuedTicket:
    """Give a number with a paper at the kiosk, as staff do."""
    return store.run(
        lambda tx: issue_ticket(
            tx,
            request=new_request(),
            actor="cli:test",
            services=[KK],
            station=STATION,
            is_printed=True,
        )
    )


def sheet_of(store: Store, ticket: IssuedTicket) -> Sheet:
    """Return a ticket's first paper."""
    assert ticket.job is not None
    with store.read() as view:
        return Sheet(ticket.job, ticket.ticket, progress(view, ticket.ticket), 0)


@dataclass
class HandWorker:
    """A store's worker whose jobs the test runs, or lets fail."""

    store: Store
    asked: list[tuple[Callable[[Store], Any], Callable[[Any], None], Callable[[KnownError], None]]]
    is_away: bool = False

    def submit(
        self,
        job: Callable[[Store], Any],
        done: Callable[[Any], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Keep the job."""
        self.asked.append((job, done, failed))

    def answer(self) -> None:
        """Answer what has been asked until nothing more is."""
        while self.asked:
            job, done, failed = self.asked.pop(0)
            if self.is_away:
                failed(StoreUnreachable(url="", detail="gone"))
            else:
                done(job(self.store))


def printing_of(worker: HandWorker, spool: RecordingSpool, zone: ZoneInfo) -> Printing:
    """Return a kiosk's papers without the kiosk."""
    texts = Texts.load("id")
    site = Site("MPP Contoh", "Contoh", "", zone)
    return Printing(
        cast("StoreWorker", worker),
        spool,
        station=STATION,
        site=lambda: site,
        texts=lambda _: texts,
    )


def test_a_copy_that_waited_beside_the_first_paper_is_marked(
    store_url: str, start: StartKiosk, qtbot: QtBot
) -> None:
    store = open_store(store_url)
    ticket = issue(store)
    store.run(
        lambda tx: queue_copy(tx, request=new_request(), actor="cli:test", ticket=ticket.ticket)
    )
    store.close()
    spool = RecordingSpool()

    start(spool)
    qtbot.waitUntil(lambda: len(spool.slips) == 2)

    marked = ["SALINAN" in [line.text for line in slip.header] for slip in spool.slips]
    assert marked == [False, True]


def test_a_waiting_paper_is_dated_by_the_clock_of_the_store(
    store_url: str, start: StartKiosk, qtbot: QtBot
) -> None:
    def open_behind() -> Store:
        return open_store(store_url, clock=lambda: system_clock() - 600_000_000)

    store = open_behind()
    issue(store)
    store.close()
    spool = RecordingSpool()

    start(spool, open_=open_behind)

    qtbot.waitUntil(lambda: len(spool.slips) == 1)


def test_a_store_that_stays_away_collects_no_queue_of_records(
    store_url: str, qtbot: QtBot, expected_logs: LogRecorder
) -> None:
    store, spool = open_store(store_url), RecordingSpool()
    worker = HandWorker(store, [])
    printing = printing_of(worker, spool, ZoneInfo("UTC"))
    tickets = [issue(store) for _ in range(3)]
    for ticket in tickets:
        printing.print(sheet_of(store, ticket))
    worker.is_away = True
    ended: list[object] = []
    printing.ended.connect(ended.append)
    worker.answer()
    qtbot.waitUntil(lambda: len(ended) == 3)

    for _ in range(5):
        printing._record_again()  # what its timer does

    assert len(worker.asked) == 1
    worker.answer()
    worker.is_away = False
    printing._record_again()
    worker.answer()
    with store.read() as view:
        found = [job.state for one in tickets for job in jobs_of_ticket(view, one.ticket)]
        assert jobs_to_print(view, STATION) == ()
    assert found == [JobState.PRINTED] * 3
    assert len(spool.slips) == 3
    printing.stop()
    store.close()


def test_lost_papers_are_looked_for_again_where_the_store_was_away_at_the_start(
    store_url: str, expected_logs: LogRecorder
) -> None:
    store, spool = open_store(store_url), RecordingSpool(outcome=None)
    lost, mine = issue(store), issue(store)
    job = str(lost.job)
    store.run(
        lambda tx: record_print(
            tx, request=new_request(), actor="kiosk", job=job, state=JobState.SENDING
        )
    )
    worker = HandWorker(store, [], is_away=True)
    printing = printing_of(worker, spool, ZoneInfo("UTC"))
    printing.look()
    worker.answer()
    worker.is_away = False
    printing.print(sheet_of(store, mine))
    worker.answer()

    printing.look()
    worker.answer()

    with store.read() as view:
        found = [job.state for one in (lost, mine) for job in jobs_of_ticket(view, one.ticket)]
    assert found == [JobState.UNKNOWN, JobState.SENDING]
    assert [slip.key for slip in spool.slips] == [mine.job]
    assert "may or may not have come out" in expected_logs.text
    store.close()
