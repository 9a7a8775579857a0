"""The catalogue as screens read it: the site, its agencies and services, its counters."""

from __future__ import annotations

import json
from dataclasses import dataclass

from db.calendar import opening_of
from db.driver import Row
from db.inputs import checked
from db.names import Names, list_of, names_of
from db.queues import Queues
from db.quotas import ServiceQuota, quotas
from db.transaction import View
from rules.errors import UnknownService
from rules.hours import Opening
from rules.wait import WaitRange


@dataclass(frozen=True, slots=True)
class SiteView:
    """The hall itself."""

    code: str
    name: str
    place: str
    motto: str
    time_zone: str
    theme: str
    is_sample: bool
    is_always_open: bool


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A zone of the hall."""

    code: str
    names: Names
    floor: int
    direction: str


@dataclass(frozen=True, slots=True)
class CounterView:
    """A desk and the services it takes."""

    code: str
    names: Names
    zone: PlaceView
    services: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class ServiceView:
    """What a citizen should know before taking a number; ``code`` is ``AGENCY.SERVICE``."""

    code: str
    agency: str
    names: Names
    keywords: tuple[str, ...]
    requirements: tuple[str, ...]
    excludes: str
    has_priority: bool
    is_free: bool
    fee: str
    duration_min: int
    completion: str
    legal_basis: str
    channels: dict[str, bool]
    counters: tuple[str, ...]
    zone: PlaceView | None
    demands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgencyView:
    """A tenant and its open services, in the catalogue's order."""

    code: str
    prefix: str
    names: Names
    short_names: Names
    icon: str
    kind: str
    services: tuple[ServiceView, ...]


@dataclass(frozen=True, slots=True)
class PriorityView:
    """A priority class."""

    code: str
    names: Names


@dataclass(frozen=True, slots=True)
class Hall:
    """The whole open catalogue at one ``seq``."""

    seq: int
    site: SiteView
    agencies: tuple[AgencyView, ...]
    counters: tuple[CounterView, ...]
    priorities: tuple[PriorityView, ...]

    def service(self, code: str) -> ServiceView:
        """Return an open service.

        Raises:
            UnknownService: There is none with this code.
        """
        for agency in self.agencies:
            for service in agency.services:
                if service.code == code:
                    return service
        raise UnknownService(service=code)


@dataclass(frozen=True, slots=True)
class ServiceQueue:
    """A service's queue as the kiosk shows it before a number is taken.

    ``people`` counts also those of other services whom the same desks will call first;
    ``quota`` is None where numbers are not limited.
    """

    service: str
    waiting: int
    people: int
    wait: WaitRange
    open_counters: int
    opening: Opening
    quota: ServiceQuota | None = None


@dataclass(frozen=True, slots=True)
class ServiceCount:
    """Today's figures of one service."""

    service: str
    agency: str
    names: Names
    waiting: int
    serving: int
    held: int
    missed: int
    done: int
    quota: ServiceQuota | None = None


def hall(view: View) -> Hall:
    """Return the open catalogue."""
    places = {
        row[0]: PlaceView(code=row[0], names=names_of(row[1]), floor=row[2], direction=row[3])
        for row in _all(view, "code, names, floor, direction", "zone", only_open=False)
    }
    served: dict[str, list[str]] = {}
    for counter, service in view.rows(
        "SELECT cs.counter, cs.service FROM counter_service cs JOIN service s"
        " ON s.site = cs.site AND s.code = cs.service WHERE cs.site = :site AND s.is_open"
        " ORDER BY s.position",
        site=view.site.code,
    ):
        served.setdefault(counter, []).append(service)
    counters = tuple(
        CounterView(
            code=row[0],
            names=names_of(row[1]),
            zone=places[row[2]],
            services=tuple(served.get(row[0], [])),
            is_open=bool(row[3]),
        )
        for row in _all(view, "code, names, zone, is_open", "counter", only_open=True)
    )
    priorities = _all(view, "code, names", "priority_class", only_open=True)
    return Hall(
        seq=view.seq,
        site=_site(view),
        agencies=_agencies(view, counters),
        counters=counters,
        priorities=tuple(PriorityView(code=c, names=names_of(n)) for c, n in priorities),
    )


def service_queue(view: View, service: str) -> ServiceQueue:
    """Return who waits for a service, the expected wait, and whether numbers are given.

    Raises:
        UnknownService: There is none with this code.
    """
    checked(service=service)
    state = Queues(view).state(service)
    return ServiceQueue(
        service=service,
        waiting=state.waiting,
        people=state.people,
        wait=state.wait,
        open_counters=state.counters,
        opening=opening_of(view, service),
        quota=quotas(view, service).get(service),
    )


def open_services(view: View) -> tuple[str, ...]:
    """Return the codes of the services that the catalogue has, in its order."""
    return tuple(row[0] for row in _all(view, "code", "service", only_open=True))


def counts(view: View) -> tuple[ServiceCount, ...]:
    """Return today's figures of every open service."""
    found: dict[str, dict[str, int]] = {}
    for service, status, count in view.rows(
        "SELECT service, status, count(*) FROM turn WHERE site = :site"
        " AND business_date = :today GROUP BY service, status",
        site=view.site.code,
        today=view.business_date,
    ):
        found.setdefault(service, {})[status] = count
    rows = _all(view, "code, agency, names", "service", only_open=True)
    limited = quotas(view)
    figures = []
    for code, agency, names in rows:
        by_status = found.get(code, {})
        figures.append(
            ServiceCount(
                service=code,
                agency=agency,
                names=names_of(names),
                waiting=by_status.get("waiting", 0),
                serving=by_status.get("serving", 0) + by_status.get("called", 0),
                held=by_status.get("held", 0),
                missed=by_status.get("missed", 0),
                done=by_status.get("done", 0),
                quota=limited.get(code),
            )
        )
    return tuple(figures)


def _site(view: View) -> SiteView:
    row = view.rows(
        "SELECT code, name, place, motto, time_zone, theme, is_sample, is_always_open"
        " FROM site WHERE code = :site",
        site=view.site.code,
    )[0]
    return SiteView(
        code=row[0],
        name=row[1],
        place=row[2],
        motto=row[3],
        time_zone=row[4],
        theme=row[5],
        is_sample=bool(row[6]),
        is_always_open=bool(row[7]),
    )


def _agencies(view: View, counters: tuple[CounterView, ...]) -> tuple[AgencyView, ...]:
    needs: dict[str, list[str]] = {}
    for service, words in view.rows(
        "SELECT service, words FROM requirement WHERE site = :site ORDER BY service, position",
        site=view.site.code,
    ):
        needs.setdefault(service, []).append(words)
    services: dict[str, list[ServiceView]] = {}
    columns = (
        "code, agency, names, keywords, excludes, has_priority, is_free, fee, duration_min,"
        " completion, legal_basis, channels, demands"
    )
    for row in _all(view, columns, "service", only_open=True):
        desks = [counter for counter in counters if row[0] in counter.services]
        services.setdefault(row[1], []).append(_service(row, needs.get(row[0], []), desks))
    columns = "code, prefix, names, short_names, icon, kind"
    return tuple(
        AgencyView(
            code=row[0],
            prefix=row[1],
            names=names_of(row[2]),
            short_names=names_of(row[3]),
            icon=row[4],
            kind=row[5],
            services=tuple(services.get(row[0], [])),
        )
        for row in _all(view, columns, "agency", only_open=True)
    )


def _service(row: Row, needs: list[str], desks: list[CounterView]) -> ServiceView:
    return ServiceView(
        code=row[0],
        agency=row[1],
        names=names_of(row[2]),
        keywords=list_of(row[3]),
        requirements=tuple(needs),
        excludes=row[4],
        has_priority=bool(row[5]),
        is_free=bool(row[6]),
        fee=row[7],
        duration_min=row[8],
        completion=row[9],
        legal_basis=row[10],
        channels=json.loads(row[11]),
        counters=tuple(desk.code for desk in desks),
        zone=desks[0].zone if desks else None,
        demands=list_of(row[12]),
    )


def _all(view: View, columns: str, table: str, *, only_open: bool) -> list[Row]:
    condition = " AND is_open" if only_open else ""
    return view.rows(
        f"SELECT {columns} FROM {table} WHERE site = :site{condition} ORDER BY position",
        site=view.site.code,
    )
