"""The model and one store, driven with the same steps and compared in all that can be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis.stateful import (
    RuleBasedStateMachine,
)

from db import day as daily
from db.calls import CalledTurn
from db.moment import to_micros
from db.store import new_request
from db.tickets import IssuedTicket
from db.verify import verify
from rules.chain import canonical, link
from rules.errors import KnownError
from tests.model.hall_model import HallModel
from tests.model.hall_parts import Act, Place, Refused, Ticket, Turn
from tests.model.store_bench import PLAN, Bench
from tests.support.small_hall import OFFICERS

ACTOR = "cli:test"
COUNTERS = sorted(PLAN.counters)
SERVICES = sorted(PLAN.services)
NO_TURN = "01900000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Step:
    """One command, for the model and for the store; each takes the request id."""

    model: Callable[[str], Any]
    store: Callable[[str], Any]


class DrivenHall(RuleBasedStateMachine):
    """How a step is done, and what must hold after each; the steps are the machine's."""

    bench: Bench

    def __init__(self) -> None:
        super().__init__()
        self.bench.reset()
        seq, self._hash = self.bench.head
        self._seq = self._first_seq = seq
        self.hall = HallModel(PLAN, OFFICERS, self.bench.clock(), seq)
        self._done: list[tuple[str, Step]] = []
        self._is_sound = True
        self._age = 0
        self._read = 0

    # What must hold after each.

    def _the_rows_are_the_models(self) -> None:
        found, state = self.bench.turns(), self.hall.state
        assert found == state.turns
        assert self.bench.series() == state.series
        assert self.bench.sessions() == state.sessions
        numbers = self.bench.numbers()
        assert {key: len(given) for key, given in numbers.items()} == {
            key: last for key, (last, _) in state.series.items()
        }
        for given in numbers.values():
            assert given == list(range(1, len(given) + 1))
        active = [turn for turn in found.values() if turn.status in ("called", "serving")]
        assert len({turn.counter for turn in active}) == len(active)
        assert len({turn.place[:2] for turn in active}) == len(active)

    def _the_journal_goes_on_without_a_gap(self) -> None:
        for line in self.bench.journal(self._seq):
            self._seq += 1
            assert line["seq"] == self._seq
            digest = line.pop("hash")
            self._hash = link(self._hash, canonical(line))
            assert digest == self._hash
            expected = self.hall.state.journal[self._seq - self._first_seq - 1]
            place = None if line["turn"] is None else self.bench.place_of(line["turn"])
            assert (line["kind"], place, line["counter"]) == expected
        head = self.bench.hall.rows("SELECT seq, hash, business_date FROM feed_head")
        assert head == [(self._seq, self._hash, self.hall.state.day)]
        assert self._seq == self.hall.state.seq

    def _screens_show_it(self) -> None:
        # One of the screens after each step: a look costs as much as a step.
        self._read += 1
        looks: list[Callable[[], None]] = [self._look_at_wall]
        looks += [lambda code=code: self._look_at_desk(code) for code in COUNTERS]  # type: ignore[misc]
        looks.append(self._look_at_ticket)
        looks[self._read % len(looks)]()

    def _look_at_wall(self) -> None:
        state, today = self.hall.state, self.hall.shown_day()
        of_today = [turn for turn in state.turns.values() if turn.place.day == today]
        shown = self.bench.shown_board()
        called = sorted(
            (turn for turn in of_today if turn.called_seq is not None and turn.counter),
            key=lambda turn: -(turn.called_seq or 0),
        )
        assert shown["day"] == today
        assert shown["calls"] == [
            (turn.place, turn.counter, turn.status, turn.called_at, turn.called_seq, turn.calls)
            for turn in called[:20]
        ]
        waiting = [turn.service.split(".")[0] for turn in of_today if turn.status == "waiting"]
        offered = {service.split(".")[0] for service in state.services}
        assert shown["waiting"] == {agency: waiting.count(agency) for agency in offered}
        states = [(turn.service, turn.status) for turn in of_today]
        assert self.bench.shown_counts() == {
            service: (
                states.count((service, "waiting")),
                states.count((service, "called")) + states.count((service, "serving")),
                states.count((service, "held")),
                states.count((service, "missed")),
                states.count((service, "done")),
            )
            for service in state.services
        }

    def _look_at_desk(self, counter: str) -> None:
        if counter not in self.hall.state.served:
            return
        state, today = self.hall.state, self.hall.shown_day()
        mine = [
            turn
            for turn in state.turns.values()
            if turn.place.day == today and turn.service in state.served[counter]
        ]
        waiting = sorted(
            (t for t in mine if t.status == "waiting" and self.hall.may_call(counter, t)),
            key=_by_order,
        )
        present = self.hall.at_desk(counter)
        assert self.bench.shown_desk(counter) == {
            "officer": state.sessions.get(counter, (None,))[0],
            "present": None if present is None else present.place,
            "waiting": [
                (turn.place, turn.lane, turn.is_paused, self.hall.where(turn.place))
                for turn in waiting
            ],
            "missed": {turn.place for turn in mine if turn.status == "missed"},
            "held": {turn.place for turn in mine if turn.status == "held"},
            "done": sum(
                turn.status == "done" and turn.counter == counter and turn.started_at is not None
                for turn in state.turns.values()
                if turn.place.day == today
            ),
        }

    def _look_at_ticket(self) -> None:
        state, today = self.hall.state, self.hall.shown_day()
        if not state.tickets:
            return
        ticket = sorted(state.tickets)[self._read % len(state.tickets)]
        queue = [
            turn
            for turn in state.turns.values()
            if turn.place.day == today and turn.status == "waiting"
        ]
        turns = sorted(
            (turn for turn in state.turns.values() if turn.place[:2] == ticket),
            key=lambda turn: turn.place,
        )
        assert self.bench.shown_ticket(ticket) == [
            (turn.place, turn.status, turn.counter, _ahead(turn, queue)) for turn in turns
        ]

    # How a step is done.

    def _do(self, model: Callable[[str], Any], store: Callable[[str], Any]) -> None:
        request, step = new_request(), Step(model, store)
        self._done.append((request, step))
        self._run(request, step)

    def teardown(self) -> None:
        # The journal, replayed from nothing, gives the rows.
        if self._is_sound:
            assert verify(self.bench.store).faults == ()

    def _run(self, request: str, step: Step) -> None:
        self._is_sound = False
        day = self.hall.state.day
        try:
            expected = step.model(request)
        except Refused as refused:
            expected = refused
        found = step.store(request)
        self._age = self._age + 1 if self.hall.state.day == day else 0
        self._the_rows_are_the_models()
        self._the_journal_goes_on_without_a_gap()
        self._screens_show_it()
        if isinstance(expected, Refused):
            assert isinstance(found, KnownError), f"{found} instead of {expected}"
            assert _fault(found) in expected.faults
        else:
            assert not isinstance(found, KnownError), f"{found} instead of {expected}"
            assert self._plain(found) == expected
        self._is_sound = True

    def _plain(self, found: Any) -> Any:
        if isinstance(found, IssuedTicket):
            day = found.business_date.isoformat()
            places = [(self.bench.place_of(turn.turn), turn.service) for turn in found.turns]
            return Ticket(
                day=day,
                number=found.number,
                priority="lansia" if found.is_priority else None,
                issued_at=to_micros(found.issued_at),
                turns=tuple(places),
            )
        if isinstance(found, CalledTurn):
            assert self.bench.tickets[self.bench.place_of(found.turn)[:2]] == found.ticket
            return Act(
                place=self.bench.place_of(found.turn),
                service=found.service,
                counter=found.counter,
                status=found.status.value,
                lane=found.lane.value,
                queued_at=to_micros(found.queued_at),
                called_at=_micros(found.called_at),
                started_at=_micros(found.started_at),
                calls=found.calls,
            )
        if isinstance(found, daily.Day):
            return found.business_date.isoformat()
        return found

    def _command(self, command: Callable[..., Any], **fields: Any) -> Callable[[str], Any]:
        return lambda request: self.bench.run(
            lambda tx: command(tx, request=request, actor=ACTOR, **fields)
        )

    def _move_clock(self, by: timedelta) -> None:
        self.bench.clock.at += by
        self.hall.clock = self.bench.clock()

    def _is_any(self, status: str) -> bool:
        return any(turn.status == status for turn in self.hall.state.turns.values())

    def _any_turn(self, choice: int) -> Place | None:
        places: Sequence[Place] = sorted(self.hall.state.turns)
        return places[choice % len(places)] if places else None

    def _turn(self, status: str, choice: int, *, any_turn: bool) -> Place | None:
        places = sorted(
            place for place, turn in self.hall.state.turns.items() if turn.status == status
        )
        if any_turn or not places:
            return self._any_turn(choice)
        return places[choice % len(places)]

    def _key(self, place: Place | None) -> str:
        return NO_TURN if place is None else self.bench.keys[place]

    def _named(self, place: Place | None) -> dict[str, str]:
        return {} if place is None else {"turn": self.bench.keys[place]}


def _by_order(turn: Turn) -> tuple[int, int, int]:
    return turn.due_at, turn.queued_seq, turn.place.position


def _ahead(turn: Turn, queue: Sequence[Turn]) -> int:
    if turn.status != "waiting":
        return 0
    mine = (turn.due_at, turn.queued_seq)
    return sum(
        other.service == turn.service and (other.due_at, other.queued_seq) < mine for other in queue
    )


def _fault(error: KnownError) -> tuple[str, tuple[tuple[str, object], ...]]:
    fields = dict(error.fields)
    # Keys are the store's own.
    fields.pop("turn", None)
    if "now" in fields:
        fields["now"] = to_micros(fields["now"])  # type: ignore[arg-type]
    return error.code, tuple(sorted(fields.items()))


def _micros(moment: Any) -> int | None:
    return None if moment is None else to_micros(moment)
