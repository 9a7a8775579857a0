"""A number is on the disk before anybody is told: each commit syncs, and survives a power cut.

A kill can't prove that: what a killed program wrote stays in the system's memory. So the calls
that reach the disk are recorded, and the files built as they were at each sync.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from db.store import new_request, open_store
from db.tickets import issue_ticket
from db.verify import verify
from tests.support.disk_trace import (
    Deed,
    Step,
    require_strace,
    traced,
)
from tests.support.memory import lines_of
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
