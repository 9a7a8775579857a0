"""The states of a paper and the legal steps between them."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """Where a paper stands; ``sent`` is the honest end for a model that can't confirm."""

    QUEUED = "queued"
    SENDING = "sending"
    PRINTED = "printed"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


_NEXT: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.SENDING, JobState.FAILED}),
    JobState.SENDING: frozenset(
        {JobState.PRINTED, JobState.SENT, JobState.FAILED, JobState.UNKNOWN}
    ),
}


def may_become(state: JobState, then: JobState) -> bool:
    """Say whether a paper in one state may go to the other."""
    return then in _NEXT.get(state, frozenset())
