"""Carries the flow to the window and the visitor's acts to the flow, the store and the paper.

QtCore only: the window shows what ``page_changed`` brings and calls the methods named as acts.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from db.halls import AgencyView, Hall, ServiceQueue, ServiceView, service_queue
from db.journal import Event, Kind
from db.purge import purge
from db.store import Store, new_request
from desktop.live import FeedFollower, StoreWorker, is_passing
from kiosk.flow import Agency, Flow, Page, Paper, Service
from kiosk.giving import Giving, HallNow, hall_now, read_giving
from kiosk.issuing import Given, issue_job, issued_of
from kiosk.printing import PaperEnded, Printing, Sheet, Site, Spool
from rules.clock import ClockFault
from rules.errors import HallError, KnownError
from rules.hours import Opening
from rules.search import Entry, Index
from station.texts import Texts

TICK_MS = 500
HITS = 8
LEAST_SHARE = 0.45
"""A hit much weaker than the best one only distracts."""
_OPENING_EVERY_S = 30.0
_RETRY_MS = 1_000
_CATALOGUE_EVENTS = frozenset({Kind.CATALOGUE_LOADED.value, Kind.DAY_CLOSED.value})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A search hit: the service, and whose it is."""

    service: ServiceView
    agency: AgencyView


class Presenter(QObject):
    """The kiosk's acts and what follows from them.

    Args:
        worker: Runs the store's jobs.
        follower: Tells of changes; already made, started by ``start``.
        spool: The printer's queue; None where the station has no printer.
        station: The kiosk's own name.
        texts: Words of the first language.
        idle_s: After how long without a touch the kiosk returns home.
        clock: Seconds that never go back.
    """

    page_changed = Signal()
    hall_changed = Signal()
    queue_changed = Signal()
    language_changed = Signal()
    ticked = Signal()

    def __init__(
        self,
        worker: StoreWorker,
        follower: FeedFollower,
        spool: Spool | None,
        *,
        station: str,
        texts: Texts,
        idle_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._worker = worker
        self._follower = follower
        self._station = station
        self._clock = clock
        self._first_language = texts.language
        self._words = {texts.language: texts}
        self.texts = texts
        self.flow = Flow(new_request, idle_s=idle_s)
        self.hall: Hall | None = None
        self.giving: Giving | None = None
        self._opening_at = 0.0
        self.queue: ServiceQueue | None = None
        self._zone: ZoneInfo | None = None
        self._services: dict[str, Found] = {}
        self._index = Index(())
        self._is_reading_queue = False
        self.printing: Printing | None = None
        if spool is not None:
            self.printing = Printing(
                worker,
                spool,
                station=station,
                site=self._site,
                texts=self._texts_of,
                parent=self,
            )
            self.printing.ended.connect(self._paper_ended)
        follower.regained.connect(self._store_regained)
        follower.lost.connect(self._store_lost)
        follower.advanced.connect(self._feed_advanced)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self._read_hall)

    def start(self) -> None:
        """Begin to follow the store."""
        self._follower.start()
        self._timer.start()

    def stop(self) -> None:
        """Let no more time pass; the threads are stopped by who made them."""
        self._timer.stop()
        self._retry.stop()
        if self.printing is not None:
            self.printing.stop()

    @property
    def seconds_left(self) -> int:
        """After how many seconds the kiosk goes home by itself, rounded up."""
        return -int(-self.flow.seconds_left(self._clock()) // 1)

    def uptime_s(self) -> float:
        """Return seconds of the clock that never goes back."""
        return self._clock()

    def now(self) -> datetime:
        """Return the time on this kiosk's clock, in the site's zone."""
        return datetime.now(UTC).astimezone(self._zone)

    @property
    def opening(self) -> Opening | None:
        """Whether the hall gives numbers now, None before it was read."""
        return None if self.giving is None else self.giving.opening

    @property
    def clock_fault(self) -> ClockFault | None:
        """What is wrong with the store's clock."""
        return None if self.giving is None else self.giving.clock

    def found(self, code: str) -> Found | None:
        """Return a service and its agency."""
        return self._services.get(code)

    def hits(self, text: str) -> tuple[Found, ...]:
        """Search every service by name, keyword and need."""
        hits = self._index.search(text, HITS)
        least = hits[0].score * LEAST_SHARE if hits else 0.0
        return tuple(self._services[hit.key] for hit in hits if hit.score >= least)

    # Acts of the visitor.

    def touched(self) -> None:
        """Somebody is here."""
        self.flow.touched(self._clock())

    def home(self) -> None:
        """Go home and forget."""
        self._act(self.flow.home)
        self._forget_language()

    def back(self) -> None:
        """Go to the page before."""
        self._act(self.flow.back)

    def open_agency(self, code: str) -> None:
        """Show an agency."""
        self._act(partial(self.flow.open_agency, code))

    def open_search(self, text: str = "") -> None:
        """Show the search."""
        self._act(partial(self.flow.open_search, text))

    def type(self, text: str) -> None:
        """Search for what the field holds."""
        self._act(partial(self.flow.type, text))

    def open_service(self, code: str) -> None:
        """Show a service, and ask how its queue stands."""
        self.queue = None
        self._act(partial(self.flow.open_service, code))
        self._read_queue()

    def toggle_tick(self, position: int) -> None:
        """Tick a thing to bring."""
        self._act(partial(self.flow.toggle_tick, position))

    def choose_priority(self, code: str | None) -> None:
        """Choose why to go first."""
        self._act(partial(self.flow.choose_priority, code))

    def take_number(self) -> None:
        """Ask for a number; a second press while the first is on its way does nothing."""
        self.touched()
        order = self.flow.take_number()
        if order is None:
            return
        self.page_changed.emit()
        self._worker.submit(
            issue_job(
                order,
                station=self._station,
                language=self.texts.language,
                is_printed=self.printing is not None,
            ),
            self._issued,
            partial(self._refused, order.request),
        )

    def speak(self, language: str) -> None:
        """Show everything in another language."""
        self.touched()
        self._speak(language)

    def _speak(self, language: str) -> None:
        if language != self.texts.language:
            self.texts = self._texts_of(language)
            self.language_changed.emit()

    def _act(self, act: Callable[[], None]) -> None:
        self.touched()
        before = self.flow.page
        act()
        if self.flow.page != before:
            self.page_changed.emit()

    def _issued(self, given: Given) -> None:
        zone = self._zone or ZoneInfo("UTC")
        job = given.ticket.job
        has_paper = self.printing is not None and job is not None
        self.flow.issued(
            given.order.request,
            issued_of(given, self.texts, zone),
            Paper.PRINTING if has_paper else Paper.FAILED,
            self._clock(),
        )
        self.page_changed.emit()
        if self.printing is not None and job is not None:
            self.printing.print(Sheet(job, given.ticket.ticket, given.progress, 0))

    def _refused(self, request: str, fault: KnownError) -> None:
        _log.info("no number was given: %s", fault)
        self.flow.refused(request, fault, self._clock(), is_final=isinstance(fault, HallError))
        self.page_changed.emit()
        self._read_queue()

    @Slot(object)
    def _paper_ended(self, end: PaperEnded) -> None:
        before = self.flow.page
        self.flow.paper_came(end.ticket, end.paper, self._clock())
        if self.flow.page != before:
            self.page_changed.emit()

    # What the store tells.

    @Slot()
    def _store_regained(self) -> None:
        self._read_hall()

    @Slot()
    def _read_hall(self) -> None:
        self._opening_at = self._clock()
        self._worker.submit(hall_now, self._hall_came, self._hall_failed)

    def _hall_failed(self, fault: KnownError) -> None:
        _log.info("the hall can't be read: %s", fault)
        self._store_lost(fault)
        # The feed may be there all the while: then nobody else would bring us home again.
        self._retry.start()

    @Slot(object)
    def _store_lost(self, fault: KnownError) -> None:
        before = self.flow.page
        self.flow.store_lost(fault)
        if self.flow.page != before:
            self.page_changed.emit()

    @Slot(object)
    def _feed_advanced(self, events: tuple[Event, ...]) -> None:
        kinds = {event.kind for event in events}
        if kinds & _CATALOGUE_EVENTS:
            self._read_hall()
        if self.printing is not None and any(map(_asks_for_paper, events)):
            self.printing.look()
        self._read_queue()

    def _giving_came(self, giving: Giving) -> None:
        if giving != self.giving:
            self.giving = giving
            self.hall_changed.emit()

    def _opening_failed(self, fault: KnownError) -> None:
        # The feed's own thread says that the store is away; here it is no news.
        _log.debug("the opening can't be read: %s", fault)

    def _purged(self, counts: dict[str, int]) -> None:
        if counts:
            _log.info("personal data were purged: %s", counts)

    def _purge_failed(self, fault: KnownError) -> None:
        _log.info("personal data can't be purged now: %s", fault)

    def _hall_came(self, now: HallNow) -> None:
        found = now.hall
        is_new = (
            self.hall is None
            or now.giving != self.giving
            or (replace(found, seq=0) != replace(self.hall, seq=0))
        )
        self.hall, self.giving = found, now.giving
        self._zone = ZoneInfo(found.site.time_zone)
        if is_new:
            self._services = {
                service.code: Found(service, agency)
                for agency in found.agencies
                for service in agency.services
            }
            self._index = Index(
                Entry(
                    key=code,
                    name=" ".join(dict.fromkeys(one.service.names.values())),
                    agency=" ".join(dict.fromkeys(one.agency.names.values())),
                    keywords=one.service.keywords,
                )
                for code, one in self._services.items()
            )
            if not self._is_on_offer(self.flow.page):
                self.flow.home()
            self.hall_changed.emit()
        self.flow.store_regained()
        self.page_changed.emit()
        if self.printing is not None:
            self.printing.look()

    def _is_on_offer(self, page: Page) -> bool:
        """Say whether a page's agency or service is still in the catalogue."""
        if isinstance(page, Service):
            return page.code in self._services
        if isinstance(page, Agency) and self.hall is not None:
            return any(agency.code == page.code for agency in self.hall.agencies)
        return True

    def _read_queue(self) -> None:
        page = self.flow.page
        if not isinstance(page, Service) or self._is_reading_queue:
            return
        self._is_reading_queue = True
        code = page.code
        self._worker.submit(
            partial(_read_service_queue, code),
            partial(self._queue_came, code),
            self._queue_failed,
        )

    def _queue_came(self, code: str, queue: ServiceQueue) -> None:
        self._is_reading_queue = False
        page = self.flow.page
        if isinstance(page, Service) and page.code == code:
            self.queue = queue
            self.queue_changed.emit()
        else:
            self._read_queue()

    def _queue_failed(self, fault: KnownError) -> None:
        self._is_reading_queue = False
        if not is_passing(fault):
            _log.warning("the queue can't be read: %s", fault)

    @Slot()
    def _tick(self) -> None:
        now = self._clock()
        if self.hall is not None and now - self._opening_at >= _OPENING_EVERY_S:
            self._opening_at = now
            self._worker.submit(read_giving, self._giving_came, self._opening_failed)
            # A service's own break may have begun, though nobody came or went.
            self._read_queue()
            # Nobody has to remember it: a reading, unless personal data are due.
            self._worker.submit(
                partial(purge, actor=f"kiosk:{self._station}"), self._purged, self._purge_failed
            )
        if self.flow.tick(now):
            self._forget_language()
            self.page_changed.emit()
        self.ticked.emit()

    def _forget_language(self) -> None:
        self._speak(self._first_language)

    def _texts_of(self, language: str) -> Texts:
        if language not in self._words:
            self._words[language] = Texts.load(language)
        return self._words[language]

    def _site(self) -> Site | None:
        if self.hall is None or self._zone is None:
            return None
        site = self.hall.site
        return Site(site.name, site.place, site.motto, self._zone)


def _asks_for_paper(event: Event) -> bool:
    """Say whether somebody else may want paper from us: a copy, or a number given by staff."""
    if event.kind == Kind.TICKET_ISSUED.value:
        return event.data.get("job") is not None and not event.actor.startswith("kiosk:")
    return event.kind == Kind.COPY_QUEUED.value


def _read_service_queue(code: str, store: Store) -> ServiceQueue:
    with store.read() as view:
        return service_queue(view, code)
