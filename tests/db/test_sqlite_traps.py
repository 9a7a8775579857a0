"""SQLite's own traps: who checkpoints, what stays open, how long the WAL grows."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pysqlite3.dbapi2 as sqlite3
import pytest

import db.sqlite_lock
from db import address
from db.feed import FeedReader
from db.sqlite import SqliteWake
from db.sqlite_lock import take
from db.store import open_store
from tests.support.small_hall import KK, SetClock, SmallHall, prepare

PAGE, FRAME_HEAD = 4096, 24
LONGEST_WAL = 4000 * (PAGE + FRAME_HEAD) + 64 * (PAGE + FRAME_HEAD)
"""Four thousand frames, and what one command may add before it checkpoints."""
LIMIT_S = 20


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hall.db"
    prepare(str(path))
    return path


@pytest.fixture
def hall(file: Path) -> Iterator[SmallHall]:
    opened = SmallHall(str(file), SetClock())
    yield opened
    opened.close()


@contextmanager
def lock_held(file: Path) -> Iterator[None]:
    descriptor = take(str(file))
    yield
    os.close(descriptor)


def wal(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def is_lock_free(file: Path) -> bool:
    descriptor = os.open(f"{file}.lock", os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def test_the_lock_file_is_taken_before_sqlites_own(hall: SmallHall, file: Path) -> None:
    with hall.store.connected() as connection:
        connection.begin()
        is_free_within = is_lock_free(file)
        connection.rollback()

    assert not is_free_within
    assert is_lock_free(file)


def test_who_waits_for_the_lock_file_has_not_begun(hall: SmallHall, file: Path) -> None:
    with lock_held(file):
        waiting = threading.Thread(target=hall.issue, args=(KK,), name="waits")
        waiting.start()
        # SQLite's own write lock is free: a waiter that had begun would hold it.
        other = sqlite3.connect(file, isolation_level=None, timeout=0)
        other.execute("BEGIN IMMEDIATE").close()
        other.execute("ROLLBACK").close()
        other.close()
    waiting.join(LIMIT_S)

    assert len(hall.rows("SELECT id FROM ticket")) == 1


@pytest.mark.parametrize("closes", ["a store", "a reader's wake-up"])
def test_the_last_to_close_checkpoints_with_the_lock_in_its_hand(
    file: Path, monkeypatch: pytest.MonkeyPatch, closes: str
) -> None:
    hall = SmallHall(str(file), SetClock())
    wake = SqliteWake(address.parse(str(file)))
    wake.prepare()
    hall.issue(KK)
    if closes == "a store":
        wake.close()
        close = hall.close
    else:
        hall.close()
        close = wake.close
    assert wal(file).stat().st_size > 0
    seen: list[bool] = []
    held = db.sqlite_lock.take

    def take_and_look(database: str, timeout_s: float | None = None) -> int:
        descriptor = held(database, timeout_s)
        seen.append(wal(file).exists())
        return descriptor

    monkeypatch.setattr(db.sqlite_lock, "take", take_and_look)

    close()

    # It was there when the lock had been taken, and its content is in the file now.
    assert seen == [True]
    assert not wal(file).exists()
    assert is_lock_free(file)


def test_closing_waits_while_somebody_writes_and_checkpoints_nothing(file: Path) -> None:
    first, second = SmallHall(str(file), SetClock()), SmallHall(str(file), SetClock())
    first.issue(KK)
    with first.store.connected() as connection:
        connection.begin()
        closing = threading.Thread(target=second.close, name="closes")
        closing.start()
        closing.join(0.2)
        is_waiting = closing.is_alive()
        connection.rollback()
    closing.join(LIMIT_S)

    assert is_waiting
    assert not closing.is_alive()
    assert wal(file).exists()
    first.close()


def test_nothing_stays_open_that_would_hold_a_checkpoint_back(hall: SmallHall, file: Path) -> None:
    hall.issue(KK)
    hall.next("1")
    hall.board()
    hall.desk("1")
    hall.journal()
    reader = FeedReader(hall.store, 0)
    reader.wait(0)

    other = sqlite3.connect(file, isolation_level=None, timeout=0)
    busy, left, done = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    other.close()
    reader.close()

    assert (busy, left, done) == (0, 0, 0)
    assert not wal(file).stat().st_size


def test_the_wake_up_looks_outside_any_transaction(hall: SmallHall, file: Path) -> None:
    wake = SqliteWake(address.parse(str(file)))
    wake.prepare()
    never = threading.Event()
    was_quiet = not wake.wait(0.05, never)

    hall.issue(KK)
    has_woken = wake.wait(LIMIT_S, never)
    # Within a transaction of its own data_version would stand still.
    is_outside = not wake._connection.in_transaction
    wake.close()

    assert was_quiet
    assert has_woken
    assert is_outside


def test_the_wal_stays_small_through_a_days_numbers(hall: SmallHall, file: Path) -> None:
    longest = 0
    with hall.store.connected() as connection:
        # The day's numbers, as far as the WAL is concerned: pages written again and again.
        for count in range(1200):
            connection.begin()
            connection.commit([("UPDATE site SET motto = :motto", {"motto": f"{count:05}" * 4000})])
            longest = max(longest, wal(file).stat().st_size)

    assert longest > 4000 * PAGE / 2
    assert longest <= LONGEST_WAL


def test_a_wal_that_a_reader_made_long_is_cut_off_when_he_has_gone(
    hall: SmallHall, file: Path
) -> None:
    sleeper = open_store(str(file))
    with sleeper.read(), hall.store.connected() as connection:
        for count in range(1000):
            connection.begin()
            connection.commit([("UPDATE site SET motto = :motto", {"motto": f"{count:05}" * 4000})])
        grown = wal(file).stat().st_size
    sleeper.close()

    with hall.store.connected() as connection:
        for count in range(2):
            connection.begin()
            connection.commit([("UPDATE site SET motto = :motto", {"motto": str(count)})])

    assert grown > LONGEST_WAL
    assert wal(file).stat().st_size <= LONGEST_WAL
