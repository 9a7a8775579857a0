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
import select
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

    def halt(self) -> None:
        """Stop the server as a power cut would: at once (``immediate``), without a word."""
        self._signal(signal.SIGUSR1, "halted")

    def resume(self) -> None:
        """Start the server that was halted, or that has ended by itself, and wait until it answers.

        Raises:
            PostgreSQLMissing: It doesn't start.
        """
        self._signal(signal.SIGUSR2, "started")
        _wait_for(self)

    def server_pid(self) -> int:
        """Return the process id of the server's main process."""
        return int((Path(self.folder) / "server.pid").read_text())

    def log(self) -> str:
        """Return what the server has written to its log."""
        return (Path(self.folder) / "server.log").read_text(errors="replace")

    def stop(self) -> None:
        """End the server and remove its files; returns when both are gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.keeper, signal.SIGTERM)
        deadline = time.monotonic() + START_LIMIT_S
        while Path(self.folder).exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _signal(self, number: signal.Signals, done: str) -> None:
        """Ask the keeper, and wait until it has obeyed."""
        state = Path(self.folder) / "server.state"
        state.unlink(missing_ok=True)
        os.kill(self.keeper, number)
        deadline = time.monotonic() + START_LIMIT_S
        while not (state.exists() and state.read_text() == done):
            if time.monotonic() > deadline:
                raise PostgreSQLMissing(f"the server was not {done}")
            time.sleep(0.01)

    def _run(self, statement: str, *names: str) -> None:
        with self._admin() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _admin(self) -> psycopg.Connection[tuple[str, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="hall", dbname="postgres", autocommit=True
        )


def start_cluster(
    *,
    is_durable: bool = False,
    owner_pid: int | None = None,
    data: Path | None = None,
    wal: Path | None = None,
) -> Cluster:
    """Start a cluster that lives as long as a process.

    Args:
        is_durable: Write to the disk at each commit, for benchmarks; tests do without.
        owner_pid: The process with whose end the cluster ends; by default this one.
        data: A folder for its files, on a file system of the test's choice: empty, or with a
            cluster in it that is started. It stays when the cluster ends.
        wal: The same for its write-ahead log alone.

    Raises:
        PostgreSQLMissing: There is no server program, or it doesn't start.
    """
    programs = _programs()
    as_owner = _as_owner()
    folder = Path(tempfile.mkdtemp(prefix="anjungan-postgresql-"))
    for place in (folder, data, wal):
        if as_owner and place:
            os.chown(place, as_owner["user"], as_owner["group"])
    data = data or folder / "data"
    if not (data / "PG_VERSION").exists():
        try:
            _initdb(programs, folder, data, wal)
        except PostgreSQLMissing:
            shutil.rmtree(folder, ignore_errors=True)
            raise
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
        # After a crash: the file system once, not a thousand files one by one.
        "recovery_init_sync_method": "syncfs",
    }
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    keeper = subprocess.Popen(
        [sys.executable, __file__, folder, str(owner_pid or os.getpid()),
         programs / "postgres", "-D", data, *settings],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    # The keeper outlives this object on purpose; Popen would warn about it.
    keeper.returncode = 0
    cluster = Cluster(str(folder), port, keeper.pid)
    try:
        _wait_for(cluster)
    except PostgreSQLMissing:
        cluster.stop()
        raise
    (folder / "answered").touch()
    return cluster


def _initdb(programs: Path, folder: Path, data: Path, wal: Path | None) -> None:
    wal_options: list[str | Path] = ["--waldir", wal, "--wal-segsize", "1"] if wal else []
    initdb = subprocess.run(
        [programs / "initdb", "-D", data, *wal_options, "-U", "hall", "-A", "trust", "-E", "UTF8",
         "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
        cwd=folder, capture_output=True, text=True, check=False, **_as_owner(),
    )  # fmt: skip
    if initdb.returncode:
        raise PostgreSQLMissing(f"initdb failed: {initdb.stderr.strip()[-300:]}")


def _wait_for(cluster: Cluster) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            cluster.databases()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline or not Path(cluster.folder).exists():
                raise PostgreSQLMissing(f"the server doesn't answer: {error}") from error
            time.sleep(0.05)
        else:
            return


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
    """Run the server until the owner ends or SIGTERM comes, then clean up.

    SIGUSR1 halts the server, SIGUSR2 starts it again.
    """
    as_owner = _as_owner()
    wakes, rings = os.pipe()
    os.set_blocking(rings, False)
    signal.set_wakeup_fd(rings)
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
        # What came is read from the pipe.
        signal.signal(number, lambda *_: None)
    with (folder / "server.log").open("wb") as log:

        def start() -> subprocess.Popen[bytes]:
            started = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **as_owner
            )
            (folder / "server.pid").write_text(str(started.pid))
            return started

        server = start()
        while Path(f"/proc/{owner_pid}").exists():
            if server.poll() is not None and not (folder / "answered").exists():
                break
            ready, _, _ = select.select([wakes], [], [], 0.2)
            wish = os.read(wakes, 1)[0] if ready else 0
            if wish == signal.SIGTERM:
                break
            if wish == signal.SIGUSR1:
                _end(server)
                _tell(folder, "halted")
            elif wish == signal.SIGUSR2:
                if server.poll() is not None:
                    server = start()
                _tell(folder, "started")
        _end(server)
    shutil.rmtree(folder, ignore_errors=True)


def _end(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        # SIGQUIT: at once; nothing in it is needed any more.
        server.send_signal(signal.SIGQUIT)
        server.wait(START_LIMIT_S)


def _tell(folder: Path, state: str) -> None:
    draft = folder / "server.state.draft"
    draft.write_text(state)
    draft.rename(folder / "server.state")


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
