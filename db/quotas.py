"""Quotas: what is left of a service's places, and taking one with a number, under the lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

from db.calendar import hours, site_time
from db.in_list import in_list
from db.terms import Terms
from db.transaction import Tx, View
from rules.errors import QuotaReached
from rules.hours import Opening, opening
from rules.quota import (
    Origin,
    Pool,
    QuotaRow,
    Share,
    in_force,
    next_release,
    pool_to_take,
    rest,
)
from rules.turn import Lane

LOOK_AHEAD_DAYS = 30
"""How far a refusal looks for a day with places."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a kind of visitor can still have today; where nothing, what comes next.

    ``next_release_at`` is aware, in site time; ``next_date`` is set where today brings none.
    """

    places: int
    next_release_at: datetime | None = None
    next_date: date | None = None


@dataclass(frozen=True, slots=True)
class ServiceQuota:
    """A service's pools on the present business date, and what is left for whom."""

    service: str
    shares: tuple[Share, ...]
    released: frozenset[Pool]
    ordinary: Left
    priority: Left

    def left(self, *, is_priority: bool) -> Left:
        """Return what a visitor can still have."""
        return self.priority if is_priority else self.ordinary


_ROWS = (
    "SELECT q.service, q.day, q.pool, q.origin, q.places, q.release_at, coalesce(u.used, 0)"
    " FROM quota q LEFT JOIN quota_used u ON u.site = q.site AND u.business_date = :today"
    " AND u.service = q.service AND u.pool = q.pool"
    " WHERE q.site = :site AND q.day IN ('', :today)"
)
_COMING = (
    "SELECT day, pool, origin, places, release_at FROM quota"
    " WHERE site = :site AND service = :service AND (day = '' OR day > :today)"
)
_USED_LATER = (
    "SELECT business_date, pool, used FROM quota_used WHERE site = :site"
    " AND service = :service AND business_date > :today"
)


def take_places(tx: Tx, terms: Iterable[Terms], lane: Lane) -> dict[str, str]:
    """Take a place of each service that has a quota, all or none.

    Returns:
        The pool by service, for the journal; empty where no service has a quota.

    Raises:
        QuotaReached: A service's places are taken; nothing was taken.
    """
    limited = [term.service for term in terms if term.has_quota]
    if not limited:
        return {}
    shares = _shares(tx, limited)
    clock = _clock(tx)
    taken: dict[str, str] = {}
    for service in limited:
        if service not in shares:
            continue  # only other dates have a quota
        pool = pool_to_take(shares[service], lane, clock)
        if pool is None:
            left = _left(tx, service, shares[service], lane)
            raise QuotaReached(
                service=service,
                pool=_own_pool(lane).value,
                next_release_at=left.next_release_at,
                next_date=left.next_date,
            )
        taken[service] = pool.value
    for service, name in taken.items():
        tx.write(
            tx.verbs.take_place,
            site=tx.site.code,
            today=tx.business_date,
            service=service,
            pool=name,
        )
    return taken


def quotas(view: Tx | View, *services: str) -> dict[str, ServiceQuota]:
    """Return today's quotas by service, of these services or of all; none for who has none."""
    clock = _clock(view)
    return {
        service: ServiceQuota(
            service=service,
            shares=shares,
            released=frozenset(share.pool for share in shares if share.is_released(clock)),
            ordinary=_left(view, service, shares, Lane.ORDINARY),
            priority=_left(view, service, shares, Lane.PRIORITY),
        )
        for service, shares in _shares(view, services).items()
    }


def _shares(view: Tx | View, services: Sequence[str]) -> dict[str, tuple[Share, ...]]:
    """Return the pools of today by service, each row that holds with what was taken of it."""
    marks, named = in_list(services)
    wanted = f" AND q.service IN ({marks})" if named else ""
    rows = view.rows(
        f"{_ROWS}{wanted} ORDER BY q.service",
        site=view.site.code,
        today=view.business_date,
        **named,
    )
    by_service: dict[str, list[QuotaRow]] = {}
    used: dict[tuple[str, Pool], int] = {}
    for service, day, pool, origin, places, release_at, taken in rows:
        by_service.setdefault(service, []).append(_row(day, pool, origin, places, release_at))
        used[service, Pool(pool)] = taken
    return {
        service: tuple(
            Share(row.pool, row.places, used[service, row.pool], row.release_at, row.origin)
            for row in in_force(found, view.business_date)
        )
        for service, found in by_service.items()
    }


def _left(view: Tx | View, service: str, shares: tuple[Share, ...], lane: Lane) -> Left:
    clock = _clock(view)
    places = rest(shares, lane, clock)
    if places:
        return Left(places)
    ask = partial(opening, hours(view, site_time(view).date()), scope=service)
    release_at = _release_today(view, ask, shares, lane)
    if release_at is not None:
        return Left(0, next_release_at=release_at)
    return Left(0, next_date=_next_date(view, ask, service, lane))


def _release_today(
    view: Tx | View, ask: Callable[[datetime], Opening], shares: tuple[Share, ...], lane: Lane
) -> datetime | None:
    """Return when numbers are given again today, since a pool is released; None for not."""
    released_at = next_release(shares, lane, _clock(view))
    if released_at is None:
        return None
    day = date.fromisoformat(view.business_date)
    at = datetime.combine(day, released_at, tzinfo=site_time(view).tzinfo)
    # In a break the places are there when it is over.
    opens_at = at if ask(at).is_open else ask(at).opens_at
    return opens_at if opens_at is not None and opens_at.date() == day else None


def _next_date(
    view: Tx | View, ask: Callable[[datetime], Opening], service: str, lane: Lane
) -> date | None:
    """Return the next open day on which this lane has a place, within the look-ahead."""
    which = {"site": view.site.code, "service": service, "today": view.business_date}
    rows = [_row(*row) for row in view.rows(_COMING, **which)]
    used = {(day, pool): taken for day, pool, taken in view.rows(_USED_LATER, **which)}
    today = date.fromisoformat(view.business_date)
    for ahead in range(1, LOOK_AHEAD_DAYS + 1):
        day = today + timedelta(days=ahead)
        on = day.isoformat()
        held = in_force(rows, on)
        shares = [
            Share(row.pool, row.places, used.get((on, row.pool.value), 0), row.release_at)
            for row in held
        ]
        if held and not rest(shares, lane, time.max):
            continue
        answer = ask(datetime.combine(day, time(), tzinfo=site_time(view).tzinfo))
        if answer.is_open or (answer.opens_at is not None and answer.opens_at.date() == day):
            return day
    return None


def _clock(view: Tx | View) -> time:
    """Return the site's time within the business date; its end or beginning where it isn't now."""
    now = site_time(view)
    day = now.date().isoformat()
    if day == view.business_date:
        return now.time()
    return time.max if day > view.business_date else time.min


def _row(day: str, pool: str, origin: str, places: int, release_at: str | None) -> QuotaRow:
    at = None if release_at is None else time.fromisoformat(release_at.replace(".", ":"))
    return QuotaRow(day, Pool(pool), Origin(origin), places, at)


def _own_pool(lane: Lane) -> Pool:
    own = {Lane.PRIORITY: Pool.PRIORITY, Lane.BOOKED: Pool.BOOKING}
    return own.get(lane, Pool.KIOSK)
