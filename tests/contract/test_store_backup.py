"""A backup while the hall runs, and the same hall again from it, on both databases."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import db.backup
import db.restore
from db import calls, sqlite_copy
from db.backup import back_up, back_up_daily, newest
from db.backup_file import read_manifest
from db.errors import (
    BackupDamaged,
    BackupExists,
    BackupInconsistent,
    BackupNewer,
    BackupNotWritten,
    BackupOfOtherDatabase,
    BackupUnreadable,
    StoreDamaged,
    StoreInUse,
    StoreNotEmpty,
    StoreProblem,
)
from db.private_file import PART
from db.restore import restore
from db.store import open_store
from db.version import VERSIONS
from tests.support.backups import dump_of, faults, rewrite_manifest
from tests.support.command_line import ROOT
from tests.support.small_hall import KK, KTP, SKCK, SetClock, SmallHall, prepare


@pytest.fixture
def hall_file(tmp_path: Path) -> Path:
    """A prepared SQLite store in a folder of its own."""
    path = tmp_path / "store" / "hall.db"
    prepare(str(path))
    return path


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, hall_url: str, tmp_path: Path) -> str:
    """Where the same kind of store can be restored to: nothing is there yet."""
    if hall_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'elsewhere' / 'hall.db'}"
    return str(request.getfixturevalue("fresh_database_url"))


@pytest.fixture
def busy(hall: SmallHall) -> SmallHall:
    """A hall in the middle of its day."""
    for _ in range(6):
        hall.issue(KK)
        hall.issue(SKCK, KTP)
    hall.visit("1")
    hall.next("2")
    hall.act(calls.mark_missed, counter="2")
    hall.served("3")
    return hall


def leave(hall: SmallHall) -> None:
    """Close PostgreSQL's store, which is not restored while in use."""
    if not hall.store.is_sqlite:
        hall.close()


def test_all_rows_come_back_in_another_place(
    busy: SmallHall, empty_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "hall.zip"
    before = busy.dump()

    made = back_up(busy.url, file)
    restored = restore(empty_url, file)

    assert dump_of(empty_url) == before == busy.dump()
    assert restored.faults == faults(empty_url) == ()
    state = restored.sites[0]
    assert restored.sites == made.sites
    assert (state.site, state.business_date) == ("UJI", "2026-11-23")
    assert state.seq == busy.journal()[-1].seq
    assert state.last_numbers == ("B-006", "D-006")


def test_the_restored_hall_goes_on_where_the_backup_was_made(
    busy: SmallHall, empty_url: str, tmp_path: Path
) -> None:
    back_up(busy.url, tmp_path / "hall.zip")
    busy.issue(KK)
    restore(empty_url, tmp_path / "hall.zip")

    other = SmallHall(empty_url, busy.clock)
    try:
        assert other.issue(KK).number == "B-007"
        assert other.visit("1").number == busy.visit("1").number
    finally:
        other.close()
    assert faults(empty_url) == ()


def test_the_manifest_says_what_the_backup_is(busy: SmallHall, tmp_path: Path) -> None:
    file = tmp_path / "hall.zip"

    back_up(busy.url, file)

    with zipfile.ZipFile(file) as archive:
        document = json.loads(archive.read("manifest.json"))
    end = busy.journal()[-1]
    assert document["format"] == 1
    assert document["schema"] == VERSIONS[-1]
    assert document["database"] == ("sqlite" if busy.store.is_sqlite else "postgresql")
    assert len(document["sha256"]) == 64
    site = document["sites"][0]
    assert (site["site"], site["seq"], site["hash"]) == ("UJI", end.seq, end.hash)


def test_only_the_owner_may_read_it_whatever_the_umask(busy: SmallHall, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        back_up(busy.url, tmp_path / "hall.zip")
        back_up_daily(busy.url, tmp_path / "a" / "b", 3)
    finally:
        os.umask(old)

    paths = [tmp_path / "hall.zip", tmp_path / "a", tmp_path / "a" / "b"]
    paths += (tmp_path / "a" / "b").iterdir()
    assert {stat.filemode(path.stat().st_mode) for path in paths} == {"-rw-------", "drwx------"}
    assert len(paths) == 4


def test_it_is_of_one_instant_while_numbers_are_given(
    busy: SmallHall, empty_url: str, tmp_path: Path
) -> None:
    stopped = threading.Event()
    given: list[str] = []

    def give() -> None:
        while not stopped.is_set():
            given.append(busy.issue(KK).number)

    writer = threading.Thread(target=give, name="writer")
    writer.start()
    try:
        for _ in range(3):
            count = len(given)
            back_up(busy.url, tmp_path / "hall.zip")
            # The hall went on meanwhile.
            assert len(given) > count
    finally:
        stopped.set()
        writer.join()

    restored = restore(empty_url, tmp_path / "hall.zip")
    assert restored.faults == ()
    assert restored.sites[0].last_numbers[0] in {"B-006", *given}


def test_a_live_store_is_not_overwritten_without_force(busy: SmallHall, tmp_path: Path) -> None:
    back_up(busy.url, tmp_path / "hall.zip")
    busy.issue(KK)
    before = busy.dump()

    with pytest.raises(StoreNotEmpty) as refused:
        restore(busy.url, tmp_path / "hall.zip")

    assert refused.value.fields["sites"] == "UJI"
    assert refused.value.fields["seq"] == busy.journal()[-1].seq
    assert busy.dump() == before


def test_with_force_the_hall_is_as_it_was_for_those_who_have_a_sqlite_store_open_too(
    busy: SmallHall, tmp_path: Path
) -> None:
    before = busy.dump()
    back_up(busy.url, tmp_path / "hall.zip")
    for _ in range(3):
        busy.issue(KK)

    leave(busy)
    restore(busy.url, tmp_path / "hall.zip", force=True)

    assert busy.dump() == before
    assert busy.issue(KK).number == "B-007"
    assert not list(tmp_path.glob(f".*{PART}*"))


def test_another_process_that_has_the_store_open_keeps_it_from_being_replaced(
    busy: SmallHall, tmp_path: Path
) -> None:
    back_up(busy.url, tmp_path / "hall.zip")
    with busy.store.connected() as connection:
        # Else it would be refused for not being empty.
        for table in ("print_job", "turn", "ticket", "feed_event", "feed_head"):
            connection.rows(f"DELETE FROM {table}", {})
    program = (
        "import sys; from db import address; from db.store import Store\n"
        "store = Store(address.parse(sys.argv[1]), 'UJI')\n"
        "with store.connected() as connection: connection.rows('SELECT 1', {})\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, busy.url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"open\n"
        busy.store.close()

        with pytest.raises(StoreInUse) as refused:
            restore(busy.url, tmp_path / "hall.zip")
        other.communicate()

    assert refused.value.fields["programs"]
    assert restore(busy.url, tmp_path / "hall.zip").sites[0].seq


@pytest.mark.parametrize(
    "harm", ["flipped", "cut", "no zip", "empty", "another zip", "missing", "folder"]
)
def test_a_file_that_is_no_sound_backup_is_refused(
    busy: SmallHall, tmp_path: Path, harm: str
) -> None:
    file = tmp_path / "hall.zip"
    back_up(busy.url, file)
    before = busy.dump()
    content = bytearray(file.read_bytes())
    match harm:
        case "flipped":
            content[len(content) // 2] ^= 0x20
            file.write_bytes(content)
        case "cut":
            file.write_bytes(content[: len(content) // 2])
        case "no zip":
            file.write_bytes(b"hello")
        case "empty":
            file.write_bytes(b"")
        case "another zip":
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr("manifest.json", "[]")
        case "missing":
            file.unlink()
        case "folder":
            file.unlink()
            file.mkdir()

    leave(busy)
    with pytest.raises((BackupDamaged, BackupUnreadable)):
        restore(busy.url, file, force=True)

    assert busy.dump() == before
    assert not list(tmp_path.glob(f".*{PART}*"))


def test_a_newer_schema_and_another_database_are_refused(busy: SmallHall, tmp_path: Path) -> None:
    file, other = tmp_path / "hall.zip", tmp_path / "other.zip"
    back_up(busy.url, file)
    shutil.copy(file, other)
    rewrite_manifest(file, schema="9999")
    rewrite_manifest(other, database="postgresql" if busy.store.is_sqlite else "sqlite")
    before = busy.dump()

    leave(busy)
    with pytest.raises(BackupNewer):
        restore(busy.url, file, force=True)
    with pytest.raises(BackupOfOtherDatabase):
        restore(busy.url, other, force=True)

    assert busy.dump() == before


def test_a_manifest_that_speaks_of_another_journal_is_refused(
    busy: SmallHall, tmp_path: Path
) -> None:
    file = tmp_path / "hall.zip"
    back_up(busy.url, file)
    with zipfile.ZipFile(file) as archive:
        sites = json.loads(archive.read("manifest.json"))["sites"]
    sites[0]["hash"] = "0" * 64
    rewrite_manifest(file, sites=sites)
    busy.issue(KK)
    before = busy.dump()

    leave(busy)
    with pytest.raises(BackupDamaged):
        restore(busy.url, file, force=True)

    assert busy.dump() == before
    assert busy.issue(KK).number == "B-008"


def test_a_backup_of_a_forged_journal_is_restored_on_demand_only(
    busy: SmallHall, tmp_path: Path
) -> None:
    with busy.store.connected() as connection:
        connection.rows("UPDATE feed_event SET actor = 'cli:ghost' WHERE seq = 5", {})
    forged = busy.dump()
    back_up(busy.url, tmp_path / "hall.zip")
    busy.issue(KK)
    before = busy.dump()

    leave(busy)
    with pytest.raises(BackupInconsistent) as refused:
        restore(busy.url, tmp_path / "hall.zip", force=True)

    assert "seq=5" in str(refused.value.fields["faults"])
    assert busy.dump() == before
    leave(busy)
    restored = restore(busy.url, tmp_path / "hall.zip", force=True, despite_faults=True)
    assert restored.faults
    assert busy.dump() == forged


@pytest.mark.parametrize("step", ["install", "verify"])
def test_a_restore_that_fails_late_leaves_the_old_store(
    busy: SmallHall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    back_up(busy.url, tmp_path / "hall.zip")
    busy.issue(KK)
    before = busy.dump()

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(db.restore, step, fail)
    monkeypatch.setattr(db.restore, "_needs_upgrade", lambda *_: step == "install")
    leave(busy)
    with pytest.raises(ZeroDivisionError):
        restore(busy.url, tmp_path / "hall.zip", force=True)

    assert busy.dump() == before
    assert busy.issue(KK).number == "B-008"
    assert not list(tmp_path.glob(f".*{PART}*"))


def test_an_older_backup_of_the_same_hall_is_replaced_and_nothing_else(
    busy: SmallHall, tmp_path: Path
) -> None:
    file, foreign = tmp_path / "hall.zip", tmp_path / "letter.txt"
    back_up(busy.url, file)
    busy.issue(KK)
    back_up(busy.url, file)
    assert read_manifest(file).sites[0].seq == busy.journal()[-1].seq

    foreign.write_text("keep me")
    with pytest.raises(BackupExists):
        back_up(busy.url, foreign)
    rewrite_manifest(file, made_at="2036-01-01T00:00:00+00:00")
    with pytest.raises(BackupExists):
        back_up(busy.url, file)

    assert foreign.read_text() == "keep me"
    assert not list(tmp_path.glob(f".*{PART}*"))


def test_a_folder_that_is_not_there_is_a_known_error(busy: SmallHall, tmp_path: Path) -> None:
    with pytest.raises(BackupNotWritten):
        back_up(busy.url, tmp_path / "nowhere" / "hall.zip")
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupNotWritten):
        back_up_daily(busy.url, tmp_path / "file", 3)


def test_old_days_make_room_but_nothing_else_is_touched(busy: SmallHall, tmp_path: Path) -> None:
    folder = tmp_path / "daily"
    file, _, removed = back_up_daily(busy.url, folder, 3)
    assert removed == ()
    today = date.fromisoformat(file.stem[-10:])
    aged = [today - timedelta(days=days) for days in range(1, 80)]
    for day in aged:
        os.link(file, folder / f"anjungan-UJI-{day}.zip")
    kept_names = {"anjungan-UJI-notes.zip", "anjungan-LAIN-2020-01-01.zip", "letter.txt"}
    for name in (*kept_names, "anjungan-UJI-2020-01-01.zip"):
        (folder / name).write_text("not ours")

    again, _, removed = back_up_daily(busy.url, folder, 3)

    left = {path.name for path in folder.iterdir()}
    days = [today, *aged]
    months = {(day.year, day.month) for day in days}
    expected = {*days[:3], *(min(d for d in days if (d.year, d.month) == m) for m in months)}
    ours = {f"anjungan-UJI-{day}.zip" for day in expected}
    assert left == ours | kept_names | {"anjungan-UJI-2020-01-01.zip"}
    assert again == file
    assert len(removed) == 80 - len(expected)
    found = newest(folder)
    assert found is not None
    assert found.made_at > datetime.now(UTC) - timedelta(minutes=10)


def test_a_backup_that_fails_removes_no_old_one(
    busy: SmallHall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "daily"
    file, _, _ = back_up_daily(busy.url, folder, 1)
    old = folder / "anjungan-UJI-2026-01-02.zip"
    file.rename(old)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(db.backup, "write_backup", fail)
    with pytest.raises(BackupNotWritten):
        back_up_daily(busy.url, folder, 1)

    assert [path.name for path in folder.iterdir()] == [old.name]


@pytest.mark.parametrize("name", ["anjungan.zip", "weird 'name' $(x); ü.zip"])
def test_any_name_of_a_file_will_do(busy: SmallHall, tmp_path: Path, name: str) -> None:
    back_up(busy.url, tmp_path / name)

    leave(busy)
    assert restore(busy.url, tmp_path / name, force=True).sites[0].site == "UJI"


def test_a_copy_does_not_begin_anew_when_others_write(
    hall_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_copy, "_STEP_PAGES", 5)
    hall = SmallHall(f"sqlite:///{hall_file}", SetClock())
    copy = tmp_path / "copy.db"
    copy.touch()
    steps: list[int] = []
    seq = hall.journal()[-1].seq

    def write_between(done: int, total: int) -> None:
        steps.append(done)
        hall.issue(KK)
        assert len(steps) <= -(-total // 5), "it has begun anew"

    sqlite_copy.copy_out(hall_file, copy, write_between)
    hall.close()

    assert len(steps) > 10
    assert sqlite_copy.rows_of(copy)("SELECT max(seq) FROM feed_event") == [(seq,)]


def test_a_damaged_sqlite_store_is_replaced_and_kept_aside(hall_file: Path, tmp_path: Path) -> None:
    url, file = f"sqlite:///{hall_file}", tmp_path / "hall.zip"
    back_up(url, file)
    hall_file.write_bytes(b"scribble" * 1000)
    # A WAL of the lost file must not be played into the new one.
    hall_file.with_name("hall.db-wal").write_bytes(b"scribble")

    with pytest.raises(StoreDamaged):
        restore(url, file)
    restore(url, file, force=True)

    assert faults(url) == ()
    assert hall_file.with_name("hall.db.damaged").read_bytes().startswith(b"scribble")
    assert stat.filemode(hall_file.stat().st_mode) == "-rw-------"


def test_a_damaged_sqlite_store_gives_no_backup(hall_file: Path, tmp_path: Path) -> None:
    content = bytearray(hall_file.read_bytes())
    for page in range(4, len(content) // 4096, 2):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    hall_file.write_bytes(content)

    with pytest.raises(StoreProblem):
        back_up(f"sqlite:///{hall_file}", tmp_path / "hall.zip")

    assert not (tmp_path / "hall.zip").exists()


def test_a_restored_sqlite_store_lets_readers_read_while_others_write(
    hall_file: Path, tmp_path: Path
) -> None:
    back_up(f"sqlite:///{hall_file}", tmp_path / "hall.zip")
    elsewhere = f"sqlite:///{tmp_path / 'new' / 'hall.db'}"

    restore(elsewhere, tmp_path / "hall.zip")

    store = open_store(elsewhere)
    with store.connected() as connection:
        assert connection.rows("PRAGMA journal_mode", {}) == [("wal",)]
    store.close()
    assert stat.filemode((tmp_path / "new").stat().st_mode) == "drwx------"


def test_a_killed_restore_leaves_the_old_sqlite_store(hall_file: Path, tmp_path: Path) -> None:
    url, file = f"sqlite:///{hall_file}", tmp_path / "hall.zip"
    back_up(url, file)
    hall = SmallHall(url, SetClock())
    hall.issue(KK)
    before = hall.dump()
    # It kills itself where the old content has been overwritten, but not committed.
    program = (
        "import os, sys; from pathlib import Path; from db import sqlite_copy\n"
        "from db.restore import restore\n"
        "def die(source, target, pages, progress=None):\n"
        "    source.backup(target, pages=20, progress=lambda *_: os.kill(os.getpid(), 9))\n"
        "sqlite_copy._copy = die\n"
        "restore(sys.argv[1], Path(sys.argv[2]), force=True)"
    )

    killed = subprocess.run(
        [sys.executable, "-c", program, url, str(file)], cwd=ROOT, check=False, capture_output=True
    )

    assert killed.returncode == -9, killed.stderr
    assert hall.dump() == before
    assert hall.issue(KK).number == "B-002"
    hall.close()
