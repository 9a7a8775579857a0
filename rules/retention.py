"""How long personal data are kept: by field, from the end of the same day to thirty days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

LONGEST_DAYS = 30


class PersonalField(StrEnum):
    """What a service may demand to know of a visitor; nothing else is ever kept."""

    NIK = "nik"
    PHONE = "phone"


def purge_date(field: PersonalField, taken_on: date, retention: Mapping[str, int]) -> date:
    """Return the first business date on which a datum is gone.

    Args:
        field: What it is.
        taken_on: The business date of the visit.
        retention: Days by field; 0, and a field that is not named, is the end of the same day.
    """
    days = min(max(retention.get(field.value, 0), 0), LONGEST_DAYS)
    return taken_on + timedelta(days=days + 1)
