"""Create or upgrade a store's schema; the only caller of Alembic."""

from __future__ import annotations

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from db import address as addresses
from db.anchors import anchor_old_journals
from db.errors import StoreMissing, StoreProblem, StoreReadOnly, StoreUnreachable
from db.store import Store, check_version

_ADVISORY_LOCK = 0x416E6A75  # "Anju": two installers wait for each other


def install(url: str) -> None:
    """Create the store where there is none, upgrade its schema where it is older.

    A SQLite file is made readable for its owner only (0600, a new folder 0700).

    Args:
        url: As for ``open_store``. A PostgreSQL database must exist; its tables need not.

    Raises:
        StoreProblem: Unreachable, read-only, on a network mount, or of a newer version.
    """
    address = addresses.parse(url)
    if addresses.is_sqlite(address):
        from db.sqlite import check_mount

        check_mount(address)
        _create_file(addresses.sqlite_path(address), addresses.shown(address))
    store = Store(address, site="")
    store.database.check(address)
    try:
        try:
            check_version(store)
        except StoreMissing:
            _require_database(store)
        except StoreProblem as fault:
            if fault.fields.get("is_newer", True):
                raise
        else:
            # An upgrade that was killed before it came to this.
            anchor_old_journals(store)
            return
        _upgrade(store)
        anchor_old_journals(store)
    finally:
        store.close()


def installed(url: str, site: str) -> Store:
    """Return the store right after ``install``, whether it holds a site yet or not."""
    return Store(addresses.parse(url), site)


def migration_config(connection: Connection) -> Config:
    """Return Alembic's configuration for a connection whose transaction we began."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config


def _upgrade(store: Store) -> None:
    # On SQLite the lock file is held throughout: nobody writes beside an upgrade.
    with store.database.closing(store.address):
        _upgrade_alone(store)


def _upgrade_alone(store: Store) -> None:
    engine = store.database.engine(store.address)
    try:
        with engine.connect() as connection:
            if store.is_sqlite:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection = connection.execution_options(isolation_level="READ COMMITTED")
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SET LOCAL lock_timeout = '30s'"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            command.upgrade(migration_config(connection), "head")
            connection.commit()
    except DBAPIError as error:
        cause = error.orig if isinstance(error.orig, Exception) else error
        raise store.database.problem(cause, store.url) or error from error
    finally:
        engine.dispose()


def _require_database(store: Store) -> None:
    """Tell a database without tables from one that isn't there at all."""
    with store.connected() as connection:
        connection.rows("SELECT 1", {})


def _create_file(path: Path, shown: str) -> None:
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except (PermissionError, OSError) as error:
        if isinstance(error, PermissionError) or error.errno == 30:
            raise StoreReadOnly(url=shown) from error
        raise StoreUnreachable(url=shown, detail=str(error)) from error
