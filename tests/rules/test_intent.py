"""What a pad's key means, by what the desk allows now."""

from __future__ import annotations

import pytest

from rules.intent import Intent, choose, is_legal, parse
from rules.turn import TurnStatus

S = TurnStatus
DESK = [None, S.CALLED, S.SERVING]


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("call-next", (Intent.CALL_NEXT,)),
        ("call-next|recall", (Intent.CALL_NEXT, Intent.RECALL)),
        (" Missed | finish ", (Intent.MISSED, Intent.FINISH)),
        ("call_next", (Intent.CALL_NEXT,)),
        ("next|no-show", (Intent.CALL_NEXT, Intent.MISSED)),
    ],
)
def test_a_mapping_is_read(text: str, intents: tuple[Intent, ...]) -> None:
    assert parse(text) == intents


def test_the_target_of_a_transfer_is_left_to_the_screen() -> None:
    assert parse("transfer:2|finish") == (Intent.TRANSFER, Intent.FINISH)
    with pytest.raises(ValueError, match="only transfer takes a target"):
        parse("start:2")


@pytest.mark.parametrize("text", ["", "|", "call-next|", "panggil", "call next"])
def test_an_unknown_word_is_named_with_the_known_ones(text: str) -> None:
    with pytest.raises(ValueError, match="is no intent; known: call-next"):
        parse(text)


@pytest.mark.parametrize(
    ("status", "legal"),
    [
        (None, {Intent.CALL_NEXT}),
        (S.CALLED, {Intent.RECALL, Intent.START, Intent.MISSED, Intent.HOLD}),
        (S.SERVING, {Intent.CALL_NEXT, Intent.FINISH, Intent.HOLD, Intent.TRANSFER}),
    ],
)
def test_the_desk_allows(status: TurnStatus | None, legal: set[Intent]) -> None:
    assert {intent for intent in Intent if is_legal(intent, status)} == legal


@pytest.mark.parametrize(
    ("key", "status", "meant"),
    [
        ("call-next|recall", None, Intent.CALL_NEXT),
        # A second press must not send the first visitor away.
        ("call-next|recall", S.CALLED, Intent.RECALL),
        ("call-next|recall", S.SERVING, Intent.CALL_NEXT),
        ("missed|finish", S.CALLED, Intent.MISSED),
        ("missed|finish", S.SERVING, Intent.FINISH),
        ("missed|finish", None, None),
        ("start|finish|call-next", S.CALLED, Intent.START),
        ("start|finish|call-next", S.SERVING, Intent.FINISH),
        ("start|finish|call-next", None, Intent.CALL_NEXT),
        ("recall", None, None),
    ],
)
def test_a_key_means_its_first_legal_intent(
    key: str, status: TurnStatus | None, meant: Intent | None
) -> None:
    assert choose(parse(key), status) is meant
