"""Queue numbers as people read them: a prefix, a dash, at least three digits."""

from __future__ import annotations

import re

# The shortest prefix that fits: in ``b014`` the digits belong to the number.
_LABEL = re.compile(r"([A-Z][A-Z0-9]{0,3}?)-?([0-9]{1,6})")


def label(prefix: str, number: int) -> str:
    """Return the number as printed: ``B-014``; after ``B-999`` comes ``B-1000``."""
    return f"{prefix}-{number:03d}"


def parse(text: str) -> tuple[str, int] | None:
    """Read a number back from what a person typed (``b014``, ``B-14``); None if it is none."""
    match = _LABEL.fullmatch(text.strip().upper().replace(" ", ""))
    return (match[1], int(match[2])) if match else None
