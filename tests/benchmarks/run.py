"""`make bench`: measure store and windows on both databases, print and write the report.

Run as ``python -m tests.benchmarks.run``. Ends with 0 whichever bounds are kept, since a busy
machine breaks them too, and with 1 where something couldn't be measured.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tests.support.clean_environment  # noqa: F401  # first: before anything imports Qt
from cli.demo_hall import DemoHall
from db.store import Store
from rules.errors import KnownError
from station.virtual_screen import DesktopSession
from tests.benchmarks import cost, feed, machine, many, store, windows, years
from tests.benchmarks.report import Row, Section, table, verdict, write
from tests.support.postgresql import PostgreSQLMissing, start_cluster

REPORT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
VISITORS = 40

STORE, COST, MANY, FEED = "store", "cost", "many", "feed"
WALL, START, MEMORY, IDLE = "wall", "start", "memory", "idle"
YEARS = "years"
_PARTS = {
    STORE: (
        "Store",
        "One writer. The floor is one durable transaction that writes the same rows and nothing"
        " else: no rule, no read, tables with no index but their primary key, prepared, on"
        " PostgreSQL all in one message, through the same driver on the same database."
        f" {store.ROUNDS} rounds of {store.EACH} operations each, ours and the floor's in turns;"
        " the ratio is the median of the rounds."
        f"\n\n{store.LIMITS}",
    ),
    COST: (
        "What an operation sends",
        "Statements with BEGIN and COMMIT; messages are round trips to the server (the floor"
        " needs one). The bytes are those of the inserted rows' values as text.",
    ),
    MANY: (
        "Eight at once",
        f"{many.CROWD} processes give {many.EACH} numbers each as fast as they can, against one"
        f" process that gives all {many.CROWD * many.EACH}; the median of {many.ROUNDS} rounds,"
        " and the longest wait of all rounds.",
    ),
    FEED: (
        "The feed",
        f"{feed.EVENTS} numbers at random gaps of {feed.GAPS_S[0] * 1000:.0f} to"
        f" {feed.GAPS_S[1] * 1000:.0f} ms. The clock starts when the commit has returned in one"
        " process and stops when the reader in another holds the event. At rest: the reader's"
        f" processor time over {feed.QUIET_S:.0f} s without an event.",
    ),
    WALL: (
        "From the call to the wall",
        f"{windows.CALLS} calls of another process, each followed by start and finish, at random"
        f" gaps of {windows.GAPS_S[0] * 1000:.0f} to {windows.GAPS_S[1] * 1000:.0f} ms: far more"
        " than a hall ever sees. The clock starts when the commit returns (in the last line: when"
        " the command begins) and stops when the first picture that shows the call (as the newest"
        " or among the recent calls) is handed to the X server. The virtual screen has no"
        " vertical sync: a real one adds up to one frame, 17 ms at 60 Hz. The wall is"
        f" {windows.PLACES[windows.DISPLAY].width} × {windows.PLACES[windows.DISPLAY].height}"
        " pixels, painted by the processor.",
    ),
    START: (
        "From start to the first picture",
        "From the start of the process to the picture that shows the hall's own names, read from"
        f" the store: the median of {windows.STARTS[windows.KIOSK]} starts of the kiosk and"
        f" {windows.STARTS[windows.DISPLAY]} of the others, and the range. Files are in the"
        " system's cache, as after a restart of the application; the first start after power-on"
        " takes longer.",
    ),
    MEMORY: (
        "Memory",
        f"All three windows open, an officer signed in, {windows.SETTLE_S:.0f} s later. PSS"
        " shares libraries among the processes that use them; RSS counts them for each.",
    ),
    IDLE: (
        "At rest",
        f"Processor time (user and system) over {windows.QUIET_S:.0f} s in which nothing happens"
        " in the hall, the three windows open, an officer signed in.",
    ),
    YEARS: ("With ten years of history", years.METHOD),
}


class _Run:
    """What has been measured so far, and what couldn't be."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.faults: list[str] = []
        self._began_s = time.monotonic()

    def say(self, words: str) -> None:
        """Tell how far we are."""
        sys.stdout.write(f"[{time.monotonic() - self._began_s:5.0f} s] {words}\n")
        sys.stdout.flush()

    @contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """Go on with the next part where this one can't be measured."""
        self.say(what)
        try:
            yield
        except (KnownError, PostgreSQLMissing, windows.NotMeasured) as error:
            self.faults.append(f"{what}: {error}")
            self.say(f"couldn't be measured: {error}")

    def database(self, kind: str, folder: Path, url: str | None) -> str:
        """Measure everything on one database; return its version in words."""
        with DemoHall(folder, url) as hall:
            with self.trying(f"{kind}: store"):
                self.rows[STORE] += store.measure(hall.store, kind)
                self.rows[COST] += cost.rows(hall.store, kind)
            with self.trying(f"{kind}: eight processes"):
                self.rows[MANY] += many.rows(hall.database, kind)
            with self.trying(f"{kind}: feed"):
                self.rows[FEED] += feed.rows(hall.store, hall.database, kind)
            hall.fill(VISITORS)
            with DesktopSession(*windows.SCREEN) as screen:
                with self.trying(f"{kind}: starts"), _closing_windows(hall):
                    self.rows[START] += windows.start_rows(hall, screen, kind)
                with self.trying(f"{kind}: at rest"), _closing_windows(hall):
                    memory, idle = windows.rest_rows(hall, screen, kind)
                    self.rows[MEMORY] += memory
                    self.rows[IDLE] += idle
                with self.trying(f"{kind}: from call to wall"), _closing_windows(hall):
                    self.rows[WALL] += windows.call_rows(hall, screen, kind)
            return _version(hall.store)

    def sections(self) -> list[Section]:
        """Return what was measured."""
        return [
            Section(title, method, tuple(self.rows[part]))
            for part, (title, method) in _PARTS.items()
            if self.rows[part]
        ]


def main() -> int:
    """Measure everything, print it and write it down."""
    # On the disk, wherever /tmp may be: a store in memory would flatter every figure.
    tempfile.tempdir = "/var/tmp"
    run = _Run()
    with tempfile.TemporaryDirectory(prefix="anjungan-bench-") as folder:
        words = machine.words(Path(folder))
        with run.trying("SQLite"):
            words.append(("SQLite", run.database("SQLite", _new(folder, "sqlite"), None)))
        with run.trying("PostgreSQL"), _cluster() as url:
            version = run.database("PostgreSQL", _new(folder, "postgresql"), url)
            words.append(("PostgreSQL", version))
    with run.trying("SQLite: years"):
        run.rows[YEARS] += years.on_sqlite(run.say)
    with run.trying("PostgreSQL: years"):
        run.rows[YEARS] += years.on_postgresql(run.say)
    sections = run.sections()
    for section in sections:
        sys.stdout.write(f"\n{section.title}\n{table(section.rows)}\n")
    sys.stdout.write(f"\n{verdict(sections)}\n")
    if run.faults:
        sys.stdout.write("\nCouldn't be measured:\n" + "".join(f"- {f}\n" for f in run.faults))
        return 1
    write(REPORT, words, sections)
    run.say(f"written to docs/{REPORT.name}")
    return 0


@contextmanager
def _closing_windows(hall: DemoHall) -> Iterator[None]:
    """Leave no window open, however a part has ended."""
    try:
        yield
    finally:
        hall.close_windows()


@contextmanager
def _cluster() -> Iterator[str]:
    """Give the URL of an empty database in a durable cluster of our own."""
    cluster = start_cluster(is_durable=True)
    try:
        yield cluster.url(cluster.fresh_database())
    finally:
        cluster.stop()


def _version(opened: Store) -> str:
    ask = "SELECT sqlite_version()" if opened.is_sqlite else "SHOW server_version"
    with opened.connected() as connection:
        version = str(connection.rows(ask, {})[0][0])
        if opened.is_sqlite:
            mode = connection.rows("PRAGMA journal_mode", {})[0][0]
            level = {0: "OFF", 1: "NORMAL", 2: "FULL"}[
                connection.rows("PRAGMA synchronous", {})[0][0]
            ]
            return f"{version}, journal_mode {mode}, synchronous {level}"
        sync = connection.rows("SHOW synchronous_commit", {})[0][0]
        fsync = connection.rows("SHOW fsync", {})[0][0]
        connection.rollback()
        return f"{version} on the same machine, fsync {fsync}, synchronous_commit {sync}"


def _new(folder: str, name: str) -> Path:
    made = Path(folder) / name
    made.mkdir()
    return made


if __name__ == "__main__":
    sys.exit(main())
