"""What can be wrong with a PostgreSQL store: away, cut off, frozen, read-only; and recovery."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator

import psycopg
import pytest

import db.postgresql
from db import address
from db.catalogue import load_catalogue
from db.driver import LOCK_TIMEOUT_S
from db.errors import (
    StoreEmpty,
    StoreLocked,
    StoreMissing,
    StoreReadOnly,
    StoreUnreachable,
)
from db.feed import FeedReader
from db.install import install
from db.store import Store, new_request, open_store
from db.tickets import IssuedTicket, issue_ticket
from db.transaction import Tx
from tests.support.postgresql import Cluster
from tests.support.small_hall import ACTOR, KK, SetClock, SmallHall, catalogue, prepare
from tests.support.wire import Wire

pytestmark = pytest.mark.postgresql
LIMIT_S = 20.0


@pytest.fixture
def url(fresh_database_url: str) -> str:
    """A prepared store of this test alone."""
    prepare(fresh_database_url)
    return fresh_database_url


@pytest.fixture
def wire(postgresql_cluster: Cluster) -> Iterator[Wire]:
    """A wire to the server that the test may cut."""
    with Wire(postgresql_cluster.port) as opened:
        yield opened


@pytest.fixture
def hall(url: str, wire: Wire) -> Iterator[SmallHall]:
    """The small hall, reached over the wire."""
    opened = SmallHall(re.sub(r":\d+/", f":{wire.port}/", url), SetClock())

    yield opened

    opened.close()


@contextlib.contextmanager
def session(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Open a session beside the hall's own."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def test_a_wrong_port_is_unreachable(url: str) -> None:
    with pytest.raises(StoreUnreachable) as refused:
        open_store(re.sub(r":\d+/", ":9/", url))

    assert refused.value.fields["detail"]


@pytest.mark.parametrize("host", ["no-such-host.invalid"])
def test_a_wrong_host_is_unreachable(url: str, host: str) -> None:
    with pytest.raises(StoreUnreachable):
        open_store(re.sub(r"127\.0\.0\.1:\d+", host, url))


def test_a_wrong_database_is_missing(url: str) -> None:
    with pytest.raises(StoreMissing):
        open_store(f"{url}_none")
    with pytest.raises(StoreMissing):
        install(f"{url}_none")


def test_a_database_without_our_tables_is_missing_and_then_empty(fresh_database_url: str) -> None:
    with pytest.raises(StoreMissing):
        open_store(fresh_database_url)
    install(fresh_database_url)
    with pytest.raises(StoreEmpty):
        open_store(fresh_database_url)


def test_a_user_who_may_not_write_is_told(url: str) -> None:
    name = url.rpartition("/")[2]
    with session(url) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    hall = SmallHall(url, SetClock())
    before = hall.dump()

    with pytest.raises(StoreReadOnly):
        hall.issue(KK)

    assert hall.dump() == before
    hall.close()


def test_a_lock_that_is_held_too_long_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.postgresql, "LOCK_TIMEOUT_S", 0.3)
    hall = SmallHall(url, SetClock())
    before = hall.dump()
    with session(url) as other, other.transaction():
        other.execute("SELECT * FROM feed_head FOR UPDATE")
        with pytest.raises(StoreLocked):
            hall.issue(KK)
        assert hall.board().calls == ()

    assert hall.dump() == before
    assert hall.issue(KK).number == "B-001"
    hall.close()


def test_a_frozen_client_does_not_hold_up_the_hall_for_ever(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.postgresql, "LOCK_TIMEOUT_S", 0.3)
    hall = SmallHall(url, SetClock())
    frozen = Store(address.parse(url), "UJI")
    deadline = time.monotonic() + LIMIT_S
    with frozen.connected() as connection:
        connection.begin_command("UJI", new_request(), [])
        number = None
        while number is None and time.monotonic() < deadline:
            with contextlib.suppress(StoreLocked):
                number = hall.issue(KK).number
        # What it does when it thaws; its transaction is gone, and that is no fault of its own.
        connection.rollback()

    assert number == "B-001"
    frozen.close()
    hall.close()


def test_sites_do_not_wait_for_each_other(url: str) -> None:
    other_site = Store(address.parse(url), "LAIN")
    load_catalogue(other_site, catalogue(code="LAIN"), actor=ACTOR, always_open=True)
    other_site.close()
    hall = SmallHall(url, SetClock(), site="UJI")

    with session(url) as other, other.transaction():
        other.execute("SELECT * FROM feed_head WHERE site = 'LAIN' FOR NO KEY UPDATE")
        assert hall.issue(KK).number == "B-001"
    hall.close()


def test_a_commit_whose_answer_is_lost_makes_no_ghost_ticket(hall: SmallHall, wire: Wire) -> None:
    hall.issue(KK)
    wire.lose_next_commit()

    ticket = hall.issue(KK)

    assert wire.commits_lost == 1
    assert ticket.number == "B-002"
    assert hall.rows("SELECT count(*) FROM ticket") == [(2,)]
    assert hall.issue(KK).number == "B-003"


def test_a_call_whose_answer_is_lost_calls_nobody_else(hall: SmallHall, wire: Wire) -> None:
    hall.issue(KK)
    hall.issue(KK)
    wire.lose_next_commit()

    called = hall.next("1")

    assert wire.commits_lost == 1
    assert called.number == "B-001"
    assert hall.desk("1").present == called


def test_a_server_that_went_away_and_came_back_gives_the_same_number(
    hall: SmallHall, wire: Wire
) -> None:
    request = new_request()
    first = hall.issue(KK, request=request)
    wire.cut()
    with pytest.raises(StoreUnreachable):
        hall.issue(KK, request=request)
    with pytest.raises(StoreUnreachable):
        hall.board()
    wire.mend()

    assert hall.issue(KK, request=request) == first
    assert hall.issue(KK).number == "B-002"


def test_connections_that_the_server_ended_are_made_anew(hall: SmallHall, url: str) -> None:
    hall.issue(KK)
    for _ in range(2):
        with session(url) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert hall.issue(KK).number
    assert hall.rows("SELECT count(*) FROM ticket") == [(3,)]


def test_a_reader_tells_of_the_loss_and_misses_nothing_afterwards(
    hall: SmallHall, wire: Wire, url: str
) -> None:
    start = hall.board().seq
    reader = FeedReader(hall.store, start)
    hall.issue(KK)
    seen = [event.seq for event in reader.wait(LIMIT_S)]
    wire.cut()
    deadline = time.monotonic() + LIMIT_S
    is_told = False
    while not is_told and time.monotonic() < deadline:
        try:
            reader.wait(0.5)
        except StoreUnreachable:
            is_told = True
    assert is_told
    beside = SmallHall(url, hall.clock)
    for _ in range(3):
        beside.issue(KK)
    beside.close()
    wire.mend()
    while len(seen) < 4 and time.monotonic() < deadline:
        with contextlib.suppress(StoreUnreachable):
            seen += [event.seq for event in reader.wait(0.5)]
    reader.close()

    assert seen == list(range(start + 1, start + 5))


def test_a_reader_is_woken_by_another_site_only_to_look_again(url: str) -> None:
    hall = SmallHall(url, SetClock())
    reader = FeedReader(hall.store, hall.board().seq)
    reader.wait(0)
    with session(url) as other:
        other.execute("SELECT pg_notify('anjungan', 'LAIN')")
        other.execute("SELECT pg_notify('anjungan', 'UJI')")

    assert reader.wait(0.3) == ()
    reader.close()
    hall.close()


def test_keys_are_text_as_on_sqlite(url: str) -> None:
    hall = SmallHall(url, SetClock())
    ticket = hall.issue(KK)

    assert hall.rows("SELECT id FROM ticket") == [(ticket.ticket,)]
    assert isinstance(hall.journal()[-1].ticket, str)
    hall.close()


def test_a_transaction_that_the_server_ended_while_we_were_frozen_is_run_again(url: str) -> None:
    store = open_store(url)
    tries: list[int] = []
    request = new_request()

    def frozen_once(tx: Tx) -> IssuedTicket:
        tries.append(1)
        ticket = issue_ticket(tx, request=request, actor=ACTOR, services=[KK])
        if len(tries) == 1:
            tx.rows("SELECT 1")
            time.sleep(LOCK_TIMEOUT_S + 0.5)
        return ticket

    ticket = store.run(frozen_once)

    assert ticket.number.endswith("-001")
    assert len(tries) == 2
    store.close()
