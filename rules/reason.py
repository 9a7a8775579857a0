"""Why a visitor is called before his turn: a code for the journal, its words are elsewhere."""

from __future__ import annotations

from enum import StrEnum


class CallReason(StrEnum):
    """What an officer may name; free text could hold a name, so there is none.

    ``LATECOMER`` is the reason of every missed turn, and of no other.
    """

    LATECOMER = "latecomer"
    URGENT = "urgent"
    ASSISTANCE = "assistance"
    DOCUMENTS_READY = "documents_ready"
    OFFICER_ERROR = "officer_error"
    OTHER = "other"


CHOSEN = tuple(reason for reason in CallReason if reason is not CallReason.LATECOMER)
"""The reasons for somebody who still waits."""
