"""A PostgreSQL server syncs each commit of ours, and a power cut takes no number back."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from db.durability import weak_settings
from db.store import open_store
from db.verify import verify
from tests.support import victim
from tests.support.disk_trace import Deed, Step, require_strace, steps_of, strace_command, traced
from tests.support.postgresql import Cluster, start_cluster
from tests.support.power_cut import Loss, files_after_cut
from tests.support.small_hall import prepare
from tests.support.soak import IS_SOAK
from tests.support.witness import told_of

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.heavy,
    pytest.mark.soak,
    pytest.mark.timeout(3600 if IS_SOAK else 300),
]
ACTS = 20
CUTS = ACTS if IS_SOAK else 2


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


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the server's ordinary user may come through to."""
    folder = Path(tempfile.mkdtemp(prefix="anjungan-power-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def lay_down(
    before: Path, data: Path, steps: list[Step], chance: random.Random, into: Path
) -> None:
    """Copy a server's files as they were, with what was synced since; for the same owner."""
    shutil.copytree(before, into)
    (into / "postmaster.pid").unlink(missing_ok=True)
    touched = {step.path for step in steps if step.deed is not Deed.SYNC}
    contents = {
        path: kept.read_bytes()
        for path in touched
        if (kept := before / path.relative_to(data)).exists()
    }
    left = files_after_cut(contents, steps, Loss.ALL, chance)
    for path in touched:
        copy = into / path.relative_to(data)
        copy.unlink(missing_ok=True)
        if path in left:
            copy.write_bytes(left[path])
    owner = data.stat()
    for path in (into, *into.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    into.chmod(0o700)


def test_a_power_cut_of_a_server_takes_no_number_back(
    durable_cluster: Cluster, place: Path, tmp_path: Path
) -> None:
    require_strace()
    cluster, data = durable_cluster, Path(durable_cluster.folder) / "data"
    name = cluster.fresh_database()
    prepare(cluster.url(name))
    notes = tmp_path / "told"
    notes.mkdir()
    with psycopg.connect(cluster.url(name).replace("+psycopg", ""), autocommit=True) as session:
        session.execute("CHECKPOINT")
    with followed(cluster, tmp_path / "server.strace"):
        shutil.copytree(data, place / "before")
        told = traced(
            "tests.support.victim",
            *(cluster.url(name), str(notes / "told.memory"), str(ACTS)),
            folder=notes,
        )
    steps = sorted(steps_of(tmp_path / "server.strace", data), key=lambda step: step.ended_at)
    answers = [index for index, step in enumerate(told) if b'"told"' in step.data]
    chance = random.Random(20261125)

    def found_after(answer: int, *, is_synced: bool) -> list[str]:
        # The power goes at the moment at which the answer is written down.
        until = told[answer].began_at
        done = [
            step
            for step in steps
            if step.ended_at <= until and (is_synced or step.deed is not Deed.SYNC)
        ]
        lay_down(place / "before", data, done, chance, place / "cut")
        memory = tmp_path / "cut.memory"
        memory.write_bytes(b"".join(step.data for step in told[: answer + 1]))
        after = start_cluster(data=place / "cut")
        store = open_store(after.url(name))
        found = [str(fault) for fault in verify(store).faults] + told_of(store, memory)
        store.close()
        after.stop()
        shutil.rmtree(place / "cut")
        return found

    assert len(answers) == ACTS
    for answer in chance.sample(answers, CUTS):
        assert found_after(answer, is_synced=True) == []
    # Had nothing been synced, it would be seen: the number is gone.
    assert "not in the store" in found_after(answers[-1], is_synced=False)[0]
