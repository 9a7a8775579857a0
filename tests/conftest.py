"""What all tests share: no screen, a clean station, both databases, and nothing left behind.

ANJUNGAN_SHOW=1 shows the windows. PostgreSQL tests are skipped where it can't be had, and fail
there when CI is set.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

import tests.support.clean_environment  # noqa: F401  # first: before anything imports Qt
from tests.support.expected_logs import LogRecorder
from tests.support.postgresql import (
    Cluster,
    PostgreSQLMissing,
    shared_cluster,
    start_cluster,
    stop_shared_cluster,
)
from tests.support.small_hall import prepare

_NO_POSTGRESQL = "PostgreSQL can't be had"
_THREAD_LIMIT_S = 3.0
_RUN_FOLDER = "PYTEST_RUN_FOLDER"
_RUN_PID = "PYTEST_RUN_PID"


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a folder, its processes a home, and xdist's workers a word whose run it is."""
    if not hasattr(config, "workerinput"):
        run = tempfile.mkdtemp(prefix="anjungan-tests-")
        config.add_cleanup(lambda: shutil.rmtree(run, ignore_errors=True))
        os.environ[_RUN_FOLDER] = run
        os.environ[_RUN_PID] = str(os.getpid())
    home = Path(tempfile.mkdtemp(dir=_run_folder()))
    for kind in ("DATA", "CONFIG", "STATE", "CACHE"):
        os.environ[f"XDG_{kind}_HOME"] = str(home / kind.lower())
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests that keep the whole machine busy run one after another, on one worker."""
    for item in items:
        if item.get_closest_marker("end_to_end") or item.get_closest_marker("heavy"):
            item.add_marker(pytest.mark.xdist_group("one after another"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the run's cluster; with xdist the controller does, when all workers have ended."""
    if not hasattr(session.config, "workerinput"):
        stop_shared_cluster(_run_folder())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines that PostgreSQL went untested."""
    reports = terminalreporter.stats.get("skipped", [])
    count = sum(_NO_POSTGRESQL in str(report.longrepr) for report in reports)
    if count:
        terminalreporter.write_line(
            f"{count} PostgreSQL tests were SKIPPED: {_NO_POSTGRESQL} here "
            "(install the package postgresql).",
            yellow=True,
        )


@pytest.fixture(autouse=True)
def _recorded_logs() -> Iterator[LogRecorder]:
    """Fail a test that logs a warning or worse which it didn't expect."""
    recorder = LogRecorder()
    root = logging.getLogger()
    root.addHandler(recorder)

    yield recorder

    root.removeHandler(recorder)
    if recorder.records and not recorder.is_expected:
        pytest.fail(f"unexpected log records:\n{recorder.text}", pytrace=False)


@pytest.fixture
def expected_logs(_recorded_logs: LogRecorder) -> LogRecorder:
    """Let warnings be logged; ``expected_logs.text`` and ``.records`` hold them."""
    _recorded_logs.is_expected = True
    return _recorded_logs


@pytest.fixture(autouse=True)
def _no_leftover_threads() -> Iterator[None]:
    """Fail a test that leaves one of our threads, or a non-daemon one, running."""
    before = set(threading.enumerate())

    yield

    deadline = time.monotonic() + _THREAD_LIMIT_S
    while (left := _threads_since(before)) and time.monotonic() < deadline:
        time.sleep(0.01)
    if left:
        names = ", ".join(sorted(thread.name for thread in left))
        pytest.fail(f"threads left running: {names}", pytrace=False)


def _threads_since(before: set[threading.Thread]) -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before
        # A dummy stands for a thread of Qt's in which Python once ran; it can't be joined.
        and not isinstance(thread, threading._DummyThread)
        and not (thread.daemon and thread.name.startswith("Thread-"))
        and "timeout" not in thread.name
    ]


def _run_folder() -> Path:
    """Return the folder that all processes of one run share."""
    return Path(os.environ[_RUN_FOLDER])


@pytest.fixture(scope="session")
def postgresql_cluster() -> Cluster:
    """The run's PostgreSQL cluster, one for all workers."""
    try:
        return shared_cluster(_run_folder(), int(os.environ[_RUN_PID]))
    except PostgreSQLMissing as error:
        _leave_out(error)


@pytest.fixture(scope="module")
def durable_cluster() -> Iterator[Cluster]:
    """A PostgreSQL cluster of a module's own that writes to the disk, and may be stopped."""
    try:
        cluster = start_cluster(is_durable=True)
    except PostgreSQLMissing as error:
        _leave_out(error)

    yield cluster

    cluster.stop()


def _leave_out(error: PostgreSQLMissing) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{_NO_POSTGRESQL}: {error}", pytrace=False)
    pytest.skip(f"{_NO_POSTGRESQL}: {error}")


@pytest.fixture
def fresh_database_url(postgresql_cluster: Cluster) -> Iterator[str]:
    """The URL of an empty PostgreSQL database for this test alone."""
    name = postgresql_cluster.fresh_database()

    yield postgresql_cluster.url(name)

    postgresql_cluster.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, in SQLite and in PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hall.db'}"
    return str(request.getfixturevalue("fresh_database_url"))


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the small hall; closed, so that it holds its whole WAL."""
    path = tmp_path_factory.mktemp("small-hall") / "hall.db"
    prepare(str(path))
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def hall_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a store of this test alone, with the small hall in it."""
    if request.param == "sqlite":
        source: Path = request.getfixturevalue("prepared_file")
        path = tmp_path / "hall.db"
        shutil.copy(source, path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql_cluster")
    name = cluster.fresh_database(cluster.template("small_hall", prepare))
    yield cluster.url(name)
    cluster.drop(name)
