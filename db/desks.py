"""The officer's desk: sign in and out, and all that its screen shows, in one read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median

from db.calendar import opening_of_counter
from db.calls import CalledTurn
from db.day import clock_state
from db.driver import Row
from db.inputs import checked
from db.journal import Kind
from db.moment import local_date, maybe_datetime, to_datetime
from db.names import Names, names_of
from db.pins import Tried, count_failure, forget_failures, hash_pin, keep_hash, try_pin
from db.store import Store
from db.transaction import Tx, View, new_key
from db.turns import may_call
from rules.clock import ClockState
from rules.errors import (
    CounterBusy,
    CounterClosed,
    CounterTaken,
    HallError,
    NotSignedIn,
    OfficerElsewhere,
    UnknownCounter,
    UnknownOfficer,
)
from rules.hours import Opening
from rules.number import label
from rules.turn import Lane, TurnStatus

__all__ = ["Desk", "WaitingTurn", "desk", "hash_pin", "open_session", "sign_in", "sign_out"]


@dataclass(frozen=True, slots=True)
class WaitingTurn:
    """One line of a desk's list; ``elsewhere`` is the counter where the visitor is now."""

    turn: str
    number: str
    service: str
    service_names: Names
    lane: Lane
    status: TurnStatus
    queued_at: datetime
    called_at: datetime | None
    calls: int
    elsewhere: str | None
    is_paused: bool

    @property
    def is_priority(self) -> bool:
        """True for the priority lane; the reason is never shown."""
        return self.lane is Lane.PRIORITY


@dataclass(frozen=True, slots=True)
class Desk:
    """What an officer's screen shows; ``present`` is the visitor at the desk.

    ``opening`` says whether numbers are given for any of the counter's services.
    """

    seq: int
    now: datetime
    time_zone: str
    counter: str
    counter_names: Names
    zone_names: Names
    agency_names: tuple[Names, ...]
    officer: str | None
    officer_name: str
    present: CalledTurn | None
    present_names: Names | None
    next_on_paper: tuple[Names, ...]
    waiting: tuple[WaitingTurn, ...]
    missed: tuple[WaitingTurn, ...]
    held: tuple[WaitingTurn, ...]
    done_today: int
    median_service_s: int | None
    opening: Opening | None = None
    clock: ClockState | None = None


def add_officer(tx: Tx, *, code: str, name: str, pin_hash: str, role: str = "officer") -> None:
    """Write an officer, or his new name and PIN; part of a command that was opened."""
    tx.write(
        "INSERT INTO officer (site, code, name, pin_hash, role, is_open) VALUES"
        " (:site, :code, :name, :pin_hash, :role, true) ON CONFLICT (site, code) DO UPDATE SET"
        " name = excluded.name, pin_hash = excluded.pin_hash, role = excluded.role, is_open = true",
        site=tx.site.code,
        code=code,
        name=name,
        pin_hash=pin_hash,
        role=role,
    )


def sign_in(store: Store, *, request: str, officer: str, pin: str, counter: str) -> Desk:
    """Sign an officer in at a counter and return the desk.

    The PIN is looked at outside the site's lock: argon2 is slow by design, and a hall must
    not wait for it. What came of it is then recorded under the lock, where the guard is asked
    once more: of many tries at the same time only one learns whether its PIN fits.

    Raises:
        UnknownOfficer: No such officer, or the PIN does not fit; it was counted.
        TryLater: It is too early for another PIN; this one was not looked at.
        OfficerLocked: Too many wrong PINs; a supervisor has to open the code.
        UnknownCounter, CounterClosed: No such counter, or closed.
        OfficerElsewhere: Signed in at another counter already.
        CounterTaken: Another officer is signed in there.
    """
    checked(request=request, code=officer, pin=pin, counter=counter)
    tried = try_pin(store, officer, pin)
    refusal = store.run(lambda tx: _admit(tx, tried, request=request, counter=counter))
    if refusal is not None:
        raise refusal
    with store.read() as view:
        return desk(view, counter)


def _admit(tx: Tx, tried: Tried, *, request: str, counter: str) -> HallError | None:
    """Open the session, or count the failure; the refusal is returned, so that it commits."""
    kinds = (Kind.OFFICER_SIGNED_IN, Kind.OFFICER_REFUSED)
    prior = tx.open(request, tried.actor, *kinds)
    if prior is not None:
        return tried.refused(tx) if prior.kind == Kind.OFFICER_REFUSED else None
    tried.require_open(tx)
    if not tried.fits(tx):
        return count_failure(tx, tried, counter)
    _begin_session(tx, tried.officer, counter)
    forget_failures(tx, tried.officer)
    keep_hash(tx, tried)
    return None


def open_session(tx: Tx, *, request: str, officer: str, counter: str) -> None:
    """Open an officer's session at a counter; the PIN was checked before.

    The same officer at the same counter again is no fault: the console was restarted.
    """
    checked(code=officer, counter=counter)
    if tx.open(request, f"officer:{officer}", Kind.OFFICER_SIGNED_IN) is not None:
        return
    known = tx.one(
        "SELECT 1 FROM officer WHERE site = :site AND code = :officer AND is_open",
        site=tx.site.code,
        officer=officer,
    )
    if known is None:
        # Taken away since the PIN was checked.
        raise UnknownOfficer(officer=officer)
    _begin_session(tx, officer, counter)


def _begin_session(tx: Tx, officer: str, counter: str) -> None:
    _end_forgotten(tx, officer, counter)
    row = _counter(tx, counter)
    if not row[1]:
        raise CounterClosed(counter=counter)
    if row[2] is not None and row[2] != officer:
        raise CounterTaken(counter=counter, officer=row[2])
    elsewhere = tx.one(
        "SELECT counter FROM desk_session WHERE site = :site AND officer = :officer"
        " AND ended_at IS NULL",
        site=tx.site.code,
        officer=officer,
    )
    if elsewhere is not None and elsewhere[0] != counter:
        raise OfficerElsewhere(officer=officer, counter=elsewhere[0])
    if elsewhere is None:
        tx.write(
            "INSERT INTO desk_session (id, site, officer, counter, started_at, ended_at)"
            " VALUES (:id, :site, :officer, :counter, :now, NULL)",
            id=new_key(),
            site=tx.site.code,
            officer=officer,
            counter=counter,
            now=tx.now(),
        )
    tx.event(Kind.OFFICER_SIGNED_IN, counter=counter, data={"officer": officer})


def _end_forgotten(tx: Tx, officer: str, counter: str) -> None:
    """End sessions of earlier days that stand in the way: somebody forgot to sign out."""
    rows = tx.rows(
        "SELECT id, officer, counter, started_at FROM desk_session WHERE site = :site"
        " AND (officer = :officer OR counter = :counter) AND ended_at IS NULL",
        site=tx.site.code,
        officer=officer,
        counter=counter,
    )
    for key, who, where, started_at in rows:
        if local_date(started_at, tx.site.time_zone).isoformat() < tx.business_date:
            tx.write("UPDATE desk_session SET ended_at = :now WHERE id = :id", now=tx.now(), id=key)
            tx.event(
                Kind.OFFICER_SIGNED_OUT,
                counter=where,
                data={"officer": who},
                carries_request=False,
            )


def sign_out(tx: Tx, *, request: str, actor: str, counter: str) -> None:
    """End the session at a counter.

    Raises:
        NotSignedIn: Nobody is signed in there.
        CounterBusy: A visitor is at the desk and would be left alone.
    """
    checked(counter=counter)
    if tx.open(request, actor, Kind.OFFICER_SIGNED_OUT) is not None:
        return
    row = _counter(tx, counter)
    if row[2] is None:
        raise NotSignedIn(counter=counter)
    present = tx.one(
        "SELECT k.prefix, k.number FROM turn t JOIN ticket k ON k.id = t.ticket"
        " WHERE t.site = :site AND t.counter = :counter AND t.status IN ('called', 'serving')",
        site=tx.site.code,
        counter=counter,
    )
    if present is not None:
        raise CounterBusy(counter=counter, number=label(present[0], present[1]))
    tx.write(
        "UPDATE desk_session SET ended_at = :now WHERE site = :site AND counter = :counter"
        " AND ended_at IS NULL",
        now=tx.now(),
        site=tx.site.code,
        counter=counter,
    )
    tx.event(Kind.OFFICER_SIGNED_OUT, counter=counter, data={"officer": row[2]})


_LINES = """
    SELECT t.id, k.prefix, k.number, t.service, s.names, t.lane, t.status, t.queued_at,
      t.called_at, t.calls, t.is_paused,
      (SELECT a.counter FROM turn a WHERE a.ticket = t.ticket
         AND a.status IN ('called', 'serving'))
    FROM turn t
    JOIN ticket k ON k.id = t.ticket
    JOIN service s ON s.site = t.site AND s.code = t.service
    WHERE t.site = :site AND t.business_date = :today
      AND t.service IN (SELECT service FROM counter_service
                        WHERE site = :site AND counter = :counter)
"""
# Whom this counter can call: not those who were sent to another one.
_WAITING = (
    f" AND t.status = 'waiting' AND {may_call('t', ':counter')}"
    " ORDER BY t.due_at, t.queued_seq, t.position"
)
_LONGEST_LIST = 200


def desk(view: View, counter: str) -> Desk:
    """Return all that the counter's screen shows.

    Raises:
        UnknownCounter: There is none with this code.
    """
    checked(counter=counter)
    row = _counter(view, counter)
    officer = view.one(
        "SELECT name FROM officer WHERE site = :site AND code = :officer",
        site=view.site.code,
        officer=row[2],
    )
    present, present_names = _present(view, counter)
    agencies = view.rows(
        "SELECT names FROM agency a WHERE a.site = :site AND EXISTS (SELECT 1 FROM counter_service"
        " cs JOIN service s ON s.site = cs.site AND s.code = cs.service WHERE cs.site = a.site"
        " AND cs.counter = :counter AND s.agency = a.code) ORDER BY a.position",
        site=view.site.code,
        counter=counter,
    )
    done, median_s = _done(view, counter)
    return Desk(
        seq=view.seq,
        now=to_datetime(view.now()),
        time_zone=view.site.time_zone,
        counter=counter,
        counter_names=names_of(row[3]),
        zone_names=names_of(row[4]),
        agency_names=tuple(names_of(agency[0]) for agency in agencies),
        officer=row[2],
        officer_name=officer[0] if officer else "",
        present=present,
        present_names=present_names,
        next_on_paper=_next_on_paper(view, present),
        waiting=_lines(view, counter, _WAITING),
        missed=_lines(view, counter, " AND t.status = 'missed' ORDER BY t.ended_at DESC"),
        held=_lines(view, counter, " AND t.status = 'held' ORDER BY t.called_at"),
        done_today=done,
        median_service_s=median_s,
        opening=opening_of_counter(view, counter),
        clock=clock_state(view),
    )


def _counter(view: Tx | View, counter: str) -> Row:
    """Return (code, is open, officer signed in, names, zone's names)."""
    row = view.one(
        "SELECT c.code, c.is_open, (SELECT d.officer FROM desk_session d WHERE d.site = c.site"
        " AND d.counter = c.code AND d.ended_at IS NULL), c.names, z.names"
        " FROM counter c JOIN zone z ON z.site = c.site AND z.code = c.zone"
        " WHERE c.site = :site AND c.code = :counter",
        site=view.site.code,
        counter=counter,
    )
    if row is None:
        raise UnknownCounter(counter=counter)
    return row


def _present(view: View, counter: str) -> tuple[CalledTurn | None, Names | None]:
    row = view.one(
        "SELECT t.id, t.ticket, k.prefix, k.number, t.service, t.counter, t.status, t.lane,"
        " t.queued_at, t.called_at, t.started_at, t.calls, s.names"
        " FROM turn t JOIN ticket k ON k.id = t.ticket"
        " JOIN service s ON s.site = t.site AND s.code = t.service"
        " WHERE t.site = :site AND t.counter = :counter AND t.status IN ('called', 'serving')",
        site=view.site.code,
        counter=counter,
    )
    if row is None:
        return None, None
    present = CalledTurn(
        turn=row[0],
        ticket=row[1],
        number=label(row[2], row[3]),
        service=row[4],
        counter=row[5],
        status=TurnStatus(row[6]),
        lane=Lane(row[7]),
        queued_at=to_datetime(row[8]),
        called_at=maybe_datetime(row[9]),
        started_at=maybe_datetime(row[10]),
        calls=row[11],
    )
    return present, names_of(row[12])


def _next_on_paper(view: View, present: CalledTurn | None) -> tuple[Names, ...]:
    if present is None:
        return ()
    rows = view.rows(
        "SELECT s.names FROM turn t JOIN service s ON s.site = t.site AND s.code = t.service"
        " WHERE t.ticket = :ticket AND t.status = 'waiting' ORDER BY t.position",
        ticket=present.ticket,
    )
    return tuple(names_of(row[0]) for row in rows)


def _lines(view: View, counter: str, condition: str) -> tuple[WaitingTurn, ...]:
    rows = view.rows(
        f"{_LINES}{condition} LIMIT {_LONGEST_LIST}",
        site=view.site.code,
        today=view.business_date,
        counter=counter,
    )
    return tuple(
        WaitingTurn(
            turn=row[0],
            number=label(row[1], row[2]),
            service=row[3],
            service_names=names_of(row[4]),
            lane=Lane(row[5]),
            status=TurnStatus(row[6]),
            queued_at=to_datetime(row[7]),
            called_at=maybe_datetime(row[8]),
            calls=row[9],
            is_paused=bool(row[10]),
            elsewhere=row[11],
        )
        for row in rows
    )


def _done(view: View, counter: str) -> tuple[int, int | None]:
    rows = view.rows(
        "SELECT (ended_at - started_at) / 1000000 FROM turn WHERE site = :site"
        " AND business_date = :today AND counter = :counter AND status = 'done'"
        " AND started_at IS NOT NULL",
        site=view.site.code,
        today=view.business_date,
        counter=counter,
    )
    seconds = [int(row[0]) for row in rows]
    return len(seconds), int(median(seconds)) if seconds else None
