"""Paper: each job of this station from queued to its end, recorded in the store on the way.

The number exists before anything is printed. ``sending`` is recorded before the first byte goes
out, so that after a crash nobody prints twice what may have come out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from db.moment import to_datetime
from db.printing import JobState, PrintJob, jobs_sending, jobs_to_print, record_print
from db.progress import TicketProgress, progress
from db.store import Store, new_request
from desktop.live import StoreWorker
from hardware.printer import PrintOutcome, PrintResult
from kiosk import words
from kiosk.flow import Paper
from rules.errors import HallError, KnownError
from rules.slip import Slip, SlipFacts, SlipTurn, compose
from station.texts import Texts

STALE: Final = timedelta(minutes=3)
"""A first paper that waited longer than this has no visitor before the kiosk any more."""
_RETRY_MS: Final = 3_000
_log = logging.getLogger(__name__)

PAPER_OF: Final = {
    PrintOutcome.PRINTED: Paper.PRINTED,
    PrintOutcome.SENT: Paper.PRINTED,
    PrintOutcome.FAILED: Paper.FAILED,
    PrintOutcome.UNKNOWN: Paper.UNKNOWN,
}


class Spool(Protocol):
    """The part of ``hardware.spool.PrintSpool`` that is used here."""

    def submit(self, slip: Slip, done: Callable[[str, PrintResult], None]) -> None:
        """Queue a slip; ``done`` is called on the printer's thread."""


@dataclass(frozen=True, slots=True)
class Site:
    """What stands on every ticket, and the clock it is told by."""

    name: str
    place: str
    motto: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Sheet:
    """One paper to print: its job, its ticket, and which copy it is (0 is the first)."""

    job: str
    ticket: str
    progress: TicketProgress
    copy: int


@dataclass(frozen=True, slots=True)
class PaperEnded:
    """What became of a paper."""

    job: str
    ticket: str
    paper: Paper


@dataclass(frozen=True, slots=True)
class _Ended:
    job: str
    result: PrintResult


class Printing(QObject):
    """This station's papers. ``ended`` tells of each one.

    Args:
        worker: Runs the store's jobs.
        spool: The printer's queue.
        station: The kiosk's own name.
        site: Returns what stands on every ticket, once it is known.
        texts: Returns words in a ticket's language.
    """

    ended = Signal(object)
    _came = Signal(object)

    def __init__(
        self,
        worker: StoreWorker,
        spool: Spool,
        *,
        station: str,
        site: Callable[[], Site | None],
        texts: Callable[[str], Texts],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._worker = worker
        self._spool = spool
        self._station = station
        self._site = site
        self._texts = texts
        self._open: dict[str, Sheet] = {}
        self._unrecorded: dict[str, tuple[str, JobState, str]] = {}
        self._is_recording = False
        self._is_recovered = False
        self._came.connect(self._print_ended, Qt.ConnectionType.QueuedConnection)
        self._retry = QTimer(self)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self._record_again)

    def stop(self) -> None:
        """Try no more to record."""
        self._retry.stop()

    def recover(self) -> None:
        """After a start: what was being sent is unknown; what waits is printed or given up."""
        station = self._station
        # Where the store was away at the start, this comes late: these are no lost ones.
        ours = frozenset(self._open)

        def job(store: Store) -> tuple[PrintJob, ...]:
            with store.read() as view:
                lost = tuple(one for one in jobs_sending(view, station) if one.job not in ours)
            for one in lost:
                _record(store, station, new_request(), one.job, JobState.UNKNOWN, "restarted")
            return lost

        self._worker.submit(job, self._recovered, self._away)

    def look(self) -> None:
        """Print what waits for this station: copies that staff asked for, and lost first papers."""
        if not self._is_recovered:
            self.recover()
            return
        station = self._station

        def job(store: Store) -> tuple[tuple[Sheet, bool], ...]:
            with store.read() as view:
                # By the store's clock, which wrote created_at: this PC's may be minutes off.
                oldest = to_datetime(view.now()) - STALE
                return tuple(
                    (
                        Sheet(one.job, one.ticket, progress(view, one.ticket), _mark(one)),
                        one.copy == 0 and one.created_at < oldest,
                    )
                    for one in jobs_to_print(view, station)
                )

        self._worker.submit(job, self._found, self._away)

    def print(self, sheet: Sheet) -> None:
        """Print a paper: record that it is being sent, then send it."""
        if sheet.job in self._open:
            return
        self._open[sheet.job] = sheet
        station, request = self._station, new_request()
        self._worker.submit(
            lambda store: _record(store, station, request, sheet.job, JobState.SENDING, ""),
            # What may have come out is known only now: an earlier paper may have gone before.
            lambda sent: self._send(replace(sheet, copy=_mark(sent))),
            lambda fault: self._not_recorded(sheet, fault),
        )

    def _recovered(self, lost: tuple[PrintJob, ...]) -> None:
        for one in lost:
            _log.warning("paper of %s may or may not have come out before the restart", one.number)
        self._is_recovered = True
        self.look()

    def _found(self, found: tuple[tuple[Sheet, bool], ...]) -> None:
        for sheet, is_stale in found:
            if sheet.job in self._open:
                continue
            if is_stale:
                self._open[sheet.job] = sheet
                self._end(sheet.job, JobState.FAILED, "too late", Paper.FAILED)
            else:
                self.print(sheet)

    def _not_recorded(self, sheet: Sheet, fault: KnownError) -> None:
        if isinstance(fault, HallError):
            # The job was found just before it ended, or another process has had it: nothing
            # comes out twice, since only the store lets a paper go.
            _log.info("paper of %s is not printed: %s", sheet.progress.number, fault)
            self._open.pop(sheet.job, None)
            return
        # The visitor waits before us: paper first, the record follows when the store is back.
        self._send(sheet)

    def _send(self, sheet: Sheet) -> None:
        site = self._site()
        if site is None:
            self._end(sheet.job, JobState.FAILED, "no site", Paper.FAILED)
            return
        slip = slip_of(sheet, site, self._texts(sheet.progress.language))
        self._spool.submit(slip, lambda key, result: self._came.emit(_Ended(key, result)))

    @Slot(object)
    def _print_ended(self, end: _Ended) -> None:
        result = end.result
        if result.outcome is not PrintOutcome.PRINTED:
            _log.warning(
                "paper %s: %s, printer %s (%s)",
                end.job,
                result.outcome,
                result.state,
                result.detail,
            )
        self._end(
            end.job,
            JobState(result.outcome.value),
            result.state.value,
            PAPER_OF[result.outcome],
        )

    def _end(self, job: str, state: JobState, detail: str, paper: Paper) -> None:
        sheet = self._open.get(job)
        if sheet is None:
            return
        self._unrecorded[job] = (new_request(), state, detail)
        self._record_again()
        self.ended.emit(PaperEnded(job, sheet.ticket, paper))

    @Slot()
    def _record_again(self) -> None:
        if not self._unrecorded:
            self._retry.stop()
            return
        if not self._retry.isActive():
            self._retry.start()
        if self._is_recording:
            # One at a time: a store that is away for a night must find no queue of thousands.
            return
        self._is_recording = True
        job, (request, state, detail) = next(iter(self._unrecorded.items()))
        self._worker.submit(
            _end_job(self._station, request, job, state, detail),
            lambda _: self._recorded(job),
            lambda fault: self._record_failed(job, fault),
        )

    def _recorded(self, job: str) -> None:
        self._is_recording = False
        self._unrecorded.pop(job, None)
        self._open.pop(job, None)
        self._record_again()

    def _record_failed(self, job: str, fault: KnownError) -> None:
        self._is_recording = False
        if isinstance(fault, HallError):
            _log.warning("the end of paper %s was not recorded: %s", job, fault)
            self._recorded(job)

    def _away(self, fault: KnownError) -> None:
        _log.info("papers can't be read now: %s", fault)


def slip_of(sheet: Sheet, site: Site, texts: Texts) -> Slip:
    """Compose the words of a paper."""
    ticket = sheet.progress
    return compose(
        SlipFacts(
            key=sheet.job,
            number=ticket.number,
            token=ticket.token,
            site_name=site.name,
            site_place=site.place,
            motto=site.motto,
            issued_at=ticket.issued_at.astimezone(site.zone),
            turns=[
                SlipTurn(
                    agency=texts.name(turn.agency_names),
                    service=texts.name(turn.service_names),
                    ahead=turn.people,
                    wait=turn.wait,
                    place=words.place_words(
                        texts,
                        texts.name(turn.zone_names) if turn.zone_names else "",
                        turn.floor,
                        turn.counters,
                    ),
                    requirements=turn.requirements,
                )
                for turn in ticket.turns
            ],
            is_priority=ticket.is_priority,
            copy=sheet.copy,
        ),
        texts,
    )


def _mark(job: PrintJob) -> int:
    """Return which copy a paper says it is; 0, no SALINAN, where none can have come out."""
    return max(job.copy, 1) if job.may_have_printed else 0


def _record(
    store: Store, station: str, request: str, job: str, state: JobState, detail: str
) -> PrintJob:
    return store.run(
        lambda tx: record_print(
            tx, request=request, actor=f"kiosk:{station}", job=job, state=state, detail=detail
        )
    )


def _end_job(
    station: str, request: str, job: str, state: JobState, detail: str
) -> Callable[[Store], None]:
    """Record an end; where the store was away when sending began, that step comes first."""

    def run(store: Store) -> None:
        with store.read() as view:
            is_queued = any(one.job == job for one in jobs_to_print(view, station))
        if is_queued and state is not JobState.FAILED:
            _record(store, station, new_request(), job, JobState.SENDING, "")
        _record(store, station, request, job, state, detail)

    return run
