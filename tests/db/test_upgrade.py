"""Stores of earlier versions, with a real hall's rows in them, become stores of this one."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command, op

import db.anchors
import db.backup
import db.install
from db import address, calls, desks
from db.backup import back_up
from db.errors import StoreProblem, StoreVersion
from db.install import install, migration_config
from db.restore import restore
from db.store import Store, new_request, open_store
from db.verify import verify
from db.version import VERSIONS
from tests.support.small_hall import KK, PIN, SKCK, SetClock, SmallHall

DATA = Path(__file__).with_name("data")
TEXT = (DATA / "store-0001.sql").read_text()
OLD_COLUMNS: dict[str, str] = dict(re.findall(r"^INSERT INTO (\w+) \((.*?)\)", TEXT, re.MULTILINE))
"""The columns of each table that has rows, in the first version."""


def make_old(url: str, version: str = "0001") -> None:
    """Write a store as an earlier program left it."""
    store = Store(address.parse(url), "")
    if store.is_sqlite:
        address.sqlite_path(store.address).touch(0o600)
    engine = store.database.engine(store.address)
    with engine.connect() as connection:
        if store.is_sqlite:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection = connection.execution_options(isolation_level="READ COMMITTED")
        command.upgrade(migration_config(connection), version)
        connection.commit()
    engine.dispose()
    lines = (DATA / f"store-{version}.sql").read_text().splitlines()
    with store.connected() as driver:
        for line in lines:
            if not line.startswith("--"):
                driver.rows(line.rstrip(";"), {})
    store.close()


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    store = Store(address.parse(url), "")
    try:
        with store.connected() as connection:
            return connection.rows(sql, {})
    finally:
        store.close()


def columns(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return the old tables' rows, in the columns that they had."""
    return {
        table: sorted(rows(url, f"SELECT {names} FROM {table}"), key=repr)
        for table, names in OLD_COLUMNS.items()
    }


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """The clock of the old store's second day, also for what an upgrade writes by itself."""
    clock = SetClock()
    clock.set("2026-11-23T10:00:00")
    monkeypatch.setattr(db.anchors, "Store", partial(Store, clock=clock))
    return clock


@pytest.fixture
def old_url(store_url: str) -> str:
    """A store of the first version, in the middle of its second day."""
    make_old(store_url)
    return store_url


@pytest.fixture
def upgraded(old_url: str, clock: SetClock) -> Iterator[SmallHall]:
    """The same store, upgraded, on the same day."""
    install(old_url)
    hall = SmallHall(old_url, clock)

    yield hall

    hall.close()


def test_every_released_version_has_rows_to_be_upgraded() -> None:
    assert {f"store-{version}.sql" for version in VERSIONS[:-1]} == {
        path.name for path in DATA.iterdir()
    }


def test_nothing_is_lost(old_url: str) -> None:
    before = columns(old_url)
    states = {row[0] for row in rows(old_url, "SELECT DISTINCT status FROM turn")}
    assert states == {
        "waiting", "called", "serving", "held", "missed", "done", "cancelled", "closed",
    }  # fmt: skip

    install(old_url)

    after = columns(old_url)
    # An anchor may be an event of its own; what was there is there.
    assert {name: after[name] for name in after if name not in ("feed_event", "feed_head")} == {
        name: before[name] for name in before if name not in ("feed_event", "feed_head")
    }
    assert set(map(repr, before["feed_event"])) <= set(map(repr, after["feed_event"]))
    assert rows(old_url, "SELECT version_num FROM alembic_version") == [(VERSIONS[-1],)]


def test_the_journal_goes_on_without_a_break(upgraded: SmallHall) -> None:
    seqs = [row[0] for row in upgraded.rows("SELECT seq FROM feed_event ORDER BY seq")]
    assert seqs == list(range(1, len(seqs) + 1))

    assert verify(upgraded.store).faults == ()


def test_the_hall_goes_on_where_it_was(upgraded: SmallHall) -> None:
    last = {row[0]: row[1] for row in upgraded.rows(
        "SELECT prefix, last FROM series WHERE business_date = '2026-11-23'")}  # fmt: skip

    assert upgraded.issue(KK).number == f"B-{last['B'] + 1:03}"
    assert upgraded.issue(SKCK).number == f"D-{last['D'] + 1:03}"
    upgraded.act(calls.finish, counter="2")
    assert upgraded.visit("2").number
    with_pin = desks.sign_in(
        upgraded.store, request=new_request(), officer="ani", pin=PIN, counter="1"
    )
    assert with_pin.officer == "ani"
    assert verify(upgraded.store).faults == ()


def test_the_next_day_closes_what_the_old_program_left_open(upgraded: SmallHall) -> None:
    upgraded.clock.forward(days=1)

    assert upgraded.issue(KK).number == "B-001"
    left = upgraded.rows(
        "SELECT DISTINCT status FROM turn WHERE business_date < '2026-11-24' AND status IN"
        " ('waiting', 'called', 'serving', 'held')"
    )
    assert left == []
    assert verify(upgraded.store).faults == ()


def test_an_older_program_is_told_and_an_older_store_is_refused_before_its_upgrade(
    old_url: str,
) -> None:
    with pytest.raises(StoreVersion) as refused:
        open_store(old_url)

    assert (refused.value.fields["found"], refused.value.fields["is_newer"]) == ("0001", False)


def test_an_upgrade_that_fails_in_the_middle_leaves_the_old_version(
    old_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = columns(old_url)
    tables = _tables(old_url)
    real = op.create_index

    def fail(name: str, *arguments: Any, **more: Any) -> None:
        # The last but one of its steps.
        if name == "ix_personal_datum_purge_on":
            raise ZeroDivisionError
        real(name, *arguments, **more)

    monkeypatch.setattr(op, "create_index", fail)
    with pytest.raises(ZeroDivisionError):
        install(old_url)

    assert columns(old_url) == before
    assert _tables(old_url) == tables
    assert rows(old_url, "SELECT version_num FROM alembic_version") == [("0001",)]
    monkeypatch.undo()
    install(old_url)
    assert rows(old_url, "SELECT version_num FROM alembic_version") == [(VERSIONS[-1],)]


def _tables(url: str) -> list[tuple[Any, ...]]:
    if url.startswith("sqlite"):
        return rows(url, "SELECT name, sql FROM sqlite_master ORDER BY name")
    return rows(
        url,
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY 1, 2",
    )


def test_a_sqlite_store_is_kept_as_it_was_before_an_upgrade(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hall.db'}"
    make_old(url)
    before = columns(url)

    install(url)
    install(url)

    kept = tmp_path / f"hall.db.before-{VERSIONS[-1]}"
    assert columns(f"sqlite:///{kept}") == before
    assert stat.filemode(kept.stat().st_mode) == "-rw-------"
    assert rows(f"sqlite:///{kept}", "SELECT version_num FROM alembic_version") == [("0001",)]


def test_without_room_for_the_copy_nothing_is_upgraded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'hall.db'}"
    make_old(url)

    def fail(path: Path) -> Path:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(db.install, "written_whole", fail)
    with pytest.raises(StoreProblem):
        install(url)

    assert rows(url, "SELECT version_num FROM alembic_version") == [("0001",)]


def test_a_backup_of_an_earlier_version_is_upgraded_as_it_is_restored(
    old_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = columns(old_url)
    # As the earlier program made it.
    monkeypatch.setattr(db.backup, "check_version", lambda _: None)
    made = back_up(old_url, tmp_path / "hall.zip")

    restored = restore(old_url, tmp_path / "hall.zip", force=True)

    assert (made.schema, restored.faults) == ("0001", ())
    assert rows(old_url, "SELECT version_num FROM alembic_version") == [(VERSIONS[-1],)]
    assert rows(old_url, "SELECT count(*) FROM feed_anchor") == [(1,)]
    assert restored.sites[0].seq == made.sites[0].seq + 1
    assert columns(old_url)["ticket"] == before["ticket"]
