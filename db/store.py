"""The store: opened once by each process, it runs commands and gives consistent reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection

from db import address as addresses
from db.driver import LOCK_TIMEOUT_S, Clock, Connection
from db.errors import SiteUnknown, StoreEmpty, StoreProblem, StoreUnreachable, StoreVersion
from db.transaction import Tx, View, new_key
from db.verbs import POSTGRESQL, SQLITE, Verbs
from db.version import VERSIONS

T = TypeVar("T")

_TRIES = 3
_PAUSE_S = 0.2


def new_request() -> str:
    """Return a request id: made once by the caller, kept through every retry."""
    return new_key()


@dataclass(frozen=True, slots=True)
class _Lent:
    """A connection of the pool's, and how we speak with it."""

    pooled: PoolProxiedConnection
    connection: Connection


class Store:
    """A site's store. Safe to use from several threads; each call has its own connection."""

    def __init__(self, address: URL, site: str, clock: Clock | None = None) -> None:
        self.address = address
        self.site = site
        self.database = addresses.database_of(address)
        self._engine = self.database.engine(address)
        # Kept checked out: handing one back and fetching it again costs as much as a query.
        # A list's append and pop are atomic.
        self._idle: list[_Lent] = []
        self._clock = clock
        # What commands and reads keep for the next one; assignments to a dict are atomic.
        self._memory: dict[object, Any] = {}

    @property
    def url(self) -> str:
        """The address as people may see it, without the password."""
        return addresses.shown(self.address)

    @property
    def verbs(self) -> Verbs:
        """The statements of which commands are made, on this store's database."""
        return SQLITE if self.is_sqlite else POSTGRESQL

    @property
    def is_sqlite(self) -> bool:
        """True for a file on this PC."""
        return addresses.is_sqlite(self.address)

    def run(self, command: Callable[[Tx], T]) -> T:
        """Run a command in one short transaction and commit it.

        The command may be called again after a lost connection: it opens with its request
        id, so a repeat gives the first result and changes nothing.

        Raises:
            StoreProblem: The store can't be used; nothing was changed, or the same request
                can be sent again safely.
            HallError: A rule said no; nothing was changed.
        """
        for attempt in range(_TRIES):
            try:
                with self.connected() as connection:
                    return self._once(connection, command)
            except StoreUnreachable:
                if attempt == _TRIES - 1:
                    raise
                time.sleep(_PAUSE_S * attempt)
        raise AssertionError("unreachable")

    def _once(self, connection: Connection, command: Callable[[Tx], T]) -> T:
        tx = Tx(connection, self.site, self._memory)
        try:
            result = command(tx)
            tx.commit()
        except BaseException:
            connection.rollback()
            raise
        return result

    @contextmanager
    def read(self) -> Iterator[View]:
        """Give a consistent snapshot; fetch from it whole and leave.

        Raises:
            StoreProblem: The store can't be read now.
        """
        with self.connected() as connection:
            try:
                yield View(connection, self.site, self._memory)
            finally:
                connection.rollback()

    def close(self) -> None:
        """Close every connection."""
        if self._idle:
            with self.database.closing(self.address, LOCK_TIMEOUT_S):
                while self._idle:
                    self._idle.pop().pooled.close()
                self._engine.dispose()
        self._engine.dispose()

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """Lend a bare driver connection; its faults become known ones. For ``db`` only."""
        lent: _Lent | None = None
        try:
            lent = self._take_idle() or self._new()
            yield lent.connection
        except DBAPIError as error:
            cause = error.orig if isinstance(error.orig, Exception) else error
            raise self.database.problem(cause, self.url) or cause from error
        except self.database.errors as error:
            if lent is not None:
                # Whatever went wrong, the next try gets a fresh connection.
                self._discard(lent)
                lent = None
            known = self.database.problem(error, self.url)
            if known is None:
                raise
            raise known from error
        except BaseException:
            if lent is not None:
                lent.connection.rollback()
            raise
        finally:
            # A connection that died under a rollback is no use to the next one.
            if lent is not None and getattr(lent.pooled.driver_connection, "closed", False):
                self._discard(lent)
            elif lent is not None:
                self._idle.append(lent)

    def _take_idle(self) -> _Lent | None:
        # Asking first whether there is one would be too late: another thread may take it.
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _discard(self, lent: _Lent) -> None:
        # Lets go of the lock, where a fault came between a beginning and its commit.
        lent.connection.rollback()
        with self.database.closing(self.address, 0):
            lent.pooled.invalidate()

    def _new(self) -> _Lent:
        pooled = self._engine.raw_connection()
        driver_connection = pooled.driver_connection
        return _Lent(pooled, self.database.connection(driver_connection, self.address, self._clock))


def open_store(url: str, *, site: str | None = None, clock: Clock | None = None) -> Store:
    """Open a store that ``db.install`` has made.

    Args:
        url: ``sqlite:///path``, a plain path, or ``postgresql+psycopg://…``.
        site: The site's code; needed only where the store holds several.
        clock: A test's clock, in microseconds; the database's own where None.

    Raises:
        StoreProblem: Missing, unreachable, locked, read-only, on a network mount, of another
            version, empty, or without this site.
    """
    address = addresses.parse(url)
    store = Store(address, site or "", clock)
    try:
        store.database.check(address)
        check_version(store)
        store.site = _site_of(store, site)
    except BaseException:
        store.close()
        raise
    return store


def check_version(store: Store) -> None:
    """Compare the store's schema with this program's.

    Raises:
        StoreMissing: There is no schema at all.
        StoreVersion: It is older (``anjungan init`` upgrades it) or newer (upgrade us).
    """
    with store.connected() as connection:
        found = str(connection.rows("SELECT version_num FROM alembic_version", {})[0][0])
    if found != VERSIONS[-1]:
        raise StoreVersion(
            url=store.url, found=found, expected=VERSIONS[-1], is_newer=found not in VERSIONS
        )


def _site_of(store: Store, wanted: str | None) -> str:
    with store.connected() as connection:
        sites = [
            str(row[0]) for row in connection.rows("SELECT site FROM feed_head ORDER BY site", {})
        ]
    if not sites:
        raise StoreEmpty(url=store.url)
    if wanted is None and len(sites) == 1:
        return sites[0]
    if wanted in sites:
        return str(wanted)
    raise SiteUnknown(url=store.url, site=wanted, sites=", ".join(sites))


__all__ = ["Store", "StoreProblem", "Tx", "View", "new_request", "open_store"]
