"""The delay after wrong PINs grows, ends at five minutes, and then the code is locked."""

from __future__ import annotations

import pytest

from rules.pin_guard import LOCK_AFTER, LONGEST_DELAY_S, Guard, delay_s, is_officer_code

NOW = 1_795_000_000_000_000
SECOND = 1_000_000


def test_the_delay_doubles_up_to_five_minutes() -> None:
    delays = [delay_s(failures) for failures in range(LOCK_AFTER + 1)]

    assert delays == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, LONGEST_DELAY_S]
    assert delay_s(10_000) == LONGEST_DELAY_S


def test_the_tenth_wrong_pin_locks() -> None:
    guard = Guard()
    locked = []
    for _ in range(LOCK_AFTER):
        guard = guard.after_failure(NOW)
        locked.append(guard.is_locked)

    assert locked == [False] * 9 + [True]


def test_a_try_waits_until_its_time_and_no_longer() -> None:
    guard = Guard(failures=3).after_failure(NOW)

    assert guard.wait_us(NOW) == 8 * SECOND
    assert guard.wait_us(NOW + 8 * SECOND - 1) == 1
    assert guard.wait_us(NOW + 8 * SECOND) == 0


def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    guard = Guard().after_failure(NOW)

    assert guard.wait_us(NOW - 3600 * SECOND) == 0
    assert guard.after_failure(NOW - 3600 * SECOND).failures == 2


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("sri", True),
        ("petugas-1.A_b", True),
        ("x" * 32, True),
        ("x" * 33, False),
        ("", False),
        ("?", False),
        ("a b", False),
        ("sri\n", False),
        ("a\0", False),
        ("é", False),
    ],
)
def test_what_an_officers_code_may_be(code: str, is_one: bool) -> None:
    assert is_officer_code(code) is is_one
