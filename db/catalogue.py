"""Load a catalogue into a store: idempotent; what vanished from it is closed, not deleted."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Table

from db import schema
from db.catalogue_file import (
    AgencyEntry,
    CatalogueFile,
    CounterEntry,
    PriorityEntry,
    ServiceEntry,
    ZoneEntry,
    cross_faults,
)
from db.catalogue_hours import DateException, Day, Hours
from db.errors import SiteUnknown
from db.inputs import checked
from db.journal import Kind
from db.moment import local_date
from db.quota_settings import write_quotas
from db.store import Store, new_request
from db.transaction import Tx
from rules.chain import GENESIS
from rules.errors import BadInput, CatalogueFault


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: counts of what is open now; ``changed`` False where nothing was new."""

    site: str
    agencies: int
    services: int
    counters: int
    changed: bool


def sites(store: Store) -> tuple[str, ...]:
    """Return the codes of the sites that a store holds; empty for a new store."""
    with store.connected() as connection:
        return tuple(
            str(row[0]) for row in connection.rows("SELECT code FROM site ORDER BY code", {})
        )


def drop_unused_sample(store: Store) -> None:
    """Forget a sample site with which nobody has worked: a real hall takes its place.

    Does nothing where there is another site, an officer, or a number that was given.
    """
    found = sites(store)
    with store.connected() as connection:
        used = connection.rows(
            "SELECT (SELECT count(*) FROM officer), (SELECT count(*) FROM series),"
            " (SELECT count(*) FROM site WHERE NOT is_sample)",
            {},
        )[0]
        if len(found) != 1 or any(used):
            return
        connection.begin()
        connection.commit(
            [(f"DELETE FROM {table.name}", {}) for table in (*_OF_SAMPLE, _table(schema.Site))]
        )


_OF_SAMPLE = tuple(
    table for table in reversed(schema.Base.metadata.sorted_tables) if "site" in table.columns
)
"""What can hold anything of a site, each before what it points at; the site itself is last."""


def load_catalogue(
    store: Store,
    file: CatalogueFile,
    *,
    actor: str,
    request: str | None = None,
    always_open: bool | None = None,
) -> Loaded:
    """Load a catalogue, creating its site in an empty store.

    Args:
        store: A store whose schema is installed; ``store.site`` becomes the file's site.
        file: The checked catalogue.
        actor: Who loads it.
        request: The request id; a new one where None.
        always_open: True for a demo: the hall never closes. None keeps what is set.

    Raises:
        SiteUnknown: The store holds another site and this one was not asked for.
        CatalogueFault: One part of the catalogue names what another doesn't have.
        BadInput: It is no catalogue at all.
    """
    own_request = _checked(file, actor, request, always_open)
    code = file.site.code
    present = sites(store)
    if present and code not in present and store.site != code:
        raise SiteUnknown(url=store.url, site=code, sites=", ".join(present))
    store.site = code
    if code not in present:
        _create_site(store, file)
    loaded = store.run(lambda tx: _load(tx, file, own_request, actor, always_open=always_open))
    if loaded.changed and not store.is_sqlite:
        # Else PostgreSQL plans for empty tables until autovacuum comes by, and the wall's
        # reading takes ten times as long.
        with store.connected() as connection:
            connection.rows("ANALYZE", {})
    return loaded


def _checked(file: CatalogueFile, actor: str, request: str | None, always_open: bool | None) -> str:
    """Check what a load is given, before a site is made; return its request id.

    Made once: a second try after a lost connection must be the same request.
    """
    own_request = new_request() if request is None else request
    checked(request=own_request, actor=actor)
    if always_open is not None:
        checked(always_open=always_open)
    if not isinstance(file, CatalogueFile):
        raise BadInput(field="file", reason="type")
    faults = tuple(cross_faults(file))
    if faults:
        raise CatalogueFault(file=file.site.code, faults=faults)
    return own_request


def _create_site(store: Store, file: CatalogueFile) -> None:
    """Write the site and its head; before that there is nothing that a command could lock."""
    entry = file.site
    values = {
        "code": entry.code,
        "signing_key": secrets.token_hex(32),
        "is_always_open": False,
        **_site_values(file, digest=""),
    }
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    with store.connected() as connection:
        now = connection.begin()
        connection.commit(
            [
                (f"INSERT INTO site ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING", values),
                (
                    "INSERT INTO feed_head (site, seq, hash, business_date, at)"
                    " VALUES (:site, 0, :hash, :today, :now) ON CONFLICT DO NOTHING",
                    {
                        "site": entry.code,
                        "hash": GENESIS,
                        "today": local_date(now, entry.time_zone).isoformat(),
                        "now": now,
                    },
                ),
            ]
        )


def _site_values(file: CatalogueFile, digest: str) -> dict[str, object]:
    entry = file.site
    return {
        "name": entry.name,
        "place": entry.place,
        "motto": entry.motto,
        "time_zone": entry.time_zone,
        "holidays": entry.holidays,
        "theme": entry.theme,
        "is_sample": entry.is_sample,
        "ordinary_min": entry.ordinary_min,
        "priority_min": entry.priority_min,
        "booked_min": entry.booked_min,
        "returned_min": entry.returned_min,
        "retention": _json(entry.retention),
        "catalogue_hash": digest,
    }


def _load(
    tx: Tx, file: CatalogueFile, request: str, actor: str, *, always_open: bool | None
) -> Loaded:
    prior = tx.open(request, actor, Kind.CATALOGUE_LOADED)
    counts = {
        "agencies": len(file.agencies),
        "services": sum(len(agency.services) for agency in file.agencies),
        "counters": len(file.counters),
    }
    if prior is not None:
        return Loaded(site=tx.site.code, changed=True, **counts)
    if always_open is not None and always_open != tx.site.is_always_open:
        tx.write(
            "UPDATE site SET is_always_open = :value WHERE code = :site",
            value=always_open,
            site=tx.site.code,
        )
    digest = file.digest()
    known = tx.rows("SELECT catalogue_hash FROM site WHERE code = :site", site=tx.site.code)
    if known[0][0] == digest and always_open in (None, tx.site.is_always_open):
        return Loaded(site=tx.site.code, changed=False, **counts)
    _write_parts(tx, file)
    values = _site_values(file, digest)
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    tx.write(f"UPDATE site SET {assignments} WHERE code = :site", site=tx.site.code, **values)
    tx.event(Kind.CATALOGUE_LOADED, data={"catalogue": digest, **counts})
    return Loaded(site=tx.site.code, changed=True, **counts)


def _write_parts(tx: Tx, file: CatalogueFile) -> None:
    _upsert(tx, schema.Zone, (_zone(i, z) for i, z in enumerate(file.zones)))
    _upsert(tx, schema.Agency, (_agency(i, a) for i, a in enumerate(file.agencies)))
    services = [(a, s) for a in file.agencies for s in a.services]
    _upsert(tx, schema.Service, (_service(i, a, s) for i, (a, s) in enumerate(services)))
    _upsert(tx, schema.Counter, (_counter(i, c) for i, c in enumerate(file.counters)))
    _upsert(tx, schema.PriorityClass, (_priority(i, p) for i, p in enumerate(file.priorities)))
    _replace(
        tx,
        schema.Requirement,
        (
            {"service": f"{a.code}.{s.code}", "position": i, "words": words}
            for a, s in services
            for i, words in enumerate(s.requirements)
        ),
    )
    write_quotas(tx, ((f"{a.code}.{s.code}", s.quota) for a, s in services))
    # A service that vanished keeps its desks, so that those who wait for it are still called.
    tx.write(
        "DELETE FROM counter_service WHERE site = :site AND service IN"
        " (SELECT code FROM service WHERE site = :site AND is_open)",
        site=tx.site.code,
    )
    _upsert(tx, schema.CounterService, _served(file), closes=False)
    _replace(tx, schema.CalendarWeek, (row for scope in _scopes(file) for row in _week(*scope)))
    _replace(tx, schema.CalendarDate, (row for scope in _scopes(file) for row in _dates(*scope)))


_Scope = tuple[str, Hours | None, tuple[DateException, ...]]


def _scopes(file: CatalogueFile) -> Iterator[_Scope]:
    """Yield the hall, its agencies and their services, with their hours."""
    yield "", file.hours, file.exceptions
    for agency in file.agencies:
        yield agency.code, agency.hours, agency.exceptions
        for service in agency.services:
            yield f"{agency.code}.{service.code}", service.hours, service.exceptions


def _week(
    scope: str, week: Hours | None, exceptions: tuple[DateException, ...]
) -> Iterator[dict[str, object]]:
    del exceptions
    for weekday, day in () if week is None else week.days():
        yield {"scope": scope, "weekday": weekday, "hours": _hours(day)}


def _dates(
    scope: str, week: Hours | None, exceptions: tuple[DateException, ...]
) -> Iterator[dict[str, object]]:
    """Yield a row for each date; one that is named by itself stands out of its season."""
    del week
    named = {entry.date for entry in exceptions if entry.date is not None}
    for entry in exceptions:
        days = [*entry.season()] if entry.date is None else [(entry.date, entry.hours, entry.note)]
        for day, hours, note in days:
            if entry.date is not None or day not in named:
                yield {
                    "scope": scope,
                    "day": day.isoformat(),
                    "hours": None if hours is None else _hours(hours),
                    "note": note,
                    "is_season": entry.date is None,
                }


def _served(file: CatalogueFile) -> Iterable[dict[str, object]]:
    by_agency = {a.code: [f"{a.code}.{s.code}" for s in a.services] for a in file.agencies}
    for counter in file.counters:
        weights: dict[str, int] = {}
        for served in counter.services:
            for code in by_agency.get(served.service, [served.service]):
                weights[code] = max(served.weight, weights.get(code, 1))
        for code, weight in weights.items():
            yield {"counter": counter.code, "service": code, "weight": weight}


def _zone(position: int, entry: ZoneEntry) -> dict[str, object]:
    return {
        "code": entry.code,
        "names": _json(entry.names),
        "floor": entry.floor,
        "direction": entry.direction,
        "position": position,
    }


def _agency(position: int, entry: AgencyEntry) -> dict[str, object]:
    return {
        "code": entry.code,
        "prefix": entry.prefix,
        "names": _json(entry.names),
        "short_names": _json(entry.short_names or entry.names),
        "icon": entry.icon,
        "kind": entry.type,
        "note": " ".join(filter(None, [entry.note, entry.hours_note])),
        "position": position,
    }


def _service(position: int, agency: AgencyEntry, entry: ServiceEntry) -> dict[str, object]:
    return {
        "code": f"{agency.code}.{entry.code}",
        "agency": agency.code,
        "prefix": entry.prefix,
        "names": _json(entry.names),
        "spoken_names": _json(entry.spoken_name or entry.names),
        "keywords": _json(entry.keywords),
        "channels": _json(entry.channels.model_dump()),
        "excludes": entry.excludes,
        "has_priority": entry.has_priority,
        "is_free": entry.is_free,
        "fee": entry.fee,
        "duration_min": entry.duration_min,
        "duration_status": entry.duration_status,
        "completion": entry.completion,
        "legal_basis": entry.legal_basis,
        "priority_notes": entry.priority_notes,
        "source": entry.source,
        "demands": _json(list(dict.fromkeys(entry.demands))),
        "position": position,
    }


def _counter(position: int, entry: CounterEntry) -> dict[str, object]:
    return {
        "code": entry.code,
        "names": _json(entry.names),
        "zone": entry.zone,
        "position": position,
    }


def _priority(position: int, entry: PriorityEntry) -> dict[str, object]:
    return {"code": entry.code, "names": _json(entry.names), "position": position}


def _hours(day: Day) -> str:
    return _json(day.model_dump())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _upsert(
    tx: Tx,
    model: type[schema.Base],
    entries: Iterable[Mapping[str, object]],
    *,
    closes: bool = True,
) -> None:
    """Insert or update rows by their primary key; close those that the file has no more."""
    table = _table(model)
    if closes:
        tx.write(f"UPDATE {table.name} SET is_open = false WHERE site = :site", site=tx.site.code)
    keys = [column.name for column in table.primary_key]
    for entry in entries:
        values = {"site": tx.site.code, **entry, **({"is_open": True} if closes else {})}
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        updates = ", ".join(f"{name} = excluded.{name}" for name in values if name not in keys)
        tx.write(
            f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
            f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {updates}",
            **values,
        )


def _replace(tx: Tx, model: type[schema.Base], entries: Iterable[Mapping[str, object]]) -> None:
    """Replace all rows of the site: for parts that nothing else points at."""
    table = _table(model)
    tx.write(f"DELETE FROM {table.name} WHERE site = :site", site=tx.site.code)
    _upsert(tx, model, entries, closes=False)


def _table(model: type[schema.Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - every model of ours is one table
    return table
