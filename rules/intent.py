"""What a call pad or a key wants, with alternatives: the first that is legal now."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from rules.turn import Move, TurnStatus, legal_moves


class Intent(StrEnum):
    """An act of the officer, as mapping files name it."""

    CALL_NEXT = "call-next"
    RECALL = "recall"
    START = "start"
    FINISH = "finish"
    MISSED = "missed"
    HOLD = "hold"
    TRANSFER = "transfer"


_MOVES = {
    Intent.RECALL: Move.RECALL,
    Intent.START: Move.START,
    Intent.FINISH: Move.FINISH,
    Intent.MISSED: Move.MISSED,
    Intent.HOLD: Move.HOLD,
    Intent.TRANSFER: Move.TRANSFER,
}
ALIASES = {"no-show": Intent.MISSED, "next": Intent.CALL_NEXT, "noshow": Intent.MISSED}


def parse(text: str) -> tuple[Intent, ...]:
    """Read ``"missed|finish"``; the target of ``"transfer:2"`` is left to the officer's screen.

    Raises:
        ValueError: An unknown word; the message names it and the known ones.
    """
    intents = []
    for word in text.split("|"):
        name, _, target = word.strip().lower().replace("_", "-").partition(":")
        if target and name != Intent.TRANSFER:
            raise ValueError(f"{word.strip()!r}: only transfer takes a target")
        if name in ALIASES:
            intents.append(ALIASES[name])
            continue
        try:
            intents.append(Intent(name))
        except ValueError:
            known = ", ".join(sorted([*Intent, *ALIASES]))
            raise ValueError(f"{word.strip()!r} is no intent; known: {known}") from None
    return tuple(intents)


def is_legal(intent: Intent, status: TurnStatus | None) -> bool:
    """Say whether the desk allows the intent; ``status`` is of the visitor there, or None.

    ``call-next`` is legal at a free desk, and while serving, where it finishes that visit.
    It is not legal while a visitor is called and not yet there: a second press on a pad's
    only key must not send the first visitor away.
    """
    if intent is Intent.CALL_NEXT:
        return status is None or status is TurnStatus.SERVING
    return status is not None and _MOVES[intent] in legal_moves(status)


def choose(intents: Sequence[Intent], status: TurnStatus | None) -> Intent | None:
    """Return the first intent that is legal now, or None."""
    return next((intent for intent in intents if is_legal(intent, status)), None)
