"""PostgreSQL's own programs: ``pg_dump`` for a backup, ``pg_restore`` and ``psql`` to restore.

They run with the server's version or a newer one; the password goes by environment only.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from sqlalchemy.engine import URL

from db.address import shown
from db.backup_file import Progress
from db.driver import os_problem
from db.errors import DatabaseProgramFailed, DatabaseProgramMissing, StoreInUse
from db.postgresql_aside import ASIDE, LOCK_WAIT, connected, statements

_INSTALL_LOCK = 0x416E6A75  # as db.install: not while somebody upgrades
_POLL_S = 0.2
_LEAVE_S = 2.0
"""A connection that was closed just now is still seen for a moment."""

# A function is everybody's until somebody says otherwise, and a dump without rights says nothing.
_NOBODYS = """
SELECT format('REVOKE ALL ON ROUTINE public.%I(%s) FROM PUBLIC', p.proname,
    pg_get_function_identity_arguments(p.oid))
FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND pg_has_role(p.proowner, 'USAGE')
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid
                  AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass)
\\gexec
"""
_OTHERS = """
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND application_name LIKE 'anjungan%'
"""
# The last thing before COMMIT: whoever has come meanwhile waits for our locks, and would write
# into a store that nobody has checked yet.
_CHECK = f"""
DO $$
DECLARE
  programs text := (
    SELECT string_agg(DISTINCT coalesce(host(client_addr), 'localhost'), ', ') {_OTHERS});
  found text := (
    SELECT encode(sha256(convert_to(coalesce(string_agg(concat_ws(' ', site, seq, hash), E'\\n'
      ORDER BY site COLLATE "C"), ''), 'UTF8')), 'hex') FROM public.feed_head);
BEGIN
  IF programs <> '' THEN
    RAISE EXCEPTION 'anjungan in use: %;', programs;
  END IF;
  IF found <> '{{digest}}' THEN
    RAISE EXCEPTION 'anjungan other journal';
  END IF;
END $$;
"""
_IN_USE = re.compile(r"anjungan in use: ([^;]*);")
_OTHER_JOURNAL = "anjungan other journal"

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
    with connected(address) as connection:
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
        f"--lock-wait-timeout={LOCK_WAIT}",
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


class OtherJournal(Exception):
    """What was restored does not end where it should."""


def connections(address: URL) -> tuple[str, ...]:
    """Return who else is connected to the database with our program."""
    query = f"SELECT DISTINCT coalesce(host(client_addr), 'localhost') {_OTHERS} ORDER BY 1"
    deadline = time.monotonic() + _LEAVE_S
    with connected(address) as connection:
        while True:
            found = connection.execute(query.encode()).fetchall()
            if not found or time.monotonic() > deadline:
                return tuple(str(row[0]) for row in found)
            time.sleep(_POLL_S)


def missing_roles(address: URL, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return which of the roles this server lacks."""
    with connected(address) as connection:
        known = {str(row[0]) for row in connection.execute("SELECT rolname FROM pg_roles")}
    return tuple(role for role in wanted if role not in known)


def restore(
    address: URL, content: Path, heads: Sequence[tuple[str, int, str]], *, with_rights: bool
) -> None:
    """Put the old store aside and the dump into its place, in one transaction.

    ``postgresql_aside.guarded`` ends it; whoever opens the store waits meanwhile.

    Args:
        address: The database.
        content: From ``dump``.
        heads: Site, seq and hash of each journal's end, as they must be found.
        with_rights: Whether this server knows the roles that have some.

    Raises:
        DatabaseProgramMissing, DatabaseProgramFailed: Nothing was changed.
        StoreInUse: Programs have come meanwhile; nothing was changed.
        OtherJournal: The journals end elsewhere; nothing was changed.
    """
    try:
        _restore(address, content, _closing(heads, with_rights=with_rights), with_rights)
    except DatabaseProgramFailed as fault:
        detail = str(fault.fields["detail"])
        if programs := _IN_USE.search(detail):
            raise StoreInUse(url=shown(address), programs=tuple(programs[1].split(", "))) from fault
        if _OTHER_JOURNAL in detail:
            raise OtherJournal from fault
        raise


def _restore(address: URL, content: Path, closing: str, with_rights: bool) -> None:
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
    is_cut = False
    with _program(target, address, feeds=True) as into:
        assert into.stdin is not None  # noqa: S101 - asked for by feeds
        try:
            into.stdin.write(_opening(address).encode())
            into.stdin.flush()
            try:
                with _program([*command, str(content)], address, feeds_to=into.stdin):
                    pass
            except DatabaseProgramFailed:
                # Where psql has stopped, all that pg_restore knows is a broken pipe: so is this.
                into.stdin.write(b"\n")
                into.stdin.flush()
                raise
            # Only now, when pg_restore said that this was all.
            into.stdin.write(closing.encode())
            into.stdin.flush()
        except BrokenPipeError:
            # psql has stopped at a fault, and says which.
            is_cut = True
        except BaseException:
            into.kill()
            raise
    if is_cut:
        raise DatabaseProgramFailed(url=shown(address), program="psql", detail="broken pipe")


def _opening(address: URL) -> str:
    with connected(address) as connection:
        aside = statements(connection, "public", ASIDE)
    return ";\n".join(
        [
            "BEGIN",
            f"SET LOCAL lock_timeout = '{LOCK_WAIT}'",
            "SET LOCAL statement_timeout = 0",
            f"SELECT pg_advisory_xact_lock({_INSTALL_LOCK}) \\g /dev/null\n",
            f"CREATE SCHEMA {ASIDE}",
            *aside,
            "\n",
        ]
    ).replace("\n;", "\n")


def _closing(heads: Sequence[tuple[str, int, str]], *, with_rights: bool) -> str:
    # Only a digest: a manifest's words have no place in a script.
    text = "\n".join(f"{site} {seq} {digest}" for site, seq, digest in sorted(heads))
    check = _CHECK.replace("{digest}", hashlib.sha256(text.encode()).hexdigest())
    return "\n".join(["", "" if with_rights else _NOBODYS, check, "COMMIT;", ""])


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
