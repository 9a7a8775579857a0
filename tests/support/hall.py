"""The sample hall on a real store, and a line to it that a test can cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import assets
from db import address, calls, desks
from db.calls import CalledTurn
from db.catalogue import load_catalogue
from db.catalogue_file import CatalogueFile, read_catalogue
from db.driver import Clock, Connection
from db.errors import StoreUnreachable
from db.install import install
from db.journal import Kind
from db.store import Store, Tx, new_request, open_store
from db.tickets import IssuedTicket, issue_ticket

T = TypeVar("T")
PIN = "123456"
ACTOR = "cli:test"


@lru_cache(maxsize=1)
def sample() -> CatalogueFile:
    """Return the sample catalogue, read once."""
    return read_catalogue(assets.sample_catalogue())


@lru_cache(maxsize=1)
def pin_hash() -> str:
    """Return the hash of ``PIN``; made once, it is slow by design."""
    return desks.hash_pin(PIN)


@dataclass
class Line:
    """The way to the store: cut it with ``is_cut``, or lose the answer of what commits."""

    url: str
    clock: Clock | None = None
    is_cut: bool = False
    loses_answers: bool = False
    requests: list[str] = field(default_factory=list)

    def open(self) -> Store:
        """Open the store over this line."""
        if self.is_cut:
            raise StoreUnreachable(url=self.url, detail="cut by a test")
        cuttable = _CuttableStore.__new__(_CuttableStore)
        # The same open store, on this line.
        vars(cuttable).update(vars(open_store(self.url, clock=self.clock)), line=self)
        return cuttable


class _CuttableStore(Store):
    line: Line

    def run(self, command: Callable[[Tx], T]) -> T:
        result = super().run(command)
        if self.line.loses_answers:
            raise StoreUnreachable(url=self.url, detail="answer lost by a test")
        return result

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        if self.line.is_cut:
            raise StoreUnreachable(url=self.url, detail="cut by a test")
        with super().connected() as connection:
            yield connection


class TestHall:
    """A store with the sample catalogue, officers petugas1 to petugas5, no hours by default."""

    __test__ = False

    def __init__(
        self, folder: Path, *, clock: Clock | None = None, always_open: bool = True
    ) -> None:
        self.url = f"sqlite:///{folder / 'hall.db'}"
        install(self.url)
        made = Store(address.parse(self.url), sample().site.code, clock)
        load_catalogue(made, sample(), actor="test", always_open=always_open)
        made.close()
        self.store = open_store(self.url, clock=clock)
        self.store.run(self._add_officers)
        self.line = Line(self.url, clock)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def issue(self, *services: str, priority: str | None = None) -> IssuedTicket:
        """Give a number."""
        return self.store.run(
            lambda tx: issue_ticket(
                tx, request=new_request(), actor=ACTOR, services=services, priority=priority
            )
        )

    def call(self, counter: str, *, finish: bool = False) -> CalledTurn:
        """Call the next visitor to a counter."""
        return self.store.run(
            lambda tx: calls.call_next(
                tx, request=new_request(), actor=ACTOR, counter=counter, finish=finish
            )
        )

    def recall(self, counter: str) -> CalledTurn:
        """Call the visitor of a counter again."""
        return self.store.run(
            lambda tx: calls.recall(tx, request=new_request(), actor=ACTOR, counter=counter)
        )

    def desk(self, counter: str) -> desks.Desk:
        """Read a desk."""
        with self.store.read() as view:
            return desks.desk(view, counter)

    @staticmethod
    def _add_officers(tx: Tx) -> None:
        tx.open(new_request(), ACTOR, Kind.CATALOGUE_LOADED)
        for index in range(1, 6):
            desks.add_officer(
                tx, code=f"petugas{index}", name=f"Petugas {index}", pin_hash=pin_hash()
            )
        tx.event(Kind.CATALOGUE_LOADED, data={"officers": 5})
