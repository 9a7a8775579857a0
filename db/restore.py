"""Put a backup in a store's place: checked first, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from db import address as addresses
from db.anchors import unanchored
from db.backup import states
from db.backup_file import Manifest, Progress, SiteState, extract, not_written, read_manifest
from db.errors import (
    BackupDamaged,
    BackupInconsistent,
    BackupNewer,
    BackupOfOtherDatabase,
    StoreDamaged,
    StoreInUse,
    StoreMissing,
    StoreNotEmpty,
)
from db.install import install
from db.private_file import part_of, private_folder, sync
from db.store import Store
from db.verify import verify
from db.version import VERSIONS
from db.walk import Fault

Rows = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Restored:
    """What is in the store now.

    ``sites``: where each stands. ``faults``: what the check found, where it was to be accepted.
    ``missing_roles``: database roles that this server lacks; then no rights were restored.
    """

    manifest: Manifest
    sites: tuple[SiteState, ...]
    faults: tuple[str, ...] = ()
    missing_roles: tuple[str, ...] = ()


def restore(
    url: str,
    file: Path,
    *,
    force: bool = False,
    despite_faults: bool = False,
    on_progress: Progress | None = None,
) -> Restored:
    """Restore a backup; where anything goes wrong, the old store stays as it was.

    Args:
        url: The store that is to be replaced, or made.
        file: From ``db.backup``.
        force: Also over a store with a hall in it; on SQLite, where it is sound, though programs
            have it open.
        despite_faults: Also where the restored store does not pass the check.
        on_progress: Told about the unpacking.

    Raises:
        BackupProblem: The file can't be used here.
        StoreNotEmpty, StoreInUse: Not without ``force``; PostgreSQL's not while in use at all.
        OldStoreAside: An earlier restore on PostgreSQL was killed before its check.
        StoreProblem: The store can't be used.
    """
    address = addresses.parse(url)
    manifest = read_manifest(file)
    kind = "sqlite" if addresses.is_sqlite(address) else "postgresql"
    if manifest.database != kind:
        raise BackupOfOtherDatabase(file=str(file), found=manifest.database, expected=kind)
    if manifest.schema not in VERSIONS:
        raise BackupNewer(file=str(file), found=manifest.schema, expected=VERSIONS[-1])
    place = _restore_sqlite if kind == "sqlite" else _restore_postgresql
    return place(
        address,
        file,
        manifest,
        force=force,
        despite_faults=despite_faults,
        on_progress=on_progress,
    )


def _restore_sqlite(
    address: URL,
    file: Path,
    manifest: Manifest,
    *,
    force: bool,
    despite_faults: bool,
    on_progress: Progress | None,
) -> Restored:
    from db.sqlite import check_mount
    from db.sqlite_copy import copy_into, holders, quick_fault, rows_of

    path, shown = addresses.sqlite_path(address), addresses.shown(address)
    check_mount(address)
    try:
        _require_empty(address, force=force)
        is_damaged = False
    except StoreDamaged:
        if not force:
            raise
        is_damaged = True
    programs = holders(path)
    if programs and (is_damaged or not force):
        raise StoreInUse(url=shown, programs=programs)
    with not_written(path):
        private_folder(path.parent)
    with not_written(path), part_of(path, ".restored") as draft:
        extract(file, manifest, draft, on_progress)
        fault = quick_fault(draft)
        if fault:
            raise BackupDamaged(file=str(file), detail=fault)
        _require_same(file, manifest, rows_of(draft))
        draft_url = f"sqlite:///{draft}"
        install(draft_url, keep_old=False)
        faults = _checked(draft_url, file, manifest, despite_faults=despite_faults)
        sites = states(rows_of(draft))
        try:
            if path.exists() and not is_damaged:
                copy_into(draft, path)
            else:
                _take_place(draft, path)
        except addresses.database_of(address).errors as error:
            raise addresses.database_of(address).problem(error, shown) or error from error
    return Restored(manifest, sites, faults)


def _take_place(draft: Path, path: Path) -> None:
    """Give the draft its name; what lay there damaged is kept beside it."""
    # A WAL that is left from another file would be played into the new one: it goes first.
    for end in ("-wal", "-shm", ""):
        old = path.with_name(path.name + end)
        if old.exists():
            old.replace(path.with_name(f"{path.name}.damaged{end}"))
    sync(draft)
    os.link(draft, path)
    sync(path.parent)


def _restore_postgresql(
    address: URL,
    file: Path,
    manifest: Manifest,
    *,
    force: bool,
    despite_faults: bool,
    on_progress: Progress | None,
) -> Restored:
    from db import postgresql_aside, postgresql_dump

    url = address.render_as_string(hide_password=False)
    postgresql_aside.require_nothing_aside(address)
    _require_empty(address, force=force)
    others = postgresql_dump.connections(address)
    if others:
        raise StoreInUse(url=addresses.shown(address), programs=others)
    missing = postgresql_dump.missing_roles(address, manifest.roles)
    folder = Path(tempfile.gettempdir())
    heads = [(site.site, site.seq, site.hash) for site in manifest.sites]
    with not_written(folder), part_of(folder / file.name) as content:
        extract(file, manifest, content, on_progress)
        try:
            postgresql_dump.restore(address, content, heads, with_rights=not missing)
        except postgresql_dump.OtherJournal as fault:
            raise BackupDamaged(file=str(file), detail="manifest.json") from fault
    # Committed, but the old store still lies aside.
    with postgresql_aside.guarded(address) as guard:
        if _needs_upgrade(address, manifest):
            guard.release()
            install(url)
            guard.hold()
        faults = _checked(url, file, manifest, despite_faults=despite_faults)
        with _rows_of(address) as rows:
            sites = states(rows)
    return Restored(manifest, sites, faults, missing)


def _needs_upgrade(address: URL, manifest: Manifest) -> bool:
    if manifest.schema != VERSIONS[-1]:
        return True
    store = Store(address, "")
    try:
        return bool(unanchored(store))
    finally:
        store.close()


def _require_empty(address: URL, *, force: bool) -> None:
    """Refuse a store with a hall in it; one without any site counts as empty.

    Raises:
        StoreNotEmpty: There is a hall, and nobody said that it may be overwritten.
    """
    if addresses.is_sqlite(address):
        path = addresses.sqlite_path(address)
        if not path.exists() or not path.stat().st_size:
            return
    try:
        with _rows_of(address) as rows:
            found = rows("SELECT site, seq FROM feed_head ORDER BY site")
    except StoreMissing as error:
        if type(error) is not StoreMissing:
            raise
        return
    if found and not force:
        raise StoreNotEmpty(
            url=addresses.shown(address),
            sites=", ".join(str(row[0]) for row in found),
            seq=max(int(row[1]) for row in found),
        )


@contextmanager
def _rows_of(address: URL) -> Iterator[Rows]:
    store = Store(address, "")
    try:
        store.database.check(address)
        with store.connected() as connection:
            yield lambda sql: connection.rows(sql, {})
    finally:
        store.close()


def _require_same(file: Path, manifest: Manifest, rows: Rows) -> None:
    """Compare the ends of the journals with those that the backup speaks of."""
    found = [(site.site, site.seq, site.hash) for site in states(rows)]
    if found != [(site.site, site.seq, site.hash) for site in manifest.sites]:
        raise BackupDamaged(file=str(file), detail="manifest.json")


def _words(fault: Fault) -> str:
    """Return a fault's facts on a line."""
    facts = {
        "seq": fault.seq,
        "what": fault.what,
        "key": fault.key,
        "field": fault.field,
        "expected": fault.expected,
        "found": fault.found,
    }
    return " ".join([fault.kind, *(f"{name}={fact}" for name, fact in facts.items() if fact)])


def _checked(url: str, file: Path, manifest: Manifest, *, despite_faults: bool) -> tuple[str, ...]:
    """Walk every site's journal, and return what is wrong with it.

    Raises:
        BackupInconsistent: Something is, and nobody said that it may be.
    """
    faults: list[str] = []
    for site in manifest.sites:
        store = Store(addresses.parse(url), site.site)
        try:
            faults += [_words(fault) for fault in verify(store).faults]
        finally:
            store.close()
    if faults and not despite_faults:
        raise BackupInconsistent(file=str(file), faults=tuple(faults[:10]))
    return tuple(faults)
