"""A backup and a restore on PostgreSQL: its own programs, rights, and who may write meanwhile."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

import db.restore
from db import address
from db.backup import back_up
from db.errors import (
    DatabaseProgramFailed,
    DatabaseProgramMissing,
    OldStoreAside,
    StoreInUse,
    StoreLocked,
    StoreProblem,
)
from db.restore import restore
from db.store import Store
from db.verify import Verification, verify
from tests.support.backups import dump_of, faults, plain, rewrite_manifest
from tests.support.command_line import ROOT
from tests.support.postgresql import Cluster
from tests.support.small_hall import KK, SetClock, SmallHall, prepare

pytestmark = pytest.mark.postgresql


@pytest.fixture
def url(postgresql_cluster: Cluster) -> Iterator[str]:
    """The URL of a database of this test alone, with the small hall in it."""
    name = postgresql_cluster.fresh_database(postgresql_cluster.template("small_hall", prepare))
    yield postgresql_cluster.url(name)
    postgresql_cluster.drop(name)


def test_a_missing_program_is_named(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(DatabaseProgramMissing) as refused:
        back_up(url, tmp_path / "hall.zip")

    assert refused.value.fields["program"] == "pg_dump"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("program", ["pg_dump", "pg_restore", "psql"])
def test_a_program_that_gives_up_changes_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    file = tmp_path / "hall.zip"
    back_up(url, file)
    before = dump_of(url)
    real = shutil.which(program)
    folder = tmp_path / "bin"
    folder.mkdir()
    fake = folder / program
    # As a version that doesn't fit would: after half of its work.
    fake.write_text(f'#!/bin/sh\n{real} "$@" | head -c 3000\necho too old >&2\nexit 1\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    other = tmp_path / "other.zip"
    act = (
        partial(back_up, url, other)
        if program == "pg_dump"
        else partial(restore, url, file, force=True)
    )
    with pytest.raises(DatabaseProgramFailed) as refused:
        act()

    assert refused.value.fields["program"] == program
    assert "too old" in str(refused.value.fields["detail"])
    assert not other.exists()
    assert dump_of(url) == before


def test_no_password_is_on_any_command_line(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    spy = folder / "pg_dump"
    spy.write_text(
        f'#!/bin/sh\necho "$@" >{tmp_path}/seen\necho "$PGPASSWORD" >{tmp_path}/word\n'
        f'exec {shutil.which("pg_dump")} "$@"\n'
    )
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    secret = address.parse(url).set(password="rahasia")

    back_up(secret.render_as_string(hide_password=False), tmp_path / "hall.zip")

    assert "rahasia" not in (tmp_path / "seen").read_text()
    assert (tmp_path / "word").read_text() == "rahasia\n"
    assert b"rahasia" not in (tmp_path / "hall.zip").read_bytes()


def test_rights_come_back_where_their_roles_are(url: str, tmp_path: Path) -> None:
    role = f"reader_{os.getpid()}_{tmp_path.name[-8:]}".lower().replace("-", "_")
    granted = (
        "SELECT count(*) FROM information_schema.role_table_grants"
        f" WHERE grantee = '{role}' AND table_name = 'turn'"
    )
    with psycopg.connect(plain(url), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {role}".encode())
        admin.execute(f"GRANT SELECT ON turn TO {role}".encode())
        try:
            back_up(url, tmp_path / "hall.zip")
            first = restore(url, tmp_path / "hall.zip", force=True)
            rights = admin.execute(granted.encode()).fetchone()
            admin.execute(f"DROP OWNED BY {role}".encode())
        finally:
            admin.execute(f"DROP ROLE {role}".encode())
        second = restore(url, tmp_path / "hall.zip", force=True)

    assert (first.missing_roles, rights) == ((), (1,))
    assert second.missing_roles == (role,)
    assert faults(url) == ()


def test_a_restore_without_rights_gives_nobody_a_function(url: str, tmp_path: Path) -> None:
    everybodys = (
        "SELECT count(*), count(*) FILTER (WHERE proacl IS NULL OR EXISTS (SELECT FROM"
        " aclexplode(proacl) acl WHERE acl.grantee = 0)) FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'anjungan%'"
    )
    back_up(url, tmp_path / "hall.zip")
    rewrite_manifest(tmp_path / "hall.zip", roles=["nobody_has_this_role"])

    restored = restore(url, tmp_path / "hall.zip", force=True)

    with psycopg.connect(plain(url)) as admin:
        found = admin.execute(everybodys.encode()).fetchone()
    assert restored.missing_roles == ("nobody_has_this_role",)
    assert found is not None
    assert found[0] >= 10
    assert found[1] == 0


def test_psqls_own_complaint_is_told_where_it_stops_first(url: str, tmp_path: Path) -> None:
    with psycopg.connect(plain(url), autocommit=True) as admin:
        # Much more than a pipe holds, and a name that is taken when it comes back.
        admin.execute("CREATE TABLE aaa AS SELECT md5(i::text) FROM generate_series(1, 100000) i")
        back_up(url, tmp_path / "hall.zip")
        admin.execute("DROP TABLE aaa")
        admin.execute("CREATE DOMAIN aaa AS text")
    before = dump_of(url)

    with pytest.raises(DatabaseProgramFailed) as refused:
        restore(url, tmp_path / "hall.zip", force=True)

    assert refused.value.fields["program"] == "psql"
    assert 'type "aaa" already exists' in str(refused.value.fields["detail"])
    assert dump_of(url) == before


def test_a_store_that_programs_have_open_is_not_replaced_even_with_force(
    url: str, tmp_path: Path
) -> None:
    back_up(url, tmp_path / "hall.zip")
    hall = SmallHall(url, SetClock())
    hall.issue(KK)
    before = hall.dump()

    with pytest.raises(StoreInUse) as refused:
        restore(url, tmp_path / "hall.zip", force=True)

    assert refused.value.fields["programs"] == ("127.0.0.1",)
    assert hall.dump() == before
    hall.close()
    assert restore(url, tmp_path / "hall.zip", force=True).faults == ()


def test_a_program_that_comes_while_it_is_restored_keeps_the_old_store(
    url: str, tmp_path: Path
) -> None:
    back_up(url, tmp_path / "hall.zip")
    hall = SmallHall(url, SetClock())
    hall.issue(KK)
    before = hall.dump()
    hall.close()

    # As a kiosk that systemd starts again: after we looked, before the commit.
    with pytest.raises(StoreInUse) as refused:
        restore(url, tmp_path / "hall.zip", force=True, on_progress=lambda *_: void(hall.dump()))

    assert refused.value.fields["programs"] == ("127.0.0.1",)
    assert hall.dump() == before
    assert hall.issue(KK).number == "B-002"
    hall.close()


@pytest.mark.parametrize("is_upgraded", [False, True])
def test_nobody_writes_into_what_is_not_checked_yet(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_upgraded: bool
) -> None:
    back_up(url, tmp_path / "hall.zip")
    before = dump_of(url)
    hall = SmallHall(url, SetClock())
    hall.close()
    tried = []

    def check(store: Store) -> Verification:
        with pytest.raises(StoreLocked):
            hall.issue(KK)
        tried.append(hall.dump() == before)
        return verify(store)

    monkeypatch.setattr(db.restore, "verify", check)
    monkeypatch.setattr(db.restore, "_needs_upgrade", lambda *_: is_upgraded)
    restored = restore(url, tmp_path / "hall.zip", force=True)

    assert (tried, restored.faults) == ([True], ())
    assert hall.dump() == before
    assert hall.issue(KK).number == "B-001"
    hall.close()


def test_a_number_that_waits_while_a_restore_fails_is_given_in_the_old_store_or_not_at_all(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(url, tmp_path / "hall.zip")
    hall = SmallHall(url, SetClock())
    hall.issue(KK)
    hall.close()
    given: list[str] = []

    def give() -> None:
        with contextlib.suppress(StoreProblem):
            given.append(hall.issue(KK).number)

    kiosk = threading.Thread(target=give, name="kiosk")

    def check(_: Store) -> Verification:
        kiosk.start()
        with psycopg.connect(plain(url), autocommit=True) as admin:
            while admin.execute("SELECT FROM pg_locks WHERE NOT granted").fetchone() is None:
                assert not given
        raise ZeroDivisionError

    monkeypatch.setattr(db.restore, "verify", check)
    with pytest.raises(ZeroDivisionError):
        restore(url, tmp_path / "hall.zip", force=True)
    kiosk.join()

    numbers = [str(row[0]) for row in hall.rows("SELECT prefix || '-' || number FROM ticket")]
    assert sorted(numbers) == sorted(["B-1", *(["B-2"] if given else [])])
    assert given in ([], ["B-002"])
    assert faults(url) == ()
    hall.close()


@pytest.fixture
def killed(url: str, tmp_path: Path) -> dict[str, list[tuple[object, ...]]]:
    """The old store's rows, after a restore that was killed between commit and check."""
    back_up(url, tmp_path / "hall.zip")
    hall = SmallHall(url, SetClock())
    hall.issue(KK)
    before = hall.dump()
    hall.close()
    program = (
        "import os, sys; from pathlib import Path; import db.restore\n"
        "db.restore.verify = lambda *_: os.kill(os.getpid(), 9)\n"
        "db.restore.restore(sys.argv[1], Path(sys.argv[2]), force=True)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, url, str(tmp_path / "hall.zip")],
        cwd=ROOT, check=False, capture_output=True,
    )  # fmt: skip
    assert run.returncode == -9, run.stderr
    assert dump_of(url) != before
    return before


def test_the_old_store_that_a_killed_restore_left_is_never_removed(
    url: str, tmp_path: Path, killed: dict[str, list[tuple[object, ...]]]
) -> None:
    with pytest.raises(OldStoreAside) as refused:
        restore(url, tmp_path / "hall.zip", force=True)

    assert refused.value.fields["schema"] == "anjungan_before_restore"
    follow_the_manual(url, "To put the old store back")
    assert dump_of(url) == killed
    assert faults(url) == ()
    assert restore(url, tmp_path / "hall.zip", force=True).faults == ()


@pytest.mark.usefixtures("killed")
def test_who_gives_the_old_store_up_can_restore_again(url: str, tmp_path: Path) -> None:
    follow_the_manual(url, "To give it up")

    assert restore(url, tmp_path / "hall.zip", force=True).faults == ()
    assert dump_of(url)["ticket"] == []


def void(_: object) -> None:
    """Forget what was read."""


def follow_the_manual(url: str, words: str) -> None:
    """Run the SQL that stands in the manual's Backup section behind these words."""
    manual = (ROOT / "docs" / "manual.md").read_text(encoding="utf-8")
    found = re.search(re.escape(words) + r".*?```sql\n(.*?)```", manual, re.DOTALL)
    assert found, words
    with psycopg.connect(plain(url)) as admin:
        admin.execute(found[1].encode())
