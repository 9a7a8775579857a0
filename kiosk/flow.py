"""The kiosk's page machine: events in, one frozen page state out. No Qt, no clock, no store.

At most three touches from home to paper: agency, service, "take a number"; or a search hit
and "take a number". Every page has a way back; idleness leads home and forgets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from rules.errors import KnownError
from rules.wait import WaitRange

IDLE_S: Final = 30.0
DONE_S: Final = 15.0
DONE_WITHOUT_PAPER_S: Final = 45.0
"""Longer, since the visitor has to take a photograph of the screen."""


class Paper(StrEnum):
    """What has become of the paper ticket."""

    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Issued:
    """A number that was given; ``issued_at`` is aware, in the site's zone."""

    ticket: str
    number: str
    qr: str
    agency: str
    service: str
    ahead: int
    wait: WaitRange | None
    issued_at: datetime
    zone: str
    direction: str
    counters: tuple[str, ...]
    is_priority: bool


@dataclass(frozen=True, slots=True)
class Order:
    """A number to ask the store for; ``request`` stays the same through every retry."""

    request: str
    service: str
    priority: str | None


@dataclass(frozen=True, slots=True)
class Home:
    """The question, the search, and every agency."""


@dataclass(frozen=True, slots=True)
class Search:
    """What has been typed so far."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Agency:
    """The services of one agency, by its code."""

    code: str


@dataclass(frozen=True, slots=True)
class Service:
    """One service: what to bring, how long, and the act.

    ``ticked`` are positions of things to bring that the visitor has; they gate nothing.
    ``fault`` is why the last try gave no number.
    """

    code: str
    priority: str | None = None
    ticked: frozenset[int] = frozenset()
    fault: KnownError | None = None


@dataclass(frozen=True, slots=True)
class Issuing:
    """The store has been asked and has not answered yet."""

    order: Order
    page: Service


@dataclass(frozen=True, slots=True)
class Done:
    """The number, and what has become of the paper."""

    issued: Issued
    paper: Paper


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No numbers can be given: the store is away."""

    fault: KnownError | None


Page = Home | Search | Agency | Service | Issuing | Done | Unavailable


class Flow:
    """Where a visitor is. Times are seconds of one clock that never goes back.

    Args:
        new_request: Makes a request id; called once for each press that asks for a number.
        idle_s: After how long without a touch the kiosk returns home.
    """

    def __init__(self, new_request: Callable[[], str], *, idle_s: float = IDLE_S) -> None:
        self._new_request = new_request
        self._idle_s = idle_s
        self._page: Page = Unavailable(None)
        self._past: list[Page] = []
        self._unsettled: Order | None = None
        self._away: KnownError | None = None
        self._touched_at = 0.0
        self._visits = 0

    @property
    def page(self) -> Page:
        """The present page."""
        return self._page

    @property
    def visits(self) -> int:
        """Counts every return to a fresh home page, so that a window can forget too."""
        return self._visits

    def touched(self, now: float) -> None:
        """Note a sign of the visitor."""
        self._touched_at = now

    def tick(self, now: float) -> bool:
        """Let time pass; returns True where the page has changed."""
        if self.seconds_left(now) > 0:
            return False
        if isinstance(self._page, Home | Unavailable) and not self._past:
            # Nobody is here; only what was left behind on the page is forgotten.
            self._touched_at = now
            self._visits += 1
            return True
        self.home()
        return True

    def seconds_left(self, now: float) -> float:
        """Return after how many seconds the kiosk goes home by itself."""
        if isinstance(self._page, Issuing):
            return self._idle_s
        if isinstance(self._page, Done):
            if self._page.paper is Paper.PRINTING:
                return self._idle_s
            is_paper = self._page.paper is Paper.PRINTED
            limit_s = DONE_S if is_paper else DONE_WITHOUT_PAPER_S
        else:
            limit_s = self._idle_s
        return max(0.0, self._touched_at + limit_s - now)

    def home(self) -> None:
        """Go home and forget; not while a number is being asked for."""
        if isinstance(self._page, Issuing):
            return
        self._past.clear()
        self._unsettled = None
        self._visits += 1
        self._page = Unavailable(self._away) if self._away is not None else Home()

    def back(self) -> None:
        """Go to the page before; not while a number is being asked for."""
        if isinstance(self._page, Issuing):
            return
        if isinstance(self._page, Done) or not self._past:
            self.home()
            return
        self._page = self._past.pop()

    def open_agency(self, code: str) -> None:
        """Show an agency's services."""
        if isinstance(self._page, Home):
            self._go(Agency(code))

    def open_search(self, text: str = "") -> None:
        """Show the search."""
        if isinstance(self._page, Home):
            self._go(Search(text))

    def type(self, text: str) -> None:
        """Take what the search field holds now."""
        if isinstance(self._page, Search):
            self._page = Search(text)

    def open_service(self, code: str) -> None:
        """Show one service."""
        if isinstance(self._page, Home | Agency | Search):
            self._go(Service(code))

    def toggle_tick(self, position: int) -> None:
        """Tick or untick a thing to bring."""
        if isinstance(self._page, Service):
            self._page = replace(self._page, ticked=self._page.ticked ^ {position})

    def choose_priority(self, code: str | None) -> None:
        """Say why one should go first; None takes it back."""
        if isinstance(self._page, Service):
            self._page = replace(self._page, priority=code)

    def take_number(self) -> Order | None:
        """Ask for a number; None where one is asked for already or there is nothing to ask.

        After a try whose end is unknown the same request is sent again, so that a number that
        was given after all is not given twice.
        """
        if not isinstance(self._page, Service):
            return None
        page = self._page
        order = self._unsettled
        if order is None or order.service != page.code:
            order = Order(self._new_request(), page.code, page.priority)
        self._unsettled = order
        self._page = Issuing(order, replace(page, fault=None))
        return order

    def issued(self, request: str, issued: Issued, paper: Paper, now: float) -> None:
        """Show the number."""
        if isinstance(self._page, Issuing) and self._page.order.request == request:
            self._unsettled = None
            self._past.clear()
            self._touched_at = now
            self._page = Done(issued, paper)

    def refused(self, request: str, fault: KnownError, now: float, *, is_final: bool) -> None:
        """Go back to the service's page and say why.

        Args:
            request: Of the order.
            fault: Why.
            now: The clock.
            is_final: False where the number may have been given all the same.
        """
        if isinstance(self._page, Issuing) and self._page.order.request == request:
            if is_final:
                self._unsettled = None
            self._touched_at = now
            self._page = replace(self._page.page, fault=fault)

    def paper_came(self, ticket: str, paper: Paper, now: float) -> None:
        """Say what has become of the paper of the ticket on show."""
        if isinstance(self._page, Done) and self._page.issued.ticket == ticket:
            self._page = replace(self._page, paper=paper)
            self._touched_at = now

    def store_lost(self, fault: KnownError) -> None:
        """Stop inviting visitors; whoever is on a page may finish reading it."""
        self._away = fault
        if isinstance(self._page, Home | Unavailable):
            self._past.clear()
            self._page = Unavailable(fault)

    def store_regained(self) -> None:
        """Invite visitors again."""
        self._away = None
        if isinstance(self._page, Unavailable):
            self._page = Home()

    def _go(self, page: Page) -> None:
        self._past.append(self._page)
        self._page = page
