"""Commands that show the hall as a whole: catalogue, board, status."""

from __future__ import annotations

from cli.output import Session
from cli.queue import opened
from cli.quotas import quota_document
from db import board as boards
from db import halls


def catalogue(session: Session) -> None:
    """Print the open catalogue."""
    with opened(session) as store, store.read() as view:
        found = halls.hall(view)
    name = session.texts.name
    document = {
        "site": {
            "code": found.site.code,
            "name": found.site.name,
            "place": found.site.place,
            "time_zone": found.site.time_zone,
        },
        "agencies": [
            {
                "code": agency.code,
                "name": name(agency.names),
                "prefix": agency.prefix,
                "services": [
                    {
                        "code": service.code,
                        "name": name(service.names),
                        "duration_min": service.duration_min,
                        "fee": service.fee,
                        "requirements": service.requirements,
                        "demands": service.demands,
                        "counters": service.counters,
                    }
                    for service in agency.services
                ],
            }
            for agency in found.agencies
        ],
        "counters": [
            {
                "code": counter.code,
                "name": name(counter.names),
                "zone": counter.zone.code,
                "services": counter.services,
            }
            for counter in found.counters
        ],
        "priorities": [
            {"code": priority.code, "name": name(priority.names)} for priority in found.priorities
        ],
    }
    lines = [f"{found.site.name} {found.site.place}"]
    for agency in found.agencies:
        lines.append(f"{agency.prefix:<3} {agency.code}  {name(agency.names)}")
        lines += [f"      {service.code}  {name(service.names)}" for service in agency.services]
    session.give(document, "\n".join(lines))


def board(session: Session) -> None:
    """Print today's last calls."""
    with opened(session) as store, store.read() as view:
        seq, calls = view.seq, boards.calls(view)
    document = {
        "seq": seq,
        "calls": [
            {
                "number": call.number,
                "counter": call.counter,
                "service": call.service,
                "status": call.status,
                "called_at": call.called_at,
            }
            for call in calls
        ],
    }
    lines = [f"{call.number:<8} {call.counter:<5} {call.service}  {call.status}" for call in calls]
    session.give(document, "\n".join(lines) or session.texts.t("Nobody has been called today."))


def status(session: Session) -> None:
    """Print today's figures by service."""
    with opened(session) as store, store.read() as view:
        figures = halls.counts(view)
        business_date = view.business_date
    document = {
        "business_date": business_date,
        "services": [
            {
                "service": figure.service,
                "name": session.texts.name(figure.names),
                "waiting": figure.waiting,
                "serving": figure.serving,
                "held": figure.held,
                "missed": figure.missed,
                "done": figure.done,
                # Only where numbers are limited.
                **({"quota": quota_document(figure.quota)} if figure.quota else {}),
            }
            for figure in figures
        ],
        "waiting": sum(figure.waiting for figure in figures),
        "serving": sum(figure.serving for figure in figures),
        "done": sum(figure.done for figure in figures),
    }
    busy = [f for f in figures if f.waiting or f.serving or f.held or f.missed or f.done]
    lines = [
        f"{f.service:<24} {f.waiting:>4} {f.serving:>4} {f.done:>4}  {session.texts.name(f.names)}"
        for f in busy
    ]
    heads = [session.texts.t("service"), session.texts.t("waiting")]
    heads += [session.texts.t("serving"), session.texts.t("done")]
    title = f"{heads[0]:<24} {' / '.join(heads[1:])}"
    session.give(document, "\n".join([title, *lines]))
