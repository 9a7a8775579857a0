"""How wrong PINs slow the next try down, and when only a supervisor may open again."""

from __future__ import annotations

import re
from dataclasses import dataclass

LOCK_AFTER = 10
"""So many wrong PINs in a row lock an officer's code."""
LONGEST_DELAY_S = 300

_CODE = re.compile(r"[A-Za-z0-9._-]{1,32}")
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Guard:
    """What the store remembers of the wrong PINs for one code; instants in microseconds."""

    failures: int = 0
    next_try_at: int = 0
    is_locked: bool = False

    def wait_us(self, now: int) -> int:
        """Return the microseconds until the next PIN is looked at, 0 for at once.

        A time that lies further ahead than the delay comes from a clock that has been set
        back since; nobody waits for that. The count goes on, and so does the lock.
        """
        wait = self.next_try_at - now
        return wait if 0 < wait <= delay_s(self.failures) * _MICROSECONDS else 0

    def after_failure(self, now: int) -> Guard:
        """Return the guard after one more wrong PIN."""
        failures = self.failures + 1
        next_try_at = now + delay_s(failures) * _MICROSECONDS
        return Guard(failures, next_try_at, failures >= LOCK_AFTER)


def delay_s(failures: int) -> int:
    """Return the seconds to wait after so many wrong PINs in a row: 1, 2, 4, 8 … 300."""
    return 0 if failures < 1 else min(2 ** min(failures - 1, 16), LONGEST_DELAY_S)


def is_officer_code(code: str) -> bool:
    """Say whether an officer may have this code: 1 to 32 letters, digits, dots and dashes."""
    return _CODE.fullmatch(code) is not None
