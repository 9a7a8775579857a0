"""Print jobs: every paper asked for, and what became of it. The number exists regardless."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from db.inputs import checked, is_key
from db.journal import Kind
from db.moment import to_datetime
from db.tickets import add_job, job_id
from db.transaction import Tx, View
from rules.errors import BadInput, IllegalMove, UnknownTicket
from rules.job import JobState as JobState  # callers know it as ours
from rules.job import may_become
from rules.number import label


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One paper; ``copy`` 0 is the first, ``may_have_printed`` whether it marks SALINAN."""

    job: str
    ticket: str
    number: str
    station: str
    copy: int
    state: JobState
    detail: str
    created_at: datetime
    may_have_printed: bool


_JOBS = """
    SELECT j.ticket, k.prefix, k.number, j.station, j.copy, j.state, j.detail, j.created_at,
      EXISTS (SELECT 1 FROM print_job e WHERE e.ticket = j.ticket AND e.copy < j.copy
              AND e.state IN ('sending', 'printed', 'sent', 'unknown'))
    FROM print_job j JOIN ticket k ON k.id = j.ticket WHERE j.site = :site
"""


# The partial index's own words beside the state: SQLite takes the index for nothing less.
_OPEN = " AND j.station = :station AND j.state IN ('queued', 'sending')"


def jobs_to_print(view: View, station: str) -> tuple[PrintJob, ...]:
    """Return the station's queued jobs of today, oldest first."""
    checked(station=station)
    return _jobs(
        view,
        f"{_OPEN} AND j.state = 'queued' AND k.business_date = :today"
        " ORDER BY j.created_at, k.number",
        station=station,
        today=view.business_date,
    )


def jobs_sending(view: View, station: str) -> tuple[PrintJob, ...]:
    """Return the jobs that the station was sending: after a restart nobody knows of them."""
    checked(station=station)
    return _jobs(view, f"{_OPEN} AND j.state = 'sending'", station=station)


def jobs_of_ticket(view: View, ticket: str) -> tuple[PrintJob, ...]:
    """Return all papers of a ticket, first to last."""
    checked(ticket=ticket)
    if not is_key(ticket):
        return ()
    return _jobs(view, " AND j.ticket = :ticket ORDER BY j.copy", ticket=ticket)


def queue_copy(
    tx: Tx, *, request: str, actor: str, ticket: str, station: str | None = None
) -> PrintJob:
    """Ask for one more paper of a ticket: the same number, never a second one.

    Args:
        tx: The transaction.
        request: The caller's request id.
        actor: Who asks.
        ticket: The ticket's key.
        station: The station that is to print; the ticket's own where None.

    Raises:
        UnknownTicket: There is none with this key.
    """
    checked(ticket=ticket)
    if station is not None:
        checked(station=station)
    prior = tx.open(request, actor, Kind.COPY_QUEUED)
    if prior is not None:
        return replace(_job(tx, str(prior.data["job"])), state=JobState.QUEUED, detail="")
    if not is_key(ticket):
        raise UnknownTicket(ticket=ticket)
    row = tx.one(
        "SELECT k.prefix, k.number, k.station,"
        " (SELECT count(*) FROM print_job j WHERE j.ticket = k.id)"
        " FROM ticket k WHERE k.site = :site AND k.id = :ticket",
        site=tx.site.code,
        ticket=ticket,
    )
    if row is None:
        raise UnknownTicket(ticket=ticket)
    job = add_job(tx, ticket=ticket, station=station or row[2], copy=row[3])
    tx.event(
        Kind.COPY_QUEUED,
        ticket=ticket,
        data={"number": label(row[0], row[1]), "job": job, "copy": row[3]},
    )
    return _job(tx, job)


def record_print(
    tx: Tx, *, request: str, actor: str, job: str, state: JobState, detail: str = ""
) -> PrintJob:
    """Write what became of a job; ``detail`` is a device state's name, no free text.

    Raises:
        UnknownTicket: There is no such job.
        IllegalMove: The job doesn't go from its state to this one.
    """
    checked(job=job, detail=detail)
    if not isinstance(state, JobState):
        raise BadInput(field="state", reason="type")
    prior = tx.open(request, actor, Kind.PRINT_RECORDED)
    if prior is not None:
        data = prior.data
        first = JobState(data["state"])
        return replace(_job(tx, str(data["job"])), state=first, detail=str(data["detail"]))
    found = _job(tx, job)
    if not may_become(found.state, state):
        raise IllegalMove(
            move=state.value, status=found.state.value, number=found.number, counter=None
        )
    tx.write(
        "UPDATE print_job SET state = :state, detail = :detail, updated_at = :now"
        " WHERE ticket = :ticket AND copy = :copy",
        state=state.value,
        detail=detail[:32],
        now=tx.now(),
        ticket=found.ticket,
        copy=found.copy,
    )
    tx.event(
        Kind.PRINT_RECORDED,
        ticket=found.ticket,
        data={"number": found.number, "job": job, "state": state.value, "detail": detail[:32]},
    )
    return _job(tx, job)


def _jobs(view: Tx | View, where: str, **values: object) -> tuple[PrintJob, ...]:
    return tuple(
        PrintJob(
            job=job_id(row[0], row[4]),
            ticket=row[0],
            number=label(row[1], row[2]),
            station=row[3],
            copy=row[4],
            state=JobState(row[5]),
            detail=row[6],
            created_at=to_datetime(row[7]),
            may_have_printed=bool(row[8]),
        )
        for row in view.rows(_JOBS + where, site=view.site.code, **values)
    )


def _job(view: Tx, job: str) -> PrintJob:
    ticket, _, copy = job.partition(".")
    found = _jobs(view, " AND j.ticket = :ticket", ticket=ticket) if is_key(ticket) else ()
    for each in found:
        if str(each.copy) == copy:
            return each
    raise UnknownTicket(ticket=job)
