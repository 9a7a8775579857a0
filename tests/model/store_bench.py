"""A real store under the machine: set back cheaply between examples, read as the model is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from db import schema
from db.board import board
from db.catalogue import load_catalogue
from db.catalogue_file import CatalogueFile
from db.desks import desk
from db.halls import counts
from db.moment import to_micros
from db.progress import progress
from db.store import Store, Tx, new_request
from rules.errors import KnownError
from tests.model.hall_parts import Place, Plan, Turn
from tests.support.small_hall import START, SetClock, SmallHall, catalogue_content

PLAN = Plan(
    services={
        "DUKCAPIL.KK": "B",
        "DUKCAPIL.KTP": "B",
        "DUKCAPIL.BIRTH": "BA",
        "POLRI.SKCK": "D",
        "POLRI.SIM": "D",
    },
    counters={
        "1": {"DUKCAPIL.KK": 1, "DUKCAPIL.KTP": 1, "DUKCAPIL.BIRTH": 1},
        "2": {"DUKCAPIL.KK": 1, "DUKCAPIL.KTP": 1, "DUKCAPIL.BIRTH": 1},
        "3": {"POLRI.SKCK": 1, "POLRI.SIM": 1},
        "4": {"DUKCAPIL.KK": 1, "POLRI.SKCK": 3},
    },
)
"""The small hall's catalogue in the model's words."""

_TURNS = """
    SELECT t.id, t.ticket, k.business_date, k.prefix, k.number, t.position, t.service, t.lane,
      t.queued_at, t.queued_seq, t.due_at, t.target_counter, t.status, t.outcome, t.is_paused,
      t.counter, t.officer, t.called_at, t.called_seq, t.calls, t.started_at, t.ended_at,
      t.business_date
    FROM turn t JOIN ticket k ON k.id = t.ticket
"""
_JOURNAL = (
    "SELECT site, seq, kind, request, ticket, turn, counter, actor, data, at, hash"
    " FROM feed_event WHERE seq > :after ORDER BY seq"
)


def catalogue_of(plan: Plan) -> CatalogueFile:
    """Return a catalogue file that says what the plan says."""
    content = catalogue_content()
    for agency in content["agencies"]:
        offered = []
        for service in agency["services"]:
            prefix = plan.services.get(f"{agency['code']}.{service['code']}")
            if prefix is not None:
                own = {} if prefix == agency["prefix"] else {"prefix": prefix}
                rest = {key: value for key, value in service.items() if key != "prefix"}
                offered.append(rest | own)
        agency["services"] = offered
    content["agencies"] = [agency for agency in content["agencies"] if agency["services"]]
    used = [counter for counter in content["counters"] if counter["code"] in plan.counters]
    for counter in used:
        counter["services"] = [
            {"service": code, "weight": weight}
            for code, weight in plan.counters[counter["code"]].items()
        ]
    content["counters"] = used
    return CatalogueFile.model_validate(content)


class Bench:
    """One store, and how it was when it was new."""

    def __init__(self, url: str) -> None:
        self.clock = SetClock()
        self.hall = SmallHall(url, self.clock)
        # The catalogue as the machine writes it, so that loading it again is nothing new.
        load_catalogue(self.store, catalogue_of(PLAN), actor="cli:test", request=new_request())
        self._new = {table.name: self._rows_of(table.name) for table in _TABLES}
        self._is_new = True
        self.keys: dict[Place, str] = {}
        self.tickets: dict[tuple[str, str], str] = {}

    @property
    def store(self) -> Store:
        """The store."""
        return self.hall.store

    @property
    def head(self) -> tuple[int, str]:
        """The new store's last seq and hash."""
        row = self._new["feed_head"][0]
        return int(row["seq"]), str(row["hash"])

    def close(self) -> None:
        """Close the store."""
        self.hall.close()

    def reset(self) -> None:
        """Set everything back: rows of the day, journal, catalogue, clock."""
        self.clock.at = START
        self.keys, self.tickets = {}, {}
        if self._is_new:
            return
        statements: list[tuple[str, Mapping[str, object]]] = [
            (f"DELETE FROM {table.name}", {}) for table in reversed(_TABLES)
        ]
        for table in _TABLES:
            for row in self._new[table.name]:
                marks = ", ".join(f":{name}" for name in row)
                sql = f"INSERT INTO {table.name} ({', '.join(row)}) VALUES ({marks})"
                statements.append((sql, row))
        with self.store.connected() as connection:
            connection.begin_command(self.store.site, new_request(), [])
            connection.commit(statements)
        self._is_new = True

    def run(self, command: Callable[[Tx], Any]) -> Any:
        """Run a command; a known error is a result too."""
        self._is_new = False
        try:
            return self.store.run(command)
        except KnownError as error:
            return error

    def load(self, plan: Plan, request: str) -> Any:
        """Load a catalogue; a known error is a result too."""
        self._is_new = False
        try:
            return load_catalogue(
                self.store, catalogue_of(plan), actor="cli:test", request=request
            ).changed
        except KnownError as error:
            return error

    def turns(self) -> dict[Place, Turn]:
        """Read every turn; from now on its key is known by its place."""
        found = {}
        for row in self.hall.rows(_TURNS):
            key, ticket, day, prefix, number, position, service, lane, *rest, own_day = row
            assert own_day == day, "a turn of another day than its ticket"
            place = Place(day, f"{prefix}-{number:03d}", position)
            assert place not in found, f"{place} is there twice"
            self.keys[place] = key
            self.tickets[place[:2]] = ticket
            queued_at, queued_seq, due_at, target, status, outcome, is_paused, *called = rest
            found[place] = Turn(
                place, service, lane, queued_at, queued_seq, due_at, target, status, outcome,
                bool(is_paused), *called,
            )  # fmt: skip
        return found

    def series(self) -> dict[tuple[str, str], list[int]]:
        """Read the last number and instant of each series."""
        rows = self.hall.rows("SELECT business_date, prefix, last, last_at FROM series")
        return {(day, prefix): [last, last_at] for day, prefix, last, last_at in rows}

    def numbers(self) -> dict[tuple[str, str], list[int]]:
        """Read all numbers that were given, by series."""
        found: dict[tuple[str, str], list[int]] = {}
        for day, prefix, number in self.hall.rows(
            "SELECT business_date, prefix, number FROM ticket ORDER BY number"
        ):
            found.setdefault((day, prefix), []).append(number)
        return found

    def sessions(self) -> dict[str, tuple[str, int]]:
        """Read who is signed in where, and since when."""
        rows = self.hall.rows(
            "SELECT counter, officer, started_at FROM desk_session WHERE ended_at IS NULL"
        )
        return {counter: (officer, since) for counter, officer, since in rows}

    def journal(self, after: int) -> list[dict[str, Any]]:
        """Read the stored columns of the journal's lines after a seq."""
        names = _JOURNAL.removeprefix("SELECT ").split(" FROM")[0].split(", ")
        rows = self.hall.rows(_JOURNAL, after=after)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def shown_desk(self, counter: str) -> dict[str, Any]:
        """Read a desk as its screen shows it."""
        with self.store.read() as view:
            shown = desk(view, counter)
        present = shown.present
        return {
            "officer": shown.officer,
            "present": None if present is None else self._place_of(present.turn),
            "waiting": [
                (self._place_of(line.turn), line.lane.value, line.is_paused, line.elsewhere)
                for line in shown.waiting
            ],
            "missed": {self._place_of(line.turn) for line in shown.missed},
            "held": {self._place_of(line.turn) for line in shown.held},
            "done": shown.done_today,
        }

    def shown_board(self) -> dict[str, Any]:
        """Read the wall."""
        with self.store.read() as view:
            shown = board(view)
        return {
            "day": shown.business_date.isoformat(),
            "calls": [
                (
                    self._place_of(call.turn), call.counter, call.status.value,
                    to_micros(call.called_at), call.call_seq, call.calls,
                )
                for call in shown.calls
            ],
            "waiting": {agency.agency: agency.waiting for agency in shown.waiting},
        }  # fmt: skip

    def shown_counts(self) -> dict[str, tuple[int, int, int, int, int]]:
        """Read the day's figures of each open service."""
        with self.store.read() as view:
            return {
                each.service: (each.waiting, each.serving, each.held, each.missed, each.done)
                for each in counts(view)
            }

    def shown_ticket(self, ticket: tuple[str, str]) -> list[tuple[Place, str, str | None, int]]:
        """Read what a visitor may know: each turn's state, counter, and how many are ahead."""
        with self.store.read() as view:
            shown = progress(view, self.tickets[ticket])
        assert (shown.business_date.isoformat(), shown.number) == ticket
        return [
            (self._place_of(turn.turn), turn.status.value, turn.counter, turn.ahead)
            for turn in shown.turns
        ]

    def place_of(self, key: str) -> Place:
        """Return the place of a turn's key."""
        return self._place_of(key)

    def _place_of(self, key: str) -> Place:
        return next(place for place, known in self.keys.items() if known == key)

    def _rows_of(self, table: str) -> list[dict[str, Any]]:
        names = [column.name for column in schema.Base.metadata.tables[table].columns]
        rows = self.hall.rows(f"SELECT {', '.join(names)} FROM {table}")
        return [dict(zip(names, row, strict=True)) for row in rows]


_TABLES = schema.Base.metadata.sorted_tables
