"""The store's worker and the feed's follower, on a real store."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pysqlite3.dbapi2 as sqlite3
import pytest
from pytestqt.qtbot import QtBot

import assets
from db.catalogue import load_catalogue
from db.catalogue_file import read_catalogue
from db.errors import StoreMissing, StoreUnreachable
from db.install import install, installed
from db.journal import Event
from db.store import Store, new_request, open_store
from db.tickets import issue_ticket
from desktop.live import FeedFollower, StoreWorker
from rules.errors import KnownError, NobodyWaiting
from tests.support.expected_logs import LogRecorder


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store with the sample hall."""
    address = f"sqlite:///{tmp_path_factory.mktemp('live') / 'hall.db'}"
    install(address)
    file = read_catalogue(assets.sample_catalogue())
    store = installed(address, file.site.code)
    load_catalogue(store, file, actor="test", always_open=True)
    store.close()
    return address


@pytest.fixture
def worker(url: str, qtbot: QtBot) -> Iterator[StoreWorker]:
    """A worker on that store."""
    made = StoreWorker(lambda: open_store(url), "store under test")
    yield made
    made.stop()


class Answers:
    """What came back, and in which thread."""

    def __init__(self) -> None:
        self.results: list[object] = []
        self.faults: list[KnownError] = []
        self.threads: set[str] = set()

    def done(self, result: object) -> None:
        """Keep a result."""
        self.results.append(result)
        self.threads.add(threading.current_thread().name)

    def failed(self, fault: KnownError) -> None:
        """Keep a fault."""
        self.faults.append(fault)
        self.threads.add(threading.current_thread().name)


def seq_of(store: Store) -> int:
    """Read the journal's end."""
    with store.read() as view:
        return view.seq


def issue(url: str) -> None:
    """Issue a number from elsewhere."""
    store = open_store(url)
    store.run(
        lambda tx: issue_ticket(
            tx, request=new_request(), actor="cli:test", services=["DUKCAPIL.KK"]
        )
    )
    store.close()


def test_jobs_run_in_order_in_their_own_thread(worker: StoreWorker, qtbot: QtBot) -> None:
    answers = Answers()
    names: list[str] = []

    def job(number: int) -> Callable[[Store], int]:
        def run(_store: Store) -> int:
            names.append(threading.current_thread().name)
            return number

        return run

    for number in range(20):
        worker.submit(job(number), answers.done, answers.failed)
    qtbot.waitUntil(lambda: len(answers.results) == 20)

    assert answers.results == list(range(20))
    assert set(names) == {"store under test"}
    assert answers.threads == {threading.main_thread().name}


def test_a_known_error_goes_to_who_asked(worker: StoreWorker, qtbot: QtBot) -> None:
    answers = Answers()

    def refuse(_store: Store) -> None:
        raise NobodyWaiting(counter="1")

    worker.submit(refuse, answers.done, answers.failed)
    qtbot.waitUntil(lambda: len(answers.faults) == 1)

    assert answers.faults[0].code == "NobodyWaiting"
    assert answers.results == []


def test_a_bug_reaches_the_crash_hook(worker: StoreWorker, qtbot: QtBot) -> None:
    answers = Answers()

    def stumble(_store: Store) -> None:
        raise ZeroDivisionError("a bug")

    with qtbot.captureExceptions() as caught:
        worker.submit(stumble, answers.done, answers.failed)
        qtbot.waitUntil(lambda: len(caught) == 1)

    assert caught[0][0] is ZeroDivisionError
    assert answers.faults == []


def test_a_job_that_hangs_fails_at_its_deadline(
    worker: StoreWorker, qtbot: QtBot, expected_logs: LogRecorder
) -> None:
    answers = Answers()
    may_end = threading.Event()

    def hang(_store: Store) -> str:
        may_end.wait(20)
        return "too late"

    worker.submit(hang, answers.done, answers.failed, deadline_s=0.1)
    qtbot.waitUntil(lambda: len(answers.faults) == 1)
    may_end.set()
    worker.submit(seq_of, answers.done, answers.failed)
    qtbot.waitUntil(lambda: len(answers.results) == 1)

    assert isinstance(answers.faults[0], StoreUnreachable)
    assert answers.results[0] != "too late"
    assert expected_logs.records


def test_a_store_that_comes_back_is_opened_again(url: str, qtbot: QtBot) -> None:
    answers = Answers()
    is_away = [True]

    def opener() -> Store:
        if is_away[0]:
            raise StoreUnreachable(url="x", detail="gone")
        return open_store(url)

    worker = StoreWorker(opener)
    worker.submit(seq_of, answers.done, answers.failed)
    qtbot.waitUntil(lambda: len(answers.faults) == 1)
    is_away[0] = False
    worker.submit(seq_of, answers.done, answers.failed)
    qtbot.waitUntil(lambda: len(answers.results) == 1)
    worker.stop()

    assert answers.faults[0].code == "StoreUnreachable"


def test_a_missing_store_is_told_of_before_the_job_fails(tmp_path: Path, qtbot: QtBot) -> None:
    answers = Answers()
    told: list[object] = []
    worker = StoreWorker(lambda: open_store(f"sqlite:///{tmp_path / 'none.db'}"))
    worker.unusable.connect(told.append)

    worker.submit(seq_of, answers.done, answers.failed)
    qtbot.waitUntil(lambda: len(answers.faults) == 1)
    worker.stop()

    assert [type(fault) for fault in told] == [StoreMissing]


def test_after_the_stop_no_answer_comes(url: str, qtbot: QtBot) -> None:
    answers = Answers()
    worker = StoreWorker(lambda: open_store(url))
    worker.submit(seq_of, answers.done, answers.failed)

    worker.stop()
    worker.submit(seq_of, answers.done, answers.failed)
    qtbot.wait(50)

    assert (answers.results, answers.faults) == ([], [])


def test_the_follower_first_says_that_it_listens_then_what_is_new(url: str, qtbot: QtBot) -> None:
    follower = FeedFollower(lambda: open_store(url))
    told: list[str] = []
    events: list[Event] = []
    follower.regained.connect(lambda: told.append("regained"))
    follower.advanced.connect(events.extend)

    follower.start()
    qtbot.waitUntil(lambda: told == ["regained"])
    issue(url)
    qtbot.waitUntil(lambda: len(events) == 1)
    follower.stop()

    assert (events[0].kind, events[0].actor) == ("TicketIssued", "cli:test")


def test_lost_and_regained_are_told_once_each_and_nothing_is_missed(
    url: str, qtbot: QtBot, expected_logs: LogRecorder
) -> None:
    told: list[str] = []
    events: list[Event] = []
    is_away = [False]

    def opener() -> Store:
        if is_away[0]:
            raise StoreUnreachable(url="x", detail="gone")
        return BreakableStore.wrap(open_store(url), is_away)

    follower = FeedFollower(opener)
    follower.regained.connect(lambda: told.append("regained"))
    follower.lost.connect(lambda fault: told.append(fault.code))
    follower.advanced.connect(events.extend)
    follower.start()
    qtbot.waitUntil(lambda: told == ["regained"])

    is_away[0] = True
    issue(url)
    qtbot.waitUntil(lambda: told == ["regained", "StoreUnreachable"])
    qtbot.wait(600)
    issue(url)
    is_away[0] = False
    qtbot.waitUntil(lambda: len(events) == 2)
    follower.stop()

    assert told == ["regained", "StoreUnreachable", "regained"]
    assert len(expected_logs.records) == 1


def test_a_store_put_back_from_a_backup_is_followed_from_its_own_end(
    url: str, tmp_path: Path, qtbot: QtBot, expected_logs: LogRecorder
) -> None:
    backup = f"sqlite:///{tmp_path / 'backup.db'}"
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("VACUUM INTO ?", (backup.removeprefix("sqlite:///"),))
    told: list[str] = []
    events: list[Event] = []
    present, is_away = [url], [False]
    follower = FeedFollower(lambda: BreakableStore.wrap(open_store(present[0]), is_away))
    follower.regained.connect(lambda: told.append("regained"))
    follower.lost.connect(lambda fault: told.append(fault.code))
    follower.advanced.connect(events.extend)
    follower.start()
    qtbot.waitUntil(lambda: told == ["regained"])
    issue(url)
    issue(url)
    qtbot.waitUntil(lambda: len(events) == 2)

    is_away[0] = True
    issue(url)
    qtbot.waitUntil(lambda: told == ["regained", "StoreUnreachable"])
    present[0] = backup
    is_away[0] = False
    qtbot.waitUntil(lambda: told == ["regained", "StoreUnreachable", "regained"])
    issue(backup)

    qtbot.waitUntil(lambda: len(events) == 3)
    follower.stop()


def test_a_follower_whose_place_was_pruned_starts_from_a_new_snapshot(
    url: str, tmp_path: Path, qtbot: QtBot
) -> None:
    copy = f"sqlite:///{tmp_path / 'hall.db'}"
    file = copy.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("VACUUM INTO ?", (file,))
    told: list[str] = []
    events: list[Event] = []
    follower = FeedFollower(lambda: open_store(copy))
    follower.regained.connect(lambda: told.append("regained"))
    follower.lost.connect(lambda fault: told.append(fault.code))
    follower.advanced.connect(events.extend)
    follower.start()
    qtbot.waitUntil(lambda: told == ["regained"])

    # The follower sleeps meanwhile: nobody else sees the store between the two.
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        last = connection.execute("SELECT seq FROM feed_head").fetchone()[0]
        connection.execute("UPDATE feed_event SET seq = seq + 5 WHERE seq = ?", (last,))
        connection.execute("UPDATE feed_head SET seq = seq + 5")
        connection.execute("COMMIT")
    qtbot.waitUntil(lambda: told == ["regained", "regained"])
    assert events == []
    issue(copy)
    qtbot.waitUntil(lambda: len(events) == 1)
    follower.stop()

    assert told == ["regained", "regained"]
    assert events[0].kind == "TicketIssued"


class BreakableStore(Store):
    """A store that can be made to vanish."""

    is_away: list[bool]

    @classmethod
    def wrap(cls, store: Store, is_away: list[bool]) -> Store:
        """Return the same store, able to break."""
        store.__class__ = cls
        store.is_away = is_away  # type: ignore[attr-defined]
        return store

    def read(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - the parent's own type
        """Read, or be away."""
        if self.is_away[0]:
            raise StoreUnreachable(url="x", detail="gone")
        return super().read()


def test_a_store_that_never_was_ends_the_follower(tmp_path: Path, qtbot: QtBot) -> None:
    told: list[object] = []
    follower = FeedFollower(lambda: open_store(f"sqlite:///{tmp_path / 'none.db'}"))
    follower.unusable.connect(told.append)

    follower.start()
    qtbot.waitUntil(lambda: len(told) == 1)
    follower.stop()

    assert isinstance(told[0], StoreMissing)
