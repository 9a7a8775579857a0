"""The old store on PostgreSQL, put aside in a schema of its own while a new one is checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy.engine import URL

from db.address import shown
from db.errors import OldStoreAside
from db.postgresql import Postgresql

ASIDE = "anjungan_before_restore"
"""The schema that holds the old store while a new one is being checked."""
LOCK_WAIT = "30s"

# All of the schema "public" that is ours: a newer or older version has other names.
_OURS = """
    SELECT format('ALTER %s {from_}.%I SET SCHEMA {to}',
        CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.relname)
    FROM pg_class c
    WHERE c.relnamespace = '{from_}'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
      AND pg_has_role(c.relowner, 'USAGE')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid
                      AND d.deptype IN ('a', 'e', 'i') AND d.classid = 'pg_class'::regclass)
    UNION ALL
    SELECT format('ALTER ROUTINE {from_}.%I(%s) SET SCHEMA {to}', p.proname,
        pg_get_function_identity_arguments(p.oid))
    FROM pg_proc p
    WHERE p.pronamespace = '{from_}'::regnamespace AND pg_has_role(p.proowner, 'USAGE')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid
                      AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass)
"""


def require_nothing_aside(address: URL) -> None:
    """Refuse where the old store of an earlier restore still lies aside.

    Raises:
        OldStoreAside: It does, and may be the only good one.
    """
    with connected(address) as connection:
        if _exists(connection):
            raise OldStoreAside(url=shown(address), schema=ASIDE)


class Guard:
    """Keeps all others from writing into what was restored, until it has been checked."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def hold(self) -> None:
        """Let others read only; every command of the hall begins with a lock on feed_head."""
        self._connection.execute("BEGIN")
        for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
            self._connection.execute(f"SET LOCAL {name} = 0".encode())
        self._connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'".encode())
        self._connection.execute("LOCK TABLE public.feed_head IN EXCLUSIVE MODE")

    def release(self) -> None:
        """Let an upgrade write."""
        self._connection.execute("ROLLBACK")


@contextmanager
def guarded(address: URL) -> Iterator[Guard]:
    """Hold all others up while what was restored is checked.

    Then the old store is forgotten; where anything was raised it is put back instead, in the
    same transaction.
    """
    with connected(address) as connection:
        guard = Guard(connection)
        try:
            guard.hold()
            yield guard
        except BaseException:
            if connection.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS:
                _put_back(connection)
                connection.execute("COMMIT")
            else:
                put_back(address)
            raise
        connection.execute(f"DROP SCHEMA {ASIDE} CASCADE".encode())
        connection.execute("COMMIT")


def put_back(address: URL) -> None:
    """Put the old store into its place again, and forget what was restored."""
    with connected(address) as connection, connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'".encode())
        _put_back(connection)


def _put_back(connection: psycopg.Connection[Any]) -> None:
    if not _exists(connection):
        return
    for statement in statements(connection, "public", ASIDE):
        thing = re.sub(r"^ALTER (\w+)", r"DROP \1 IF EXISTS", statement.split(" SET SCHEMA ")[0])
        connection.execute(f"{thing} CASCADE".encode())
    for statement in statements(connection, ASIDE, "public"):
        connection.execute(statement.encode())
    connection.execute(f"DROP SCHEMA {ASIDE}".encode())


def statements(connection: psycopg.Connection[Any], from_: str, to: str) -> list[str]:
    """Return what moves all that is ours from one schema to another."""
    if from_ == ASIDE and not _exists(connection):
        return []
    query = _OURS.replace("{from_}", from_).replace("{to}", to)
    return [str(row[0]) for row in connection.execute(query.encode()).fetchall()]


def _exists(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (ASIDE,)).fetchone()
    return row is not None


@contextmanager
def connected(address: URL) -> Iterator[psycopg.Connection[Any]]:
    """Lend a connection without the deadlines of the hall's; its faults are known ones."""
    url = shown(address)
    try:
        with psycopg.connect(
            address.set(drivername="postgresql").render_as_string(hide_password=False),
            autocommit=True,
            connect_timeout=3,
            application_name="backup",
            options="-c timezone=UTC",
        ) as connection:
            yield connection
    except (psycopg.Error, OSError) as error:
        raise Postgresql().problem(error, url) or error from error
