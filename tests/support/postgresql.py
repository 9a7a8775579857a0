"""A PostgreSQL cluster of our own: one for a whole test run or benchmark, gone afterwards.

initdb and the server run under an ordinary user, since both refuse root. A keeper process
(this file, started as a script) ends the server when the run that wanted it has ended,
however it ended. Run as ``python postgresql.py FOLDER PID``.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

START_LIMIT_S = 60
OWNERS = ("postgres", "nobody")


class PostgreSQLMissing(Exception):
    """No cluster can be had on this machine; the text says why."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster. ``keeper`` is the process to end it with."""

    folder: str
    port: int
    keeper: int

    def url(self, database: str = "postgres") -> str:
        """Return a database's URL as a setting would hold it."""
        return f"postgresql+psycopg://hall@127.0.0.1:{self.port}/{database}"

    def fresh_database(self, template: str = "template1") -> str:
        """Create a database and return its name."""
        name = f"hall_{uuid.uuid4().hex[:16]}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def template(self, name: str, prepare: Callable[[str], None]) -> str:
        """Return a template database that ``prepare(url)`` filled once for the whole run."""
        with _locked(Path(self.folder) / f"{name}.lock"):
            if name not in self.databases():
                draft = self.fresh_database()
                prepare(self.url(draft))
                self._run("ALTER DATABASE {} RENAME TO {}", draft, name)
        return name

    def databases(self) -> set[str]:
        """Return the names of all databases."""
        with self._admin() as connection:
            return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}

    def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    def stop(self) -> None:
        """End the server and remove its files; returns when both are gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.keeper, signal.SIGTERM)
        deadline = time.monotonic() + START_LIMIT_S
        while Path(self.folder).exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _run(self, statement: str, *names: str) -> None:
        with self._admin() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _admin(self) -> psycopg.Connection[tuple[str, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="hall", dbname="postgres", autocommit=True
        )


def start_cluster(*, is_durable: bool = False, owner_pid: int | None = None) -> Cluster:
    """Start a cluster that lives as long as a process.

    Args:
        is_durable: Write to the disk at each commit, for benchmarks; tests do without.
        owner_pid: The process with whose end the cluster ends; by default this one.

    Raises:
        PostgreSQLMissing: There is no server program, or it doesn't start.
    """
    programs = _programs()
    as_owner = _as_owner()
    folder = Path(tempfile.mkdtemp(prefix="anjungan-postgresql-"))
    if as_owner:
        os.chown(folder, as_owner["user"], as_owner["group"])
    initdb = subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", "hall", "-A", "trust", "-E", "UTF8",
         "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
        cwd=folder, capture_output=True, text=True, check=False, **as_owner,
    )  # fmt: skip
    if initdb.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise PostgreSQLMissing(f"initdb failed: {initdb.stderr.strip()[-300:]}")
    port = _free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(folder),
        "max_connections": "150",
        "shared_buffers": "64MB",
        "jit": "off",
        "autovacuum": "on",
        "fsync": "on" if is_durable else "off",
        "full_page_writes": "on" if is_durable else "off",
    }
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    keeper = subprocess.Popen(
        [sys.executable, __file__, folder, str(owner_pid or os.getpid()),
         programs / "postgres", "-D", folder / "data", *settings],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    # The keeper outlives this object on purpose; Popen would warn about it.
    keeper.returncode = 0
    cluster = Cluster(str(folder), port, keeper.pid)
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            cluster.databases()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline or not folder.exists():
                cluster.stop()
                raise PostgreSQLMissing(f"the server doesn't answer: {error}") from error
            time.sleep(0.05)
        else:
            return cluster


def shared_cluster(folder: Path, owner_pid: int) -> Cluster:
    """Return the one cluster of a run whose processes share a folder; the first starts it."""
    note = folder / "postgresql.json"
    with _locked(folder / "postgresql.lock"):
        if note.exists():
            return Cluster(**json.loads(note.read_text(encoding="utf-8")))
        cluster = start_cluster(owner_pid=owner_pid)
        note.write_text(json.dumps(asdict(cluster)), encoding="utf-8")
        return cluster


def stop_shared_cluster(folder: Path) -> None:
    """End the run's cluster, if one was started."""
    note = folder / "postgresql.json"
    if note.exists():
        Cluster(**json.loads(note.read_text(encoding="utf-8"))).stop()
        note.unlink()


def _programs() -> Path:
    debian = Path("/usr/lib/postgresql")
    versions = sorted(
        (folder for folder in debian.glob("*/bin") if (folder / "initdb").exists()),
        key=lambda folder: float(folder.parent.name),
        reverse=True,
    )
    if versions:
        return versions[0]
    found = shutil.which("initdb")
    if found is None or not (Path(found).resolve().parent / "postgres").exists():
        raise PostgreSQLMissing("no initdb in /usr/lib/postgresql or on the PATH")
    return Path(found).resolve().parent


def _as_owner() -> dict[str, Any]:
    """Return what makes ``subprocess`` run a program under an ordinary user."""
    if os.getuid() != 0:
        return {}
    for name in OWNERS:
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam(name)
            return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise PostgreSQLMissing("run by root, and there is no ordinary user to run the server")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as stream:
        flock(stream, LOCK_EX)
        yield


def _keep(folder: Path, owner_pid: int, command: list[str]) -> None:
    """Run the server until the owner ends or SIGTERM comes, then clean up."""
    as_owner = _as_owner()
    asked = False

    def stop(*_: object) -> None:
        nonlocal asked
        asked = True

    signal.signal(signal.SIGTERM, stop)
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **as_owner
        )
        while not asked and server.poll() is None and Path(f"/proc/{owner_pid}").exists():
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(0.2)
        if server.poll() is None:
            # SIGQUIT: at once; nothing in it is needed any more.
            server.send_signal(signal.SIGQUIT)
            server.wait(START_LIMIT_S)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
