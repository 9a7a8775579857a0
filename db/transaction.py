"""What a command and a read see of the store: ``Tx`` and ``View``.

A command is a function of a ``Tx``. Its first statement is ``tx.open``: it takes the
site's lock, reads the one clock, and tells whether this request was done before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from uuid_utils import uuid7

from db.driver import Connection, Row, Statement, Values
from db.errors import StoreEmpty
from db.inputs import checked
from db.journal import Event, Kind, chained, event_of
from db.moment import local_date, to_datetime
from db.purge import purge_due
from db.standing import reopened
from rules.chain import canonical
from rules.clock import LONGEST_REST
from rules.errors import ClockWrong, RequestReused
from rules.order import LaneFigures
from rules.turn import OPEN


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What every command needs to know of its site."""

    code: str
    time_zone: str
    is_always_open: bool
    catalogue_hash: str
    figures: LaneFigures


@dataclass(frozen=True, slots=True)
class Head:
    """The site's row in ``feed_head``."""

    seq: int
    hash: str
    business_date: str
    at: int


_PRIOR_FROM, _PRIOR_TO = 11, 21
"""Where in the row of ``Verbs.open`` the event of an earlier try stands."""


_Question = tuple[str, tuple[tuple[str, object], ...]]


def _question(sql: str, values: Values) -> _Question:
    return sql, tuple(sorted(values.items()))


def new_key() -> str:
    """Return a key for an operational row: a UUIDv7 as text. Never sorted by."""
    return str(uuid7())


class _Seen:
    """What Tx and View share: rows, the site, the day.

    ``memory`` belongs to the store and lives as long: what is read once for many commands
    (a site's key, the hours of a catalogue). ``clock`` is what the one clock shows, right or
    wrong; ``last_at`` the journal's last instant and ``last_date`` its date, as found.
    """

    def __init__(self, connection: Connection, memory: dict[object, Any]) -> None:
        self._connection = connection
        self.memory = memory
        self._head: Head
        self._now: int
        self.clock: int
        self.last_at: int
        self.last_date: str
        self.site: SiteFacts

    @property
    def business_date(self) -> str:
        """The day that the hall is in, ISO text."""
        return self._head.business_date

    @property
    def seq(self) -> int:
        """The journal's last seq."""
        return self._head.seq

    @property
    def hash(self) -> str:
        """The journal's last hash; '' after an event that the database itself chains."""
        return self._head.hash

    def now(self) -> int:
        """Return the hall's time, in microseconds: the one clock's, read after the lock.

        It never runs back: where the clock does, the journal's last instant stands.
        """
        return self._now

    def rows(self, sql: str, **values: object) -> list[Row]:
        """Run a SELECT and fetch it whole."""
        return self._connection.rows(sql, values)

    def one(self, sql: str, **values: object) -> Row | None:
        """Run a SELECT for at most one row."""
        found = self.rows(sql, **values)
        return found[0] if found else None

    def _take_head(self, code: str, row: Row | None, clock: int) -> None:
        if row is None:
            raise StoreEmpty(url="")
        self._head = Head(row[0], row[1], row[2], row[3])
        self.site = SiteFacts(code, row[4], bool(row[5]), row[6], LaneFigures(*row[7:11]))
        self.clock, self.last_at, self.last_date = clock, row[3], row[2]
        self._now = max(clock, row[3])

    def _today(self) -> date:
        return local_date(self._now, self.site.time_zone)


class View(_Seen):
    """A consistent snapshot for screens: rows, their ``seq``, and nothing is changed."""

    def __init__(self, connection: Connection, site: str, memory: dict[object, Any]) -> None:
        super().__init__(connection, memory)
        self._take_head(site, *connection.begin_read(site))
        today = self._today().isoformat()
        # Before the first command of a new date, screens already show the new, empty day.
        if today > self._head.business_date and not self._clock_is_wild():
            self._head = replace(self._head, business_date=today)

    def _clock_is_wild(self) -> bool:
        last = date.fromisoformat(self._head.business_date)
        return self._today() - last > LONGEST_REST


class Tx(_Seen):
    """One command's transaction: reads at once, writes pending until the commit."""

    def __init__(self, connection: Connection, site: str, memory: dict[object, Any]) -> None:
        super().__init__(connection, memory)
        self._site_code = site
        self.verbs = connection.verbs
        self._pending: list[Statement] = []
        self._actor = ""
        self._request: str | None = None
        self._has_events = False
        self._expected: dict[_Question, list[Row]] = {}

    def expect(self, sql: str, **values: object) -> None:
        """Name a SELECT that will be asked right after ``open``: it goes along with the lock.

        ``rows`` gives its answer without a round trip, as long as nothing was written.
        """
        self._expected[_question(sql, values)] = []

    def open(
        self, request: str, actor: str, *kinds: Kind, accept_clock: bool = False
    ) -> Event | None:
        """Take the site's lock; the first statement of every command.

        Closes the day where a new local date has begun.

        Args:
            request: The caller's id of this request, a UUID as text.
            actor: Who does it: ``officer:…``, ``kiosk:…``, ``cli:…``.
            kinds: The kinds of event that this command leaves with the request.
            accept_clock: A supervisor confirms the date, however far it jumped.

        Returns:
            The event that an earlier try of the same request left, else None. Then the
            command returns that result and changes nothing.

        Raises:
            BadInput: The request id is no UUID, or the actor nobody.
            RequestReused: The request id belongs to another kind of command.
            ClockWrong: The date jumped forward by more than a hall ever rests.
        """
        checked(request=request, actor=actor)
        row, clock, answers = self._connection.begin_command(
            self._site_code, request, [(sql, dict(values)) for sql, values in self._expected]
        )
        self._expected = dict(zip(self._expected, answers, strict=True))
        self._take_head(self._site_code, row, clock)
        self._actor, self._request = actor, request
        if row is not None and row[_PRIOR_FROM] is not None:
            prior = event_of(row[_PRIOR_FROM:_PRIOR_TO])
            if prior.kind not in kinds:
                raise RequestReused(request=request, kind=prior.kind)
            return prior
        if accept_clock:
            self._now = clock
        self._keep_date(accept_clock=accept_clock)
        return None

    @property
    def site_code(self) -> str:
        """The site's code, known before the lock is taken."""
        return self._site_code

    def rows(self, sql: str, **values: object) -> list[Row]:
        """Run a statement that returns rows; sees what was written before."""
        if self._expected:
            answer = self._expected.pop(_question(sql, values), None)
            if answer is not None:
                return answer
        self._flush()
        return super().rows(sql, **values)

    def write(self, sql: str, **values: object) -> None:
        """Put a statement into the transaction; it is sent with the next read or the commit."""
        self._expected.clear()
        self._pending.append((sql, values))

    def event(
        self,
        kind: Kind,
        *,
        ticket: str | None = None,
        turn: str | None = None,
        counter: str | None = None,
        data: dict[str, object] | None = None,
        carries_request: bool = True,
    ) -> Event:
        """Append one line to the journal; ``carries_request`` for the command's result."""
        # Only a supervisor who confirms the date leads the hall back out of a wrong future.
        at = self._now if kind is Kind.DAY_CONFIRMED else max(self._now, self._head.at)
        request = self._request if carries_request else None
        facts = data or {}
        values: dict[str, object] = {
            "site": self.site.code,
            "seq": self._head.seq + 1,
            "kind": kind.value,
            "request": request,
            "ticket": ticket,
            "turn": turn,
            "counter": counter,
            "actor": self._actor,
            "data": canonical(facts),
            "at": at,
        }
        # Where the database chains by itself, this is only what ours would be.
        digest = chained(self._head.hash, values) if self.verbs.move_head else ""
        self.write(self.verbs.append, **values, hash=digest)
        self._head = Head(self._head.seq + 1, digest, self._head.business_date, at)
        self._has_events = True
        return Event(
            seq=self._head.seq,
            kind=kind.value,
            request=request,
            ticket=ticket,
            turn=turn,
            counter=counter,
            actor=self._actor,
            data=facts,
            at=to_datetime(at),
            hash=digest,
        )

    def commit(self) -> None:
        """Send what is pending and commit; a command without an event changed nothing."""
        if not self._has_events:
            self._connection.rollback()
            return
        if self.verbs.move_head:
            self.write(
                self.verbs.move_head,
                site=self.site.code,
                seq=self._head.seq,
                hash=self._head.hash,
                at=self._head.at,
            )
        pending, self._pending = self._pending, []
        self._connection.commit(pending)

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        for sql, values in pending:
            self._connection.rows(sql, values)

    def _keep_date(self, *, accept_clock: bool) -> None:
        today, last = self._today(), date.fromisoformat(self._head.business_date)
        if today <= last and not (accept_clock and today != last):
            return
        if today - last > LONGEST_REST and not accept_clock:
            raise ClockWrong(now=to_datetime(self._now), business_date=last)
        self._close_day(today.isoformat())

    def _close_day(self, new_date: str) -> None:
        """Close what is open of the old date and move on; idempotent, since the date moved."""
        old = self._head.business_date
        states = ", ".join(f"'{status}'" for status in sorted(OPEN))
        counted = self.rows(
            "SELECT count(*) FROM turn WHERE site = :site AND business_date = :old"
            f" AND status IN ({states})",
            site=self.site.code,
            old=old,
        )
        for statement in self.verbs.begin_day:
            self.write(
                statement,
                site=self.site.code,
                old=old,
                next=new_date,
                at=max(self._now, self._head.at),
            )
        self._head = replace(self._head, business_date=new_date)
        self.event(
            Kind.DAY_CLOSED,
            data={"date": old, "next": new_date, "closed": counted[0][0], **reopened(self)},
            carries_request=False,
        )
        purge_due(self)
