"""The migrated schema is the models', on both databases, and its version is kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import db.store
from db import address, schema
from db.errors import StoreVersion
from db.install import install, installed
from db.migrations import __path__ as migrations_path
from db.store import Store, open_store
from db.version import VERSIONS
from tests.support.small_hall import KK, SetClock, SmallHall, prepare

MIGRATIONS = Path(migrations_path[0])


def test_the_migrated_schema_equals_the_models(store_url: str) -> None:
    install(store_url)
    parsed = address.parse(store_url)
    engine = address.database_of(parsed).engine(parsed)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, schema.Base.metadata)
    engine.dispose()

    assert differences == []


def test_partial_indexes_are_what_guards_the_hall(store_url: str) -> None:
    install(store_url)
    store = installed(store_url, "")
    catalogue = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if store.is_sqlite
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    with store.connected() as connection:
        indexes: dict[str, str] = dict(connection.rows(catalogue, {}))
    store.close()

    for name in ("uq_turn_active_ticket", "uq_turn_active_counter"):
        assert re.search(r"UNIQUE.*WHERE.*called.*serving", indexes[name], re.DOTALL), name
    for name in ("uq_desk_session_open_counter", "uq_desk_session_open_officer"):
        assert re.search(r"UNIQUE.*WHERE.*ended_at IS NULL", indexes[name], re.DOTALL), name


def test_the_versions_are_the_migrations_in_order() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    revisions = [each.revision for each in script.walk_revisions()]

    assert tuple(reversed(revisions)) == VERSIONS
    files = sorted(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert [name[:4] for name in files] == [version[:4] for version in VERSIONS]


@pytest.mark.parametrize(
    ("versions", "is_newer"), [(("0000",), True), ((*VERSIONS, "9999"), False)]
)
def test_a_store_of_another_version_is_refused_and_not_touched(
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
    versions: tuple[str, ...],
    is_newer: bool,
) -> None:
    prepare(store_url)
    monkeypatch.setattr(db.store, "VERSIONS", versions)

    with pytest.raises(StoreVersion) as refused:
        open_store(store_url)

    assert refused.value.fields["found"] == VERSIONS[-1]
    assert refused.value.fields["is_newer"] is is_newer
    if is_newer:
        # Neither is it downgraded by an older program's `init`.
        with pytest.raises(StoreVersion):
            install(store_url)


def test_a_store_is_installed_by_many_at_once_as_by_one(store_url: str) -> None:
    for _ in range(2):
        install(store_url)

    store = Store(address.parse(store_url), "")
    with store.connected() as connection:
        assert connection.rows("SELECT version_num FROM alembic_version", {}) == [(VERSIONS[-1],)]
    store.close()


def test_the_guards_refuse_what_a_bug_would_write(store_url: str) -> None:
    prepare(store_url)
    hall = SmallHall(store_url, SetClock())
    hall.issue(KK)
    hall.issue(KK)
    called = hall.next("1")
    before = hall.dump()

    faults = (
        "UPDATE turn SET status = 'called', counter = '1' WHERE status = 'waiting'",
        "UPDATE ticket SET number = 1",
        "UPDATE feed_event SET request = (SELECT request FROM feed_event WHERE seq = 1)"
        " WHERE seq = 3",
        f"UPDATE turn SET ticket = '{called.ticket}', status = 'serving', counter = '2'"
        " WHERE status = 'waiting'",
    )
    for statement in faults:
        with pytest.raises(hall.store.database.errors), hall.store.connected() as connection:
            connection.rows(statement, {})

    assert hall.dump() == before
    hall.close()
