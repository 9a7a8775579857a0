"""Queue numbers as people read and type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.number import label, parse


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "B-001"), (14, "B-014"), (999, "B-999"), (1000, "B-1000"), (12345, "B-12345")],
)
def test_numbers_have_three_digits_or_more(number: int, words: str) -> None:
    assert label("B", number) == words


@given(st.from_regex(r"[A-Z][A-Z0-9]{0,3}", fullmatch=True), st.integers(1, 999_999))
def test_a_printed_number_is_read_back(prefix: str, number: int) -> None:
    assert parse(label(prefix, number)) == (prefix, number)


@pytest.mark.parametrize("typed", ["B-014", "b014", "B14", " b-14 ", "b 14", "b - 0014"])
def test_a_number_is_understood_as_people_type_it(typed: str) -> None:
    assert parse(typed) == ("B", 14)


@pytest.mark.parametrize(
    "typed", ["", "B", "14", "-14", "B-", "ABCDE-1", "B-1234567", "B-1-2", "Ä-1", "B-１４"]
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert parse(typed) is None
