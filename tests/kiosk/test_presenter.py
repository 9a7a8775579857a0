"""A kiosk on a real store: numbers, paper, the feed, and a store that goes away."""

from __future__ import annotations

import threading

import pytest
from pytestqt.qtbot import QtBot

from db.catalogue import load_catalogue
from db.errors import StoreUnreachable
from db.journal import Kind
from db.printing import JobState, jobs_of_ticket, jobs_sending, queue_copy, record_print
from db.store import Store, new_request, open_store
from db.tickets import issue_ticket
from hardware.printer import PrintOutcome
from kiosk import flow
from kiosk.flow import Paper
from tests.kiosk.conftest import StartKiosk
from tests.kiosk.hall_store import STATION, Kiosk, RecordingSpool, make_store, result, sample
from tests.support.expected_logs import LogRecorder

KK = "DUKCAPIL.KK"


def take(kiosk: Kiosk, qtbot: QtBot, service: str = KK) -> flow.Done:
    """Take a number as a visitor does, and return the last page."""
    presenter = kiosk.presenter
    presenter.open_agency(service.split(".", maxsplit=1)[0])
    presenter.open_service(service)
    presenter.take_number()
    qtbot.waitUntil(lambda: isinstance(presenter.flow.page, flow.Done))
    page = presenter.flow.page
    assert isinstance(page, flow.Done)
    return page


def paper_of(kiosk: Kiosk) -> Paper | None:
    """Return what the last page says of the paper."""
    page = kiosk.presenter.flow.page
    return page.paper if isinstance(page, flow.Done) else None


def states(kiosk: Kiosk, ticket: str) -> list[JobState]:
    """Return the states of a ticket's papers."""
    store = kiosk.store()
    with store.read() as view:
        found = [job.state for job in jobs_of_ticket(view, ticket)]
    store.close()
    return found


def test_a_visitor_gets_a_number_on_paper(start: StartKiosk, qtbot: QtBot) -> None:
    spool = RecordingSpool()
    kiosk = start(spool)

    page = take(kiosk, qtbot)
    qtbot.waitUntil(lambda: paper_of(kiosk) is Paper.PRINTED)

    assert page.issued.number == "B-001"
    assert page.issued.agency == "Dinas Kependudukan dan Pencatatan Sipil"
    assert page.issued.qr.startswith("anjungan:")
    assert [slip.number for slip in spool.slips] == ["B-001"]
    assert spool.slips[0].qr == page.issued.qr
    qtbot.waitUntil(lambda: states(kiosk, page.issued.ticket) == [JobState.PRINTED])


def test_sending_is_recorded_before_the_printer_gets_anything(
    start: StartKiosk, qtbot: QtBot
) -> None:
    spool = RecordingSpool(outcome=None)
    kiosk = start(spool)

    page = take(kiosk, qtbot)
    qtbot.waitUntil(lambda: len(spool.slips) == 1)

    assert states(kiosk, page.issued.ticket) == [JobState.SENDING]
    assert paper_of(kiosk) is Paper.PRINTING


@pytest.mark.parametrize(
    ("outcome", "paper", "state"),
    [
        (PrintOutcome.SENT, Paper.PRINTED, JobState.SENT),
        (PrintOutcome.FAILED, Paper.FAILED, JobState.FAILED),
        (PrintOutcome.UNKNOWN, Paper.UNKNOWN, JobState.UNKNOWN),
    ],
)
def test_the_last_page_says_what_became_of_the_paper(
    start: StartKiosk,
    qtbot: QtBot,
    expected_logs: LogRecorder,
    outcome: PrintOutcome,
    paper: Paper,
    state: JobState,
) -> None:
    kiosk = start(RecordingSpool(outcome=outcome))

    page = take(kiosk, qtbot)
    qtbot.waitUntil(lambda: paper_of(kiosk) is paper)

    qtbot.waitUntil(lambda: states(kiosk, page.issued.ticket) == [state])
    assert "paper" in expected_logs.text


def test_without_a_printer_the_number_is_on_the_screen(start: StartKiosk, qtbot: QtBot) -> None:
    kiosk = start(None)

    page = take(kiosk, qtbot)

    assert page.paper is Paper.FAILED
    assert states(kiosk, page.issued.ticket) == []


def test_a_double_tap_gives_one_number(start: StartKiosk, qtbot: QtBot) -> None:
    kiosk = start(RecordingSpool())
    presenter = kiosk.presenter
    presenter.open_agency("DUKCAPIL")
    presenter.open_service(KK)

    presenter.take_number()
    presenter.take_number()
    qtbot.waitUntil(lambda: paper_of(kiosk) is Paper.PRINTED)
    presenter.home()
    second = take(kiosk, qtbot)

    assert second.issued.number == "B-002"
    assert second.issued.ahead == 1


def test_a_copy_that_staff_ask_for_is_printed_here_and_marked(
    start: StartKiosk, qtbot: QtBot
) -> None:
    spool = RecordingSpool()
    kiosk = start(spool)
    page = take(kiosk, qtbot)
    qtbot.waitUntil(lambda: states(kiosk, page.issued.ticket) == [JobState.PRINTED])

    store = kiosk.store()
    store.run(
        lambda tx: queue_copy(
            tx, request=new_request(), actor="officer:P1", ticket=page.issued.ticket
        )
    )
    store.close()
    qtbot.waitUntil(lambda: len(spool.slips) == 2)

    assert spool.slips[1].number == "B-001"
    assert "SALINAN" in [line.text for line in spool.slips[1].header]
    assert "SALINAN" not in [line.text for line in spool.slips[0].header]
    qtbot.waitUntil(
        lambda: states(kiosk, page.issued.ticket) == [JobState.PRINTED, JobState.PRINTED]
    )


def test_after_a_restart_a_paper_that_was_being_sent_is_unknown(
    store_url: str, start: StartKiosk, qtbot: QtBot, expected_logs: LogRecorder
) -> None:
    store = open_store(store_url)
    ticket = store.run(
        lambda tx: issue_ticket(
            tx,
            request=new_request(),
            actor=f"kiosk:{STATION}",
            services=[KK],
            station=STATION,
            is_printed=True,
        )
    )
    assert ticket.job is not None
    job = ticket.job
    store.run(
        lambda tx: record_print(
            tx, request=new_request(), actor="kiosk", job=job, state=JobState.SENDING
        )
    )
    spool = RecordingSpool()

    kiosk = start(spool)

    qtbot.waitUntil(lambda: states(kiosk, ticket.ticket) == [JobState.UNKNOWN])
    with store.read() as view:
        assert jobs_sending(view, STATION) == ()
    store.close()
    assert spool.slips == []
    qtbot.waitUntil(lambda: "may or may not have come out" in expected_logs.text)


def test_the_queue_on_the_service_page_follows_the_feed(
    store_url: str, start: StartKiosk, qtbot: QtBot
) -> None:
    kiosk = start(None)
    presenter = kiosk.presenter
    presenter.open_agency("DUKCAPIL")
    presenter.open_service(KK)
    qtbot.waitUntil(lambda: presenter.queue is not None)

    store = open_store(store_url)
    store.run(lambda tx: issue_ticket(tx, request=new_request(), actor="cli:test", services=[KK]))
    store.close()

    qtbot.waitUntil(lambda: presenter.queue is not None and presenter.queue.waiting == 1)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("KTP HILANG", "DUKCAPIL.KTPC"),
        ("PASPOR", "IMIGRASI.PBARU"),
        ("PAJAK MOTOR", "SAMSAT.PKB1"),
    ],
)
def test_needs_are_found_as_people_type_them(start: StartKiosk, typed: str, expected: str) -> None:
    kiosk = start(None)

    found = [one.service.code for one in kiosk.presenter.hits(typed)]

    assert expected in found[:3]


def test_nothing_typed_finds_nothing(start: StartKiosk) -> None:
    assert start(None).presenter.hits("  ") == ()


def test_idleness_forgets_page_and_language(start: StartKiosk, qtbot: QtBot) -> None:
    kiosk = start(None)
    presenter = kiosk.presenter
    presenter.speak("en")
    presenter.open_agency("DUKCAPIL")

    kiosk.now[0] += 31
    qtbot.waitUntil(lambda: presenter.flow.page == flow.Home())

    assert presenter.texts.language == "id"


def test_a_ticket_is_printed_in_the_language_of_its_visitor(
    start: StartKiosk, qtbot: QtBot
) -> None:
    spool = RecordingSpool()
    kiosk = start(spool)
    kiosk.presenter.speak("en")

    take(kiosk, qtbot)
    qtbot.waitUntil(lambda: len(spool.slips) == 1)

    assert "Waiting ahead of you: 0 people" in [line.text for line in spool.slips[0].after]


def test_a_store_that_is_away_at_the_start_is_waited_for(
    store_url: str, start: StartKiosk, qtbot: QtBot, expected_logs: LogRecorder
) -> None:
    is_away = [True]

    def open_when_back() -> Store:
        if is_away[0]:
            raise StoreUnreachable(url="x", detail="gone")
        return open_store(store_url)

    kiosk = start(None, open_=open_when_back, is_awaited=False)
    page = kiosk.presenter.flow
    qtbot.waitUntil(lambda: page.page != flow.Unavailable(None))
    away = page.page
    is_away[0] = False
    qtbot.waitUntil(lambda: isinstance(page.page, flow.Home))

    assert isinstance(away, flow.Unavailable)
    assert [record.name for record in expected_logs.records] == ["desktop.live"]


def test_no_number_is_given_while_the_hall_is_closed(
    tmp_path_factory: pytest.TempPathFactory, start: StartKiosk, qtbot: QtBot
) -> None:
    url = make_store(tmp_path_factory.mktemp("closed"), is_open=False)
    kiosk = start(RecordingSpool(), url=url)
    presenter = kiosk.presenter
    presenter.open_agency("DUKCAPIL")
    presenter.open_service(KK)

    presenter.take_number()
    qtbot.waitUntil(lambda: isinstance(presenter.flow.page, flow.Service))

    page = presenter.flow.page
    assert isinstance(page, flow.Service)
    assert page.fault is not None
    assert page.fault.code == "QueueClosed"


def test_a_service_that_leaves_the_catalogue_leaves_the_screen(
    store_url: str, start: StartKiosk, qtbot: QtBot
) -> None:
    kiosk = start(None)
    presenter = kiosk.presenter
    presenter.open_agency("KADIN")
    presenter.open_service("KADIN.KTAK")
    agencies = tuple(
        one.model_copy(update={"services": one.services[1:]}) if one.code == "KADIN" else one
        for one in sample().agencies
    )
    file = sample().model_copy(update={"agencies": agencies})

    store = open_store(store_url)
    load_catalogue(store, file, actor="test", always_open=True)
    store.close()

    qtbot.waitUntil(lambda: presenter.flow.page == flow.Home())
    assert presenter.found("KADIN.KTAK") is None


def test_the_kiosk_is_named_in_the_journal(start: StartKiosk, qtbot: QtBot) -> None:
    kiosk = start(None)
    seen: list[tuple[str, str]] = []
    kiosk.follower.advanced.connect(
        lambda events: seen.extend((event.kind, event.actor) for event in events)
    )

    take(kiosk, qtbot)

    qtbot.waitUntil(lambda: (Kind.TICKET_ISSUED, f"kiosk:{STATION}") in seen)


def test_a_paper_that_ends_after_the_visitor_left_changes_no_page(
    start: StartKiosk, qtbot: QtBot
) -> None:
    spool = RecordingSpool(outcome=None)
    kiosk = start(spool)
    page = take(kiosk, qtbot)
    qtbot.waitUntil(lambda: len(spool.waiting) == 1)

    kiosk.presenter.home()
    key, done = spool.waiting[0]
    done(key, result(PrintOutcome.PRINTED))

    qtbot.waitUntil(lambda: states(kiosk, page.issued.ticket) == [JobState.PRINTED])
    assert kiosk.presenter.flow.page == flow.Home()


def test_a_hall_that_could_not_be_read_once_is_read_again_though_the_feed_never_broke(
    store_url: str, start: StartKiosk, qtbot: QtBot
) -> None:
    is_away = [True]

    def open_unless_away() -> Store:
        if is_away[0] and threading.current_thread().name == "store":
            raise StoreUnreachable(url="x", detail="gone")
        return open_store(store_url)

    kiosk = start(None, open_=open_unless_away, is_awaited=False)
    page = kiosk.presenter.flow
    qtbot.waitUntil(lambda: page.page != flow.Unavailable(None))

    is_away[0] = False

    qtbot.waitUntil(lambda: isinstance(page.page, flow.Home))
