"""Carries the store's board to the wall: follows the feed, keeps the clock, times the calls."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from db.board import Board, board
from db.calendar import opening_now
from db.halls import Hall, hall
from db.stations import announced, beat
from db.store import Store
from desktop.live import FeedFollower, StoreWorker
from display.board import HallBoard
from rules.errors import KnownError
from rules.hours import Opening

DEVICE: Final = "display"
READY: Final = "ready"
_RETRY_MS: Final = 1_000
_CLOCK_SLACK_MS: Final = 40
_DRIFT: Final = timedelta(seconds=2)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the store: the board, and the hall where its names were asked for."""

    board: Board
    opening: Opening
    hall: Hall | None


class BoardPresenter(QObject):
    """What the window is told, by signals, all in the GUI thread.

    ``pictured`` carries a Picture, ``announced`` an Announcement, ``hall_known`` a Hall,
    ``opening_known`` an Opening at each reading, ``minute`` the time in the site's zone: at
    the start, and then at every full minute.

    Args:
        worker: Runs reads on the store.
        notes: Writes what this display says of itself; apart, since a write waits for the
            hall's lock and a reading doesn't.
        follower: Follows the journal; the caller starts it.
        wall: What decides.
        station: The name under which this display says that it lives and what it has spoken.
    """

    pictured = Signal(object)
    announced = Signal(object)
    hall_known = Signal(object)
    opening_known = Signal(object)
    minute = Signal(object)

    def __init__(
        self,
        worker: StoreWorker,
        notes: StoreWorker,
        follower: FeedFollower,
        wall: HallBoard,
        station: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._worker = worker
        self._notes = notes
        self._wall = wall
        self._station = station
        self._zone: ZoneInfo | None = None
        self._drift = timedelta()
        self._is_reading = False
        self._is_outdated = False
        self._wants_hall = True
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self._advance)
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self.read)
        self._minutes = QTimer(self)
        self._minutes.setSingleShot(True)
        self._minutes.setTimerType(Qt.TimerType.PreciseTimer)
        self._minutes.timeout.connect(self._tick)
        follower.regained.connect(self._regained)
        follower.advanced.connect(self._advanced)
        follower.lost.connect(self._lost)

    def start(self) -> None:
        """Start the clock; the first reading comes with the feed."""
        self._tick()

    def local(self, at: datetime | None = None) -> datetime:
        """Return an instant, by default now by the store's clock, in the site's zone."""
        instant = at if at is not None else datetime.now(UTC) + self._drift
        return instant.astimezone(self._zone)

    @Slot()
    def read(self) -> None:
        """Read the board; while a reading is under way, once more after it."""
        if self._is_reading:
            self._is_outdated = True
            return
        self._is_reading, self._is_outdated = True, False
        with_hall, self._wants_hall = self._wants_hall, False

        def look(store: Store) -> Reading:
            with store.read() as view:
                return Reading(board(view), opening_now(view), hall(view) if with_hall else None)

        self._worker.submit(look, self._take, self._failed)

    @Slot()
    def _regained(self) -> None:
        self._wants_hall = True
        self.read()

    @Slot(object)
    def _advanced(self, events: object) -> None:
        if isinstance(events, tuple) and any(event.kind == "CatalogueLoaded" for event in events):
            self._wants_hall = True
        self.read()

    @Slot(object)
    def _lost(self, fault: object) -> None:
        del fault
        self._wall.lose(datetime.now(UTC) + self._drift)
        self.pictured.emit(self._wall.picture())

    def _take(self, reading: Reading) -> None:
        self._is_reading = False
        found = reading.hall
        if found is not None:
            self._zone = ZoneInfo(found.site.time_zone)
            self.hall_known.emit(found)
        drift = reading.board.now - datetime.now(UTC)
        changed = abs(drift - self._drift) > _DRIFT
        if changed:
            # The store's clock is the hall's; a PC whose own is wrong still shows the hall's.
            self._drift = drift
        if changed or found is not None:
            self._tick(read=False)
        self.opening_known.emit(reading.opening)
        self._wall.take(reading.board)
        self._advance()
        if self._is_outdated:
            self.read()

    def _failed(self, fault: KnownError) -> None:
        self._is_reading = False
        self._wants_hall = True
        _log.info("the board can't be read: %s", fault)
        self._lost(fault)
        self._retry.start()

    @Slot()
    def _advance(self) -> None:
        announcement = self._wall.advance(time.monotonic())
        self.pictured.emit(self._wall.picture())
        if announcement is not None:
            self.announced.emit(announcement)
            self._note(partial(announced, station=self._station, call_seq=announcement.call_seq))
        due_s = self._wall.due_in_s(time.monotonic())
        if due_s is not None:
            self._due.start(round(due_s * 1000) + 1)

    @Slot()
    def _tick(self, *, read: bool = True) -> None:
        now = self.local()
        self.minute.emit(now)
        self._note(partial(beat, station=self._station, device=DEVICE, state=READY))
        left_ms = 60_000 - (now.second * 1000 + now.microsecond // 1000)
        self._minutes.start(left_ms + _CLOCK_SLACK_MS)
        if read and self._wall.picture().is_known and not self._retry.isActive():
            # Waits change with time alone; and whatever the feed may have missed.
            self.read()

    def _note(self, note: Callable[[Store], None]) -> None:
        """Keep a word about this display; where the store is away, the feed says so already."""
        self._notes.submit(note, None, self._not_noted)

    def _not_noted(self, fault: KnownError) -> None:
        _log.debug("nothing could be noted: %s", fault)
