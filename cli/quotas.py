"""`anjungan quota`: set, show and clear; also how a quota stands in other documents."""

from __future__ import annotations

from datetime import date

from cli.output import Session
from cli.queue import opened
from db.quota_settings import QuotaLine, clear_quota, quota_lines, set_quota
from db.quotas import Left, ServiceQuota, quotas
from db.store import new_request
from rules.errors import BadQuota, UnknownService


def set_places(
    session: Session, service: str, pool: str, places: int, day: str | None, release: str | None
) -> None:
    """Set a pool's places and say what holds now."""
    request, on = new_request(), _date(service, day)
    with opened(session) as store:
        done = store.run(
            lambda tx: set_quota(
                tx,
                request=request,
                actor=session.actor,
                service=service,
                pool=pool,
                places=places,
                day=on,
                release_at=release,
            )
        )
    t = session.texts.t
    words = t("{service}, {pool}: {places} places", service=service, pool=pool, places=places)
    if done.release_at is not None:
        words += t(", released at {time}", time=done.release_at)
    if on is not None:
        words += t(", only on {date}", date=session.texts.long_date(on))
    session.give(
        {
            "service": service,
            "pool": pool,
            "date": on,
            "places": places,
            "release_at": done.release_at,
        },
        f"{words}.",
    )


def show(session: Session, service: str | None) -> None:
    """Print today's quotas, and what is set for which dates."""
    with opened(session) as store, store.read() as view:
        known = view.rows("SELECT code FROM service WHERE site = :site", site=view.site.code)
        if service is not None and service not in {row[0] for row in known}:
            raise UnknownService(service=service)
        found = quotas(view, *([service] if service is not None else []))
        lines = quota_lines(view, service)
        business_date = view.business_date
    document = {
        "business_date": business_date,
        "services": [{"service": code, **quota_document(quota)} for code, quota in found.items()],
        "lines": [_line_document(line) for line in lines],
    }
    t = session.texts.t
    words = []
    for code, quota in found.items():
        left, first = quota.ordinary.places, quota.priority.places
        words.append(
            t(
                "{service}: {left} left at the kiosk, {first} for priority visitors",
                service=code,
                left=left,
                first=first,
            )
        )
        for share in quota.shares:
            pool = f"  {share.pool:<9} {share.used:>5} / {share.places}"
            if share.release_at is not None:
                at = f"{share.release_at:%H.%M}"
                is_released = share.pool in quota.released
                pool += "  " + (
                    t("released since {time}", time=at)
                    if is_released
                    else t("will be released at {time}", time=at)
                )
            words.append(pool)
    for line in lines:
        if line.day is not None:
            words.append(f"{line.day}  {line.service}  {line.pool}  {line.places}")
    session.give(document, "\n".join(words) or t("No service has a quota."))


def clear(session: Session, service: str, pool: str | None, day: str | None) -> None:
    """Clear what was set by command."""
    request, on = new_request(), _date(service, day)
    with opened(session) as store:
        count = store.run(
            lambda tx: clear_quota(
                tx, request=request, actor=session.actor, service=service, pool=pool, day=on
            )
        )
    words = session.texts.n(
        "{count} line of the quota was cleared.", "{count} lines of the quota were cleared.", count
    )
    session.give({"service": service, "pool": pool, "date": on, "cleared": count}, words)


def quota_document(quota: ServiceQuota) -> dict[str, object]:
    """Return a quota as JSON documents hold it."""
    return {
        "left": quota.ordinary.places,
        "priority_left": quota.priority.places,
        **_next(quota.ordinary),
        "pools": [
            {
                "pool": share.pool,
                "places": share.places,
                "used": share.used,
                "left": share.left,
                "release_at": None if share.release_at is None else f"{share.release_at:%H.%M}",
                "is_released": share.pool in quota.released,
                "origin": share.origin,
            }
            for share in quota.shares
        ],
    }


def _next(left: Left) -> dict[str, object]:
    return {"next_release_at": left.next_release_at, "next_date": left.next_date}


def _line_document(line: QuotaLine) -> dict[str, object]:
    return {
        "service": line.service,
        "date": line.day,
        "pool": line.pool,
        "places": line.places,
        "release_at": line.release_at,
        "origin": line.origin,
    }


def _date(service: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadQuota(service=service, reason="date") from None
