"""A backup's file: a zip with ``manifest.json`` and the store's content, checked by SHA-256.

Anybody can open it with what every system has; only we need to know what the content is.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from db.errors import BackupDamaged, BackupNotWritten, BackupProblem, BackupUnreadable
from db.private_file import new_private_file, written_whole

FORMAT = 1
MANIFEST = "manifest.json"
CONTENT = {"sqlite": "store.sqlite", "postgresql": "store.pgdump"}
"""The content's name in the zip, by kind of database."""

_CHUNK = 1 << 20
_LONGEST_MANIFEST = 10_000_000

DatabaseKind = Literal["sqlite", "postgresql"]
Progress = Callable[[int, int], None]
"""Called with what is done and what is to do: bytes or pages; 0 to do where nobody knows."""


@dataclass(frozen=True, slots=True)
class SiteState:
    """Where a site stood: its journal's end, its date, and the last number of each series."""

    site: str
    time_zone: str
    business_date: str
    seq: int
    hash: str
    last_event_at: datetime | None
    last_numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    ``schema`` is the revision of the schema, ``size`` and ``sha256`` are the content's before
    it was compressed, ``roles`` the database roles that have rights in it.
    """

    product: str
    schema: str
    database: DatabaseKind
    made_at: datetime
    sites: tuple[SiteState, ...]
    size: int
    sha256: str
    roles: tuple[str, ...] = ()


def write_backup(
    file: Path, manifest: Manifest, content: Path, on_progress: Progress | None = None
) -> None:
    """Write the file whole under its final name, or not at all (mode 0600).

    Raises:
        BackupNotWritten: The folder can't be written, or is full.
    """
    with not_written(file), written_whole(file) as part, zipfile.ZipFile(part, "w") as archive:
        # A dump is compressed already.
        method = zipfile.ZIP_DEFLATED if manifest.database == "sqlite" else zipfile.ZIP_STORED
        archive.writestr(MANIFEST, _to_json(manifest))
        entry = zipfile.ZipInfo(CONTENT[manifest.database], manifest.made_at.timetuple()[:6])
        entry.compress_type, entry.external_attr = method, 0o600 << 16
        with (
            content.open("rb") as source,
            archive.open(entry, "w", force_zip64=True) as target,
        ):
            done = 0
            while chunk := source.read(_CHUNK):
                target.write(chunk)
                done += len(chunk)
                if on_progress is not None:
                    on_progress(done, manifest.size)


def read_manifest(file: Path) -> Manifest:
    """Read what a backup says of itself; the content isn't looked at.

    Raises:
        BackupUnreadable: It isn't there, can't be read, or is no backup of ours.
    """
    with _readable(file), zipfile.ZipFile(file) as archive:
        if archive.getinfo(MANIFEST).file_size > _LONGEST_MANIFEST:
            raise BackupUnreadable(file=str(file), detail="manifest too long")
        return _from_json(archive.read(MANIFEST))


def extract(
    file: Path, manifest: Manifest, target: Path, on_progress: Progress | None = None
) -> None:
    """Write the content to a new private file, and compare it with the checksum.

    Raises:
        BackupDamaged: It is not as it was written.
        BackupUnreadable: The file can't be read.
        BackupNotWritten: There is no room beside the store.
    """
    digest, done = hashlib.sha256(), 0
    with _readable(file), zipfile.ZipFile(file) as archive:
        source = archive.open(CONTENT[manifest.database])
        with source, not_written(target), open(new_private_file(target), "wb") as copy:  # noqa: PTH123
            while chunk := _read(file, source):
                digest.update(chunk)
                done += len(chunk)
                if done > manifest.size:
                    break
                copy.write(chunk)
                if on_progress is not None:
                    on_progress(done, manifest.size)
    if done != manifest.size or digest.hexdigest() != manifest.sha256:
        raise BackupDamaged(file=str(file), detail="SHA-256")


def fingerprint(content: Path) -> tuple[int, str]:
    """Return a file's size and SHA-256."""
    with content.open("rb") as source:
        return content.stat().st_size, hashlib.file_digest(source, "sha256").hexdigest()


@contextmanager
def not_written(file: Path) -> Iterator[None]:
    """Turn the system's errors into a known one."""
    try:
        yield
    except OSError as error:
        raise BackupNotWritten(file=str(file), detail=error.strerror or str(error)) from error


def _read(file: Path, source: Any) -> bytes:
    try:
        chunk: bytes = source.read(_CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BackupDamaged(file=str(file), detail=str(error)) from error
    return chunk


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except BackupProblem:
        raise
    except OSError as error:
        detail = error.strerror or str(error)
        raise BackupUnreadable(file=str(file), detail=detail) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        KeyError,
        TypeError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise BackupUnreadable(file=str(file), detail=str(error)) from error


def _to_json(manifest: Manifest) -> str:
    document = {"format": FORMAT, **asdict(manifest)}
    return json.dumps(document, indent=2, ensure_ascii=False, default=datetime.isoformat) + "\n"


def _from_json(text: bytes) -> Manifest:
    document = json.loads(text)
    if document.pop("format") != FORMAT or document["database"] not in CONTENT:
        raise ValueError("another format")
    sites = tuple(
        SiteState(
            **{
                **site,
                "last_event_at": _maybe_moment(site["last_event_at"]),
                "last_numbers": tuple(map(str, site["last_numbers"])),
            }
        )
        for site in document.pop("sites")
    )
    manifest = Manifest(
        **{
            **document,
            "made_at": datetime.fromisoformat(document["made_at"]),
            "roles": tuple(document["roles"]),
            "sites": sites,
        }
    )
    if not isinstance(manifest.size, int) or not isinstance(manifest.sha256, str):
        raise TypeError("size and checksum are wanted")
    return manifest


def _maybe_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
