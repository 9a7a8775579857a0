"""Create or upgrade a store's schema; the only caller of Alembic."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from db import address as addresses
from db.anchors import anchor_old_journals
from db.driver import LOCK_TIMEOUT_S
from db.errors import StoreMissing, StoreProblem, StoreReadOnly, StoreUnreachable
from db.private_file import private_folder, written_whole
from db.store import Store, check_version
from db.version import VERSIONS

_ADVISORY_LOCK = 0x416E6A75  # "Anju": two installers wait for each other


def install(url: str, *, keep_old: bool = True) -> None:
    """Create the store where there is none, upgrade its schema where it is older.

    A SQLite file is made readable for its owner only (0600, new folders 0700).

    Args:
        url: As for ``open_store``. A PostgreSQL database must exist; its tables need not.
        keep_old: Before a SQLite store is upgraded, keep a copy ``FILE.before-0002``.

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
            if keep_old and store.is_sqlite:
                _keep_old(store)
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
    with store.database.closing(store.address, LOCK_TIMEOUT_S):
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


def _keep_old(store: Store) -> None:
    """Copy a SQLite store before it is upgraded: the older program can go on with it."""
    from db.sqlite_copy import copy_out

    path = addresses.sqlite_path(store.address)
    try:
        with written_whole(path.with_name(f"{path.name}.before-{VERSIONS[-1]}")) as copy:
            copy_out(path, copy)
    except store.database.errors as error:
        raise store.database.problem(error, store.url) or error from error


def _require_database(store: Store) -> None:
    """Tell a database without tables from one that isn't there at all."""
    with store.connected() as connection:
        connection.rows("SELECT 1", {})


def _create_file(path: Path, shown: str) -> None:
    try:
        private_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # SQLite gives its -wal and -shm the file's own mode.
            if os.fstat(descriptor).st_uid == os.geteuid():
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        if isinstance(error, PermissionError) or error.errno == errno.EROFS:
            raise StoreReadOnly(url=shown) from error
        raise StoreUnreachable(url=shown, detail=str(error)) from error
