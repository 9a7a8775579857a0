"""What a service asks of who wants its number: a place of a quota, personal data."""

from __future__ import annotations

import json
from dataclasses import dataclass

from rules.retention import PersonalField

COLUMNS = "s.demands, EXISTS (SELECT 1 FROM quota q WHERE q.site = s.site AND q.service = s.code)"
"""What ``terms_of`` takes, of a service ``s``: it goes along with the service's other facts."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One service's terms; almost always there are none."""

    service: str
    demands: tuple[PersonalField, ...]
    has_quota: bool


def terms_of(service: str, demands: str, has_quota: object) -> Terms:
    """Return a service's terms from the ``COLUMNS``."""
    fields = tuple(PersonalField(field) for field in json.loads(demands))
    return Terms(service, fields, bool(has_quota))
