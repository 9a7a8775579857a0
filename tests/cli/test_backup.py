"""`anjungan backup` and `anjungan restore` as processes: documents, words, exit codes."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest

from cli import doctor
from cli.output import Session
from db.backup import back_up_daily
from db.officers import save_officer
from db.store import new_request, open_store
from station.settings import Settings
from station.texts import Texts
from tests.support.command_line import Run, anjungan


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('backup') / 'hall.db'}"
    assert anjungan(url, "init", "--demo").code == 0
    assert anjungan(url, "issue", "DUKCAPIL.KK").code == 0
    return url


def session(url: str, folder: Path | None = None) -> Session:
    """Doctor's other lines start a window; these need none."""
    settings = Settings.model_validate({"database": url, "backup_folder": folder})
    return Session(settings, Texts.load("id"), is_json=True)


def test_a_backup_and_a_restore_are_one_document_each(store: str, tmp_path: Path) -> None:
    file = tmp_path / "hall.zip"
    made = anjungan(store, "backup", str(file), "--json")
    refused = anjungan(store, "restore", str(file), "--json")
    elsewhere = f"sqlite:///{tmp_path / 'new' / 'hall.db'}"
    restored = anjungan(elsewhere, "restore", str(file), "--json")

    assert (made.code, made.document["file"], made.document["removed"]) == (0, str(file), [])
    site = made.document["sites"][0]
    assert site["last_numbers"] == ["B-001"]
    assert (refused.code, refused.document["error"]) == (3, "StoreNotEmpty")
    assert restored.code == 0
    assert restored.document["sites"] == made.document["sites"]
    assert restored.document["faults"] == []
    assert anjungan(elsewhere, "issue", "DUKCAPIL.KK", "--json").document["number"] == "B-002"


def test_a_person_is_told_what_is_in_it_and_what_is_lost(store: str, tmp_path: Path) -> None:
    file = tmp_path / "hall.zip"
    made = anjungan(store, "backup", str(file))
    restored = anjungan(f"sqlite:///{tmp_path / 'new.db'}", "restore", str(file))

    assert str(file) in made.out
    assert "nomor terakhir B-001" in restored.out
    assert "Nomor yang diberikan setelah itu" in restored.out
    assert "jalankan ulang program" in restored.out


def test_a_daily_backup_goes_into_the_folder_of_the_settings(store: str, tmp_path: Path) -> None:
    folder = tmp_path / "cadangan"
    run = anjungan(store, "backup", "--json", ANJUNGAN_BACKUP_FOLDER=str(folder))
    named = anjungan(store, "backup", "--daily", str(folder), "--keep", "1", "--json")

    assert run.code == named.code == 0
    assert run.document["file"] == named.document["file"]
    assert [str(path) for path in folder.iterdir()] == [run.document["file"]]


@pytest.mark.parametrize(
    "arguments",
    [(), ("a.zip", "--daily", "folder"), ("--daily", "folder", "--keep", "0")],
    ids=["nothing", "both", "keep none"],
)
def test_wrong_use_is_exit_2(store: str, arguments: tuple[str, ...]) -> None:
    run: Run = anjungan(store, "backup", *arguments, "--json")

    assert (run.code, run.document["error"]) == (2, "WrongUse")


def test_faults_of_a_file_are_exit_4_and_of_the_store_exit_3(store: str, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("x")

    runs = [
        anjungan(store, "restore", str(tmp_path / "letter"), "--force", "--json"),
        anjungan(store, "backup", str(tmp_path / "letter"), "--json"),
        anjungan(f"sqlite:///{tmp_path}/none.db", "backup", str(tmp_path / "a.zip"), "--json"),
    ]

    assert [(run.code, run.document["error"]) for run in runs] == [
        (4, "BackupUnreadable"),
        (4, "BackupExists"),
        (3, "StoreMissing"),
    ]


def test_doctor_says_when_the_last_backup_was_made(store: str, tmp_path: Path) -> None:
    folder = tmp_path / "cadangan"
    unset = doctor._backup(session(store))
    missing = doctor._backup(session(store, folder))
    folder.mkdir()
    none = doctor._backup(session(store, folder))
    file, _, _ = back_up_daily(store, folder, 3)
    fresh = doctor._backup(session(store, folder))
    with zipfile.ZipFile(file) as archive:
        old = archive.read("manifest.json").replace(b'"made_at": "20', b'"made_at": "19')
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", old)
    late = doctor._backup(session(store, folder))

    states = [check.state for check in (unset, missing, none, fresh, late)]
    assert states == ["warning", "warning", "warning", "ok", "warning"]
    assert "ANJUNGAN_BACKUP_FOLDER" in unset.message
    assert str(folder) in none.message
    assert "19" in late.message


def test_doctor_warns_of_a_store_that_others_may_read(tmp_path: Path) -> None:
    path = tmp_path / "hall.db"
    anjungan(f"sqlite:///{path}", "init")
    assert list(doctor._rights(session(f"sqlite:///{path}"))) == []
    path.chmod(0o644)

    assert [check.state for check in doctor._rights(session(f"sqlite:///{path}"))] == ["warning"]
    anjungan(f"sqlite:///{path}", "init")
    assert stat.filemode(path.stat().st_mode) == "-rw-------"


def test_whatever_the_umask_only_the_owner_may_read_a_sqlite_store(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "hall.db"
    old = os.umask(0)
    try:
        anjungan(f"sqlite:///{path}", "init")
        beside = _while_open(path)
    finally:
        os.umask(old)

    modes = {each.name: stat.filemode(mode) for each, mode in beside.items()}
    assert modes.keys() >= {"a", "b", "hall.db", "hall.db-wal", "hall.db-shm", "hall.db.lock"}
    assert set(modes.values()) == {"drwx------", "-rw-------"}


def _while_open(path: Path) -> dict[Path, int]:
    store = open_store(f"sqlite:///{path}")
    try:
        store.run(
            lambda tx: save_officer(
                tx, request=new_request(), actor="cli:test", code="a", name="A", pin_hash="x"
            )
        )
        with store.read():
            found = [path.parent.parent, path.parent, *path.parent.iterdir()]
            return {each: each.stat().st_mode for each in found}
    finally:
        store.close()
