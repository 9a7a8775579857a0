"""What a caller may hand to the store: checked once, by name, before anything is locked.

Each command and each read with arguments calls ``checked``. Past it a value has its type, fits
its column, and holds no character that one database takes and the other refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from rules.errors import BadInput

MOST_SERVICES = 20
"""Services on one ticket; nobody stands in twenty queues."""

_LARGEST = 2**63 - 1
_Check = Callable[[str, object], None]


def checked(**values: object) -> None:
    """Check values by the names that they have in every command and read.

    Raises:
        BadInput: One has a wrong type, is too long, out of range, or no text to print.
    """
    for name, value in values.items():
        _CHECKS[name](name, value)


def is_key(text: object) -> bool:
    """Say whether a text has the form of a row's key; PostgreSQL refuses any other."""
    try:
        return isinstance(text, str) and str(UUID(text)) == text
    except ValueError:
        return False


def _text(longest: int, shortest: int = 1, *, or_none: bool = False) -> _Check:
    def check(name: str, value: object) -> None:
        if isinstance(value, str):
            if len(value) > longest:
                raise BadInput(field=name, reason="too_long", longest=longest)
            if len(value) < shortest:
                raise BadInput(field=name, reason="empty")
            # Neither control characters nor half a surrogate pair.
            if not value.isprintable():
                raise BadInput(field=name, reason="characters")
        elif value is not None or not or_none:
            raise BadInput(field=name, reason="type")

    return check


def _whole(least: int, most: int) -> _Check:
    def check(name: str, value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise BadInput(field=name, reason="type")
        if not least <= value <= most:
            raise BadInput(field=name, reason="range", least=least, most=most)

    return check


def _request(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise BadInput(field=name, reason="type")
    if not is_key(value):
        raise BadInput(field=name, reason="key")


def _yes_or_no(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise BadInput(field=name, reason="type")


def _services(name: str, value: object) -> None:
    if not isinstance(value, list | tuple):
        raise BadInput(field=name, reason="type")
    if len(value) > MOST_SERVICES:
        raise BadInput(field=name, reason="too_long", longest=MOST_SERVICES)
    for each in value:
        _SERVICE(name, each)


def _role(name: str, value: object) -> None:
    _text(16)(name, value)
    if value not in ("officer", "supervisor"):
        raise BadInput(field=name, reason="choice")


_CODE, _CODE_OR_NONE = _text(32), _text(32, or_none=True)
_SERVICE = _text(65)
# A key or what a person typed for one: whether it is known, the reader says.
_REFERENCE = _text(80, 0)

_CHECKS: Mapping[str, _Check] = {
    "request": _request,
    "actor": _text(80),
    "counter": _CODE,
    "target_counter": _CODE_OR_NONE,
    "officer": _CODE_OR_NONE,
    "code": _CODE,
    "turn": _text(80, 0, or_none=True),
    "ticket": _REFERENCE,
    "job": _REFERENCE,
    "service": _SERVICE,
    "services": _services,
    "priority": _CODE_OR_NONE,
    "language": _text(8),
    "channel": _text(16),
    "party_size": _whole(1, 999),
    "station": _text(64, 0),
    "finish": _yes_or_no,
    "is_printed": _yes_or_no,
    "always_open": _yes_or_no,
    "detail": _text(400, 0),
    "name": _text(200),
    "pin": _text(64, 0),
    "pin_hash": _text(200),
    "role": _role,
    "cursor": _whole(0, _LARGEST),
    "limit": _whole(1, 1_000_000),
    "keep_days": _whole(0, 36_500),
    "last": _whole(1, 1_000_000),
}
