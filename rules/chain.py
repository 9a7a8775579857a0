"""The journal's hash chain: each event's canonical text is chained to the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

# One encoder for all: json.dumps makes a new one for each call with options.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode

GENESIS = "0" * 64
"""The hash before the first event of a site."""


def canonical(values: Mapping[str, object] | None) -> str:
    """Return one text for equal content: keys sorted, no spaces, ASCII."""
    return _encode(values)


def link(previous: str, text: str) -> str:
    """Return the SHA-256 (hex) that chains ``text`` to the ``previous`` hash."""
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
