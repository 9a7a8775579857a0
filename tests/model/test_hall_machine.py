"""The real store does what the model does, step by step, on both databases.

``MODEL_EXAMPLES=2000``, or a soak, walks other and more ways each time than the fixed ones here.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from db import calls, desks, moves
from db import day as daily
from db.tickets import issue_ticket
from rules.reason import CHOSEN, CallReason
from tests.model.driven_hall import COUNTERS, SERVICES, DrivenHall
from tests.model.hall_parts import Place, Plan
from tests.model.store_bench import PLAN, Bench
from tests.support.small_hall import OFFICERS
from tests.support.soak import IS_SOAK

STEPS = 15
# Steps before a day may end: what takes many is not met in a hall that is always new.
DAY_STEPS = 25
FIXED_EXAMPLES = 45

counters = st.sampled_from([*COUNTERS, *COUNTERS, *COUNTERS, "9"])
services = st.sampled_from([*SERVICES, *SERVICES, *SERVICES, "POLRI.NONE"])
offered = st.sampled_from(SERVICES)
officers = st.sampled_from(OFFICERS)
choices = st.integers(0, 1000)
rarely = st.sampled_from([False, False, False, False, False, True])
plans = st.builds(
    lambda offered, shares_prefix, used: Plan(
        services={
            code: "B" if shares_prefix and prefix == "BA" else prefix
            for code, prefix in PLAN.services.items()
            if code in offered
        },
        counters={
            counter: dict(sorted(chosen.items()))
            for counter, weights in sorted(used.items())
            if (chosen := {code: weight for code, weight in weights.items() if code in offered})
        },
    ),
    offered=st.sets(st.sampled_from(SERVICES), min_size=3),
    shares_prefix=st.booleans(),
    used=st.dictionaries(
        st.sampled_from(COUNTERS),
        st.dictionaries(st.sampled_from(SERVICES), st.integers(1, 4), min_size=1),
        min_size=2,
    ),
)


class HallMachine(DrivenHall):
    """What can happen in a hall."""

    # Steps. A hall that is full from the start: else most steps would find nobody.

    @initialize(
        visitors=st.lists(
            st.lists(offered, min_size=1, max_size=3, unique=True), min_size=3, max_size=8
        )
    )
    def visitors_come(self, visitors: list[list[str]]) -> None:
        for wanted in visitors:
            self.issue(wanted, None)

    @rule(
        wanted=st.lists(services, min_size=1, max_size=3),
        priority=st.sampled_from([None, None, None, "lansia", "lansia", "no-such"]),
    )
    def issue(self, wanted: list[str], priority: str | None) -> None:
        self._do(
            lambda request: self.hall.issue(request, wanted, priority),
            self._command(issue_ticket, services=wanted, priority=priority),
        )

    @rule(code=counters, finish=st.booleans(), stale=rarely, choice=choices, who=rarely)
    def call_next(self, code: str, *, finish: bool, stale: bool, choice: int, who: bool) -> None:
        turn = self._any_turn(choice) if stale else None
        officer = OFFICERS[choice % 3] if who else None
        self._do(
            lambda request: self.hall.call_next(
                request, code, turn=turn, officer=officer, finish=finish
            ),
            self._command(
                calls.call_next, counter=code, finish=finish, officer=officer, **self._named(turn)
            ),
        )

    @rule(code=counters, choice=choices, any_move=rarely, stale=rarely, who=rarely)
    def act(self, code: str, choice: int, *, any_move: bool, stale: bool, who: bool) -> None:
        present = self.hall.at_desk(code)
        wise = {"called": ["start", "start", "missed", "missed", "hold", "recall", "undo"]}
        wise["serving"] = ["finish", "finish", "hold"]
        if present is None and not any_move:
            self.call_next(code, finish=False, stale=stale, choice=choice, who=who)
            return
        moves_here = list(_AT_COUNTER)
        if present is not None and not any_move:
            moves_here = wise[present.status]
        move = moves_here[choice % len(moves_here)]
        turn = self._any_turn(choice) if stale else None
        officer = OFFICERS[choice % 3] if who else None
        self._do(
            lambda request: self.hall.at_counter(move, request, code, turn, officer),
            self._command(_AT_COUNTER[move], counter=code, officer=officer, **self._named(turn)),
        )

    @rule(seed=st.integers(0, 2**32), acts=st.integers(15, 30))
    def hall_is_busy(self, seed: int, acts: int) -> None:
        """Do what a hall does all day: what hypothesis draws is too seldom a busy hour."""
        dice = random.Random(seed)
        for _ in range(acts):
            code, choice = dice.choice(COUNTERS), dice.randrange(1000)
            what = dice.choices(list(_DAILY), list(_DAILY.values()))[0]
            if what == "issue":
                wanted = dice.sample(SERVICES, dice.choice((1, 1, 2, 3)))
                self.issue(wanted, dice.choice((None, None, "lansia")))
            elif what == "clock":
                self.time_passes(dice.choice((1, 20, 45, 600)))
            elif what == "transfer":
                aim = dice.choice((None, None, *COUNTERS))
                self.transfer(code, dice.choice(SERVICES), aim, starts=False)
            elif what == "finish":
                self.call_next(code, finish=True, stale=False, choice=choice, who=False)
            elif what == "act":
                self.act(code, choice, any_move=False, stale=False, who=False)
            elif what == "missed" and self._is_any("missed") and choice % 2:
                self.return_turn(choice, any_turn=False)
            elif what == "missed" and self._is_any("missed"):
                self.call_late_comer(code, choice, any_turn=False)
            elif what == "held" and self._is_any("held"):
                self.resume(code, choice, any_turn=False)

    @precondition(lambda self: self._is_any("missed"))
    @rule(code=counters, choice=choices, any_turn=rarely)
    def call_late_comer(self, code: str, choice: int, *, any_turn: bool) -> None:
        self._call_turn(code, self._turn("missed", choice, any_turn=any_turn), None)

    @rule(code=counters, choice=choices, reason=st.none() | st.sampled_from(CHOSEN))
    def call_out_of_order(self, code: str, choice: int, reason: CallReason | None) -> None:
        self._call_turn(code, self._turn("waiting", choice, any_turn=False), reason)

    def _call_turn(self, code: str, turn: Place | None, reason: CallReason | None) -> None:
        self._do(
            lambda request: self.hall.call_turn(request, code, turn, reason and reason.value),
            self._command(calls.call_turn, counter=code, turn=self._key(turn), reason=reason),
        )

    @precondition(lambda self: self._is_any("held"))
    @rule(code=counters, choice=choices, any_turn=rarely)
    def resume(self, code: str, choice: int, *, any_turn: bool) -> None:
        turn = self._turn("held", choice, any_turn=any_turn)
        self._do(
            lambda request: self.hall.resume(request, code, turn),
            self._command(calls.resume, counter=code, turn=self._key(turn)),
        )

    @precondition(lambda self: self._is_any("missed"))
    @rule(choice=choices, any_turn=rarely)
    def return_turn(self, choice: int, *, any_turn: bool) -> None:
        turn = self._turn("missed", choice, any_turn=any_turn)
        self._do(
            lambda request: self.hall.return_turn(request, turn),
            self._command(moves.return_turn, turn=self._key(turn)),
        )

    @rule(choice=choices, any_turn=st.booleans())
    def cancel(self, choice: int, *, any_turn: bool) -> None:
        turn = self._turn("waiting", choice, any_turn=any_turn)
        self._do(
            lambda request: self.hall.cancel(request, turn),
            self._command(moves.cancel, turn=self._key(turn)),
        )

    @rule(code=counters, service=services, aim=st.none() | counters, starts=st.booleans())
    def transfer(self, code: str, service: str, aim: str | None, *, starts: bool) -> None:
        if starts:
            self._do(
                lambda request: self.hall.at_counter("start", request, code),
                self._command(calls.start, counter=code),
            )
        self._do(
            lambda request: self.hall.transfer(request, code, service, target=aim),
            self._command(moves.transfer, counter=code, service=service, target_counter=aim),
        )

    @rule(code=counters, officer=officers)
    def sign_in(self, code: str, officer: str) -> None:
        self._do(
            lambda request: self.hall.sign_in(request, officer, code),
            lambda request: self.bench.run(
                lambda tx: desks.open_session(tx, request=request, officer=officer, counter=code)
            ),
        )

    @precondition(lambda self: bool(self.hall.state.sessions))
    @rule(code=counters)
    def sign_out(self, code: str) -> None:
        self._do(
            lambda request: self.hall.sign_out(request, code),
            self._command(desks.sign_out, counter=code),
        )

    @rule(plan=plans)
    def load_catalogue(self, plan: Plan) -> None:
        self._do(
            lambda request: self.hall.load(request, plan),
            lambda request: self.bench.load(plan, request),
        )

    @precondition(lambda self: self.hall.state.plan != PLAN)
    @rule()
    def load_first_catalogue(self) -> None:
        self.load_catalogue(PLAN)

    @rule(seconds=st.sampled_from([1, 20, 45, 90, 600, 1500, 7200]))
    def time_passes(self, seconds: int) -> None:
        self._move_clock(timedelta(seconds=seconds))

    @rule(by=st.sampled_from([timedelta(hours=-1), timedelta(days=-1), timedelta(days=-400)]))
    def clock_jumps_back_for_a_while(self, by: timedelta) -> None:
        self._move_clock(by)
        self.issue([SERVICES[0]], None)
        self.call_next("1", finish=True, stale=False, choice=0, who=False)
        self._move_clock(-by)

    @precondition(lambda self: self._age >= DAY_STEPS)
    @rule(days=st.sampled_from([0, 1, 1, 1, 3, 31]), closes=st.booleans())
    def day_changes(self, days: int, *, closes: bool) -> None:
        self._move_clock(timedelta(days=days))
        if closes:
            self._do(self.hall.close_day, self._command(daily.close_day))

    @precondition(lambda self: self._age >= DAY_STEPS)
    @rule(hours=st.sampled_from([0, -1, -1, -72, 768, 9600, 88800]), is_confirmed=st.booleans())
    def clock_jumps(self, hours: int, *, is_confirmed: bool) -> None:
        self._move_clock(timedelta(hours=hours))
        self.issue([SERVICES[0]], None)
        self.call_next("1", finish=True, stale=False, choice=0, who=False)
        if is_confirmed:
            self._do(self.hall.confirm_date, self._command(daily.confirm_date))
        else:
            self._move_clock(timedelta(hours=-hours))

    @precondition(lambda self: bool(self._done))
    @rule(choice=choices)
    def repeat(self, choice: int) -> None:
        request, step = self._done[-1 - choice % min(len(self._done), 12)]
        self._run(request, step)

    @precondition(lambda self: len(self._done) > 1)
    @rule(choice=choices, other=choices)
    def reuse_a_request(self, choice: int, other: int) -> None:
        request, _ = self._done[-1 - choice % min(len(self._done), 12)]
        self._run(request, self._done[other % len(self._done)][1])


_DAILY = {
    "act": 20, "issue": 4, "clock": 3, "missed": 3, "held": 3, "finish": 2, "transfer": 2
}  # fmt: skip
_AT_COUNTER: dict[str, Callable[..., Any]] = {
    "recall": calls.recall,
    "start": calls.start,
    "finish": calls.finish,
    "missed": calls.mark_missed,
    "hold": calls.hold,
    "undo": calls.undo_call,
}


@pytest.fixture
def bench(hall_url: str) -> Iterator[Bench]:
    """A store for the machine."""
    made = Bench(hall_url)

    yield made

    made.close()


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_the_store_does_what_the_model_does(bench: Bench) -> None:
    more = os.environ.get("MODEL_EXAMPLES", "2000" if IS_SOAK else None)

    class Machine(HallMachine):
        pass

    Machine.bench = bench
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=int(more or FIXED_EXAMPLES),
            stateful_step_count=STEPS,
            derandomize=more is None,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink] if more else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
