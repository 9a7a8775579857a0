"""A full or failing disk under the store: a known error, nothing half-done, and it goes on."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from db import calls, desks, moves
from db.errors import StoreFull, StoreProblem, StoreReadOnly, StoreUnreachable
from db.feed import FeedReader
from db.printing import queue_copy
from db.store import new_request
from db.verify import verify
from tests.support.disk_trace import require_strace, strace_command
from tests.support.postgresql import Cluster, PostgreSQLMissing, start_cluster
from tests.support.small_disk import SmallDisk, failing_disk, leave_out, small_disk
from tests.support.small_hall import KK, PIN, SKCK, SetClock, SmallHall, prepare

ROOT = Path(__file__).parents[2]
LIMIT_S = 60.0
MANY = 2000


def open_hall(url: str) -> SmallHall:
    """Open the small hall, today."""
    return SmallHall(url, SetClock(datetime.now(UTC)))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of four megabytes."""
    with small_disk(tmp_path, 4096) as mounted:
        yield mounted


@pytest.fixture
def hall(disk: SmallDisk) -> Iterator[SmallHall]:
    """The small hall on the small disk, with visitors at two counters."""
    prepare(str(disk.folder / "hall.db"))
    opened = open_hall(str(disk.folder / "hall.db"))
    for _ in range(5):
        opened.issue(KK)
    opened.next("1")
    opened.served("2")

    yield opened

    opened.close()


def acts_on(hall: SmallHall) -> dict[str, Callable[[], Any]]:
    """Return acts that the hall would allow now."""
    ticket = hall.rows("SELECT id FROM ticket ORDER BY number")[-1][0]
    turn = hall.rows("SELECT id FROM turn WHERE status = 'waiting'")[-1][0]
    return {
        "issue": lambda: hall.issue(KK, SKCK),
        "start": lambda: hall.act(calls.start, counter="1"),
        "recall": lambda: hall.act(calls.recall, counter="1"),
        "missed": lambda: hall.act(calls.mark_missed, counter="1"),
        "hold": lambda: hall.act(calls.hold, counter="1"),
        "undo": lambda: hall.act(calls.undo_call, counter="1"),
        "finish": lambda: hall.act(calls.finish, counter="2"),
        "next": lambda: hall.next("2", finish=True),
        "transfer": lambda: hall.act(moves.transfer, counter="2", service=SKCK),
        "cancel": lambda: hall.act(moves.cancel, turn=turn),
        "copy": lambda: hall.act(queue_copy, ticket=ticket, station="kiosk-1"),
        "sign in": lambda: desks.sign_in(
            hall.store, request=new_request(), officer="ani", pin=PIN, counter="4"
        ),
    }


def reads_of(hall: SmallHall) -> tuple[object, ...]:
    """Read what screens show."""
    reader = FeedReader(hall.store, 0)
    read = reader.wait(0)
    reader.close()
    return hall.board(), hall.desk("1").waiting, read


def use_until_full(url: str) -> int:
    """Open a store, look and give numbers; return 1 where it could be opened."""
    hall = open_hall(url)
    try:
        hall.board()
        for _ in range(20):
            hall.issue(KK)
    except StoreFull:
        return 1
    finally:
        hall.close()
    return 0


def test_on_a_full_disk_no_act_is_half_done_and_screens_go_on(
    hall: SmallHall, disk: SmallDisk
) -> None:
    refused = []
    for name, act in acts_on(hall).items():
        disk.fill()
        before, shown = hall.dump(), reads_of(hall)
        try:
            act()
        except StoreFull:
            refused.append(name)
            assert hall.dump() == before, name
            assert reads_of(hall) == shown, name
    disk.make_room()

    # A small act may find its room in what the log already has.
    assert len(refused) > 6
    numbers = len(hall.rows("SELECT 1 FROM ticket"))
    assert hall.issue(KK).number == f"B-{numbers + 1:03}"
    assert verify(hall.store).faults == ()
    assert hall.rows("PRAGMA integrity_check") == [("ok",)]


def test_wherever_the_room_ends_an_act_is_done_whole_or_not_at_all(
    hall: SmallHall, disk: SmallDisk
) -> None:
    refused = 0
    for leave in range(0, 128 * 1024, 8192):
        disk.fill(leave)
        before = hall.dump()
        try:
            hall.issue(KK, SKCK)
        except StoreFull:
            refused += 1
            assert hall.dump() == before
        disk.make_room()

    numbers = [row[0] for row in hall.rows("SELECT number FROM ticket ORDER BY number")]
    assert 0 < refused < 16
    assert numbers == list(range(1, len(numbers) + 1))
    assert verify(hall.store).faults == ()


def test_a_store_on_a_full_disk_that_is_opened_says_so(hall: SmallHall, disk: SmallDisk) -> None:
    # Closed by its last user, it has neither log nor index: there must be room for both.
    hall.close()
    before = (disk.folder / "hall.db").read_bytes()
    refused = opened = 0
    for leave in range(0, 96 * 1024, 8192):
        disk.fill(leave)
        try:
            opened += use_until_full(hall.url)
        except StoreFull:
            refused += 1
        disk.make_room()

    # Some could not be opened, some could and then not written; none did neither.
    assert refused
    assert opened
    assert refused + opened == 12
    assert (disk.folder / "hall.db").read_bytes()[:16] == before[:16]
    again = open_hall(hall.url)
    assert again.issue(KK).number
    assert verify(again.store).faults == ()
    again.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        # The first write of a command, one in its middle, its last (the commit's own), its sync.
        ("pwrite64:error=ENOSPC:when=1+", "StoreFull"),
        ("pwrite64:error=ENOSPC:when=9+", "StoreFull"),
        ("pwrite64:error=EROFS:when=9+", "StoreUnreachable"),
        ("fsync:error=EIO:when=1+", "StoreUnreachable"),
        ("fsync:error=ENOSPC:when=1+", "StoreUnreachable"),
    ],
)
def test_a_disk_that_fails_within_a_commit_leaves_nothing_of_it(
    tmp_path: Path, fault: str, error: str
) -> None:
    require_strace()
    prepare(str(tmp_path / "hall.db"))
    hall = open_hall(str(tmp_path / "hall.db"))
    hall.issue(KK)
    before = hall.dump()

    done = subprocess.run(
        [
            *strace_command(tmp_path / "trace", inject=fault),
            *("-P", str(tmp_path / "hall.db-wal"), sys.executable, "-m", "tests.support.victim"),
            *(hall.url, str(tmp_path / "told.memory"), "1"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )

    assert f"db.errors.{error}: " in done.stderr
    assert hall.dump() == before
    assert hall.issue(KK).number == "B-002"
    assert verify(hall.store).faults == ()
    hall.close()


def test_a_disk_that_turned_read_only_is_told_and_screens_go_on(tmp_path: Path) -> None:
    with failing_disk(tmp_path) as (disk, trigger):
        prepare(str(disk.folder / "hall.db"))
        hall = open_hall(str(disk.folder / "hall.db"))
        hall.issue(KK)
        hall.next("1")
        hall.issue(KK)
        hall.served("2")
        hall.issue(KK)
        acts = acts_on(hall)
        trigger.write_text("1")
        before, shown = hall.dump(), reads_of(hall)

        for name, act in acts.items():
            with pytest.raises(StoreReadOnly):
                act()
            assert hall.dump() == before, name
        assert reads_of(hall) == shown
        hall.close()


@pytest.fixture(params=["data", "wal"])
def small_cluster(
    request: pytest.FixtureRequest,
) -> Iterator[tuple[str, Cluster, SmallDisk]]:
    """A server whose data, or whose log, lies on a small disk."""
    # initdb runs under an ordinary user, who may not look into pytest's folders.
    place = Path(tempfile.mkdtemp(prefix="anjungan-disk-"))
    place.chmod(0o755)
    size_kib = 100 * 1024 if request.param == "data" else 32 * 1024
    try:
        with small_disk(place, size_kib) as disk:
            is_data = request.param == "data"
            cluster = start_cluster(data=disk.folder) if is_data else start_cluster(wal=disk.folder)
            yield request.param, cluster, disk
            cluster.stop()
    except PostgreSQLMissing as error:
        leave_out(str(error))
    finally:
        shutil.rmtree(place)


@pytest.mark.postgresql
@pytest.mark.heavy
def test_a_server_on_a_full_disk_loses_nothing_and_goes_on(
    small_cluster: tuple[str, Cluster, SmallDisk],
) -> None:
    which, cluster, disk = small_cluster
    url = cluster.url(cluster.fresh_database())
    prepare(url)
    hall = open_hall(url)
    told = [hall.issue(KK).number]
    disk.fill()

    fault: StoreProblem | None = None
    for _ in range(MANY):
        try:
            told.append(hall.issue(KK, SKCK).number)
        except StoreProblem as problem:
            fault = problem
            break

    # Without room for its log the server may also stop by itself.
    assert isinstance(fault, StoreFull if which == "data" else StoreFull | StoreUnreachable)
    if which == "data":
        before = hall.dump()
        with pytest.raises(StoreFull):
            hall.issue(KK, SKCK)
        assert hall.dump() == before
        assert hall.board().seq
    disk.make_room()
    cluster.resume()
    told.append(hall.issue(KK).number)
    assert told == [f"B-{number:03}" for number in range(1, len(told) + 1)]
    assert verify(hall.store).faults == ()
    hall.close()
