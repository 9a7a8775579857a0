"""Carries the desk between store, window and pads: runs orders, follows the feed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from counter.acts import Outcome, actor_of, carry_out
from counter.desk import Act, DeskState, Order, Refusal
from db.desks import Desk, desk, sign_in, sign_out
from db.halls import Hall, hall
from db.store import Store, new_request
from desktop.live import FeedFollower, StoreWorker, is_passing
from rules.errors import KnownError
from rules.reason import CallReason
from rules.turn import TurnStatus
from station.texts import Texts

_RETRY_MS: Final = 1_000
_AGAIN_MS: Final = 30_000
_DRIFT: Final = timedelta(seconds=2)
_log = logging.getLogger(__name__)

Told = Callable[[Refusal | None], None]


@dataclass(frozen=True, slots=True)
class Note:
    """A message in the window; ``is_fault`` for what went wrong."""

    words: str
    is_fault: bool


class DeskPresenter(QObject):
    """What window, bar and pads talk to; everything happens in the GUI thread.

    ``changed``: read ``state`` anew. ``noted`` carries a Note, ``hall_known`` a Hall,
    ``sign_in_failed`` the known error; ``signed_in`` and ``signed_out`` turn the page.

    Args:
        worker: Runs jobs on the store.
        follower: Follows the journal; the caller starts it.
        texts: Of the screen.
    """

    changed = Signal()
    noted = Signal(object)
    hall_known = Signal(object)
    signed_in = Signal()
    signed_out = Signal()
    sign_in_failed = Signal(object)

    def __init__(
        self,
        worker: StoreWorker,
        follower: FeedFollower,
        texts: Texts,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.state = DeskState(new_request)
        self.officer: str | None = None
        self._texts = texts
        self._worker = worker
        self._told: dict[str, Told] = {}
        self._drift = timedelta()
        self._is_reading = False
        self._is_outdated = False
        self._is_signing = False
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self.read)
        # A break begins, and a clock goes wrong, without any event.
        self._minutes = QTimer(self)
        self._minutes.setInterval(_AGAIN_MS)
        self._minutes.timeout.connect(self.read)
        follower.regained.connect(self._regained)
        follower.advanced.connect(self._advanced)
        follower.lost.connect(self._lost)

    @property
    def is_signing(self) -> bool:
        """True while a sign-in or sign-out is under way."""
        return self._is_signing

    def now(self) -> datetime:
        """Return the store's present instant, UTC."""
        return datetime.now(UTC) + self._drift

    def sign_in(self, officer: str, pin: str, counter: str) -> None:
        """Sign an officer in; answers come as ``signed_in`` or ``sign_in_failed``."""
        if self._is_signing:
            return
        self._is_signing = True
        request = new_request()

        def job(store: Store) -> Desk:
            return sign_in(store, request=request, officer=officer, pin=pin, counter=counter)

        self._worker.submit(job, self._signed_in, self._sign_in_failed)

    def sign_out(self) -> None:
        """End the officer's session here."""
        view, officer = self.state.view, self.officer
        if self._is_signing or view is None or officer is None or not self.state.is_ready:
            return
        self._is_signing = True
        request, counter = new_request(), view.counter

        def job(store: Store) -> None:
            store.run(
                lambda tx: sign_out(tx, request=request, actor=actor_of(officer), counter=counter)
            )

        self._worker.submit(job, self._signed_out, self._sign_out_failed)

    def press(
        self,
        act: Act,
        turn: str | None = None,
        told: Told | None = None,
        *,
        service: str | None = None,
        reason: CallReason | None = None,
    ) -> None:
        """Do an act, from a button or a key; a press that can't count is explained.

        Args:
            act: What was pressed.
            turn: For the acts of the lists.
            told: Called once with None when committed, else with the refusal.
            service: Where a transfer leads.
            reason: Why somebody who waits is called out of order.
        """
        order = self.state.press(act, turn, service, reason)
        if order is None:
            self._explain(act)
            if told is not None:
                told(Refusal.OFFLINE if self.state.away_since else Refusal.BUSY)
            return
        self._run(order, told)

    def press_intents(self, intents: Sequence[str], told: Told) -> None:
        """Do what a pad wants: the first of its intents that is legal now."""
        found = self.state.press_intents(intents)
        if isinstance(found, Refusal):
            told(found)
        else:
            self._run(found, told)

    @Slot()
    def read(self) -> None:
        """Read the desk; while a reading is under way, once more after it."""
        view = self.state.view
        if view is None:
            return
        if self._is_reading:
            self._is_outdated = True
            return
        self._is_reading, self._is_outdated = True, False
        counter = view.counter

        def job(store: Store) -> Desk:
            with store.read() as seen:
                return desk(seen, counter)

        self._worker.submit(job, self._take, self._read_failed)

    def _run(self, order: Order, told: Told | None) -> None:
        if told is not None:
            self._told[order.request] = told
        self.noted.emit(Note("", is_fault=False))
        job = carry_out(order, self.officer or "")
        self._worker.submit(job, self._done, lambda fault: self._failed(order, fault))

    def _done(self, outcome: Outcome) -> None:
        self.state.done(outcome.order)
        if outcome.view is not None:
            self._take_view(outcome.view)
        else:
            self.read()
        self._tell(outcome.order, None)

    def _failed(self, order: Order, fault: KnownError) -> None:
        if is_passing(fault):
            refusal = self.state.lost(order, self.now())
            self._retry.start()
        else:
            refusal = self.state.refuse(order, fault)
            self.noted.emit(Note(self._texts.error(fault), is_fault=True))
            self.read()
        self.changed.emit()
        self._tell(order, refusal)

    def _tell(self, order: Order, refusal: Refusal | None) -> None:
        told = self._told.pop(order.request, None)
        if told is not None:
            told(refusal)

    def _signed_in(self, view: Desk) -> None:
        self._is_signing = False
        self.officer = view.officer
        self._minutes.start()
        self._take_view(view)
        self.signed_in.emit()

    def _sign_in_failed(self, fault: KnownError) -> None:
        self._is_signing = False
        self.sign_in_failed.emit(fault)

    def _signed_out(self, nothing: None) -> None:
        del nothing
        self._is_signing = False
        self._leave()

    def _sign_out_failed(self, fault: KnownError) -> None:
        self._is_signing = False
        if fault.code == "NotSignedIn":
            self._leave()
            return
        self.noted.emit(Note(self._texts.error(fault), is_fault=True))
        if is_passing(fault):
            self._lost(fault)
            self._retry.start()

    def _leave(self) -> None:
        self.officer = None
        self._minutes.stop()
        self.state.leave()
        self.changed.emit()
        self.signed_out.emit()

    def _take(self, view: Desk) -> None:
        self._is_reading = False
        current = self.state.view
        if current is not None and current.counter == view.counter:
            self._take_view(view)
        if self._is_outdated:
            self.read()

    def _take_view(self, view: Desk) -> None:
        drift = view.now - datetime.now(UTC)
        if abs(drift - self._drift) > _DRIFT:
            self._drift = drift
        self.state.take(view)
        if self.officer is not None and view.officer != self.officer:
            # Signed out from elsewhere: the page must not act for somebody who left.
            self._leave()
            return
        self.changed.emit()

    def _read_failed(self, fault: KnownError) -> None:
        self._is_reading = False
        if self.state.away_since is None:
            # Once: the feed may notice later, or not at all where the absence is short.
            _log.warning("the desk can't be read: %s", fault)
        self._lost(fault)
        self._retry.start()

    def _explain(self, act: Act) -> None:
        view = self.state.view
        if act is not Act.CALL_NEXT or view is None or view.present is None:
            return
        if self.state.is_ready and self.state.status is TurnStatus.CALLED:
            words = self._texts.t(
                "Number {number} has been called: start serving or mark as not here first.",
                number=view.present.number,
            )
            self.noted.emit(Note(words, is_fault=False))

    @Slot()
    def _regained(self) -> None:
        self._worker.submit(_read_hall, self.hall_known.emit, self._ignore)
        self.read()

    @Slot(object)
    def _advanced(self, events: object) -> None:
        del events
        self.read()

    @Slot(object)
    def _lost(self, fault: object) -> None:
        del fault
        self.state.lose(self.now())
        self.changed.emit()

    def _ignore(self, fault: KnownError) -> None:
        _log.info("the hall can't be read: %s", fault)


def _read_hall(store: Store) -> Hall:
    with store.read() as view:
        return hall(view)
