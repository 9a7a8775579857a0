"""A small hall on a real store, with a clock that tests set; for the store's contract."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from db import address, calls, desks, moves, schema
from db.board import Board, board
from db.calls import CalledTurn
from db.catalogue import load_catalogue
from db.catalogue_file import CatalogueFile
from db.desks import Desk, desk
from db.feed import events_after
from db.install import install
from db.journal import Event, Kind
from db.moment import to_micros
from db.progress import TicketProgress, progress
from db.store import Store, Tx, new_request, open_store
from db.tickets import IssuedTicket, issue_ticket

START = datetime(2026, 11, 23, 8, 42, tzinfo=ZoneInfo("Asia/Jakarta"))
"""A Monday morning."""
ACTOR = "cli:test"
PIN = "246810"
OFFICERS = ("ani", "budi", "citra")

# Counter 1 and 2: civil registry. 3: police. 4: family cards, and police clearances, which it
# prefers. BIRTH has a series of its own.
_CATALOGUE = """
format: 1
site: {code: UJI, name: MPP Uji, place: Kota Uji, time_zone: Asia/Jakarta}
hours:
  monday: &day {open: "07.30", close: "15.00", last_ticket: "14.30",
                breaks: [{start: "12.00", end: "13.00"}]}
  tuesday: *day
  wednesday: *day
  thursday: *day
  friday: {open: "07.30", close: "15.00", last_ticket: "14.30",
           breaks: [{start: "11.30", end: "13.00"}]}
priorities:
  - {code: lansia, names: {id: Lansia, en: Elderly}}
zones:
  - {code: A, names: {id: Zona A}, direction: left}
  - {code: B, names: {id: Zona B}, floor: 2, direction: up}
counters:
  - {code: "1", names: {id: Loket 1}, zone: A, services: [DUKCAPIL]}
  - {code: "2", names: {id: Loket 2}, zone: A, services: [DUKCAPIL]}
  - {code: "3", names: {id: Loket 3}, zone: B, services: [POLRI]}
  - {code: "4", names: {id: Loket 4}, zone: B,
     services: [DUKCAPIL.KK, {service: POLRI.SKCK, weight: 3}]}
agencies:
  - code: DUKCAPIL
    prefix: B
    names: {id: Kependudukan, en: Civil Registry}
    services:
      - {code: KK, names: {id: Kartu Keluarga, en: Family Card}, keywords: [kk],
         requirements: [KTP-el asli], duration_min: 10}
      - {code: KTP, names: {id: KTP-el}, duration_min: 5}
      - {code: BIRTH, names: {id: Akta Kelahiran}, prefix: BA}
  - code: POLRI
    prefix: D
    names: {id: Kepolisian, en: Police}
    services:
      - {code: SKCK, names: {id: SKCK}, duration_min: 10}
      - {code: SIM, names: {id: SIM}}
"""
KK, KTP, BIRTH = "DUKCAPIL.KK", "DUKCAPIL.KTP", "DUKCAPIL.BIRTH"
SKCK, SIM = "POLRI.SKCK", "POLRI.SIM"


class SetClock:
    """A clock that shows what the test sets; in microseconds, as the store takes it."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> int:
        return to_micros(self.at)

    def forward(self, **duration: float) -> None:
        """Move on, or back where negative."""
        self.at += timedelta(**duration)

    def set(self, text: str, zone: str = "Asia/Jakarta") -> None:
        """Set to a local time."""
        self.at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def catalogue_content(**site: object) -> dict[str, Any]:
    """Return the small catalogue as YAML gives it, to change before it is checked."""
    content: dict[str, Any] = yaml.safe_load(_CATALOGUE)
    content["site"].update(site)
    return content


def catalogue(**site: object) -> CatalogueFile:
    """Return the small catalogue, checked."""
    return CatalogueFile.model_validate(catalogue_content(**site))


@functools.cache
def pin_hash() -> str:
    """Return the officers' PIN, hashed once for all: argon2 is slow by design."""
    return desks.hash_pin(PIN)


def prepare(url: str, clock: SetClock | None = None, **site: object) -> None:
    """Make the small hall, always open, in an empty store."""
    install(url)
    store = Store(address.parse(url), "", clock or SetClock())
    try:
        load_catalogue(store, catalogue(**site), actor=ACTOR, always_open=True)
        add_officers(store)
    finally:
        store.close()


def add_officers(store: Store, codes: Sequence[str] = OFFICERS) -> None:
    """Write officers with the PIN of the tests."""
    hashed = pin_hash()

    def add(tx: Tx) -> None:
        tx.open(request, ACTOR, Kind.DEMO_PREPARED)
        for code in codes:
            desks.add_officer(tx, code=code, name=code.title(), pin_hash=hashed)
        tx.event(Kind.DEMO_PREPARED, data={"officers": len(codes)})

    request = new_request()
    store.run(add)


class SmallHall:
    """The small hall, and short words for what happens in it.

    Each act takes ``request=`` where the test repeats it; else it makes its own.
    """

    def __init__(self, url: str, clock: SetClock, site: str | None = None) -> None:
        self.url = url
        self.clock = clock
        self.store = open_store(url, site=site, clock=clock)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def issue(self, *services: str, request: str | None = None, **more: Any) -> IssuedTicket:
        """Give a number; for a family card where no service is named."""
        issued: IssuedTicket = self.act(
            issue_ticket, request=request, services=services or (KK,), **more
        )
        return issued

    def next(self, counter: str, request: str | None = None, **more: Any) -> CalledTurn:
        """Call the next visitor."""
        called: CalledTurn = self.act(calls.call_next, counter=counter, request=request, **more)
        return called

    def served(self, counter: str) -> CalledTurn:
        """Call the next visitor and begin to serve."""
        self.next(counter)
        started: CalledTurn = self.act(calls.start, counter=counter)
        return started

    def visit(self, counter: str) -> CalledTurn:
        """Call, serve and finish."""
        self.served(counter)
        done: CalledTurn = self.act(calls.finish, counter=counter)
        return done

    def act(self, command: Callable[..., Any], request: str | None = None, **fields: Any) -> Any:
        """Run any command of the store."""
        request = request or new_request()
        return self.store.run(lambda tx: command(tx, request=request, actor=ACTOR, **fields))

    def clear(self) -> None:
        """Cancel every turn that is open."""
        for row in self.rows(
            "SELECT id FROM turn WHERE status IN ('waiting', 'called', 'serving', 'held')"
        ):
            self.act(moves.cancel, turn=row[0])

    def desk(self, counter: str) -> Desk:
        """Return what the counter's screen shows."""
        with self.store.read() as view:
            return desk(view, counter)

    def board(self) -> Board:
        """Return what the wall shows."""
        with self.store.read() as view:
            return board(view)

    def progress(self, ticket: str) -> TicketProgress:
        """Return where a ticket stands."""
        with self.store.read() as view:
            return progress(view, ticket)

    def journal(self, after: int = 0) -> tuple[Event, ...]:
        """Return the whole journal."""
        with self.store.read() as view:
            return events_after(view, after, limit=100_000)

    def rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """Read rows as the driver gives them."""
        with self.store.connected() as connection:
            return connection.rows(sql, values)

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows of all tables: equal before and after means nothing changed."""
        tables = sorted(schema.Base.metadata.tables)
        return {name: sorted(self.rows(f"SELECT * FROM {name}"), key=repr) for name in tables}
