"""What the wall shows: plain Python, fed with snapshots of the store, asked for a picture.

A snapshot may come twice, late or after an absence: a call is announced once, in order,
with its time, and a wall that starts late shows the present without old flashes. A call
that is over before its turn on the wall has come is not announced: nobody waits for it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from rules.turn import TurnStatus

if TYPE_CHECKING:
    from db.board import AgencyWaiting, Board, BoardCall

HOLD_S = 6.0
"""A call owns the wall for at least this long before the next one takes its place."""

BUSY_HOLD_S = 3.0
"""Instead, while more than ``FEW`` others wait for the wall: long enough for all the flashes."""

RUSH_HOLD_S = 2.0
"""Instead, while more than ``MANY`` wait: short, but everybody's number is on the wall once."""

FEW = 2
MANY = 6

FRESH = timedelta(seconds=30)
"""After an absence, calls older than this are shown but not announced."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A call to flash, chime and later speak; ``call_seq`` is its key, ``calls`` its count."""

    call: BoardCall
    call_seq: int
    is_recall: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the wall needs to be painted.

    ``newest`` owns the wall; ``recent`` are the other calls, newest first; ``stale_since``
    is the instant until which the picture was true, None while the store answers.
    """

    newest: BoardCall | None = None
    recent: tuple[BoardCall, ...] = ()
    waiting: tuple[AgencyWaiting, ...] = ()
    business_date: date | None = None
    stale_since: datetime | None = None
    is_known: bool = False


class HallBoard:
    """The wall's memory. Seconds are of any monotonic clock that the caller keeps to."""

    def __init__(self, *, hold_s: float = HOLD_S, fresh: timedelta = FRESH) -> None:
        self._hold_s = hold_s
        self._fresh = fresh
        self._calls: tuple[BoardCall, ...] = ()
        self._waiting: tuple[AgencyWaiting, ...] = ()
        self._business_date: date | None = None
        self._seq = -1
        self._heard_seq = 0
        self._queue: deque[BoardCall] = deque()
        self._owner: BoardCall | None = None
        self._shown_at_s = float("-inf")
        self._stale_since: datetime | None = None

    def take(self, board: Board) -> None:
        """Accept a snapshot; taking the same one again changes nothing.

        A snapshot older than the last is ignored, but for one that follows an absence:
        then the store may be another one, or one put back from a backup.
        """
        was_away, is_first = self._stale_since is not None, self._seq < 0
        is_other_day = board.business_date != self._business_date
        went_back = board.seq < self._seq
        if went_back and not was_away and not is_other_day:
            return
        calls = _one_per_turn(board.calls)
        if is_first or went_back or is_other_day:
            self._queue.clear()
            self._owner = None
            # Numbers begin anew with the day; a call made in the first second of the new
            # day, by a store that this wall has followed all along, is still news.
            if is_first or went_back:
                self._heard_seq = max((call.call_seq for call in calls), default=board.seq)
        self._calls = calls
        self._waiting = tuple(board.waiting)
        self._business_date = board.business_date
        self._seq = board.seq
        self._stale_since = None
        self._enqueue(board.now, was_away=was_away)

    def lose(self, since: datetime) -> None:
        """The store is away; the picture was true until ``since`` (the first loss counts)."""
        if self._stale_since is None:
            self._stale_since = since

    def advance(self, at_s: float) -> Announcement | None:
        """Hand the wall to the next call if it is due; None if nothing is to be announced."""
        if at_s < self._held_until_s:
            return None
        if not self._queue:
            # What was newer than the owner is over; the newest of all stands there quietly.
            self._owner = None
            return None
        call = self._queue.popleft()
        self._owner = call
        self._shown_at_s = at_s
        return Announcement(call, call.call_seq, is_recall=call.calls > 1)

    def due_in_s(self, at_s: float) -> float | None:
        """Return the seconds until ``advance`` has something to do, None if nothing waits."""
        if not self._queue and (self._owner is None or self._owner in self._calls[:1]):
            return None
        return max(0.0, self._held_until_s - at_s)

    @property
    def _held_until_s(self) -> float:
        hold_s = self._hold_s
        if len(self._queue) > MANY:
            hold_s = min(RUSH_HOLD_S, hold_s)
        elif len(self._queue) > FEW:
            hold_s = min(BUSY_HOLD_S, hold_s)
        return self._shown_at_s + hold_s

    def picture(self) -> Picture:
        """Return what is to be painted now.

        A call that waits for its turn on the wall stands already among the recent ones,
        so that nobody has to wait for the announcement of others to find a number.
        """
        newest = self._owner or next(iter(self._calls), None)
        recent = tuple(call for call in self._calls if newest is None or call.turn != newest.turn)
        return Picture(
            newest=newest,
            recent=recent,
            waiting=self._waiting,
            business_date=self._business_date,
            stale_since=self._stale_since,
            is_known=self._seq >= 0,
        )

    def _enqueue(self, now: datetime, *, was_away: bool) -> None:
        by_turn = {call.turn: call for call in self._calls}
        oldest_seq = self._calls[-1].call_seq if self._calls else 0
        # A call that was taken back leaves the snapshot: nobody is sent to an empty desk.
        # One that only fell off the snapshot's far end keeps its place.
        known = (by_turn.get(call.turn, call) for call in self._queue)
        self._queue = deque(
            call
            for call in known
            if _is_awaited(call) and (call.turn in by_turn or call.call_seq < oldest_seq)
        )
        if self._owner is not None:
            gone = self._owner.turn not in by_turn and self._owner.call_seq >= oldest_seq
            self._owner = None if gone else by_turn.get(self._owner.turn, self._owner)
        queued = {call.turn for call in self._queue}
        fresh = [call for call in reversed(self._calls) if call.call_seq > self._heard_seq]
        for call in fresh:
            self._heard_seq = call.call_seq
            is_old = was_away and now - call.called_at > self._fresh
            if is_old:
                self._owner = None if not self._queue else self._owner
            elif call.turn not in queued and _is_awaited(call):
                self._queue.append(call)


def _is_awaited(call: BoardCall) -> bool:
    return call.status is TurnStatus.CALLED


def _one_per_turn(calls: tuple[BoardCall, ...]) -> tuple[BoardCall, ...]:
    latest: dict[str, BoardCall] = {}
    for call in sorted(calls, key=lambda call: call.call_seq, reverse=True):
        latest.setdefault(call.turn, call)
    return tuple(latest.values())
