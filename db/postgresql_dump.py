"""PostgreSQL's own programs: ``pg_dump`` for a backup, ``pg_restore`` and ``psql`` to restore.

They run with the server's version or a newer one; the password goes by environment only.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psycopg
from sqlalchemy.engine import URL

from db.address import shown
from db.backup_file import Progress
from db.driver import os_problem
from db.errors import DatabaseProgramFailed, DatabaseProgramMissing
from db.postgresql import Postgresql

ASIDE = "anjungan_before_restore"
"""The schema that holds the old store while a new one is being checked."""
_INSTALL_LOCK = 0x416E6A75  # as db.install: not while somebody upgrades
_LOCK_WAIT = "30s"
_POLL_S = 0.2

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
_ROLES = """
    SELECT DISTINCT pg_get_userbyid(acl.grantee) FROM (
        SELECT relacl AS rights FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT a.attacl FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT proacl FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT nspacl FROM pg_namespace WHERE nspname = 'public'
    ) rights_of, aclexplode(rights) acl
    WHERE acl.grantee <> 0 ORDER BY 1
"""


@contextmanager
def snapshot(address: URL) -> Iterator[tuple[str, Callable[[str], list[tuple[Any, ...]]]]]:
    """Give a snapshot's name for ``dump``, and a reader of the very same instant."""
    with _connected(address) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        name = connection.execute("SELECT pg_export_snapshot()").fetchone()

        def rows(sql: str) -> list[tuple[Any, ...]]:
            return connection.execute(sql.encode()).fetchall()

        yield str(name[0] if name else ""), rows
        connection.execute("ROLLBACK")


def roles(rows: Callable[[str], list[tuple[Any, ...]]]) -> tuple[str, ...]:
    """Return the roles that have rights in the store; a restore elsewhere may lack them."""
    return tuple(str(row[0]) for row in rows(_ROLES))


def dump(
    address: URL, snapshot_name: str, target: Path, on_progress: Progress | None = None
) -> None:
    """Write a dump in the custom format; ``target`` exists already, so that its mode holds.

    Raises:
        DatabaseProgramMissing, DatabaseProgramFailed: As ``pg_dump`` says.
    """
    command = [
        "pg_dump",
        "--format=custom",
        "--no-password",
        f"--lock-wait-timeout={_LOCK_WAIT}",
        f"--snapshot={snapshot_name}",
        f"--exclude-schema={ASIDE}",
        f"--file={target}",
        f"--dbname={_without_password(address)}",
    ]
    with _program(command, address) as process:
        while process.poll() is None:
            if on_progress is not None:
                on_progress(target.stat().st_size, 0)
            time.sleep(_POLL_S)


def connections(address: URL) -> tuple[str, ...]:
    """Return who else is connected to the database with our program."""
    with _connected(address) as connection:
        found = connection.execute(
            "SELECT DISTINCT coalesce(host(client_addr), 'localhost') FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND application_name LIKE 'anjungan%' ORDER BY 1"
        ).fetchall()
    return tuple(str(row[0]) for row in found)


def missing_roles(address: URL, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return which of the roles this server lacks."""
    with _connected(address) as connection:
        known = {str(row[0]) for row in connection.execute("SELECT rolname FROM pg_roles")}
    return tuple(role for role in wanted if role not in known)


def restore(address: URL, content: Path, *, with_rights: bool) -> None:
    """Put the old store aside and the dump into its place, in one transaction.

    ``put_back`` or ``drop_aside`` ends it; whoever has the store open waits meanwhile.

    Raises:
        DatabaseProgramMissing, DatabaseProgramFailed: Nothing was changed.
    """
    command = ["pg_restore", "--no-owner", "--file=-"]
    if not with_rights:
        command.append("--no-privileges")
    target = [
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--no-password",
        "--set=ON_ERROR_STOP=1",
        f"--dbname={_without_password(address)}",
    ]
    with _program(target, address, feeds=True) as into:
        assert into.stdin is not None  # noqa: S101 - asked for by feeds
        try:
            into.stdin.write(_opening(address).encode())
            into.stdin.flush()
            with _program([*command, str(content)], address, feeds_to=into.stdin):
                pass
            # Only now, when pg_restore said that this was all.
            into.stdin.write(b"\nCOMMIT;\n")
        except BrokenPipeError:
            # psql has stopped at a fault, and says which.
            pass
        except BaseException:
            into.kill()
            raise


def drop_aside(address: URL) -> None:
    """Forget the old store."""
    with _connected(address) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE".encode())


def put_back(address: URL) -> None:
    """Put the old store into its place again, and forget what was restored."""
    with _connected(address) as connection, connection.transaction():
        restored = _statements(connection, "public", ASIDE)
        if not _exists(connection):
            return
        connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'".encode())
        for statement in restored:
            thing = re.sub(
                r"^ALTER (\w+)", r"DROP \1 IF EXISTS", statement.split(" SET SCHEMA ")[0]
            )
            connection.execute(f"{thing} CASCADE".encode())
        for statement in _statements(connection, ASIDE, "public"):
            connection.execute(statement.encode())
        connection.execute(f"DROP SCHEMA {ASIDE}".encode())


def _opening(address: URL) -> str:
    with _connected(address) as connection:
        aside = _statements(connection, "public", ASIDE)
    return ";\n".join(
        [
            "BEGIN",
            f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'",
            "SET LOCAL statement_timeout = 0",
            f"SELECT pg_advisory_xact_lock({_INSTALL_LOCK}) \\g /dev/null\n",
            # Left by a restore that was killed before it had checked what it restored.
            f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE",
            f"CREATE SCHEMA {ASIDE}",
            *aside,
            "\n",
        ]
    ).replace("\n;", "\n")


def _statements(connection: psycopg.Connection[Any], from_: str, to: str) -> list[str]:
    if from_ == ASIDE and not _exists(connection):
        return []
    query = _OURS.replace("{from_}", from_).replace("{to}", to)
    return [str(row[0]) for row in connection.execute(query.encode()).fetchall()]


def _exists(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (ASIDE,)).fetchone()
    return row is not None


@contextmanager
def _connected(address: URL) -> Iterator[psycopg.Connection[Any]]:
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


def _without_password(address: URL) -> str:
    query = {key: value for key, value in address.query.items() if key != "password"}
    return URL.create(
        "postgresql", address.username, None, address.host, address.port, address.database, query
    ).render_as_string(hide_password=False)


@contextmanager
def _program(
    command: Sequence[str], address: URL, *, feeds: bool = False, feeds_to: IO[bytes] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a client program to its end.

    Raises:
        DatabaseProgramMissing, DatabaseProgramFailed: It isn't here, or doesn't end well.
    """
    password = address.password or address.query.get("password")
    environment = {**os.environ, "LC_MESSAGES": "C"}
    if password:
        environment["PGPASSWORD"] = str(password)
    url = shown(address)
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(  # noqa: S603 - PostgreSQL's own, by the PATH of the user
                list(command),
                env=environment,
                stdin=subprocess.PIPE if feeds else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if feeds_to is None else feeds_to,
                stderr=complaints,
            )
        except FileNotFoundError:
            raise DatabaseProgramMissing(url=url, program=command[0]) from None
        except OSError as error:
            raise os_problem(error, url) from error
        try:
            yield process
        except BaseException:
            process.kill()
            _close(process)
            process.wait()
            raise
        _close(process)
        if process.wait():
            complaints.seek(0)
            detail = " ".join(complaints.read().decode(errors="replace").split())[-400:]
            raise DatabaseProgramFailed(url=url, program=command[0], detail=detail)


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        # Where it has ended already, its own words say why.
        with suppress(BrokenPipeError):
            process.stdin.close()
