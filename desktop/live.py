"""The store and its feed as Qt sees them: work goes out to a thread, answers come by one signal.

The window never waits for the store. Each thread has a name, is stopped and waited for.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from db.errors import CursorPruned, StoreLocked, StoreProblem, StoreUnreachable
from db.feed import FeedReader
from db.store import Store
from rules.errors import KnownError

T = TypeVar("T")
OpenStore = Callable[[], Store]
Failed = Callable[[KnownError], None]

DEADLINE_S: Final = 10.0
"""After this long the window is told that the store doesn't answer."""
_WATCH_EVERY_MS: Final = 250
_WAIT_S: Final = 10.0
"""A reader that waits looks by itself now and then; this only lets the loop go round."""
_BACKOFF_S: Final = (0.25, 0.5, 1.0, 2.0)
_log = logging.getLogger(__name__)


def is_passing(fault: KnownError) -> bool:
    """Say whether a store's fault may pass by itself, so that waiting makes sense."""
    return isinstance(fault, (StoreUnreachable, StoreLocked))


@dataclass(frozen=True, slots=True)
class _Order:
    """One job on its way to the thread."""

    number: int
    job: Callable[[Store], Any]


@dataclass(frozen=True, slots=True)
class _Answer:
    """One job's end on its way back; ``fault`` is None where it went well."""

    number: int
    result: Any
    fault: BaseException | None
    is_opening: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who waits for an answer, and until when (monotonic seconds)."""

    done: Callable[[Any], None] | None
    failed: Failed
    until: float


class StoreWorker(QObject):
    """One thread that runs jobs on the store in order; answers arrive in the GUI thread.

    The thread opens the store for its first job, and again where that failed. ``unusable``
    tells of a store that can't be opened and won't come back by waiting (missing, of another
    version); it is emitted before the job's own ``failed``.

    Args:
        open_store: Opens the store; called in the thread.
        name: Of the thread.
    """

    unusable = Signal(object)
    _answered = Signal(object)

    def __init__(
        self, open_store: OpenStore, name: str = "store", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._open_store = open_store
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._asked: dict[int, _Asked] = {}
        self._last = 0
        self._answered.connect(self._answer, Qt.ConnectionType.QueuedConnection)
        self._watch = QTimer(self)
        self._watch.setInterval(_WATCH_EVERY_MS)
        self._watch.timeout.connect(self._give_up)
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(
        self,
        job: Callable[[Store], T],
        done: Callable[[T], None] | None,
        failed: Failed,
        *,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """Run ``job(store)`` in the thread.

        Args:
            job: Runs in the thread; must not touch Qt.
            done: Called in the GUI thread with the result.
            failed: Called in the GUI thread with the known error. A job that isn't back at its
                deadline fails with StoreUnreachable; what it brings later is dropped, so a
                command is repeated with its own request id.
            deadline_s: Seconds from now.
        """
        if self._is_stopped:
            return
        self._last += 1
        self._asked[self._last] = _Asked(done, failed, time.monotonic() + deadline_s)
        self._orders.put(_Order(self._last, job))
        if not self._watch.isActive():
            self._watch.start()

    def stop(self, limit_s: float = 3.0) -> None:
        """End the thread after the present job and wait for it; no more answers come."""
        self._is_stopped = True
        self._asked.clear()
        self._watch.stop()
        self._orders.put(None)
        self._thread.join(limit_s)
        if self._thread.is_alive():
            _log.warning("the store's thread did not end within %s s", limit_s)

    @Slot(object)
    def _answer(self, answer: _Answer) -> None:
        if self._is_stopped:
            return
        fault = answer.fault
        if answer.is_opening and isinstance(fault, StoreProblem) and not is_passing(fault):
            self.unusable.emit(fault)
        asked = self._asked.pop(answer.number, None)
        if not self._asked:
            self._watch.stop()
        if fault is not None and not isinstance(fault, KnownError):
            # A bug: it goes to the crash hook, whoever waited.
            raise fault
        if asked is None:
            return
        if isinstance(fault, KnownError):
            asked.failed(fault)
        elif asked.done is not None:
            asked.done(answer.result)

    @Slot()
    def _give_up(self) -> None:
        now = time.monotonic()
        late = [number for number, asked in self._asked.items() if asked.until <= now]
        for number in late:
            asked = self._asked.pop(number, None)
            if asked is not None:
                _log.warning("the store did not answer in time")
                asked.failed(StoreUnreachable(url="", detail="no answer in time"))
        if not self._asked:
            self._watch.stop()

    def _run(self) -> None:
        store: Store | None = None
        while (order := self._orders.get()) is not None:
            is_opening = store is None
            try:
                if store is None:
                    store = self._open_store()
                    is_opening = False
                result = order.job(store)
            except BaseException as fault:  # noqa: BLE001 - raised again in the GUI thread
                self._send(_Answer(order.number, None, fault, is_opening))
            else:
                self._send(_Answer(order.number, result, None))
        if store is not None:
            store.close()

    def _send(self, answer: _Answer) -> None:
        if not self._is_stopped:
            self._answered.emit(answer)


class FeedFollower(QObject):
    """One thread that follows the journal for as long as the window lives.

    ``regained`` comes at the first contact too: it means "read everything anew, later events
    will follow". ``advanced`` carries a tuple of events, ``lost`` the known error; both lost and
    regained come once each time. Events may be seen that a fresh read already knows. ``unusable``
    tells, as a worker's does, of a store that never opened and won't by waiting: the thread ends.
    """

    advanced = Signal(object)
    lost = Signal(object)
    regained = Signal()
    unusable = Signal(object)
    _crashed = Signal(object)

    def __init__(
        self, open_store: OpenStore, name: str = "feed", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._open_store = open_store
        self._stop = threading.Event()
        self._reader: FeedReader | None = None
        self._crashed.connect(self._raise, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; connect the signals first."""
        self._thread.start()

    def stop(self, limit_s: float = 3.0) -> None:
        """End the thread and wait for it."""
        self._stop.set()
        if self._reader is not None:
            self._reader.interrupt()
        if self._thread.ident is not None:
            self._thread.join(limit_s)
            if self._thread.is_alive():
                _log.warning("the feed's thread did not end within %s s", limit_s)

    @Slot(object)
    def _raise(self, fault: BaseException) -> None:
        raise fault

    def _run(self) -> None:
        tries, is_told, after = 0, False, None
        while not self._stop.is_set():
            store: Store | None = None
            try:
                store = self._open_store()
                with store.read() as view:
                    # A store put back from a backup has a shorter journal than we have read.
                    after = view.seq if after is None else min(after, view.seq)
                with closing(FeedReader(store, after)) as reader:
                    self._reader = reader
                    _log.info("following the feed after %s", after)
                    tries, is_told = 0, False
                    self.regained.emit()
                    while not self._stop.is_set():
                        events = reader.wait(_WAIT_S)
                        if events:
                            after = events[-1].seq
                            self.advanced.emit(events)
            except CursorPruned as fault:
                # We slept for so long that the journal was pruned. The window is told to read
                # everything anew, as after an absence.
                _log.info("starting from a new snapshot: %s", fault)
                after = None
            except KnownError as fault:
                if after is None and isinstance(fault, StoreProblem) and not is_passing(fault):
                    self.unusable.emit(fault)
                    return
                if not is_told:
                    _log.warning("the feed is lost: %s", fault)
                    self.lost.emit(fault)
                    is_told = True
                self._stop.wait(_BACKOFF_S[min(tries, len(_BACKOFF_S) - 1)])
                tries += 1
            except BaseException as fault:  # noqa: BLE001 - raised again in the GUI thread
                self._crashed.emit(fault)
                return
            finally:
                if store is not None:
                    store.close()
