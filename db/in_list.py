"""Values for ``IN (…)`` in plain driver SQL, which knows single values only."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase


def in_list(values: Sequence[str]) -> tuple[str, dict[str, object]]:
    """Return the marks of a list of values, and the values by their names."""
    named: dict[str, object] = {_name(place): value for place, value in enumerate(values)}
    return ", ".join(f":{name}" for name in named), named


def _name(place: int) -> str:
    # Letters only: that is what a name in our SQL may have.
    high, low = divmod(place, len(ascii_lowercase))
    return f"in_{_letters(high)}{ascii_lowercase[low]}"


def _letters(number: int) -> str:
    high, low = divmod(number, len(ascii_lowercase))
    return (_letters(high) if high else "") + ascii_lowercase[low]
