"""No statement of the hall reads a table whole, however many years it holds.

Everything that the hall does is done once on a store with months of history, every statement
is written down, and the database is asked how it would run it. Then the work is counted, in
steps and rows, not in seconds: a day's work costs the same with two days behind it as with
months. A lost index, or a condition that no index serves, fails here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pysqlite3.dbapi2 as sqlite3
import pytest

from db import calls, desks, feed, halls, moves, officers, printing, reports, tickets
from db.address import parse, sqlite_path
from db.day import close_day
from db.printing import JobState
from db.quota_settings import set_quota
from db.quotas import quotas
from db.store import new_request
from tests.support.history import fill
from tests.support.postgresql import Cluster
from tests.support.recorded import postgresql_plan, recorded_store, sqlite_plan
from tests.support.small_hall import KK, KTP, PIN, SIM, SKCK, START, SetClock, SmallHall, prepare

OPERATIONAL = {
    "ticket", "turn", "print_job", "feed_event", "series", "quota_used", "personal_datum",
    "desk_session", "announcement",
}  # fmt: skip
"""Tables that grow with every day; the catalogue's don't."""

DAY_TURNS = 400
SHORT, LONG = 2 * DAY_TURNS, 100 * DAY_TURNS
FEW_PAGES = 10
# Partial indexes over what is open hold a few rows, whatever the table holds.
OF_THE_OPEN = (
    "uq_turn_active", "ix_turn_waiting", "ix_print_job_to_print", "uq_desk_session_open",
)  # fmt: skip


def old_hall(url: str, turns: int) -> None:
    """Make the small hall with a history behind it."""
    prepare(url)
    fill(url, turns, today=START.date(), day_turns=DAY_TURNS, journal_days=1)


@pytest.fixture(scope="session")
def old_files(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """SQLite files with a short and a long history."""
    folder = tmp_path_factory.mktemp("old-halls")
    files = {turns: folder / f"{turns}.db" for turns in (SHORT, LONG)}
    for turns, file in files.items():
        old_hall(str(file), turns)
    return files


@dataclass
class OldHalls:
    """The same hall, young and old, on one database."""

    urls: dict[int, str]

    @property
    def is_sqlite(self) -> bool:
        return self.urls[LONG].startswith("sqlite")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def old_halls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OldHalls]:
    if request.param == "sqlite":
        files: dict[int, Path] = request.getfixturevalue("old_files")
        copies = {turns: Path(shutil.copy(file, tmp_path)) for turns, file in files.items()}
        yield OldHalls({turns: f"sqlite:///{file}" for turns, file in copies.items()})
        return
    cluster: Cluster = request.getfixturevalue("postgresql_cluster")
    names = {}
    for turns in (SHORT, LONG):
        template = cluster.template(f"old_hall_{turns}", partial(old_hall, turns=turns))
        names[turns] = cluster.fresh_database(template)
    yield OldHalls({turns: cluster.url(name) for turns, name in names.items()})
    for name in names.values():
        cluster.drop(name)


class RecordedHall(SmallHall):
    """The small hall, with every statement written down."""

    def __init__(self, url: str) -> None:
        super().__init__(url, SetClock())
        self.store.close()
        self.recorded = recorded_store(url, self.clock)
        self.store = self.recorded

    def a_day(self) -> None:
        """Do whatever can be done in a hall, once."""
        desks.sign_in(self.store, request=new_request(), officer="ani", pin=PIN, counter="1")
        self.act(set_quota, service=KK, pool="kiosk", places=500)
        self.act(set_quota, service=KK, pool="priority", places=1, day=self.clock.at.date())
        first = self.issue(KK, SKCK, priority="lansia", station="kiosk-1", is_printed=True)
        second, third, fourth = (self.issue(KK), self.issue(KTP), self.issue(KK))
        fifth = self.issue(SIM)
        self._papers(first)
        self._read(first.ticket, "1")
        self.next("1", officer="ani")
        self.act(calls.recall, counter="1")
        self.act(calls.undo_call, counter="1")
        self.served("1")
        self.act(calls.hold, counter="1")
        self.act(calls.resume, counter="1", turn=first.turns[0].turn)
        self.act(calls.start, counter="1")
        self.act(moves.transfer, counter="1", service=SIM)
        self.next("1")
        self.act(calls.mark_missed, counter="1")
        self.act(moves.return_turn, turn=second.turns[0].turn)
        self.next("1")
        self.act(calls.mark_missed, counter="1")
        self._read(third.ticket, "1")
        missed = self.desk("1").missed
        self.act(calls.call_turn, counter="1", turn=missed[0].turn)
        self.act(calls.start, counter="1")
        self.next("1", finish=True)
        self.act(calls.start, counter="1")
        self.act(calls.finish, counter="1")
        self.act(moves.cancel, turn=fifth.turns[0].turn)
        self._read(fourth.ticket, "1")
        self.act(desks.sign_out, counter="1")
        reports.report(self.store, START.date(), START.date())
        self.clock.forward(days=1)
        self.act(close_day)

    def _papers(self, issued: Any) -> None:
        with self.store.read() as view:
            printing.jobs_to_print(view, "kiosk-1")
            printing.jobs_sending(view, "kiosk-1")
            printing.jobs_of_ticket(view, issued.ticket)
        for state in (JobState.SENDING, JobState.PRINTED):
            self.act(printing.record_print, job=issued.job, state=state)
        self.act(printing.queue_copy, ticket=issued.ticket)

    def _read(self, ticket: str, counter: str) -> None:
        self.desk(counter)
        self.board()
        found = self.progress(ticket)
        with self.store.read() as view:
            halls.hall(view)
            halls.counts(view)
            halls.service_queue(view, KK)
            quotas(view)
            officers.officers(view)
            feed.events_after(view, view.seq - 5)
            tickets.find_ticket(view, found.number)
            tickets.find_ticket(view, ticket)


def test_no_statement_reads_an_operational_table_whole(old_halls: OldHalls) -> None:
    hall = RecordedHall(old_halls.urls[LONG])

    hall.a_day()

    hall.close()
    statements = hall.recorded.recording.statements
    assert len(statements) > 40
    assert list(_whole_reads(old_halls.urls[LONG], statements)) == []


def test_a_days_work_costs_the_same_with_months_behind_it(old_halls: OldHalls) -> None:
    work = {turns: _work(url) for turns, url in old_halls.urls.items()}

    young, old = work[SHORT], work[LONG]
    assert old.keys() == young.keys()
    assert sum(young.values()) > 500
    # Trees are a level deeper, no more: fifty times the rows.
    assert {name: (young[name], old[name]) for name in young if old[name] > 1.3 * young[name]} == {}


def test_a_lost_index_is_found(old_halls: OldHalls) -> None:
    url = old_halls.urls[LONG]
    hall = RecordedHall(url)
    with hall.store.read() as view:
        halls.counts(view)
    assert list(_whole_reads(url, hall.recorded.recording.statements)) == []

    hall.rows("DROP INDEX ix_turn_day")

    assert list(_whole_reads(url, hall.recorded.recording.statements)) != []
    hall.close()


def _whole_reads(url: str, statements: dict[str, dict[str, object]]) -> Iterator[str]:
    """Give the statements that read a growing table from end to end, and how."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(sqlite_path(parse(url)))
        for sql, values in statements.items():
            for step in sqlite_plan(connection, sql, values):
                if _is_whole_on_sqlite(step):
                    yield f"{step}: {sql}"
        connection.close()
        return
    plain = url.replace("+psycopg", "")
    # Ours, with one plan for all values; and the server's own, planned for these values.
    store = recorded_store(url)
    with store.connected() as ours:
        options = [
            f"-c {name}={ours.rows(f'SHOW {name}', {})[0][0]}"
            for name in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "plan_cache_mode")
        ]
    store.close()
    for is_generic, option in ((True, " ".join(options)), (False, "")):
        with psycopg.connect(plain, options=option, cursor_factory=psycopg.ClientCursor) as one:
            cursor = one.cursor()
            # The server by itself is right to read a table whole that has a few pages.
            cursor.execute(f"SELECT relname FROM pg_class WHERE relpages < {FEW_PAGES}")
            small = {row[0] for row in cursor.fetchall()}
            for sql, values in statements.items():
                for node in postgresql_plan(cursor, sql, values, is_generic=is_generic):
                    is_small = not option and node.get("Relation Name") in small
                    if _is_whole_on_postgresql(node) and not is_small:
                        yield f"{option}: {node['Node Type']} {node['Relation Name']}: {sql}"


def _is_whole_on_sqlite(step: str) -> bool:
    verb, table, *how = step.split(" ", 2)
    if table not in OPERATIONAL or any(name in step for name in OF_THE_OPEN):
        return False
    # By the site alone an index is as long as the table.
    return verb == "SCAN" or (bool(how) and how[0].endswith("(site=?)"))


def _is_whole_on_postgresql(node: dict[str, Any]) -> bool:
    if node.get("Relation Name") not in OPERATIONAL:
        return False
    if node["Node Type"] == "Seq Scan":
        return True
    is_of_open = any(name in node.get("Index Name", "") for name in OF_THE_OPEN)
    return "Index Scan" in node["Node Type"] and "Index Cond" not in node and not is_of_open


def _work(url: str) -> dict[str, int]:
    """Return what a day's work cost: steps of SQLite's machine, rows that PostgreSQL touched."""
    hall = RecordedHall(url)
    if url.startswith("sqlite"):
        return {"steps": _steps(hall)}
    before = _touched(url)
    hall.a_day()
    # Counts reach the view when a connection ends, at the latest.
    hall.close()
    after = _touched(url)
    return {name: after[name] - before[name] for name in after}


def _steps(hall: RecordedHall) -> int:
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    with hall.store.connected():
        pass
    driver: Any = hall.store._idle[0].pooled.driver_connection
    driver.set_progress_handler(step, 20)
    hall.a_day()
    driver.set_progress_handler(None, 0)
    hall.close()
    return count


def _touched(url: str) -> dict[str, int]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        rows = connection.execute(
            "SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)"
            " FROM pg_stat_user_tables WHERE relname = ANY(%s)",
            [sorted(OPERATIONAL)],
        ).fetchall()
    return {name: int(count) for name, count in rows}
