"""How each service's queue stands now: who waits, who serves, how long a visit takes."""

from __future__ import annotations

from dataclasses import dataclass

from db.transaction import Tx, View
from rules.wait import WaitRange, estimate, typical_minutes

_LAST_VISITS = 20


@dataclass(frozen=True, slots=True)
class QueueState:
    """One service's queue; ``minutes_per_turn`` blends the catalogue and today's visits.

    ``counters`` counts the desks with an officer signed in or a visitor there, ``busy``
    those of them that have a visitor.
    """

    service: str
    agency: str
    waiting: int
    counters: int
    busy: int
    minutes_per_turn: float

    @property
    def wait(self) -> WaitRange:
        """What somebody who joins now would wait."""
        return estimate(self.waiting, self.minutes_per_turn, self.counters, self.busy)


# Counted once for the whole hall, since the wall reads this after every event: a count for
# each of 133 services took it five times as long.
_STATES = """
    WITH busy AS (
      SELECT counter FROM turn WHERE site = :site AND status IN ('called', 'serving')
    ), desk AS (
      SELECT counter FROM desk_session WHERE site = :site AND ended_at IS NULL
      UNION SELECT counter FROM busy
    ), queue AS MATERIALIZED (
      SELECT service, count(*) AS turns FROM turn
      WHERE site = :site AND business_date = :today AND status = 'waiting' GROUP BY service
    ), staffed AS MATERIALIZED (
      SELECT cs.service, count(*) AS desks, count(busy.counter) AS busy
      FROM desk JOIN counter_service cs ON cs.site = :site AND cs.counter = desk.counter
      LEFT JOIN busy ON busy.counter = desk.counter GROUP BY cs.service
    )
    SELECT s.code, s.agency, s.duration_min, coalesce(queue.turns, 0),
      coalesce(staffed.desks, 0), coalesce(staffed.busy, 0)
    FROM service s
    LEFT JOIN queue ON queue.service = s.code
    LEFT JOIN staffed ON staffed.service = s.code
    WHERE s.site = :site AND s.is_open
"""


def queue_states(view: Tx | View, service: str | None = None) -> dict[str, QueueState]:
    """Return the state of one service's queue, or of every open service's, by code."""
    values: dict[str, object] = {"site": view.site.code, "today": view.business_date}
    sql = _STATES
    if service is not None:
        # A closed service still has a queue to finish.
        sql = _STATES.replace("s.is_open", "s.code = :service")
        values["service"] = service
    measured = _measured(view, service)
    return {
        row[0]: QueueState(
            service=row[0],
            agency=row[1],
            waiting=row[3],
            counters=row[4],
            busy=row[5],
            minutes_per_turn=typical_minutes(row[2], measured.get(row[0], [])),
        )
        for row in view.rows(sql, **values)
    }


def _measured(view: Tx | View, service: str | None) -> dict[str, list[float]]:
    """Return the minutes at the desk of today's last visits, by service."""
    only = "" if service is None else " AND t.service = :service"
    values: dict[str, object] = {} if service is None else {"service": service}
    rows = view.rows(
        "SELECT service, minutes FROM (SELECT t.service AS service,"
        " (t.ended_at - t.started_at) / 60000000.0 AS minutes,"
        " row_number() OVER (PARTITION BY t.service ORDER BY t.ended_at DESC) AS place"
        " FROM turn t WHERE t.site = :site AND t.business_date = :today AND t.status = 'done'"
        f" AND t.started_at IS NOT NULL{only}) AS visits WHERE place <= :last",
        site=view.site.code,
        today=view.business_date,
        last=_LAST_VISITS,
        **values,
    )
    found: dict[str, list[float]] = {}
    for code, minutes in rows:
        found.setdefault(code, []).append(float(minutes))
    return found
