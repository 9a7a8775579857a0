"""The officer's desk: what stands there, which acts are legal, which one is next. No Qt.

A press becomes an ``Order`` that names the turn it means and carries one request id;
the presenter runs it on the store and tells the desk how it went.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from rules.intent import Intent, choose, is_legal
from rules.turn import Move, TurnStatus, legal_moves

if TYPE_CHECKING:
    from db.desks import Desk
    from rules.errors import KnownError
    from rules.reason import CallReason


class Act(StrEnum):
    """What the officer can do; all but the last four concern the visitor at the desk."""

    CALL_NEXT = "call-next"
    RECALL = "recall"
    START = "start"
    FINISH = "finish"
    MISSED = "missed"
    HOLD = "hold"
    UNDO = "undo"
    TRANSFER = "transfer"
    RESUME = "resume"
    CALL_MISSED = "call-missed"
    CALL_WAITING = "call-waiting"
    RETURN = "return"


_BY_INTENT = {
    Intent.CALL_NEXT: Act.CALL_NEXT,
    Intent.RECALL: Act.RECALL,
    Intent.START: Act.START,
    Intent.FINISH: Act.FINISH,
    Intent.MISSED: Act.MISSED,
    Intent.HOLD: Act.HOLD,
}
_INTENTS = {act: intent for intent, act in _BY_INTENT.items()}
_MOVES = {Act.UNDO: Move.UNDO, Act.TRANSFER: Move.TRANSFER}
_OF_A_LINE = frozenset({Act.RESUME, Act.CALL_MISSED, Act.CALL_WAITING, Act.RETURN})
_PRIMARY = {
    None: Act.CALL_NEXT,
    TurnStatus.CALLED: Act.START,
    TurnStatus.SERVING: Act.FINISH,
}


class Refusal(StrEnum):
    """Why a press led to nothing, in the words of the pad protocol."""

    EMPTY = "EMPTY"
    BUSY = "BUSY"
    OFFLINE = "OFFLINE"


@dataclass(frozen=True, slots=True)
class Order:
    """One act on its way to the store.

    ``turn`` is the visitor's turn that the screen showed when the key was pressed (for
    ``CALL_NEXT`` the one to finish, None at a free desk), so that a stale screen can't
    finish another visitor. ``mark`` is what the desk looked like, ``service`` where a
    transfer leads, ``reason`` why somebody who waits is called out of order.
    """

    act: Act
    request: str
    counter: str
    turn: str | None
    mark: tuple[object, ...]
    service: str | None = None
    reason: CallReason | None = None


class DeskState:
    """The present desk as last read, with the one order that may be under way.

    Args:
        new_request: Makes a fresh request id; ``db.store.new_request``.
    """

    def __init__(self, new_request: Callable[[], str]) -> None:
        self._new_request = new_request
        self.view: Desk | None = None
        self.under_way: Order | None = None
        self.away_since: datetime | None = None
        self._unsure: Order | None = None

    @property
    def status(self) -> TurnStatus | None:
        """The status of the visitor at the desk, None if nobody is there."""
        present = self.view.present if self.view else None
        return TurnStatus(present.status) if present else None

    @property
    def is_signed_in(self) -> bool:
        """True while an officer works here."""
        return self.view is not None and self.view.officer is not None

    @property
    def is_ready(self) -> bool:
        """True if a press can be taken: signed in, store there, nothing under way."""
        return self.is_signed_in and self.away_since is None and self.under_way is None

    @property
    def primary(self) -> Act:
        """The next act: the largest button."""
        return _PRIMARY.get(self.status, Act.CALL_NEXT)

    def take(self, view: Desk) -> bool:
        """Accept the desk as read from the store; False if it is older than what is known."""
        known = self.view
        is_same = known is not None and known.counter == view.counter
        # After an absence the store may be one put back from a backup.
        if known and is_same and view.seq < known.seq and self.away_since is None:
            return False
        self.view = view
        self.away_since = None
        if self._unsure and self._mark(self._unsure.turn) != self._unsure.mark:
            # The desk changed since: the unsure order went through, or was overtaken.
            self._unsure = None
        return True

    def leave(self) -> None:
        """Forget the desk after signing out."""
        self.view = None
        self.under_way = None
        self._unsure = None

    def lose(self, since: datetime) -> None:
        """The store is away; the first loss counts."""
        if self.away_since is None:
            self.away_since = since

    def allows(self, act: Act, turn: str | None = None) -> bool:
        """Say whether the visitor's state allows the act, whatever is under way.

        Args:
            act: The act.
            turn: The turn in the missed, held or waiting list, for the acts on those.
        """
        if self.view is None or self.view.officer is None:
            return False
        status = self.status
        if act in _INTENTS:
            return is_legal(_INTENTS[act], status)
        if act in _MOVES:
            return status is not None and _MOVES[act] in legal_moves(status)
        if act is Act.RETURN:
            return any(missed.turn == turn for missed in self.view.missed)
        if act is Act.CALL_WAITING:
            waiting = (row for row in self.view.waiting if row.elsewhere is None)
            return status is None and any(row.turn == turn for row in waiting)
        listed = self.view.held if act is Act.RESUME else self.view.missed
        return status is None and any(row.turn == turn for row in listed)

    def press(
        self,
        act: Act,
        turn: str | None = None,
        service: str | None = None,
        reason: CallReason | None = None,
    ) -> Order | None:
        """Turn a press into an order; None if it is not legal or one is under way.

        ``service`` is where ``TRANSFER`` leads, ``reason`` why ``CALL_WAITING`` leaves the order;
        without them there is no such order.

        After ``lost`` the same press on an unchanged desk gets the same request id, so
        that an act whose commit was not confirmed happens once.
        """
        if not self.is_ready or not self.allows(act, turn) or self.view is None:
            return None
        if (act is Act.TRANSFER) is not bool(service):
            return None
        if (act is Act.CALL_WAITING) is not bool(reason):
            return None
        present = self.view.present
        meant = turn if act in _OF_A_LINE else None
        if meant is None and present is not None:
            meant = present.turn
        again = self._unsure
        wish = (act, meant, service, reason)
        is_repeat = (
            again is not None and (again.act, again.turn, again.service, again.reason) == wish
        )
        request = again.request if again is not None and is_repeat else self._new_request()
        mark = self._mark(meant)
        order = Order(act, request, self.view.counter, meant, mark, service, reason)
        self.under_way = order
        self._unsure = None
        return order

    def press_intents(self, intents: Sequence[str]) -> Order | Refusal:
        """Turn a pad's press into an order: the first alternative that is legal now."""
        if not self.is_signed_in or self.away_since is not None:
            return Refusal.OFFLINE
        if self.under_way is not None:
            return Refusal.BUSY
        known = [Intent(name) for name in intents if name in set(Intent)]
        usable = [intent for intent in known if intent in _BY_INTENT]
        intent = choose(usable, self.status)
        order = self.press(_BY_INTENT[intent]) if intent else None
        return order or Refusal.BUSY

    def done(self, order: Order) -> None:
        """The order was committed."""
        if self.under_way is order:
            self.under_way = None

    def refuse(self, order: Order, error: KnownError) -> Refusal:
        """The hall said no; returns what a pad is told."""
        if self.under_way is order:
            self.under_way = None
        return Refusal.EMPTY if error.code == "NobodyWaiting" else Refusal.BUSY

    def lost(self, order: Order, since: datetime) -> Refusal:
        """Nobody knows whether the order was committed: the store went away under it."""
        if self.under_way is order:
            self.under_way = None
        self._unsure = order
        self.lose(since)
        return Refusal.OFFLINE

    def _mark(self, turn: str | None) -> tuple[object, ...]:
        if self.view is None:
            return ()
        present = self.view.present
        lines = (*self.view.missed, *self.view.held, *self.view.waiting)
        listed = any(row.turn == turn for row in lines)
        if present is None:
            return (self.view.counter, listed)
        return (self.view.counter, listed, present.turn, str(present.status), present.calls)
