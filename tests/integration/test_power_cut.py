"""A number is on the disk before anybody is told: each commit syncs, and survives a power cut.

A kill can't prove that: what a killed program wrote stays in the system's memory. So the calls
that reach the disk are recorded, and the files built as they were at each sync.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from db.durability import weak_settings
from db.store import new_request, open_store
from db.tickets import issue_ticket
from db.verify import verify
from tests.support import victim
from tests.support.disk_trace import (
    Deed,
    Step,
    require_strace,
    steps_of,
    strace_command,
    traced,
)
from tests.support.memory import lines_of
from tests.support.postgresql import Cluster
from tests.support.power_cut import Loss, files_after_cut
from tests.support.small_hall import ACTOR, KK, prepare
from tests.support.soak import IS_SOAK
from tests.support.witness import told_of

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600 if IS_SOAK else 200)]
ACTS = 60 if IS_SOAK else 20


class Recording:
    """A store, what was done to its files, and the files as they were before."""

    def __init__(self, folder: Path, *pragmas: str, acts: int = ACTS) -> None:
        require_strace()
        self.store = folder / "store"
        prepare(str(self.store / "hall.db"))
        self.memory = self.store / "told.memory"
        self.wal = self.store / "hall.db-wal"
        self.before = {path: path.read_bytes() for path in self.store.iterdir()}
        self.steps = traced(
            "tests.support.victim",
            str(self.store / "hall.db"),
            str(self.memory),
            str(acts),
            *pragmas,
            folder=self.store,
        )

    def is_telling(self, step: Step) -> bool:
        """Say whether a step is the victim's note of an answer."""
        return step.path == self.memory and b'"told"' in step.data

    def cut(self, end: int, loss: Loss, chance: random.Random, into: Path) -> None:
        """Lay down the files after a power cut before step ``end``; all notes are kept."""
        into.mkdir()
        left = files_after_cut(self.before, self.steps[:end], loss, chance)
        notes = [step.data for step in self.steps[:end] if step.path == self.memory]
        left[self.memory] = b"".join(notes)
        for path, content in left.items():
            (into / path.name).write_bytes(content)


def faults_after(folder: Path) -> list[str]:
    """Open a store after a power cut; return what is wrong with it."""
    store = open_store(str(folder / "hall.db"))
    try:
        with store.connected() as connection:
            faults = [
                str(row[0])
                for row in connection.rows("PRAGMA integrity_check", {})
                if row[0] != "ok"
            ]
        faults += [str(fault) for fault in verify(store).faults]
        faults += told_of(store, folder / "told.memory")
        told = {line["number"] for line in lines_of(folder / "told.memory") if "told" in line}
        ticket = store.run(
            lambda tx: issue_ticket(tx, request=new_request(), actor=ACTOR, services=[KK])
        )
        if ticket.number in told:
            faults.append(f"{ticket.number} was given again")
    finally:
        store.close()
    return faults


def syncs_before_each_answer(recording: Recording) -> list[int]:
    """Count the syncs of the log between one answer and the next.

    An answer that came while something in the log was not synced counts none.
    """
    counts, syncs, is_dirty = [], 0, False
    for step in recording.steps:
        if step.path == recording.wal:
            is_dirty = step.deed is not Deed.SYNC
            syncs += step.deed is Deed.SYNC
        elif recording.is_telling(step):
            counts.append(0 if is_dirty else syncs)
            syncs = 0
    return counts


def moments(recording: Recording, chance: random.Random) -> Sequence[tuple[int, Loss]]:
    """Return when the power goes: around each sync, and at moments of chance."""
    steps = recording.steps
    syncs = [index for index, step in enumerate(steps) if step.deed is Deed.SYNC]
    chosen = [(index + 1, Loss.ALL) for index in syncs]
    chosen += [(index, Loss.SOME) for index in syncs]
    anywhere = range(len(steps)) if IS_SOAK else chance.sample(range(len(steps)), 20)
    chosen += [(index, chance.choice((Loss.SOME, Loss.NOTHING))) for index in anywhere]
    return [*chosen, *[(len(steps), loss) for loss in Loss]]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """A program that issues and calls, recorded once."""
    return Recording(tmp_path_factory.mktemp("recording"))


def test_each_answer_comes_after_a_sync_of_what_it_says(recording: Recording) -> None:
    counts = syncs_before_each_answer(recording)

    assert len(counts) == ACTS
    assert min(counts) >= 1


def test_a_power_cut_at_any_moment_takes_no_number_back(
    recording: Recording, tmp_path: Path
) -> None:
    chance = random.Random(20261125)
    faults: dict[str, list[str]] = {}

    chosen = moments(recording, chance)
    for number, (end, loss) in enumerate(chosen):
        recording.cut(end, loss, chance, tmp_path / f"cut-{number}")
        found = faults_after(tmp_path / f"cut-{number}")
        shutil.rmtree(tmp_path / f"cut-{number}")
        if found:
            faults[f"{end} of {len(recording.steps)}, lost {loss.name}"] = found

    assert faults == {}
    assert len(chosen) > ACTS * 2


def test_the_power_cut_shows_a_store_that_does_not_sync(tmp_path: Path) -> None:
    recording = Recording(tmp_path, "synchronous = OFF", acts=4)
    last_answer = max(
        index for index, step in enumerate(recording.steps) if recording.is_telling(step)
    )

    recording.cut(last_answer + 1, Loss.ALL, random.Random(1), tmp_path / "cut")

    assert set(syncs_before_each_answer(recording)) == {0}
    assert "not in the store" in faults_after(tmp_path / "cut")[0]


@contextmanager
def followed(cluster: Cluster, trace: Path) -> Iterator[None]:
    """Record what a server's processes, and those that they start, ask of the disk."""
    pids = [cluster.server_pid(), *children_of(cluster.server_pid())]
    command = strace_command(trace, pids=pids)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
        try:
            assert strace.stderr is not None
            for _ in pids:
                # One that served a connection may have ended meanwhile.
                said = strace.stderr.readline()
                assert "attached" in said or "No such process" in said
            yield
        finally:
            strace.send_signal(signal.SIGINT)
            strace.communicate(timeout=60)


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


@pytest.mark.postgresql
def test_a_server_syncs_each_commit_of_ours_whatever_its_default_is(
    durable_cluster: Cluster, tmp_path: Path
) -> None:
    require_strace()
    cluster = durable_cluster
    name = cluster.fresh_database()
    url = cluster.url(name)
    prepare(url)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} SET synchronous_commit = off".encode())

    with followed(cluster, tmp_path / "ours.strace"):
        victim.main(url, str(tmp_path / "told.memory"), ACTS)
    with (
        followed(cluster, tmp_path / "theirs.strace"),
        psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other,
    ):
        for _ in range(ACTS):
            other.execute("INSERT INTO zone SELECT * FROM zone WHERE false")
            other.execute("UPDATE site SET name = name")

    # The log's files are below pg_wal; what the checkpointer syncs elsewhere doesn't count.
    wal = Path(cluster.folder) / "data" / "pg_wal"
    ours, theirs = (
        sum(step.deed is Deed.SYNC for step in steps_of(tmp_path / f"{who}.strace", wal))
        for who in ("ours", "theirs")
    )
    assert ours >= ACTS
    # A program that is content with the default does without: the count counts.
    assert theirs < ACTS


@pytest.mark.postgresql
def test_a_server_that_does_not_sync_is_told(
    durable_cluster: Cluster, fresh_database_url: str, tmp_path: Path
) -> None:
    durable = durable_cluster.url(durable_cluster.fresh_database())
    sqlite = str(tmp_path / "hall.db")
    weak = {}
    for url in (durable, fresh_database_url, sqlite):
        prepare(url)
        store = open_store(url)
        weak[url] = weak_settings(store)
        store.close()

    # The tests' own server writes nothing to the disk in time.
    assert weak == {
        durable: (),
        fresh_database_url: ("fsync = off", "full_page_writes = off"),
        sqlite: (),
    }
