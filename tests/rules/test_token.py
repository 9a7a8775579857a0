"""The token in a ticket's QR code: genuine or not, and nothing to read in it."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from rules.token import make, qr_text, ticket_of

KEY, OTHER_SITE = bytes(range(32)), bytes(range(1, 33))
TICKET = "019ab3c4-0000-7000-8000-00000000abcd"
LETTERS = string.ascii_letters + string.digits + "-_"


def test_a_sites_own_token_names_its_ticket() -> None:
    token = make(KEY, TICKET)

    assert ticket_of(KEY, token) == TICKET
    assert ticket_of(KEY, f" {token}\n") == TICKET
    assert ticket_of(KEY, qr_text(token)) == TICKET


def test_another_sites_token_is_not_genuine() -> None:
    assert ticket_of(OTHER_SITE, make(KEY, TICKET)) is None


@given(st.integers(0, 31), st.sampled_from(LETTERS))
def test_a_token_changed_in_one_place_is_forged(place: int, letter: str) -> None:
    token = make(KEY, TICKET)
    forged = token[:place] + letter + token[place + 1 :]

    assert ticket_of(KEY, forged) == (TICKET if forged == token else None)


@given(st.text(max_size=80))
def test_nonsense_is_not_genuine_and_breaks_nothing(text: str) -> None:
    assert ticket_of(KEY, text) is None


def test_a_cut_or_lengthened_token_is_not_genuine() -> None:
    token = make(KEY, TICKET)

    for wrong in (token[:16], token[:24], token + token, token + "AAAA", "", "anjungan:"):
        assert ticket_of(KEY, wrong) is None


def test_every_ticket_has_a_token_of_its_own_in_plain_letters() -> None:
    tokens = {make(KEY, str(uuid7())) for _ in range(1000)}

    assert len(tokens) == 1000
    assert all(len(token) == 32 for token in tokens)
    assert all(set(token) <= set(LETTERS) for token in tokens)


def test_the_same_ticket_always_has_the_same_token() -> None:
    # It is stored nowhere: a second paper must show what the first one did.
    assert make(KEY, TICKET) == make(KEY, TICKET)


def test_the_qr_code_names_its_scheme() -> None:
    assert qr_text("ABC") == "anjungan:ABC"
