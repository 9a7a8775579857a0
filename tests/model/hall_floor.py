"""What is so in the model of a hall, and how its acts change it; ``hall_model`` has the acts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tests.model.hall_parts import (
    AT_A_DESK,
    DUE_MIN,
    LEGAL,
    LONGEST_REST_DAYS,
    MINUTE_US,
    STILL_OPEN,
    Act,
    HallState,
    Line,
    Place,
    Plan,
    Refused,
    Turn,
    local_day,
    seen,
)


class HallFloor:
    """The hall as it stands."""

    def __init__(self, plan: Plan, officers: Iterable[str], clock: int, seq: int) -> None:
        self.clock = clock
        self.officers = frozenset(officers)
        self._at = HallState(
            day=local_day(clock),
            seq=seq,
            last_at=clock,
            plan=plan,
            served={counter: dict(weights) for counter, weights in plan.counters.items()},
            services=dict(plan.services),
            counters=set(plan.counters),
            known=set(plan.services),
        )

    @property
    def state(self) -> HallState:
        """All that the hall consists of."""
        return self._at

    @property
    def now(self) -> int:
        """The hall's time: the one clock's, but it never runs back."""
        return max(self.clock, self._at.last_at)

    def shown_day(self) -> str:
        """Return the day that screens show: the new one from midnight on, if it is believed."""
        today = local_day(self.now)
        ahead = (date.fromisoformat(today) - date.fromisoformat(self._at.day)).days
        return today if 0 < ahead <= LONGEST_REST_DAYS else self._at.day

    def at_desk(self, counter: str) -> Turn | None:
        """Return who is at a counter."""
        found = [
            turn
            for turn in self._at.turns.values()
            if turn.counter == counter and turn.status in AT_A_DESK
        ]
        assert len(found) <= 1, f"two visitors at counter {counter}"
        return found[0] if found else None

    def where(self, place: Place) -> str | None:
        """Return the counter at which the visitor of a turn is now."""
        found = [turn.counter for turn in self._of_ticket(place) if turn.status in AT_A_DESK]
        assert len(found) <= 1, f"the visitor {place.number} is in two places"
        return found[0] if found else None

    def callable_at(self, counter: str) -> list[Turn]:
        """Return whom a counter may call, next one first."""
        weights = self._at.served.get(counter, {})
        queue = sorted(
            (
                turn
                for turn in self._at.turns.values()
                if turn.status == "waiting"
                and turn.place.day == self._at.day
                and turn.service in weights
                and not turn.is_paused
                and self.may_call(counter, turn)
                and self.where(turn.place) is None
            ),
            key=lambda turn: (turn.due_at, turn.queued_seq, turn.place.position),
        )
        # Weights count among neighbours of one lane who are due within the same minute.
        rivals = 0
        while (
            rivals < len(queue)
            and queue[rivals].lane == queue[0].lane
            and queue[rivals].due_at // MINUTE_US == queue[0].due_at // MINUTE_US
        ):
            rivals += 1
        if rivals:
            heaviest = max(weights[turn.service] for turn in queue[:rivals])
            first = next(turn for turn in queue if weights[turn.service] == heaviest)
            queue.remove(first)
            queue.insert(0, first)
        return queue

    def may_call(self, counter: str, turn: Turn) -> bool:
        """Say whether a turn is for a counter: sent to another, it is that one's while it can."""
        target = turn.target
        return (
            target is None
            or target == counter
            or target not in self._at.counters
            or turn.service not in self._at.served[target]
        )

    # How it changes.

    def _keep_date(self, *, is_confirmed: bool) -> None:
        today = local_day(self.clock if is_confirmed else self.now)
        days = (date.fromisoformat(today) - date.fromisoformat(self._at.day)).days
        if days > LONGEST_REST_DAYS and not is_confirmed:
            raise Refused(
                "ClockWrong", now=self.now, business_date=date.fromisoformat(self._at.day)
            )
        if days > 0 or (days < 0 and is_confirmed):
            for turn in self._at.turns.values():
                if turn.place.day == self._at.day and turn.status in STILL_OPEN:
                    turn.status = turn.outcome = "closed"
                    turn.ended_at = self.now
            self._at.day = today
            self._write("DayClosed", None, None)

    def _draw_back(self) -> None:
        """Nobody may have come, been called or be due later than who comes now."""
        for turn in self._at.turns.values():
            if turn.place.day != self._at.day or turn.status not in STILL_OPEN:
                continue
            turn.queued_at = min(turn.queued_at, self.now)
            turn.called_at = turn.called_at and min(turn.called_at, self.now)
            turn.started_at = turn.started_at and min(turn.started_at, self.now)
            turn.due_at = min(turn.due_at, self.now + DUE_MIN[turn.lane] * MINUTE_US)

    def _invite(self, turn: Turn, move: str, kind: str, counter: str) -> Act:
        self._of_today(turn, move)
        was_missed, was_away = turn.status == "missed", turn.is_paused
        turn.status = self._after(move, turn, counter)
        if was_missed or was_away:
            self._unpause(turn)
        if was_missed:
            turn.started_at = None
        turn.outcome = turn.ended_at = None
        turn.counter = counter
        turn.officer = self._officer_at(counter)
        turn.called_at = self.now
        turn.called_seq = self._at.seq + 1
        turn.calls += 1
        self._write(kind, turn.place, counter)
        return seen(turn)

    def _end(self, turn: Turn, move: str, kind: str) -> Act:
        turn.status = turn.outcome = self._after(move, turn, turn.counter)
        turn.ended_at = self.now
        self._write(kind, turn.place, turn.counter)
        return seen(turn)

    def _after(self, move: str, turn: Turn, counter: str | None) -> str:
        allowed, to = LEGAL[move]
        if turn.status not in allowed:
            raise self._illegal(move, turn, counter)
        return to

    def _illegal(self, move: str, turn: Turn, counter: str | None) -> Refused:
        return Refused(
            "IllegalMove",
            move=move,
            status=turn.status,
            number=turn.place.number,
            counter=counter,
        )

    def _of_today(self, turn: Turn, move: str) -> None:
        if turn.place.day != self._at.day:
            raise self._illegal(move, turn, turn.counter)

    def _find(self, place: Place | None) -> Turn:
        if place is None or place not in self._at.turns:
            raise Refused("UnknownTurn")
        return self._at.turns[place]

    def _meant(self, counter: str, place: Place | None, move: str) -> Turn:
        """Return the visitor at a desk, who must be the one that is meant."""
        present = self.at_desk(counter)
        if present is None and place is None:
            raise Refused("NobodyAtCounter", counter=counter)
        if place is not None and (present is None or present.place != place):
            stale = self._find(place)
            raise self._illegal(move, stale, stale.counter)
        assert present is not None
        return present

    def _known(self, counter: str) -> None:
        if counter not in self._at.served:
            raise Refused("UnknownCounter", counter=counter)

    def _desk(self, counter: str, officer: str | None) -> None:
        """Refuse a counter that can't act; a closed one may still finish its last visit."""
        self._known(counter)
        if counter not in self._at.counters and self.at_desk(counter) is None:
            raise Refused("CounterClosed", counter=counter)
        if officer is not None and self._officer_at(counter) != officer:
            raise Refused("NotSignedIn", counter=counter)

    def _free_desk(self, counter: str, officer: str | None, turn: Turn, move: str) -> None:
        self._desk(counter, officer)
        present = self.at_desk(counter)
        if present is not None:
            raise self._illegal(move, present, present.counter)
        elsewhere = self.where(turn.place)
        if elsewhere is not None:
            raise Refused("VisitorElsewhere", number=turn.place.number, counter=elsewhere)

    def _no_service(self, code: str) -> str:
        return "ServiceClosed" if code in self._at.known else "UnknownService"

    def _officer_at(self, counter: str) -> str | None:
        return self._at.sessions.get(counter, (None, 0))[0]

    def _of_ticket(self, place: Place) -> list[Turn]:
        return [turn for turn in self._at.turns.values() if turn.place[:2] == place[:2]]

    def _unpause(self, turn: Turn) -> None:
        for other in self._of_ticket(turn.place):
            other.is_paused = False

    def _write(self, kind: str, place: Place | None, counter: str | None) -> None:
        self._at.seq += 1
        self._at.last_at = self.now
        self._at.journal.append(Line(kind, place, counter))
