"""What a day or a month was like: who came, who was served, how long it took.

A period is read day by day, each on a snapshot of its own: an old snapshot beside a busy
table makes every call slower (docs/decisions/0020). So a month of the present, read while
the hall works, is no single instant; days that are over never change.
"""

from __future__ import annotations

from collections import Counter as Count
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from db.driver import Row
from db.moment import to_datetime
from db.names import Names, names_of
from db.seals import DaySeal, day_seal
from db.store import Store
from db.transaction import View
from rules.errors import DayUnknown
from rules.statistics import Spread, duration, spread
from rules.turn import OPEN, TurnStatus


@dataclass(frozen=True, slots=True)
class Figures:
    """Of some turns: how many, what became of them, how long it took (seconds).

    ``wait`` is of all who were called, from joining the queue, or from the end of the
    ticket's visit before, to the call; ``visit`` of all who were served.
    """

    issued: int
    served: int
    missed: int
    cancelled: int
    closed: int
    unfinished: int
    wait: Spread
    visit: Spread


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one service, agency, counter, hour, channel or date."""

    code: str
    names: Names
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """A period; lines of which nothing is to say are left out.

    ``by_counter`` holds only turns that were called, ``by_hour`` (00 to 23, site time) goes by
    when they joined, ``by_priority`` has the codes ``priority`` and ``ordinary``. ``seal`` is
    the journal's end of the last day, None while that day lasts or where it was pruned.
    """

    site: str
    site_name: str
    time_zone: str
    first: date
    last: date
    made_at: datetime
    tickets: int
    total: Figures
    by_agency: tuple[Line, ...]
    by_service: tuple[Line, ...]
    by_counter: tuple[Line, ...]
    by_priority: tuple[Line, ...]
    by_channel: tuple[Line, ...]
    by_hour: tuple[Line, ...]
    by_date: tuple[Line, ...]
    seal: DaySeal | None


def report(store: Store, first: date, last: date) -> Report:
    """Return the figures of the business dates from ``first`` to ``last``.

    Raises:
        StoreProblem: The store can't be read now.
    """
    tally = _Tally()
    with _snapshot(store) as view:
        facts = _facts(view)
        zone = ZoneInfo(view.site.time_zone)
        made_at = to_datetime(view.now())
        today = date.fromisoformat(view.business_date)
    for day in _days(first, min(last, today)):
        with _snapshot(store) as view:
            rows = view.rows(_TURNS, site=view.site.code, day=day.isoformat())
        # Nothing is worked out while the snapshot is held.
        tally.add(day, rows, facts.agency_of, zone)
    with _snapshot(store) as view:
        seal = _seal(view, last)
    return Report(
        site=facts.code,
        site_name=facts.name,
        time_zone=zone.key,
        first=first,
        last=last,
        made_at=made_at,
        tickets=tally.tickets,
        total=tally.total.figures(),
        by_agency=tally.lines("agency", facts.agencies),
        by_service=tally.lines("service", facts.services),
        by_counter=tally.lines("counter", facts.counters),
        by_priority=tally.lines("priority", {"priority": {}, "ordinary": {}}),
        by_channel=tally.lines("channel", {}),
        by_hour=tally.lines("hour", {}),
        by_date=tally.lines("date", {}),
        seal=seal,
    )


def _seal(view: View, day: date) -> DaySeal | None:
    try:
        found = day_seal(view, day)
    except DayUnknown:
        return None
    return found if found.is_closed else None


_TURNS = """
    SELECT t.ticket, t.service, t.status, t.counter, t.queued_at, t.called_at, t.started_at,
      t.ended_at, k.priority, k.channel
    FROM turn t
    JOIN ticket k ON k.id = t.ticket AND k.site = t.site AND k.business_date = t.business_date
    WHERE t.site = :site AND t.business_date = :day
"""
_ENDS = {
    TurnStatus.DONE.value: "served",
    TurnStatus.MISSED.value: "missed",
    TurnStatus.CANCELLED.value: "cancelled",
    TurnStatus.CLOSED.value: "closed",
    **{status.value: "unfinished" for status in OPEN},
}


@contextmanager
def _snapshot(store: Store) -> Iterator[View]:
    """Give a short snapshot; on PostgreSQL with the planner as the server has it.

    The hot path's settings allow walks along indexes only. A day is read whole: two ranges
    of indexes, put together by a hash.
    """
    with store.read() as view:
        if not store.is_sqlite:
            for name in ("enable_hashjoin", "enable_mergejoin", "enable_seqscan"):
                view.rows(f"SET LOCAL {name} = on")
        yield view


@dataclass(frozen=True, slots=True)
class _Facts:
    """The site and its names; those that are closed too, since they have a past."""

    code: str
    name: str
    agency_of: dict[str, str]
    agencies: dict[str, Names]
    services: dict[str, Names]
    counters: dict[str, Names]


def _facts(view: View) -> _Facts:
    site = view.site.code
    named = {
        table: view.rows(
            f"SELECT code, names FROM {table} WHERE site = :site ORDER BY position", site=site
        )
        for table in ("agency", "counter")
    }
    services = view.rows(
        "SELECT s.code, s.names, s.agency FROM service s JOIN agency a ON a.site = s.site"
        " AND a.code = s.agency WHERE s.site = :site ORDER BY a.position, s.position",
        site=site,
    )
    return _Facts(
        code=site,
        name=view.rows("SELECT name FROM site WHERE code = :site", site=site)[0][0],
        agency_of={code: agency for code, _, agency in services},
        agencies={code: names_of(names) for code, names in named["agency"]},
        services={code: names_of(names) for code, names, _ in services},
        counters={code: names_of(names) for code, names in named["counter"]},
    )


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


class _Group:
    """Turns that belong together, while they are counted."""

    __slots__ = ("_ends", "_visits", "_waits")

    def __init__(self) -> None:
        self._ends: Count[str] = Count()
        self._waits: list[int | None] = []
        self._visits: list[int | None] = []

    def add(self, end: str, wait_s: int | None, visit_s: int | None) -> None:
        self._ends[end] += 1
        self._waits.append(wait_s)
        self._visits.append(visit_s)

    def figures(self) -> Figures:
        return Figures(
            issued=self._ends.total(),
            served=self._ends["served"],
            missed=self._ends["missed"],
            cancelled=self._ends["cancelled"],
            closed=self._ends["closed"],
            unfinished=self._ends["unfinished"],
            wait=spread(self._waits),
            visit=spread(self._visits),
        )


class _Tally:
    """All groups of a report, filled day by day."""

    def __init__(self) -> None:
        self.total = _Group()
        self.tickets = 0
        self._groups: dict[str, dict[str, _Group]] = defaultdict(dict)

    def add(self, day: date, rows: list[Row], agency_of: dict[str, str], zone: ZoneInfo) -> None:
        """Count a day's turns."""
        visits_of: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row in rows:
            visits = visits_of[row[0]]
            if row[6] is not None and row[7] is not None:
                visits.append((row[6], row[7]))
        self.tickets += len(visits_of)
        hours: dict[int, str] = {}
        date_text = day.isoformat()
        for ticket, service, status, counter, queued, called, started, ended, *who in rows:
            # A recall moves called_at on, a visit that was held was called once more.
            first = called if started is None or called is None else min(called, started)
            wait = None
            if first is not None:
                before = [end for begin, end in visits_of[ticket] if begin < first and end <= first]
                wait = _seconds(duration(max([queued, *before]), first))
            is_served = status == TurnStatus.DONE.value
            visit = _seconds(duration(started, ended)) if is_served else None
            quarter = queued // _QUARTER
            if quarter not in hours:
                hours[quarter] = f"{to_datetime(queued).astimezone(zone).hour:02}"
            keys = [
                ("service", service),
                ("agency", agency_of.get(service, service)),
                ("priority", "ordinary" if who[0] is None else "priority"),
                ("channel", who[1]),
                ("hour", hours[quarter]),
                ("date", date_text),
            ]
            if counter is not None:
                keys.append(("counter", counter))
            end = _ENDS[status]
            self.total.add(end, wait, visit)
            for kind, code in keys:
                groups = self._groups[kind]
                if code not in groups:
                    groups[code] = _Group()
                groups[code].add(end, wait, visit)

    def lines(self, kind: str, names: dict[str, Names]) -> tuple[Line, ...]:
        """Return a kind's groups: in the catalogue's order, what it doesn't name by code."""
        groups = self._groups[kind]
        order = [code for code in names if code in groups]
        order += sorted(groups.keys() - names.keys())
        return tuple(Line(code, names.get(code, {}), groups[code].figures()) for code in order)


# The smallest step by which time zones differ: within it the local hour is one.
_QUARTER = 900_000_000


def _seconds(micros: int | None) -> int | None:
    return None if micros is None else micros // 1_000_000
