"""How each service's queue stands now: who waits, who serves, how long a visit takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from db.moment import to_micros
from db.transaction import Tx, View
from rules.errors import UnknownService
from rules.wait import WaitRange, estimate, share, typical_minutes

_LAST_VISITS = 20


@dataclass(frozen=True, slots=True)
class QueueState:
    """One service's queue.

    ``waiting`` counts its own turns, ``people`` also those of other services whom the same
    desks will call first. ``counters`` counts the desks with an officer of today or a
    visitor, ``busy`` those of them that have a visitor. ``wait`` is for who joins now.
    """

    service: str
    agency: str
    waiting: int
    people: int
    counters: int
    busy: int
    wait: WaitRange


_DESKS = """
    SELECT cs.service, cs.counter,
      EXISTS (SELECT 1 FROM desk_session d WHERE d.site = cs.site AND d.counter = cs.counter
              AND d.ended_at IS NULL AND d.started_at >= :day_began),
      EXISTS (SELECT 1 FROM turn b WHERE b.site = cs.site AND b.counter = cs.counter
              AND b.status IN ('called', 'serving'))
    FROM counter c JOIN counter_service cs ON cs.site = c.site AND cs.counter = c.code
    WHERE c.site = :site AND c.is_open
"""


class Queues:
    """All queues of a hall at one instant; a state is worked out when it is asked for.

    Args:
        view: The store.
        before: Count only turns due before this (due_at, queued_seq), not all who wait.
    """

    def __init__(self, view: Tx | View, before: tuple[int, int] | None = None) -> None:
        rows = view.rows(
            "SELECT code, agency, duration_min FROM service WHERE site = :site",
            site=view.site.code,
        )
        measured = _measured(view)
        self._agency = {row[0]: row[1] for row in rows}
        self._minutes = {row[0]: typical_minutes(row[2], measured.get(row[0], [])) for row in rows}
        self.waiting = _waiting(view, before)
        planned, self._staffed, self._busy = _desks(view)
        # Where nobody has signed in yet, the desks of the plan will serve.
        self._desks = {**planned, **self._staffed}

    def state(self, service: str) -> QueueState:
        """Return one service's queue.

        Raises:
            UnknownService: There is none with this code.
        """
        if service not in self._agency:
            raise UnknownService(service=service)
        load = share(self.waiting, self._minutes, self._desks, service)
        each = load.minutes / load.turns if load.turns else self._minutes[service]
        desks = len(self._desks.get(service, _NONE))
        at_work = len(self._staffed.get(service, _NONE))
        busy = len(self._busy.get(service, _NONE))
        return QueueState(
            service=service,
            agency=self._agency[service],
            waiting=self.waiting.get(service, 0),
            people=load.people,
            counters=at_work,
            busy=busy,
            # An empty desk calls nobody at once.
            wait=estimate(load.turns, each, desks, busy if at_work else desks),
        )

    def of_agencies(self) -> dict[str, list[str]]:
        """Return the services of each agency."""
        found: dict[str, list[str]] = {}
        for service, agency in self._agency.items():
            found.setdefault(agency, []).append(service)
        return found


_NONE: frozenset[str] = frozenset()
_ByService = dict[str, frozenset[str]]


def _desks(view: Tx | View) -> tuple[_ByService, _ByService, _ByService]:
    """Return the counters of each service: all open ones, those at work, those busy."""
    midnight = datetime.combine(
        date.fromisoformat(view.business_date), time(), tzinfo=ZoneInfo(view.site.time_zone)
    )
    rows = view.rows(_DESKS, site=view.site.code, day_began=to_micros(midnight))
    sets: tuple[dict[str, set[str]], ...] = ({}, {}, {})
    for service, counter, is_signed_in, is_busy in rows:
        sets[0].setdefault(service, set()).add(counter)
        if is_signed_in or is_busy:
            sets[1].setdefault(service, set()).add(counter)
        if is_busy:
            sets[2].setdefault(service, set()).add(counter)
    planned, staffed, busy = (
        {service: frozenset(counters) for service, counters in each.items()} for each in sets
    )
    return planned, staffed, busy


def _waiting(view: Tx | View, before: tuple[int, int] | None) -> Mapping[str, int]:
    values: dict[str, object] = {"site": view.site.code, "today": view.business_date}
    condition = ""
    if before is not None:
        condition = " AND (due_at < :due_at OR (due_at = :due_at AND queued_seq < :queued_seq))"
        values |= {"due_at": before[0], "queued_seq": before[1]}
    rows = view.rows(
        "SELECT service, count(*) FROM turn WHERE site = :site AND business_date = :today"
        f" AND status = 'waiting'{condition} GROUP BY service",
        **values,
    )
    return {row[0]: int(row[1]) for row in rows}


def _measured(view: Tx | View) -> dict[str, list[float]]:
    """Return the minutes at the desk of today's last visits, by service."""
    rows = view.rows(
        "SELECT service, minutes FROM (SELECT t.service AS service,"
        " (t.ended_at - t.started_at) / 60000000.0 AS minutes,"
        " row_number() OVER (PARTITION BY t.service ORDER BY t.ended_at DESC) AS place"
        " FROM turn t WHERE t.site = :site AND t.business_date = :today AND t.status = 'done'"
        " AND t.started_at IS NOT NULL) AS visits WHERE place <= :last",
        site=view.site.code,
        today=view.business_date,
        last=_LAST_VISITS,
    )
    found: dict[str, list[float]] = {}
    for code, minutes in rows:
        found.setdefault(code, []).append(float(minutes))
    return found
