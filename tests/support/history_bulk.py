"""How a made-up history gets into a store in bulk: SQLite's way, and PostgreSQL's.

The rows are made inside the database, from a score of days (``history_day``), their dates, and
keys that are put together from instants and counts; in the keys' order, so that each tree
grows at its right end. The larger indexes are made afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import psycopg
import pysqlite3.dbapi2 as sqlite3
from sqlalchemy.engine import URL

from db.address import sqlite_path

Rows = Sequence[tuple[Any, ...]]

# What a key stands for is its third group: version 7, and a figure.
_KINDS = {"ticket": "7000", "turn": "7001", "wish": "7002", "request": "7003", "session": "7004"}
# Days are counted in steps of so many keys.
_STEP = 65_536

_LATER = ("ix_turn_day", "ix_turn_called", "ix_turn_ticket")
_TABLES = (
    "CREATE TEMP TABLE h_visit (kind int, n int, prefix text, number int, language text,"
    " channel text, party_size int, priority text, station text, issued bigint,"
    " PRIMARY KEY (kind, n)){without_rowid}",
    "CREATE TEMP TABLE h_stay (kind int, n int, position int, service text, lane text,"
    " status text, queued bigint, queued_seq bigint, due bigint, counter text, officer text,"
    " called bigint, called_seq bigint, calls int, started bigint, ended bigint,"
    " is_paused {boolean},"
    " PRIMARY KEY (kind, n, position)){without_rowid}",
    "CREATE TEMP TABLE h_series (kind int, prefix text, last int, last_at bigint,"
    " PRIMARY KEY (kind, prefix)){without_rowid}",
    "CREATE TEMP TABLE h_day (n integer PRIMARY KEY, day text, kind int, midnight bigint,"
    " seq bigint, next_begins bigint)",
    "CREATE TEMP TABLE h_desk (n int, counter text, officer text)",
)


def key(kind: str, day: int, n: int, at: int) -> str:
    """Return the key that the SQL of ``_key`` makes: a UUIDv7 by its form."""
    ms = at // 1000
    return f"{ms >> 16:08x}-{ms & 65535:04x}-{_KINDS[kind]}-8000-{day * _STEP + n:012x}"


class Bulk(Protocol):
    """A store's bulk door; whoever opens it is alone in the store."""

    def begin(self) -> None:
        """Drop what slows the filling down."""

    def plan(self, *, visits: Rows, stays: Rows, series: Rows, days: Rows, desks: Rows) -> None:
        """Take the made-up days and their dates."""

    def sessions(self, opened: int, closed: int) -> None:
        """Write the officers, and their time at the desks of each day."""

    def repeat(self, first: int, last: int) -> None:
        """Write tickets, turns, papers and series of some days."""

    def anchor(self, seq: int, digest: str, state: str, at: int) -> None:
        """Write an anchor."""

    def forget(self) -> None:
        """Drop what the journal holds."""

    def events(self, rows: Rows) -> None:
        """Append events to the journal."""

    def head(self, seq: int, digest: str, business_date: str, at: int) -> None:
        """Write where the journal and the hall stand."""

    def finish(self) -> None:
        """Make the indexes and the planner's figures."""

    def close(self) -> None:
        """Let go."""


def _repeat(make_key: Callable[[str, str, str], str], site: str) -> tuple[str, ...]:
    """Return the statements that write days ``{first}`` to ``{last}``."""
    ticket = make_key("ticket", "v.n", "d.midnight + v.issued")
    wish = make_key("wish", "v.n", "d.midnight + v.issued")
    of_stay = make_key("ticket", "t.n", "d.midnight + t.queued")
    turn = make_key("turn", "t.n * 8 + t.position", "d.midnight + t.queued")
    # CROSS JOIN: SQLite keeps to this order, and need not sort what comes sorted.
    days = "h_day d CROSS JOIN {} WHERE {}.kind = d.kind AND d.n BETWEEN {{first}} AND {{last}}"
    visits = days.format("h_visit v", "v")
    return (
        "INSERT INTO ticket (id, site, business_date, prefix, number, request, language, channel,"
        f" party_size, priority, station, issued_at) SELECT {ticket}, '{site}', d.day, v.prefix,"
        f" v.number, {wish}, v.language, v.channel, v.party_size, v.priority, v.station,"
        f" d.midnight + v.issued FROM {visits} ORDER BY d.n, v.n",
        "INSERT INTO print_job (ticket, copy, site, station, state, detail, created_at,"
        f" updated_at) SELECT {ticket}, 0, '{site}', v.station, 'printed', '',"
        f" d.midnight + v.issued, d.midnight + v.issued + 2000000"
        f" FROM {visits} AND v.station <> '' ORDER BY d.n, v.n",
        "INSERT INTO turn (id, site, business_date, ticket, service, position, lane, status,"
        " outcome, is_paused, queued_at, queued_seq, due_at, counter, officer, called_at,"
        f" called_seq, calls, started_at, ended_at) SELECT {turn}, '{site}', d.day, {of_stay},"
        " t.service, t.position, t.lane, t.status, t.status, t.is_paused, d.midnight + t.queued,"
        " d.seq + t.queued_seq, d.midnight + t.due, t.counter, t.officer,"
        " d.midnight + t.called, d.seq + t.called_seq, t.calls, d.midnight + t.started,"
        " coalesce(d.midnight + t.ended, d.next_begins)"
        f" FROM {days.format('h_stay t', 't')} ORDER BY d.n, t.n, t.position",
        "INSERT INTO series (site, business_date, prefix, last, last_at)"
        f" SELECT '{site}', d.day, s.prefix, s.last, d.midnight + s.last_at"
        f" FROM {days.format('h_series s', 's')} ORDER BY d.n, s.prefix",
    )


def _sessions(make_key: Callable[[str, str, str], str], site: str) -> tuple[str, ...]:
    began = make_key("session", "k.n", "d.midnight + {opened}")
    return (
        "INSERT INTO officer (site, code, name, pin_hash, role, is_open)"
        f" SELECT '{site}', officer, officer, '-', 'officer', false FROM h_desk",
        "INSERT INTO desk_session (id, site, officer, counter, started_at, ended_at)"
        f" SELECT {began}, '{site}', k.officer, k.counter, d.midnight + {{opened}},"
        " d.midnight + {closed} FROM h_day d CROSS JOIN h_desk k ORDER BY d.n, k.n",
    )


class _Bulk:
    """What both databases share: statements, and in which order they come."""

    without_rowid, boolean = "", "boolean"

    def __init__(self, site: str, make_key: Callable[[str, str, str], str]) -> None:
        self.site = site
        self._repeat = _repeat(make_key, site)
        self._sessions = _sessions(make_key, site)

    def _do(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        raise NotImplementedError

    def _rows(self, table: str, rows: Rows) -> None:
        raise NotImplementedError

    def plan(self, *, visits: Rows, stays: Rows, series: Rows, days: Rows, desks: Rows) -> None:
        for statement in _TABLES:
            self._do(statement.format(without_rowid=self.without_rowid, boolean=self.boolean))
        for table, rows in (
            ("h_visit", visits),
            ("h_stay", stays),
            ("h_series", series),
            ("h_day", days),
            ("h_desk", desks),
        ):
            self._rows(table, rows)

    def sessions(self, opened: int, closed: int) -> None:
        for statement in self._sessions:
            self._do(statement.format(opened=opened, closed=closed))

    def repeat(self, first: int, last: int) -> None:
        for statement in self._repeat:
            self._do(statement.format(first=first, last=last))

    def anchor(self, seq: int, digest: str, state: str, at: int) -> None:
        self._rows("feed_anchor", [(self.site, seq, digest, state, at)])

    def forget(self) -> None:
        self._do(f"DELETE FROM feed_event WHERE site = '{self.site}'")

    def events(self, rows: Rows) -> None:
        self._rows("feed_event", rows)

    def head(self, seq: int, digest: str, business_date: str, at: int) -> None:
        self._do(f"DELETE FROM feed_head WHERE site = '{self.site}'")
        self._rows("feed_head", [(self.site, seq, digest, business_date, at)])


class SqliteBulk(_Bulk):
    """Big transactions without any care for a power cut; the file is of use when all is done."""

    without_rowid, boolean = " WITHOUT ROWID", "int"

    def __init__(self, address: URL, site: str) -> None:
        super().__init__(site, _sqlite_key)
        self._connection = sqlite3.connect(sqlite_path(address), isolation_level=None)
        self._later: list[str] = []

    def begin(self) -> None:
        for pragma in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "foreign_keys = OFF",
            "cache_size = -400000",
            "temp_store = FILE",
            f"threads = {os.cpu_count() or 1}",
        ):
            self._connection.execute(f"PRAGMA {pragma}").close()
        found = self._connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND name IN"
            f" ({', '.join(repr(name) for name in _LATER)})"
        ).fetchall()
        for name, statement in found:
            self._do(f"DROP INDEX {name}")
            self._later.append(statement)
        self._do("BEGIN")

    def finish(self) -> None:
        self._do("COMMIT")
        for statement in self._later:
            self._do(statement)
        self._do("PRAGMA journal_mode = WAL")

    def close(self) -> None:
        self._connection.close()

    def _do(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        self._connection.execute(statement, values).close()

    def _rows(self, table: str, rows: Rows) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


# Of the whole server, while the store is filled: nobody else is in it.
_HASTE = ("fsync = off", "full_page_writes = off", "max_wal_size = '16GB'", "autovacuum = off")


class PostgresqlBulk(_Bulk):
    """COPY into small tables, INSERT from them; checks of foreign keys are off."""

    def __init__(self, address: URL, site: str, *, is_alone: bool) -> None:
        super().__init__(site, _postgresql_key)
        self._haste = _HASTE if is_alone else ()
        self._connection = psycopg.connect(
            address.set(drivername="postgresql").render_as_string(hide_password=False),
            autocommit=True,
        )
        self._later: list[str] = []

    def begin(self) -> None:
        for setting in self._haste:
            self._do(f"ALTER SYSTEM SET {setting}")
        if self._haste:
            self._do("SELECT pg_reload_conf()")
        for setting in (
            "session_replication_role = replica",
            "synchronous_commit = off",
            "maintenance_work_mem = '1GB'",
            "work_mem = '256MB'",
        ):
            self._do(f"SET {setting}")
        found = self._connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
            " AND indexname = ANY(%s)",
            [list(_LATER)],
        ).fetchall()
        for name, statement in found:
            self._do(f"DROP INDEX {name}")
            self._later.append(statement)

    def finish(self) -> None:
        for statement in self._later:
            self._do(statement)
        # What autovacuum has done long since in a store that grew for years.
        self._do("VACUUM (ANALYZE)")
        for setting in self._haste:
            self._do(f"ALTER SYSTEM RESET {setting.partition(' ')[0]}")
        if self._haste:
            self._do("SELECT pg_reload_conf()")
            os.sync()
            self._do("CHECKPOINT")

    def close(self) -> None:
        self._connection.close()

    def plan(self, *, visits: Rows, stays: Rows, series: Rows, days: Rows, desks: Rows) -> None:
        super().plan(visits=visits, stays=stays, series=series, days=days, desks=desks)
        for table in ("h_visit", "h_stay", "h_series", "h_day", "h_desk"):
            self._do(f"ANALYZE {table}")

    def _do(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        self._connection.execute(statement.encode(), values or None)

    def _rows(self, table: str, rows: Rows) -> None:
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy,
        ):
            for row in rows:
                copy.write_row(row)


def _sqlite_key(kind: str, n: str, at: str) -> str:
    ms = f"(({at}) / 1000)"
    return (
        f"printf('%08x-%04x-{_KINDS[kind]}-8000-%012x', {ms} >> 16, {ms} & 65535,"
        f" d.n * {_STEP} + {n})"
    )


def _postgresql_key(kind: str, n: str, at: str) -> str:
    ms = f"(({at}) / 1000)"
    # A format string in the server's own words would be put together row by row.
    return (
        f"(lpad(to_hex({ms} >> 16), 8, '0') || lpad(to_hex({ms} & 65535), 4, '0')"
        f" || '{_KINDS[kind]}8000' || lpad(to_hex(d.n::bigint * {_STEP} + {n}), 12, '0'))::uuid"
    )
