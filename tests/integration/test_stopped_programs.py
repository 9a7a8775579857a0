"""A program that halts, or is killed, with the site's lock in its hand does not stop the hall."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import db.sqlite
from db.errors import StoreLocked
from db.lock_holder import lock_holder
from db.verify import verify
from station.texts import Texts
from tests.support.disk_trace import require_strace, strace_command
from tests.support.memory import lines_of
from tests.support.sluggard import is_stopped, sluggard
from tests.support.small_hall import KK, SetClock, SmallHall, prepare

LIMIT_S = 30.0
ROOT = Path(__file__).parents[2]


@pytest.fixture
def hall(store_url: str) -> Iterator[SmallHall]:
    """The small hall on both databases."""
    prepare(store_url)
    opened = SmallHall(store_url, SetClock(datetime.now(UTC)))

    yield opened

    opened.close()


@pytest.fixture
def file_hall(tmp_path: Path) -> Iterator[SmallHall]:
    """The small hall in a file."""
    prepare(str(tmp_path / "hall.db"))
    opened = SmallHall(str(tmp_path / "hall.db"), SetClock(datetime.now(UTC)))

    yield opened

    opened.close()


def number_in_spite(hall: SmallHall) -> str:
    """Ask for a number as a kiosk does, again and again while the store is held."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            return hall.issue(KK).number
        except StoreLocked:
            assert time.monotonic() < deadline


def test_a_program_that_is_stopped_inside_a_command_holds_up_nobody_for_long(
    hall: SmallHall,
) -> None:
    with sluggard(hall.url, "stopped") as stopped:
        mine = number_in_spite(hall)
        # On PostgreSQL it is still stopped, and its transaction gone; it begins again.
        os.kill(stopped.pid, signal.SIGCONT)
        its = stopped.communicate(timeout=LIMIT_S)[0]

    assert sorted([mine, its]) == ["B-001", "B-002"]
    assert hall.rows("SELECT count(*) FROM ticket") == [(2,)]
    assert verify(hall.store).faults == ()


def test_whoever_waits_for_a_stopped_program_lets_it_go_on(file_hall: SmallHall) -> None:
    with sluggard(file_hall.url, "stopped") as stopped:
        assert file_hall.issue(KK).number == "B-002"

        assert stopped.communicate(timeout=LIMIT_S)[0] == "B-001"


def test_a_program_that_hangs_is_named_to_whoever_waits(
    file_hall: SmallHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.sqlite, "LOCK_TIMEOUT_S", 0.3)
    before = file_hall.dump()
    with sluggard(file_hall.url, "hung") as hanging, pytest.raises(StoreLocked) as refused:
        file_hall.issue(KK)

    assert refused.value.fields["process"] == hanging.pid
    assert str(hanging.pid) in Texts.load("id").error(refused.value)
    assert file_hall.dump() == before
    # Killed, it has let go of the lock.
    assert file_hall.issue(KK).number == "B-001"


def test_a_foreign_tool_that_holds_the_file_is_named(
    file_hall: SmallHall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.sqlite, "LOCK_TIMEOUT_S", 0.3)
    foreign = (
        "import sys, pysqlite3.dbapi2 as sqlite3\n"
        "held = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "held.execute('BEGIN IMMEDIATE')\n"
        "print('holding', flush=True)\n"
        "sys.stdin.readline()\n"
    )
    command = [sys.executable, "-c", foreign, str(tmp_path / "hall.db")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as tool:
        assert tool.stdout is not None
        assert tool.stdout.readline() == "holding\n"
        holder = lock_holder(tmp_path / "hall.db")
        tool.kill()

    assert holder is not None
    assert (holder.pid, holder.is_stopped) == (tool.pid, False)
    assert lock_holder(tmp_path / "hall.db") is None


def test_a_foreign_program_that_is_stopped_is_left_alone(file_hall: SmallHall) -> None:
    with subprocess.Popen(["sleep", "60"]) as bystander:
        os.kill(bystander.pid, signal.SIGSTOP)
        deadline = time.monotonic() + LIMIT_S
        while not is_stopped(bystander.pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        with sluggard(file_hall.url, "stopped"):
            file_hall.issue(KK)
        still = is_stopped(bystander.pid)
        bystander.kill()

    assert still


@pytest.mark.parametrize("moment", ["pwrite64:when=1", "pwrite64:when=7", "fsync:when=1"])
def test_a_program_killed_between_its_writes_and_its_commit_is_as_if_it_had_never_been(
    file_hall: SmallHall, tmp_path: Path, moment: str
) -> None:
    require_strace()
    file_hall.issue(KK)
    call, _, when = moment.partition(":")
    killed = subprocess.run(
        [
            *strace_command(tmp_path / "trace", inject=f"{call}:signal=KILL:{when}"),
            *(sys.executable, "-m", "tests.support.victim", str(tmp_path / "hall.db")),
            *(str(tmp_path / "told.memory"), "1"),
        ],
        cwd=ROOT,
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
    )

    # Whoever comes next recovers the log, and goes on where it ends.
    file_hall.issue(KK)

    assert killed.returncode
    assert [line.keys() for line in lines_of(tmp_path / "told.memory")] == [
        {"ask", "act", "fields"}
    ]
    assert verify(file_hall.store).faults == ()
    numbers = [row[0] for row in file_hall.rows("SELECT number FROM ticket ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert file_hall.rows("PRAGMA integrity_check") == [("ok",)]
