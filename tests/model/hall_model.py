"""A hall in plain Python, written from the rules alone: what any store of it has to do.

No SQL, no table of the product's: a second opinion on legal moves, on whose turn it is and on
what a day's end does. ``test_hall_machine`` drives it and the real store with the same steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

from tests.model.hall_floor import HallFloor
from tests.model.hall_parts import (
    DUE_MIN,
    MINUTE_US,
    Act,
    Place,
    Plan,
    Refused,
    Ticket,
    Turn,
    local_day,
    seen,
)

R = TypeVar("R")


class HallModel(HallFloor):
    """The hall. Each command takes a request id, and raises ``Refused`` with nothing changed."""

    def __init__(self, plan: Plan, officers: Iterable[str], clock: int, seq: int) -> None:
        super().__init__(plan, officers, clock, seq)
        self.requests: dict[str, tuple[str, Any]] = {}

    def issue(self, request: str, services: Sequence[str], priority: str | None) -> Ticket:
        """Give a number."""
        return self._command(request, "TicketIssued", lambda: self._issue(services, priority))

    def call_next(
        self,
        request: str,
        counter: str,
        *,
        turn: Place | None = None,
        officer: str | None = None,
        finish: bool = False,
    ) -> Act:
        """Call whose turn it is."""

        def act() -> Act:
            self._desk(counter, officer)
            if counter not in self._at.counters:
                raise Refused("CounterClosed", counter=counter)
            present = self.at_desk(counter)
            if present is not None or turn is not None:
                present = self._meant(counter, turn, "finish")
                if not finish:
                    raise self._illegal("call", present, counter)
                self._end(present, "finish", "TurnFinished")
            queue = self.callable_at(counter)
            if not queue:
                raise Refused("NobodyWaiting", counter=counter)
            return self._invite(queue[0], "call", "TurnCalled", counter)

        return self._command(request, "TurnCalled", act)

    def call_turn(
        self, request: str, counter: str, turn: Place | None, reason: str | None = None
    ) -> Act:
        """Call a late-comer who stands at the desk, or for a reason one who waits."""

        def act() -> Act:
            found = self._find(turn)
            if found.status not in ("missed", "waiting"):
                raise self._illegal("call", found, found.counter)
            if found.status == "waiting" and reason is None:
                raise Refused("ReasonNeeded", number=found.place.number)
            self._free_desk(counter, None, found, "call")
            if counter not in self._at.counters:
                raise Refused("CounterClosed", counter=counter)
            if found.service not in self._at.served[counter] or not self.may_call(counter, found):
                raise Refused(
                    "NotServedHere",
                    number=found.place.number,
                    service=found.service,
                    counter=counter,
                )
            return self._invite(found, "call", "TurnCalled", counter)

        return self._command(request, "TurnCalled", act)

    def resume(
        self, request: str, counter: str, turn: Place | None, officer: str | None = None
    ) -> Act:
        """Call a held visitor back."""

        def act() -> Act:
            found = self._find(turn)
            self._free_desk(counter, officer, found, "resume")
            return self._invite(found, "resume", "TurnResumed", counter)

        return self._command(request, "TurnResumed", act)

    def at_counter(
        self,
        move: str,
        request: str,
        counter: str,
        turn: Place | None = None,
        officer: str | None = None,
    ) -> Act:
        """Do one of recall, start, finish, missed, hold and undo with the visitor at a desk."""
        kind = {
            "recall": "TurnRecalled",
            "start": "TurnStarted",
            "finish": "TurnFinished",
            "missed": "TurnMissed",
            "hold": "TurnHeld",
            "undo": "TurnUndone",
        }[move]

        def act() -> Act:
            self._desk(counter, officer)
            present = self._meant(counter, turn, move)
            if move == "recall":
                return self._invite(present, move, kind, counter)
            if move in ("finish", "missed"):
                ended = self._end(present, move, kind)
                if move == "missed":
                    for other in self._of_ticket(present.place):
                        other.is_paused = other.is_paused or other.status == "waiting"
                return ended
            present.status = self._after(move, present, counter)
            if move == "start":
                present.started_at = present.started_at or self.now
                present.officer = self._officer_at(counter)
            if move == "undo":
                present.counter = present.called_at = present.called_seq = None
                present.started_at = None
            self._write(kind, present.place, counter)
            return seen(present)

        return self._command(request, kind, act)

    def return_turn(self, request: str, turn: Place | None) -> Act:
        """A missed visitor is back, and waits."""

        def act() -> Act:
            found = self._find(turn)
            self._of_today(found, "return")
            found.status = self._after("return", found, found.counter)
            counter, found.counter = found.counter, None
            found.lane = "returned"
            found.due_at = self.now + DUE_MIN["returned"] * MINUTE_US
            found.queued_seq = self._at.seq + 1
            found.outcome = found.ended_at = found.started_at = None
            self._unpause(found)
            self._write("TurnReturned", found.place, counter)
            return seen(found)

        return self._command(request, "TurnReturned", act)

    def transfer(
        self,
        request: str,
        counter: str,
        service: str,
        *,
        target: str | None = None,
        turn: Place | None = None,
        officer: str | None = None,
    ) -> Act:
        """Finish here and send the visitor on; he keeps the time at which he came."""

        def act() -> Act:
            self._desk(counter, officer)
            present = self._meant(counter, turn, "transfer")
            self._after("transfer", present, counter)
            if service not in self._at.services:
                raise Refused(self._no_service(service), service=service)
            if target is not None:
                self._desk(target, None)
                if target not in self._at.counters:
                    raise Refused("CounterClosed", counter=target)
                if service not in self._at.served[target]:
                    raise Refused("UnknownCounter", counter=target)
            others = self._of_ticket(present.place)
            ticket = self._at.tickets[present.place[:2]]
            lane = "ordinary" if ticket.priority is None else "priority"
            place = present.place._replace(position=len(others))
            self._at.turns[place] = Turn(
                place=place,
                service=service,
                lane=lane,
                queued_at=present.queued_at,
                queued_seq=self._at.seq + 1,
                due_at=present.queued_at + DUE_MIN[lane] * MINUTE_US,
                target=target,
            )
            return self._end(present, "transfer", "TurnTransferred")

        return self._command(request, "TurnTransferred", act)

    def cancel(self, request: str, turn: Place | None) -> Act:
        """Take a turn out for good."""
        return self._command(
            request,
            "TurnCancelled",
            lambda: self._end(self._find(turn), "cancel", "TurnCancelled"),
        )

    def sign_in(self, request: str, officer: str, counter: str) -> None:
        """Sign an officer in; a session of an earlier day gives way."""

        def act() -> None:
            if officer not in self.officers:
                raise Refused("UnknownOfficer", officer=officer)
            sessions = self._at.sessions
            for desk, (who, since) in sorted(sessions.items()):
                in_the_way = desk == counter or who == officer
                if in_the_way and local_day(since) < self._at.day:
                    del sessions[desk]
                    self._write("OfficerSignedOut", None, desk)
            self._known(counter)
            if counter not in self._at.counters:
                raise Refused("CounterClosed", counter=counter)
            there = self._officer_at(counter)
            if there not in (None, officer):
                raise Refused("CounterTaken", counter=counter, officer=there)
            for desk, (who, _) in sessions.items():
                if who == officer and desk != counter:
                    raise Refused("OfficerElsewhere", officer=officer, counter=desk)
            sessions.setdefault(counter, (officer, self.now))
            self._write("OfficerSignedIn", None, counter)

        self._command(request, "OfficerSignedIn", act)

    def sign_out(self, request: str, counter: str) -> None:
        """Sign out the officer of a counter."""

        def act() -> None:
            self._known(counter)
            if counter not in self._at.sessions:
                raise Refused("NotSignedIn", counter=counter)
            present = self.at_desk(counter)
            if present is not None:
                raise Refused("CounterBusy", counter=counter, number=present.place.number)
            del self._at.sessions[counter]
            self._write("OfficerSignedOut", None, counter)

        self._command(request, "OfficerSignedOut", act)

    def close_day(self, request: str) -> str:
        """Move on where a day is over; returned is the day that the hall is in."""
        return self._command(request, "DayClosed", lambda: self._at.day, is_kept=False)

    def confirm_date(self, request: str) -> str:
        """Believe the clock, however far it jumped."""

        def act() -> str:
            if self.clock < self._at.last_at:
                self._at.last_at = self.clock
                self._draw_back()
            self._write("DayConfirmed", None, None)
            return self._at.day

        return self._command(request, "DayConfirmed", act, is_confirmed=True)

    def load(self, request: str, plan: Plan) -> bool:
        """Take a new catalogue; False where it says what is known already."""
        is_new = plan != self._at.plan

        def act() -> bool:
            if not is_new:
                return False
            for weights in self._at.served.values():
                # A service that is offered no more keeps its desks, for those who wait.
                for service in set(weights) & set(plan.services):
                    del weights[service]
            for counter, chosen in plan.counters.items():
                self._at.served.setdefault(counter, {}).update(chosen)
            self._at.services = dict(plan.services)
            self._at.counters = set(plan.counters)
            self._at.known |= set(plan.services)
            self._at.plan = plan
            self._write("CatalogueLoaded", None, None)
            return True

        return self._command(request, "CatalogueLoaded", act, is_kept=is_new)

    def _command(
        self,
        request: str,
        kind: str,
        act: Callable[[], R],
        *,
        is_kept: bool = True,
        is_confirmed: bool = False,
    ) -> R:
        """Do it wholly or not at all, and once for each request id."""
        if request in self.requests:
            first, result = self.requests[request]
            if first != kind:
                raise Refused("RequestReused", request=request, kind=first)
            return cast(R, result)
        before = self._at.copy()
        try:
            self._keep_date(is_confirmed=is_confirmed)
            result = act()
        except Refused:
            self._at = before
            raise
        if is_kept:
            self.requests[request] = (kind, result)
        return result

    def _issue(self, services: Sequence[str], priority: str | None) -> Ticket:
        faults = [
            Refused(self._no_service(code), service=code)
            for code in services
            if code not in self._at.services
        ]
        faults += [
            Refused("ServiceRepeated", service=code)
            for position, code in enumerate(services)
            if code in services[:position]
        ]
        if not services:
            faults.append(Refused("NoService"))
        if priority not in (None, "lansia"):
            faults.append(Refused("UnknownPriority", priority=priority))
        if faults:
            raise Refused.any_of(faults)
        prefix = self._at.services[services[0]]
        series = self._at.series.setdefault((self._at.day, prefix), [0, 0])
        series[0] += 1
        series[1] = issued_at = self.now
        number = f"{prefix}-{series[0]:03d}"
        lane = "ordinary" if priority is None else "priority"
        places = []
        for position, service in enumerate(services):
            place = Place(self._at.day, number, position)
            assert place not in self._at.turns, f"the number {number} comes twice"
            self._at.turns[place] = Turn(
                place=place,
                service=service,
                lane=lane,
                queued_at=issued_at,
                queued_seq=self._at.seq + 1,
                due_at=issued_at + DUE_MIN[lane] * MINUTE_US,
            )
            places.append((place, service))
        ticket = Ticket(self._at.day, number, priority, issued_at, tuple(places))
        self._at.tickets[self._at.day, number] = ticket
        self._write("TicketIssued", places[0][0], None)
        return ticket
