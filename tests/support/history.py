"""Fill a store with years of history, as fast as the database takes it.

``python -m tests.support.history URL --turns 10000000`` (a URL as for ``anjungan init``). A
score of made-up days lies in two small tables; one statement for each fifty dates repeats them
under other dates and keys, so that no row passes through Python. Alike for an equal seed.

The journal stands behind an anchor and holds the last days only, as in a hall that prunes it:
years of events are what nobody keeps, and a chain of hashes can't be made in SQL.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from itertools import groupby
from zoneinfo import ZoneInfo

import assets
from db import address as addresses
from db.anchors import Anchor, vouching
from db.catalogue import load_catalogue
from db.catalogue_file import read_catalogue
from db.install import install, installed
from db.journal import Kind, chained
from db.moment import to_micros
from db.store import Store, open_store
from rules.chain import GENESIS, canonical
from rules.turn import Lane
from tests.support.history_bulk import Bulk, PostgresqlBulk, SqliteBulk, key
from tests.support.history_day import (
    DAY_BEGINS,
    DESKS_CLOSE,
    DESKS_OPEN,
    STATION,
    Day,
    Happening,
    Plan,
    data_of,
    made_up,
)

SEED = 20261125
DAY_TURNS = 4_000
JOURNAL_DAYS = 30
"""How many days the journal keeps whole."""

_VARIANTS = 4
_AT_ONCE = 50
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Dated:
    """A made-up day under its date; ``seq`` is the journal's last before it."""

    n: int
    day: date
    kind: int
    midnight: int
    seq: int
    next_day: date
    next_begins: int


@dataclass(frozen=True, slots=True)
class History:
    """What was written."""

    turns: int
    days: int
    first: date
    last: date
    seq: int


def fill(
    url: str,
    turns: int,
    *,
    today: date,
    first: date = date.min,
    seed: int = SEED,
    day_turns: int = DAY_TURNS,
    journal_days: int = JOURNAL_DAYS,
    is_alone: bool = False,
    on_progress: OnProgress | None = None,
) -> History:
    """Write a history that ends on the last working day before ``today``.

    Args:
        url: A store with a catalogue and without any ticket.
        turns: At least so many turns; whole days are written.
        today: The business date in which the hall stands afterwards, with nobody in it yet.
        first: No day before this is written, however few turns there are.
        seed: Equal seeds give equal rows.
        day_turns: Turns of a day.
        journal_days: How many of the last days stand in the journal.
        is_alone: Nobody else uses the PostgreSQL server: it needs no care for a power cut.
        on_progress: Told (turns written, turns to write).
    """
    store = open_store(url)
    try:
        plan, zone, site = _plan(store), _zone(store), store.site
    finally:
        store.close()
    made = {
        kind: made_up(plan, random.Random(f"{seed}:{kind}"), _size(kind, day_turns))
        for kind in range(5 * _VARIANTS)
    }
    dated = _dated(made, turns, first, today, zone)
    total = sum(made[each.kind].turns for each in dated)
    bulk = _bulk(url, site, is_alone=is_alone)
    try:
        bulk.begin()
        _write_plan(bulk, plan, made, dated)
        done = 0
        for start in range(0, len(dated), _AT_ONCE):
            part = dated[start : start + _AT_ONCE]
            bulk.repeat(part[0].n, part[-1].n)
            done += sum(made[each.kind].turns for each in part)
            if on_progress is not None:
                on_progress(done, total)
        head = _write_journal(bulk, site, plan, made, dated, dated[-journal_days:], seed)
        bulk.finish()
    finally:
        bulk.close()
    return History(total, len(dated), dated[0].day, dated[-1].day, head)


def _size(kind: int, day_turns: int) -> int:
    # Mondays are fuller than Fridays; the five weekdays together give the average.
    return round(day_turns * (1.1, 1.05, 1.0, 1.0, 0.85)[kind // _VARIANTS])


def _dated(
    made: dict[int, Day], turns: int, first: date, today: date, zone: ZoneInfo
) -> list[Dated]:
    days: list[tuple[date, int]] = []
    day, found = today, 0
    while found < turns and day > first:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            kind = day.weekday() * _VARIANTS + day.toordinal() // 7 % _VARIANTS
            days.append((day, kind))
            found += made[kind].turns
    days.reverse()
    dated: list[Dated] = []
    seq = 0
    for n, (day, kind) in enumerate(days):
        following = days[n + 1][0] if n + 1 < len(days) else today
        begins = _midnight(following, zone) + DAY_BEGINS
        dated.append(Dated(n, day, kind, _midnight(day, zone), seq, following, begins))
        # One more: the event that closes the day.
        seq += len(made[kind].happenings) + 1
    return dated


def _midnight(day: date, zone: ZoneInfo) -> int:
    return to_micros(datetime.combine(day, time(), tzinfo=zone))


def _write_plan(bulk: Bulk, plan: Plan, made: dict[int, Day], dated: Sequence[Dated]) -> None:
    visits, stays, series = [], [], []
    for kind, day in made.items():
        last: dict[str, tuple[int, int]] = {}
        for visit in day.visits:
            last[visit.prefix] = (visit.number, visit.issued)
            station = STATION if visit.channel == "kiosk" else ""
            visits.append(
                (kind, visit.n, visit.prefix, visit.number, visit.language, visit.channel,
                 visit.party_size, visit.priority, station, visit.issued)
            )  # fmt: skip
            due = visit.issued + plan.lane_min[visit.lane] * 60_000_000
            stays += [
                (kind, visit.n, stay.position, stay.service, visit.lane.value, stay.status.value,
                 visit.issued, stay.queued_seq, due, stay.counter, _officer(stay.counter),
                 stay.called, stay.called_seq, stay.calls, stay.started, stay.ended, stay.is_paused)
                for stay in visit.turns
            ]  # fmt: skip
        series += [(kind, prefix, *figures) for prefix, figures in sorted(last.items())]
    days = [
        (each.n, each.day.isoformat(), each.kind, each.midnight, each.seq, each.next_begins)
        for each in dated
    ]
    desks = [(n, code, _officer(code)) for n, code in enumerate(plan.counters)]
    bulk.plan(visits=visits, stays=stays, series=series, days=days, desks=desks)
    bulk.sessions(DESKS_OPEN, DESKS_CLOSE)


def _officer(counter: str | None) -> str | None:
    return None if counter is None else f"loket-{counter}"


def _write_journal(
    bulk: Bulk,
    site: str,
    plan: Plan,
    made: dict[int, Day],
    dated: Sequence[Dated],
    kept: Sequence[Dated],
    seed: int,
) -> int:
    """Write anchor, events and head; return the last seq."""
    last = dated[-1]
    end = last.seq + len(made[last.kind].happenings) + 1
    seq = kept[0].seq if kept else end
    digest = sha256(f"{site}:{seed}".encode()).hexdigest() if seq else GENESIS
    first = kept[0].day if kept else last.next_day
    began = Anchor(seq, digest, canonical(_state(seq, first)))
    # What loaded the catalogue lies before the anchor too.
    bulk.forget()
    for each in kept:
        rows = []
        for values in _events(site, each, made[each.kind], plan):
            digest = chained(digest, values)
            rows.append((*values.values(), digest))
        bulk.events(rows)
        seq += len(rows)
    if began.seq:
        bulk.anchor(began.seq, began.hash, began.state, last.next_begins)
        seq += 1
        values = _event(
            site, seq, Kind.JOURNAL_PRUNED, None, last.next_begins, vouching(began),
            actor="cli:timer",
        )  # fmt: skip
        digest = chained(digest, values)
        bulk.events([(*values.values(), digest)])
    bulk.head(seq, digest, last.next_day.isoformat(), last.next_begins)
    return seq


def _state(seq: int, day: date) -> dict[str, object]:
    """Return where the hall stood when a day had just begun: nobody was in it."""
    return {
        "seq": seq,
        "date": day.isoformat(),
        "since": seq,
        "reopened": False,
        "series": {},
        "turns": {},
        "sessions": {},
        "jobs": {},
    }


def _events(site: str, dated: Dated, day: Day, plan: Plan) -> Iterator[dict[str, object]]:
    for each in day.happenings:
        at = dated.midnight + each.at
        ticket = turn = None
        data: dict[str, object] = {"officer": _officer(each.counter)}
        if each.visit is not None:
            born = dated.midnight + each.visit.issued
            ticket = key("ticket", dated.n, each.visit.n, born)
            turns = {
                stay.position: key("turn", dated.n, each.visit.n * 8 + stay.position, born)
                for stay in each.visit.turns
            }
            turn = _turn_of(each, turns)
            data = data_of(each, dated.midnight, turns, ticket, plan.lane_min)
        request = key("request", dated.n, each.seq, at)
        if each.kind is Kind.TICKET_ISSUED and each.visit is not None:
            request = key("wish", dated.n, each.visit.n, at)
        yield _event(
            site, dated.seq + each.seq, each.kind, request, at, data,
            ticket=ticket, turn=turn, counter=each.counter, actor=_actor(each),
        )  # fmt: skip
    closed = sum(stay.ended is None for visit in day.visits for stay in visit.turns)
    data = {"date": dated.day.isoformat(), "next": dated.next_day.isoformat(), "closed": closed}
    seq = dated.seq + len(day.happenings) + 1
    yield _event(site, seq, Kind.DAY_CLOSED, None, dated.next_begins, data, actor="cli:timer")


def _turn_of(each: Happening, turns: dict[int, str]) -> str | None:
    if each.stay is not None:
        return turns[each.stay.position]
    return turns[0] if each.kind is Kind.TICKET_ISSUED else None


def _actor(each: Happening) -> str:
    if each.counter is not None:
        return f"officer:{_officer(each.counter)}"
    return f"kiosk:{STATION}"


def _event(
    site: str,
    seq: int,
    kind: Kind,
    request: str | None,
    at: int,
    data: dict[str, object],
    *,
    actor: str,
    ticket: str | None = None,
    turn: str | None = None,
    counter: str | None = None,
) -> dict[str, object]:
    return {
        "site": site,
        "seq": seq,
        "kind": kind.value,
        "request": request,
        "ticket": ticket,
        "turn": turn,
        "counter": counter,
        "actor": actor,
        "data": canonical(data),
        "at": at,
    }


def _plan(store: Store) -> Plan:
    with store.read() as view:
        site = view.site.code
        prefixes = view.rows(
            "SELECT s.code, coalesce(s.prefix, a.prefix) FROM service s JOIN agency a"
            " ON a.site = s.site AND a.code = s.agency WHERE s.site = :site AND s.is_open",
            site=site,
        )
        desks = view.rows(
            "SELECT service, counter FROM counter_service WHERE site = :site"
            " ORDER BY service, counter",
            site=site,
        )
        priorities = view.rows(
            "SELECT code FROM priority_class WHERE site = :site ORDER BY code", site=site
        )
        minutes = {lane: view.site.figures.minutes(lane) for lane in Lane}
    of_service = {
        service: [row[1] for row in rows] for service, rows in groupby(desks, lambda row: row[0])
    }
    known: dict[str, str] = dict(prefixes)
    return Plan(
        prefixes=known,
        desks={service: counters for service, counters in of_service.items() if service in known},
        priorities=[row[0] for row in priorities],
        lane_min=minutes,
    )


def _zone(store: Store) -> ZoneInfo:
    with store.read() as view:
        return ZoneInfo(view.site.time_zone)


def _bulk(url: str, site: str, *, is_alone: bool) -> Bulk:
    address = addresses.parse(url)
    if addresses.is_sqlite(address):
        return SqliteBulk(address, site)
    return PostgresqlBulk(address, site, is_alone=is_alone)


def prepare_sample(url: str) -> None:
    """Make an empty store with the sample catalogue, always open."""
    install(url)
    made = installed(url, "")
    catalogue = read_catalogue(assets.sample_catalogue())
    load_catalogue(made, catalogue, actor="cli:history", always_open=True)
    made.close()


def main() -> None:
    """Make a store with the sample catalogue and years of history."""
    from rich.progress import Progress

    words = argparse.ArgumentParser(description=main.__doc__)
    words.add_argument("url")
    words.add_argument("--turns", type=int, default=10_000_000)
    words.add_argument("--day-turns", type=int, default=DAY_TURNS)
    words.add_argument("--journal-days", type=int, default=JOURNAL_DAYS)
    words.add_argument("--seed", type=int, default=SEED)
    words.add_argument("--alone", action="store_true", help="nobody else uses the server")
    words.add_argument("--today", type=date.fromisoformat, default=None)
    given = words.parse_args()
    prepare_sample(given.url)
    with Progress() as progress:
        bar = progress.add_task("turns", total=given.turns)
        made = fill(
            given.url,
            given.turns,
            today=given.today or datetime.now(tz=ZoneInfo("Asia/Jakarta")).date(),
            seed=given.seed,
            day_turns=given.day_turns,
            journal_days=given.journal_days,
            is_alone=given.alone,
            on_progress=lambda done, total: progress.update(bar, completed=done, total=total),
        )
    sys.stdout.write(
        f"{made.turns} turns on {made.days} days, {made.first} to {made.last},"
        f" journal up to seq {made.seq}\n"
    )


if __name__ == "__main__":
    main()
