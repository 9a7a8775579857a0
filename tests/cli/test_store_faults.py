"""Exit code 3: a store that can't be used, and nothing written to it."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pysqlite3.dbapi2 as sqlite3
import pytest

from tests.support.command_line import anjungan
from tests.support.small_hall import KK, prepare


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small hall in a file, to be copied."""
    path = tmp_path_factory.mktemp("prepared") / "hall.db"
    prepare(str(path))
    return path


@pytest.fixture
def hall_file(prepared: Path, tmp_path: Path) -> Path:
    """A small hall of this test alone."""
    return Path(shutil.copy(prepared, tmp_path / "hall.db"))


def refused(path: Path | str, *arguments: str) -> str:
    """Run a command that the store refuses; return the error's code."""
    url = str(path) if "://" in str(path) else f"sqlite:///{path}"
    run = anjungan(url, *(arguments or ("issue", KK, "--json")))
    assert run.code == 3, run
    assert list(run.document) == ["error", "message"]
    assert run.err == ""
    return str(run.document["error"])


def test_a_missing_store_is_told_and_not_made(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.db") == "StoreMissing"
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_store_is_told(hall_file: Path) -> None:
    hall_file.chmod(0o444)

    assert refused(hall_file) == "StoreReadOnly"


def test_a_locked_store_is_told(hall_file: Path) -> None:
    with hall_file.with_name("hall.db.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        assert refused(hall_file) == "StoreLocked"


def test_another_version_is_told_and_not_upgraded_by_accident(hall_file: Path) -> None:
    connection = sqlite3.connect(str(hall_file))
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()

    assert refused(hall_file) == "StoreVersion"
    assert refused(hall_file, "init", "--json") == "StoreVersion"


def test_a_damaged_store_is_told_in_words_without_json(tmp_path: Path) -> None:
    path = tmp_path / "hall.db"
    path.write_bytes(b"no database at all")

    run = anjungan(f"sqlite:///{path}", "board")

    assert (run.code, run.out) == (3, "")
    assert "Traceback" not in run.err
    assert str(path) in run.err


def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    run = anjungan("postgresql://hall:s3cret@127.0.0.1:9/hall", "board", "--json")

    assert run.code == 3
    assert run.document["error"] == "StoreUnreachable"
    assert "s3cret" not in run.out + run.err


@pytest.mark.postgresql
def test_a_postgresql_hall_from_init_to_board(fresh_database_url: str) -> None:
    url = fresh_database_url
    made = anjungan(url, "init", "--demo", "--json")
    issued = anjungan(url, "issue", "DUKCAPIL.KK", "--json")
    called = anjungan(url, "call", "next", "--counter", "1", "--json")
    board = anjungan(url, "board", "--json")

    assert made.document["officers"] == 24
    assert issued.document["number"] == called.document["number"] == "B-001"
    assert [call["number"] for call in board.document["calls"]] == ["B-001"]
    assert board.err == ""
