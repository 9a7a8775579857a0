"""Set and clear quotas: by command, each change in the journal; and by a catalogue's load."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from db.journal import Kind
from db.quota_entry import QuotaEntry
from db.transaction import Tx, View
from rules.errors import BadQuota, UnknownService
from rules.quota import MOST_PLACES, Origin, Pool

_CLOCK = re.compile(r"([01][0-9]|2[0-3])\.[0-5][0-9]")
_SERVICE = re.compile(r"[A-Z0-9_.]{1,65}")
NEVER = "never"
"""A release time that is none: the pool's places stay its own."""

_INSERT = (
    "INSERT INTO quota (site, service, day, pool, origin, places, release_at) VALUES"
    " (:site, :service, :day, :pool, :origin, :places, :release_at)"
    " ON CONFLICT (site, service, day, pool, origin)"
    " DO UPDATE SET places = excluded.places, release_at = excluded.release_at"
)


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """A line of a quota; ``day`` None is every day."""

    service: str
    pool: Pool
    day: date | None
    places: int
    release_at: str | None
    origin: Origin = Origin.COMMAND


def set_quota(
    tx: Tx,
    *,
    request: str,
    actor: str,
    service: str,
    pool: str,
    places: int,
    day: date | None = None,
    release_at: str | None = None,
) -> QuotaLine:
    """Set the places of a pool, for a date or for every day; goes before the catalogue.

    Args:
        tx: The transaction.
        request: The caller's request id.
        actor: Who does it.
        service: ``AGENCY.SERVICE``.
        pool: ``kiosk``, ``priority`` or ``booking``.
        places: From 0; numbers that were given already stay given.
        day: The date; None for every day.
        release_at: ``HH.MM`` in site time, ``never``, or None for what is set already.

    Raises:
        UnknownService, BadQuota: Nothing was set.
    """
    prior = tx.open(request, actor, Kind.QUOTA_SET)
    if prior is not None:
        done = prior.data
        on = date.fromisoformat(done["day"]) if done["day"] else None
        return QuotaLine(
            done["service"], Pool(done["pool"]), on, done["places"], done["release_at"]
        )
    found = _checked(tx, service, pool, places, day, release_at)
    on_day = "" if day is None else day.isoformat()
    released_at = found if release_at is not None else _present_release(tx, service, pool, on_day)
    tx.write(
        _INSERT,
        site=tx.site.code,
        service=service,
        day=on_day,
        pool=pool,
        origin=Origin.COMMAND.value,
        places=places,
        release_at=released_at,
    )
    tx.event(
        Kind.QUOTA_SET,
        data={
            "service": service,
            "pool": pool,
            "day": on_day,
            "places": places,
            "release_at": released_at,
        },
    )
    return QuotaLine(service, Pool(pool), day, places, released_at)


def clear_quota(
    tx: Tx,
    *,
    request: str,
    actor: str,
    service: str,
    pool: str | None = None,
    day: date | None = None,
) -> int:
    """Take away what was set by command, so that the catalogue holds again; return how much.

    Without ``pool`` all pools, without ``day`` all dates and every day.

    Raises:
        UnknownService, BadQuota: Nothing was changed.
    """
    prior = tx.open(request, actor, Kind.QUOTA_CLEARED)
    if prior is not None:
        return int(prior.data["rows"])
    _require_service(tx, service)
    if pool is not None:
        _require_pool(service, pool)
    if day is not None and not isinstance(day, date):
        raise BadQuota(service=service, reason="date")
    conditions, values = "", {"site": tx.site.code, "service": service}
    if pool is not None:
        conditions, values["pool"] = f"{conditions} AND pool = :pool", pool
    if day is not None:
        conditions, values["day"] = f"{conditions} AND day = :day", day.isoformat()
    gone = tx.rows(
        "DELETE FROM quota WHERE site = :site AND service = :service AND origin = 'command'"
        f"{conditions} RETURNING pool",
        **values,
    )
    if gone:
        tx.event(
            Kind.QUOTA_CLEARED,
            data={
                "service": service,
                "pool": pool,
                "day": None if day is None else day.isoformat(),
                "rows": len(gone),
            },
        )
    return len(gone)


def quota_lines(view: View, service: str | None = None) -> tuple[QuotaLine, ...]:
    """Return the lines that are set for every day, today and later, of a service or of all."""
    wanted = "" if service is None else " AND service = :service"
    rows = view.rows(
        "SELECT service, pool, day, places, release_at, origin FROM quota WHERE site = :site"
        f" AND (day = '' OR day >= :today){wanted} ORDER BY service, day, pool, origin",
        site=view.site.code,
        today=view.business_date,
        **({} if service is None else {"service": service}),
    )
    return tuple(
        QuotaLine(
            service=row[0],
            pool=Pool(row[1]),
            day=date.fromisoformat(row[2]) if row[2] else None,
            places=row[3],
            release_at=row[4],
            origin=Origin(row[5]),
        )
        for row in rows
    )


def write_quotas(tx: Tx, quotas: Iterable[tuple[str, QuotaEntry | None]]) -> None:
    """Write what a catalogue says in the place of what the last one said.

    What was set by command lies beside it and stays.
    """
    tx.write("DELETE FROM quota WHERE site = :site AND origin = 'catalogue'", site=tx.site.code)
    for service, entry in quotas:
        for line in entry.lines() if entry is not None else ():
            tx.write(
                _INSERT,
                site=tx.site.code,
                service=service,
                day=line.day,
                pool=line.pool.value,
                origin=Origin.CATALOGUE.value,
                places=line.places,
                release_at=line.release_at,
            )


def _checked(
    tx: Tx, service: str, pool: str, places: int, day: date | None, release_at: str | None
) -> str | None:
    """Refuse what can't hold; return the release time as it is kept."""
    _require_service(tx, service)
    _require_pool(service, pool)
    if type(places) is not int or not 0 <= places <= MOST_PLACES:
        raise BadQuota(service=service, reason="places")
    if day is not None and not (isinstance(day, date) and day.isoformat() >= tx.business_date):
        raise BadQuota(service=service, reason="date")
    if release_at is None or release_at == NEVER:
        return None
    # What the kiosk has can't be released to the kiosk.
    if pool == Pool.KIOSK or not _CLOCK.fullmatch(str(release_at)):
        raise BadQuota(service=service, reason="release")
    return release_at


def _present_release(tx: Tx, service: str, pool: str, day: str) -> str | None:
    """Return the release time that holds now for what is about to be set."""
    rows = tx.rows(
        "SELECT release_at FROM quota WHERE site = :site AND service = :service"
        " AND pool = :pool AND day IN ('', :day) ORDER BY day DESC, origin DESC",
        site=tx.site.code,
        service=service,
        pool=pool,
        day=day,
    )
    return rows[0][0] if rows else None


def _require_pool(service: str, pool: str) -> None:
    if not isinstance(pool, str) or pool not in set(Pool):
        raise BadQuota(service=service, reason="pool")


def _require_service(tx: Tx, service: str) -> None:
    # A code of another form is in no catalogue, and not every database would take it.
    if not isinstance(service, str) or not _SERVICE.fullmatch(service):
        raise UnknownService(service=service)
    found = tx.one(
        "SELECT 1 FROM service WHERE site = :site AND code = :service",
        site=tx.site.code,
        service=service,
    )
    if found is None:
        raise UnknownService(service=service)
