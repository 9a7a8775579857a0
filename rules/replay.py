"""The journal played again: events folded into where the hall stands.

``db.verify`` compares the result with the rows; an event that doesn't follow from what was
before it is a named flaw. Pure: who reads the events gives them as ``Line``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, fields
from enum import StrEnum
from typing import Any, Self

from rules.errors import IllegalMove
from rules.job import JobState, may_become
from rules.number import parse
from rules.turn import ACTIVE, OPEN, Lane, Move, TurnStatus, after


@dataclass(frozen=True, slots=True)
class Line:
    """What replay needs of an event; ``data`` as it was read from JSON."""

    seq: int
    kind: str
    ticket: str | None
    turn: str | None
    counter: str | None
    data: Mapping[str, Any]


class Flaw(StrEnum):
    """Why an event doesn't follow from the state before it."""

    SEQ_GAP = "seq_gap"
    NUMBER_NOT_NEXT = "number_not_next"
    TURN_REPEATED = "turn_repeated"
    TURN_UNKNOWN = "turn_unknown"
    TURN_DIFFERS = "turn_differs"
    ILLEGAL_MOVE = "illegal_move"
    COUNTER_TAKEN = "counter_taken"
    VISITOR_ELSEWHERE = "visitor_elsewhere"
    DATE_DIFFERS = "date_differs"
    CLOSED_DIFFERS = "closed_differs"
    SESSION_DIFFERS = "session_differs"
    JOB_DIFFERS = "job_differs"
    UNREADABLE = "unreadable"


class DoesNotFollow(Exception):
    """An event that can't have happened in this state.

    Args:
        flaw: Why.
        seq: The event's.
        facts: What was expected, what stands there, and of which field.
    """

    def __init__(self, flaw: Flaw, seq: int, **facts: object) -> None:
        self.flaw, self.seq, self.facts = flaw, seq, facts
        super().__init__(f"{flaw} at {seq}: {facts}")


@dataclass(slots=True)
class TurnState:
    """A turn of the present date; the fields are columns of its row.

    ``ended_at`` is None where the day's end closed it: that event names no turn.
    """

    ticket: str
    number: str
    service: str
    lane: str
    status: str
    counter: str | None
    officer: str | None
    is_paused: bool
    queued_seq: int
    queued_at: int
    due_at: int
    target_counter: str | None
    called_seq: int | None
    called_at: int | None
    started_at: int | None
    ended_at: int | None
    calls: int


TURN_FIELDS = tuple(field.name for field in fields(TurnState))
"""The order of a turn's values in a state."""

_MOVES = {
    "TurnCalled": Move.CALL,
    "TurnRecalled": Move.RECALL,
    "TurnResumed": Move.RESUME,
    "TurnStarted": Move.START,
    "TurnFinished": Move.FINISH,
    "TurnMissed": Move.MISSED,
    "TurnReturned": Move.RETURN,
    "TurnHeld": Move.HOLD,
    "TurnUndone": Move.UNDO,
    "TurnTransferred": Move.TRANSFER,
    "TurnCancelled": Move.CANCEL,
}
_CALLS = frozenset({Move.CALL, Move.RECALL, Move.RESUME})


class Replay:
    """Where the hall stands after the events that were applied.

    ``date`` is None until an event names it. ``is_reopened`` where the date had turns before
    it began (a wrong clock was set right): of those only the missed ones are here.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.date: str | None = None
        self.since = 0
        self.is_reopened = False
        self.series: dict[str, int] = {}
        self.turns: dict[str, TurnState] = {}
        self.sessions: dict[str, str] = {}
        self.jobs: dict[str, str] = {}
        self._of_ticket: dict[str, list[str]] = {}
        self._at_counter: dict[str, str] = {}
        self._kinds: dict[str, Callable[[Line], None]] = {
            "TicketIssued": self._issue,
            "DayClosed": self._close_day,
            "DayConfirmed": self._confirm_date,
            "OfficerSignedIn": self._sign_in,
            "OfficerSignedOut": self._sign_out,
            "CopyQueued": self._queue_copy,
            "PrintRecorded": self._record_print,
            **dict.fromkeys(_MOVES, self._move),
        }

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of event that change where the hall stands; the others pass."""
        return frozenset(self._kinds)

    def apply(self, line: Line) -> None:
        """Take one event more.

        Raises:
            DoesNotFollow: It can't have happened now; the state is of no use any more.
        """
        if line.seq != self.seq + 1:
            raise DoesNotFollow(Flaw.SEQ_GAP, line.seq, expected=self.seq + 1, found=line.seq)
        self.seq = line.seq
        take = self._kinds.get(line.kind)
        if take is None:
            return
        try:
            take(line)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise DoesNotFollow(
                Flaw.UNREADABLE, line.seq, field=f"{type(error).__name__} {error}"
            ) from error

    def state(self) -> dict[str, Any]:
        """Return the state as plain values, to be kept as canonical JSON."""
        return {
            "seq": self.seq,
            "date": self.date,
            "since": self.since,
            "reopened": self.is_reopened,
            "series": dict(self.series),
            "turns": {key: list(astuple(turn)) for key, turn in self.turns.items()},
            "sessions": dict(self.sessions),
            "jobs": dict(self.jobs),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Go on from a state that ``state`` gave."""
        made = cls()
        made.seq, made.date, made.since = state["seq"], state["date"], state["since"]
        made.is_reopened = state["reopened"]
        made.series.update(state["series"])
        made.sessions.update(state["sessions"])
        made.jobs.update(state["jobs"])
        for key, values in state["turns"].items():
            made._keep(key, TurnState(*values))
        return made

    def _keep(self, key: str, turn: TurnState) -> None:
        self.turns[key] = turn
        self._of_ticket.setdefault(turn.ticket, []).append(key)
        if turn.status in ACTIVE and turn.counter is not None:
            self._at_counter[turn.counter] = key

    def _issue(self, line: Line) -> None:
        data = line.data
        number = parse(data["number"])
        if number is None or number[1] != self.series.get(number[0], 0) + 1:
            expected = self.series.get(number[0], 0) + 1 if number else "a number"
            raise DoesNotFollow(
                Flaw.NUMBER_NOT_NEXT, line.seq, expected=expected, found=data["number"]
            )
        self.series[number[0]] = number[1]
        for key, service in data["turns"]:
            entry = [service, data["lane"], data["queued_at"], data["due_at"], None]
            self._add(line, key, data["number"], entry)
        if data["job"] is not None:
            self._add_job(line, data["job"])

    def _add(self, line: Line, key: str, number: str, entry: list[Any]) -> None:
        """Put a turn into a queue: (service, lane, queued_at, due_at, target counter)."""
        if key in self.turns or line.ticket is None:
            raise DoesNotFollow(Flaw.TURN_REPEATED, line.seq, found=key)
        service, lane, queued_at, due_at, target = entry
        turn = TurnState(
            ticket=line.ticket,
            number=number,
            service=service,
            lane=Lane(lane).value,
            status=TurnStatus.WAITING.value,
            counter=None,
            officer=None,
            is_paused=False,
            queued_seq=line.seq,
            queued_at=queued_at,
            due_at=due_at,
            target_counter=target,
            called_seq=None,
            called_at=None,
            started_at=None,
            ended_at=None,
            calls=0,
        )
        self._keep(key, turn)

    def _move(self, line: Line) -> None:
        move, data = _MOVES[line.kind], line.data
        turn = self.turns.get(line.turn or "")
        if turn is None:
            raise DoesNotFollow(Flaw.TURN_UNKNOWN, line.seq, found=line.turn)
        before = TurnStatus(turn.status)
        try:
            status = after(move, before)
        except IllegalMove:
            raise DoesNotFollow(
                Flaw.ILLEGAL_MOVE, line.seq, expected=before.value, found=move.value
            ) from None
        if turn.counter is not None and self._at_counter.get(turn.counter) == line.turn:
            del self._at_counter[turn.counter]
        self._change(line, turn, move, before)
        turn.status = status.value
        said = {**{name: data[name] for name in _SAID}, "ticket": line.ticket}
        for name, value in said.items():
            kept = getattr(turn, name)
            if value != kept:
                raise DoesNotFollow(
                    Flaw.TURN_DIFFERS, line.seq, field=name, expected=kept, found=value
                )
        if status in ACTIVE:
            self._take_counter(line, turn)

    def _change(self, line: Line, turn: TurnState, move: Move, before: TurnStatus) -> None:
        """Set what the move sets, as the commands in ``db.calls`` and ``db.moves`` do."""
        data = line.data
        if move in _CALLS:
            if move is Move.CALL and (before is TurnStatus.MISSED or turn.is_paused):
                self._pause(turn, is_paused=False)
            if move is not Move.RECALL:
                turn.counter = data["counter"]
            turn.officer = self.sessions.get(turn.counter or "")
            turn.called_seq, turn.called_at = line.seq, data["called_at"]
            turn.calls += 1
            turn.ended_at = None
            if before is TurnStatus.MISSED:
                turn.started_at = None
        elif move is Move.START:
            turn.officer = self.sessions.get(turn.counter or "")
            turn.started_at = turn.started_at or data["started_at"]
        elif move is Move.UNDO:
            turn.counter = turn.called_at = turn.called_seq = turn.started_at = None
        elif move is Move.RETURN:
            turn.lane, turn.due_at = Lane.RETURNED.value, data["due_at"]
            turn.queued_seq = line.seq
            turn.counter = turn.started_at = turn.ended_at = None
            self._pause(turn, is_paused=False)
        elif move is not Move.HOLD:
            turn.ended_at = data["ended_at"]
        if move is Move.MISSED:
            self._pause(turn, is_paused=True)
        elif move is Move.TRANSFER:
            key, *entry = data["next"]
            self._add(line, key, turn.number, entry)

    def _pause(self, turn: TurnState, *, is_paused: bool) -> None:
        """Let a ticket's waiting turns be passed over, or all of them be called again."""
        for key in self._of_ticket[turn.ticket]:
            other = self.turns[key]
            if not is_paused or other.status == TurnStatus.WAITING:
                other.is_paused = is_paused

    def _take_counter(self, line: Line, turn: TurnState) -> None:
        """Bring an active turn to its counter, where nobody else may be."""
        counter, key = turn.counter or "", line.turn or ""
        there = self._at_counter.get(counter)
        if there is not None:
            raise DoesNotFollow(Flaw.COUNTER_TAKEN, line.seq, expected=there, found=key)
        for other in self._of_ticket[turn.ticket]:
            if other != key and self.turns[other].status in ACTIVE:
                raise DoesNotFollow(Flaw.VISITOR_ELSEWHERE, line.seq, expected=other, found=key)
        self._at_counter[counter] = key

    def _close_day(self, line: Line) -> None:
        data = line.data
        if self.date is not None and data["date"] != self.date:
            raise DoesNotFollow(Flaw.DATE_DIFFERS, line.seq, expected=self.date, found=data["date"])
        closed = self.close_turns()
        if data["closed"] != closed:
            raise DoesNotFollow(
                Flaw.CLOSED_DIFFERS, line.seq, expected=closed, found=data["closed"]
            )
        self.turns.clear()
        self._of_ticket.clear()
        self.jobs.clear()
        self.date, self.since = data["next"], line.seq
        # The date was here before: a wrong clock had run ahead. Its numbers go on, and who
        # was missed may come back.
        before = data.get("reopened")
        self.is_reopened = before is not None
        self.series.clear()
        if before:
            self.series.update(before["series"])
            self.jobs.update(before["jobs"])
            for key, values in before["turns"].items():
                self._keep(key, TurnState(*values))

    def close_turns(self) -> int:
        """Close what is open, as the day's end does; return how many."""
        closed = 0
        for turn in self.turns.values():
            if turn.status in OPEN:
                turn.status, turn.ended_at = TurnStatus.CLOSED.value, None
                closed += 1
        self._at_counter.clear()
        return closed

    def _confirm_date(self, line: Line) -> None:
        if self.date is not None and line.data["date"] != self.date:
            raise DoesNotFollow(
                Flaw.DATE_DIFFERS, line.seq, expected=self.date, found=line.data["date"]
            )
        self.date = line.data["date"]
        back = line.data.get("drawn_back")
        if back is not None:
            for turn in self.turns.values():
                if turn.status in OPEN:
                    _draw_back(turn, back["at"], back["due"])

    def _sign_in(self, line: Line) -> None:
        officer, counter = line.data["officer"], line.counter or ""
        for place, who in self.sessions.items():
            if (place == counter) != (who == officer):
                raise DoesNotFollow(
                    Flaw.SESSION_DIFFERS, line.seq, expected=f"{who} {place}", found=officer
                )
        self.sessions[counter] = officer

    def _sign_out(self, line: Line) -> None:
        officer = line.data["officer"]
        if self.sessions.pop(line.counter or "", None) != officer:
            raise DoesNotFollow(Flaw.SESSION_DIFFERS, line.seq, found=officer)

    def _queue_copy(self, line: Line) -> None:
        # A paper of an earlier day's ticket isn't part of where the hall stands today.
        if line.ticket in self._of_ticket:
            self._add_job(line, line.data["job"])

    def _add_job(self, line: Line, job: str) -> None:
        if job in self.jobs:
            raise DoesNotFollow(Flaw.JOB_DIFFERS, line.seq, found=job)
        self.jobs[job] = JobState.QUEUED.value

    def _record_print(self, line: Line) -> None:
        job, state = line.data["job"], line.data["state"]
        before = self.jobs.get(job)
        if before is None and line.ticket not in self._of_ticket:
            return
        if before is None or not may_become(JobState(before), JobState(state)):
            raise DoesNotFollow(Flaw.JOB_DIFFERS, line.seq, expected=before, found=state)
        self.jobs[job] = state


def _draw_back(turn: TurnState, at: int, due: Mapping[str, int]) -> None:
    """A clock that had run ahead was set right: nothing open is later than that instant."""
    turn.queued_at = min(turn.queued_at, at)
    turn.called_at = None if turn.called_at is None else min(turn.called_at, at)
    turn.started_at = None if turn.started_at is None else min(turn.started_at, at)
    turn.due_at = min(turn.due_at, due.get(turn.lane, turn.due_at))


_SAID = (
    "number",
    "service",
    "counter",
    "status",
    "lane",
    "queued_at",
    "called_at",
    "started_at",
    "calls",
)
"""What each event of a turn says of it, and what must be so after it."""
