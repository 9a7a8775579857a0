"""Where a store lies: its URL, and which kind of database that is."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from db.driver import Database
from db.errors import StoreAddressFault

_CREDENTIALS = re.compile("//.*@", re.DOTALL)


def parse(url: str) -> URL:
    """Read a store's URL; a plain path means SQLite.

    Raises:
        StoreAddressFault: It names no database that we know.
    """
    if "://" not in url and url:
        url = f"sqlite:///{url}"
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        # A port that is no number is a plain ValueError. What can't be read may hold a password.
        raise StoreAddressFault(url=_CREDENTIALS.sub("//***@", url)) from None
    if address.get_backend_name() == "sqlite" and address.database not in (None, "", ":memory:"):
        path = Path(str(address.database)).expanduser().absolute()
        return address.set(drivername="sqlite", database=str(path))
    if address.get_backend_name() in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    raise StoreAddressFault(url=shown(address))


def shown(address: URL) -> str:
    """Return the URL as people may see it: without the password."""
    hidden = {key: "***" for key in address.query if "password" in key}
    return address.update_query_dict(hidden).render_as_string(hide_password=True)


def is_sqlite(address: URL) -> bool:
    """Say whether the store is a SQLite file."""
    return address.get_backend_name() == "sqlite"


def sqlite_path(address: URL) -> Path:
    """Return the file of a SQLite store."""
    return Path(str(address.database))


def database_of(address: URL) -> Database:
    """Return the kind of database; the other kind's driver isn't even imported."""
    if is_sqlite(address):
        from db.sqlite import Sqlite

        return Sqlite()
    from db.postgresql import Postgresql

    return Postgresql()
