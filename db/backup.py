"""Back a store up into one file while the hall runs; see docs/decisions/0018."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import URL

from db import address as addresses
from db.backup_file import (
    DatabaseKind,
    Manifest,
    Progress,
    SiteState,
    fingerprint,
    not_written,
    read_manifest,
    write_backup,
)
from db.driver import Row
from db.errors import BackupExists, BackupNotWritten, BackupProblem, StoreEmpty, StoreFull
from db.moment import to_datetime
from db.private_file import new_private_file, part_of, private_folder, sync
from db.store import Store, check_version
from rules.number import label
from rules.rotation import kept

_DAILY = re.compile(r"anjungan-(?P<site>.+)-(?P<day>\d{4}-\d{2}-\d{2})\.zip")
_SITES = (
    "SELECT h.site, s.time_zone, h.business_date, h.seq, h.hash, h.at"
    " FROM feed_head h JOIN site s ON s.code = h.site ORDER BY h.site"
)
_SERIES = (
    "SELECT s.site, s.prefix, s.last FROM series s JOIN feed_head h ON h.site = s.site"
    " AND h.business_date = s.business_date ORDER BY s.site, s.prefix"
)


def back_up(url: str, file: Path, on_progress: Progress | None = None) -> Manifest:
    """Write a backup of the whole store, of one instant; the hall goes on.

    Takes the place of an older backup of the same sites, of nothing else.

    Raises:
        BackupExists: Something else has this name.
        BackupNotWritten: The folder can't be written, or is full.
        StoreProblem: The store can't be used, is of another version, empty or damaged; or a
            program of PostgreSQL's is missing or gave up.
    """
    address = addresses.parse(url)
    store = Store(address, "")
    try:
        store.database.check(address)
        check_version(store)
    finally:
        store.close()
    file = file.absolute()
    with not_written(file), part_of(file, ".content") as content:
        os.close(new_private_file(content))
        manifest = _take(address, content, on_progress)
        _require_replaceable(file, manifest)
        write_backup(file, manifest, content, on_progress)
    return manifest


def back_up_daily(
    url: str, folder: Path, keep: int, on_progress: Progress | None = None
) -> tuple[Path, Manifest, tuple[Path, ...]]:
    """Write today's backup into a folder of dated files, and remove those that are due.

    The newest ``keep`` stay, and the oldest one of each month for a year. Only files are
    removed that bear our name and are backups of the same sites.

    Returns:
        The file, what it says of itself, and which files were removed.
    """
    folder = folder.absolute()
    with not_written(folder):
        private_folder(folder)
    with part_of(folder / "today") as draft:
        manifest = back_up(url, draft, on_progress)
        day = local_day(manifest)
        file = folder / f"anjungan-{_sites(manifest)}-{day.isoformat()}.zip"
        _require_replaceable(file, manifest)
        with not_written(file):
            draft.replace(file)
            sync(folder)
    dated = _dated(folder, manifest)
    stay = kept(dated, keep, day)
    removed = tuple(path for each, path in sorted(dated.items()) if each not in stay)
    for path in removed:
        with not_written(path):
            path.unlink()
    return file, manifest, removed


def newest(folder: Path, sites: tuple[str, ...] | None = None) -> Manifest | None:
    """Return the newest readable backup of a folder of dated files, or None.

    Raises:
        BackupNotWritten: The folder can't be read.
    """
    found = []
    with not_written(folder):
        names = [path for path in folder.iterdir() if _DAILY.fullmatch(path.name)]
    for path in sorted(names, key=lambda path: path.name[-14:], reverse=True):
        try:
            manifest = read_manifest(path)
        except BackupProblem:
            continue
        if sites is None or _codes(manifest) == sites:
            found.append(manifest)
            break
    return max(found, key=lambda manifest: manifest.made_at, default=None)


def local_day(manifest: Manifest) -> date:
    """Return the date at the (first) site when the backup was made."""
    return manifest.made_at.astimezone(ZoneInfo(manifest.sites[0].time_zone)).date()


def _take(address: URL, content: Path, on_progress: Progress | None) -> Manifest:
    made_at = datetime.now(UTC)
    if addresses.is_sqlite(address):
        from db.sqlite_copy import copy_out, rows_of

        try:
            copy_out(addresses.sqlite_path(address), content, on_progress)
        except addresses.database_of(address).errors as error:
            if isinstance(error, OSError) and error.filename == str(content):
                raise
            known = addresses.database_of(address).problem(error, addresses.shown(address))
            if isinstance(known, StoreFull):
                # Of the two only the copy is written.
                raise BackupNotWritten(file=str(content.parent), detail=str(error)) from error
            raise known or error from error
        return _manifest(address, "sqlite", made_at, rows_of(content), content, ())
    from db import postgresql_dump

    with postgresql_dump.snapshot(address) as (name, rows):
        postgresql_dump.dump(address, name, content, on_progress)
        roles = postgresql_dump.roles(rows)
        return _manifest(address, "postgresql", made_at, rows, content, roles)


def _manifest(
    address: URL,
    kind: DatabaseKind,
    made_at: datetime,
    rows: Callable[[str], list[Row]],
    content: Path,
    roles: tuple[str, ...],
) -> Manifest:
    sites = states(rows)
    if not sites:
        raise StoreEmpty(url=addresses.shown(address))
    size, sha256 = fingerprint(content)
    return Manifest(
        product=_product(),
        schema=str(rows("SELECT version_num FROM alembic_version")[0][0]),
        database=kind,
        made_at=made_at,
        sites=sites,
        size=size,
        sha256=sha256,
        roles=roles,
    )


def states(rows: Callable[[str], list[tuple[Any, ...]]]) -> tuple[SiteState, ...]:
    """Return where each site stands; ``rows`` reads the store, of any version."""
    numbers: dict[str, list[str]] = {}
    for site, prefix, last in rows(_SERIES):
        numbers.setdefault(str(site), []).append(label(str(prefix), int(last)))
    return tuple(
        SiteState(
            site=str(site),
            time_zone=str(time_zone),
            business_date=str(business_date),
            seq=int(seq),
            hash=str(digest),
            last_event_at=to_datetime(at) if at else None,
            last_numbers=tuple(numbers.get(str(site), ())),
        )
        for site, time_zone, business_date, seq, digest, at in rows(_SITES)
    )


def _require_replaceable(file: Path, manifest: Manifest) -> None:
    """Let an older backup of the same sites be replaced, and nothing else."""
    if not file.exists() and not file.is_symlink():
        return
    try:
        old = read_manifest(file)
    except BackupProblem:
        raise BackupExists(file=str(file)) from None
    if _codes(old) != _codes(manifest) or old.made_at > manifest.made_at:
        raise BackupExists(file=str(file))


def _dated(folder: Path, manifest: Manifest) -> dict[date, Path]:
    found = {}
    for path in folder.iterdir():
        match = _DAILY.fullmatch(path.name)
        if match is None or match["site"] != _sites(manifest) or path.is_symlink():
            continue
        try:
            if _codes(read_manifest(path)) == _codes(manifest):
                found[date.fromisoformat(match["day"])] = path
        except (BackupProblem, ValueError):
            # Not ours after all: nobody knows what it is, so it stays.
            continue
    return found


def _codes(manifest: Manifest) -> tuple[str, ...]:
    return tuple(site.site for site in manifest.sites)


def _sites(manifest: Manifest) -> str:
    codes = _codes(manifest)
    return re.sub(r"[^A-Za-z0-9._+-]", "_", "+".join(codes[:3]))[:60]


def _product() -> str:
    try:
        return version("anjungan")
    except PackageNotFoundError:
        return ""
