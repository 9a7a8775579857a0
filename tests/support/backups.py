"""Stores and backups, looked at from outside."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from db import address
from db.store import open_store
from db.verify import verify
from tests.support.small_hall import SetClock, SmallHall


def dump_of(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of a store."""
    hall = SmallHall(url, SetClock())
    try:
        return hall.dump()
    finally:
        hall.close()


def faults(url: str) -> tuple[object, ...]:
    """Return what a walk over a store finds."""
    store = open_store(url)
    try:
        return verify(store).faults
    finally:
        store.close()


def rewrite_manifest(file: Path, **changes: object) -> None:
    """Let a backup say something else of itself."""
    with zipfile.ZipFile(file) as archive:
        names = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(names["manifest.json"]) | changes
    names["manifest.json"] = json.dumps(document).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)


def plain(url: str) -> str:
    """Return the address as psycopg wants it."""
    return address.parse(url).set(drivername="postgresql").render_as_string()
