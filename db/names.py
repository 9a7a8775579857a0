"""Names per language, as the catalogue keeps them: JSON text with at least Indonesian."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Names = Mapping[str, str]


def names_of(stored: str) -> Names:
    """Read a stored names column."""
    names: dict[str, str] = json.loads(stored)
    return names


def list_of(stored: str) -> tuple[str, ...]:
    """Read a stored list of words."""
    words: list[Any] = json.loads(stored)
    return tuple(str(word) for word in words)
