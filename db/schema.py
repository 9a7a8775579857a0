"""The tables: one schema for SQLite and PostgreSQL.

Instants are whole microseconds since 1970 UTC (``BigInteger``, names end in ``_at``),
business dates ISO text, keys of operational rows UUIDv7, names per language JSON text:
the same bytes on both databases, so that plain driver SQL reads alike everywhere
(docs/decisions/0005).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Key = Uuid(as_uuid=False).with_variant(String(36), "sqlite")


class Base(DeclarativeBase):
    """The declarative root, with names for every constraint so that Alembic can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# SQLite: the rows lie in the primary key's tree itself, one page less to write for each.
_NO_ROWID = {"sqlite_with_rowid": False}


def _of_site() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["site"], ["site.code"])


class Site(Base):
    """One Mal Pelayanan Publik; ``signing_key`` (hex) signs its QR tokens."""

    __tablename__ = "site"
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    motto: Mapped[str] = mapped_column(Text)
    time_zone: Mapped[str] = mapped_column(String(64))
    holidays: Mapped[str] = mapped_column(String(2))
    theme: Mapped[str] = mapped_column(String(32))
    signing_key: Mapped[str] = mapped_column(String(64))
    is_sample: Mapped[bool]
    is_always_open: Mapped[bool]
    ordinary_min: Mapped[int]
    priority_min: Mapped[int]
    booked_min: Mapped[int]
    returned_min: Mapped[int]
    catalogue_hash: Mapped[str] = mapped_column(String(64))
    # Days for which each kind of personal datum is kept, by field: JSON.
    retention: Mapped[str] = mapped_column(Text, server_default=text("'{}'"))


class Zone(Base):
    """A part of the hall; ``direction`` is the arrow on the wall."""

    __tablename__ = "zone"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    names: Mapped[str] = mapped_column(Text)
    floor: Mapped[int]
    direction: Mapped[str] = mapped_column(String(16))
    position: Mapped[int]
    is_open: Mapped[bool]
    __table_args__ = (_of_site(),)


class Agency(Base):
    """A tenant (instansi)."""

    __tablename__ = "agency"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    prefix: Mapped[str] = mapped_column(String(4))
    names: Mapped[str] = mapped_column(Text)
    short_names: Mapped[str] = mapped_column(Text)
    icon: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    is_open: Mapped[bool]
    __table_args__ = (_of_site(),)


class Service(Base):
    """What an agency offers; ``code`` is ``AGENCY.SERVICE``, ``prefix`` its own or null."""

    __tablename__ = "service"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(65), primary_key=True)
    agency: Mapped[str] = mapped_column(String(32))
    prefix: Mapped[str | None] = mapped_column(String(4))
    names: Mapped[str] = mapped_column(Text)
    spoken_names: Mapped[str] = mapped_column(Text)
    keywords: Mapped[str] = mapped_column(Text)
    channels: Mapped[str] = mapped_column(Text)
    excludes: Mapped[str] = mapped_column(Text)
    has_priority: Mapped[bool]
    is_free: Mapped[bool]
    fee: Mapped[str] = mapped_column(Text)
    duration_min: Mapped[int]
    duration_status: Mapped[str] = mapped_column(String(16))
    completion: Mapped[str] = mapped_column(Text)
    legal_basis: Mapped[str] = mapped_column(Text)
    priority_notes: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    is_open: Mapped[bool]
    # Fields of personal data that this service can't do without ("nik", "phone"): JSON list.
    demands: Mapped[str] = mapped_column(Text, server_default=text("'[]'"))
    __table_args__ = (
        _of_site(),
        ForeignKeyConstraint(["site", "agency"], ["agency.site", "agency.code"]),
    )


class Requirement(Base):
    """One thing to bring for a service."""

    __tablename__ = "requirement"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    service: Mapped[str] = mapped_column(String(65), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    __table_args__ = (ForeignKeyConstraint(["site", "service"], ["service.site", "service.code"]),)


class Counter(Base):
    """A desk with a number (loket)."""

    __tablename__ = "counter"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    names: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(String(32))
    position: Mapped[int]
    is_open: Mapped[bool]
    __table_args__ = (
        _of_site(),
        ForeignKeyConstraint(["site", "zone"], ["zone.site", "zone.code"]),
    )


class CounterService(Base):
    """Which services a counter takes, and with what weight (1 = normal)."""

    __tablename__ = "counter_service"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    counter: Mapped[str] = mapped_column(String(32), primary_key=True)
    service: Mapped[str] = mapped_column(String(65), primary_key=True)
    weight: Mapped[int]
    __table_args__ = (
        ForeignKeyConstraint(["site", "counter"], ["counter.site", "counter.code"]),
        ForeignKeyConstraint(["site", "service"], ["service.site", "service.code"]),
        Index("ix_counter_service_service", "site", "service"),
    )


class Officer(Base):
    """A person who signs in at counters; ``pin_hash`` is argon2id."""

    __tablename__ = "officer"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    pin_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(16))
    is_open: Mapped[bool]
    __table_args__ = (_of_site(),)


class OfficerGuard(Base):
    """Wrong PINs of a code that somebody typed, whether or not such an officer exists.

    ``next_try_at`` is when the next try is looked at; ``is_locked`` until a supervisor opens it.
    """

    __tablename__ = "officer_guard"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    officer: Mapped[str] = mapped_column(String(32), primary_key=True)
    failures: Mapped[int]
    next_try_at: Mapped[int] = mapped_column(BigInteger)
    is_locked: Mapped[bool]
    __table_args__ = (_of_site(),)


class DeskSession(Base):
    """An officer's time at a counter, open while ``ended_at`` is null."""

    __tablename__ = "desk_session"
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    site: Mapped[str] = mapped_column(String(32))
    officer: Mapped[str] = mapped_column(String(32))
    counter: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    __table_args__ = (
        ForeignKeyConstraint(["site", "officer"], ["officer.site", "officer.code"]),
        ForeignKeyConstraint(["site", "counter"], ["counter.site", "counter.code"]),
        Index(
            "uq_desk_session_open_counter",
            "site",
            "counter",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_desk_session_open_officer",
            "site",
            "officer",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class PriorityClass(Base):
    """A group that is served first (UU 25/2009, article 29)."""

    __tablename__ = "priority_class"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    names: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    is_open: Mapped[bool]
    __table_args__ = (_of_site(),)


class CalendarWeek(Base):
    """Hours of one weekday (Monday = 0); ``scope`` is '' for the site, or an agency or service."""

    __tablename__ = "calendar_week"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    scope: Mapped[str] = mapped_column(String(65), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    hours: Mapped[str] = mapped_column(Text)
    __table_args__ = (_of_site(),)


class CalendarDate(Base):
    """A date that differs, or one of a season; ``hours`` is null where it is closed."""

    __tablename__ = "calendar_date"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    scope: Mapped[str] = mapped_column(String(65), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    hours: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    is_season: Mapped[bool]
    __table_args__ = (_of_site(),)


class Quota(Base):
    """How many numbers of a service are given on a day from one pool.

    ``day`` is an ISO date, or '' for every day that has no row of its own. ``release_at``
    ("HH.MM", site time) is when unused places of the pool become the kiosk's; null: never.
    ``origin`` is ``catalogue`` or ``command``: a load writes the first only, the second wins.
    """

    __tablename__ = "quota"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    service: Mapped[str] = mapped_column(String(65), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    pool: Mapped[str] = mapped_column(String(16), primary_key=True)
    origin: Mapped[str] = mapped_column(String(16), primary_key=True)
    places: Mapped[int]
    release_at: Mapped[str | None] = mapped_column(String(5))
    __table_args__ = (ForeignKeyConstraint(["site", "service"], ["service.site", "service.code"]),)


class QuotaUsed(Base):
    """The places that were taken from a pool on a business date."""

    __tablename__ = "quota_used"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    business_date: Mapped[str] = mapped_column(String(10), primary_key=True)
    service: Mapped[str] = mapped_column(String(65), primary_key=True)
    pool: Mapped[str] = mapped_column(String(16), primary_key=True)
    used: Mapped[int]
    __table_args__ = (_of_site(), _NO_ROWID)


class Series(Base):
    """The last number given of one prefix on one business date: no gap, no repeat."""

    __tablename__ = "series"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    business_date: Mapped[str] = mapped_column(String(10), primary_key=True)
    prefix: Mapped[str] = mapped_column(String(4), primary_key=True)
    last: Mapped[int]
    last_at: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (_of_site(), _NO_ROWID)


class Ticket(Base):
    """The paper: one number, one visitor, one business date. No name and no NIK.

    Its QR code's token is made from ``id`` and the site's key, and kept nowhere.
    """

    __tablename__ = "ticket"
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    site: Mapped[str] = mapped_column(String(32))
    business_date: Mapped[str] = mapped_column(String(10))
    prefix: Mapped[str] = mapped_column(String(4))
    number: Mapped[int]
    request: Mapped[str] = mapped_column(Key)
    language: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(16))
    party_size: Mapped[int]
    priority: Mapped[str | None] = mapped_column(String(32))
    station: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        _of_site(),
        UniqueConstraint("site", "business_date", "prefix", "number"),
        _NO_ROWID,
    )


_ACTIVE = text("status IN ('called', 'serving')")
_WAITING = text("status = 'waiting'")
_CALLED = text("called_seq IS NOT NULL")


class Turn(Base):
    """A place in one service's queue.

    ``queued_seq`` and ``called_seq`` are the journal's seq at which it joined and was last
    called: they order turns whatever the clocks say.
    """

    __tablename__ = "turn"
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    site: Mapped[str] = mapped_column(String(32))
    business_date: Mapped[str] = mapped_column(String(10))
    ticket: Mapped[str] = mapped_column(Key)
    service: Mapped[str] = mapped_column(String(65))
    position: Mapped[int]
    lane: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(16))
    is_paused: Mapped[bool]
    queued_at: Mapped[int] = mapped_column(BigInteger)
    queued_seq: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[int] = mapped_column(BigInteger)
    target_counter: Mapped[str | None] = mapped_column(String(32))
    counter: Mapped[str | None] = mapped_column(String(32))
    officer: Mapped[str | None] = mapped_column(String(32))
    called_at: Mapped[int | None] = mapped_column(BigInteger)
    called_seq: Mapped[int | None] = mapped_column(BigInteger)
    calls: Mapped[int]
    started_at: Mapped[int | None] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    __table_args__ = (
        ForeignKeyConstraint(["ticket"], ["ticket.id"]),
        ForeignKeyConstraint(["site", "service"], ["service.site", "service.code"]),
        # The last guards: a visitor in one place, a counter with one visitor.
        Index(
            "uq_turn_active_ticket",
            "ticket",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        Index(
            "uq_turn_active_counter",
            "site",
            "counter",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        Index(
            "ix_turn_waiting",
            "site",
            "business_date",
            "service",
            "lane",
            "due_at",
            "queued_seq",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index(
            "ix_turn_called",
            "site",
            "business_date",
            "called_seq",
            sqlite_where=_CALLED,
            postgresql_where=_CALLED,
        ),
        # Today's figures, a day's end and a month's report; none of its columns ever changes.
        Index("ix_turn_day", "site", "business_date", "service"),
        Index("ix_turn_ticket", "ticket"),
        _NO_ROWID,
    )


_TO_PRINT = text("state IN ('queued', 'sending')")


class PrintJob(Base):
    """One paper to print: ``copy`` 0 is the first, more are marked SALINAN."""

    __tablename__ = "print_job"
    ticket: Mapped[str] = mapped_column(Key, primary_key=True)
    copy: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    site: Mapped[str] = mapped_column(String(32))
    station: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        ForeignKeyConstraint(["ticket"], ["ticket.id"]),
        Index(
            "ix_print_job_to_print",
            "site",
            "station",
            sqlite_where=_TO_PRINT,
            postgresql_where=_TO_PRINT,
        ),
        _NO_ROWID,
    )


class FeedHead(Base):
    """One row a site: its lock, its counter, the end of its chain, its business date."""

    __tablename__ = "feed_head"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    business_date: Mapped[str] = mapped_column(String(10))
    at: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (_of_site(), _NO_ROWID)


# As in db/journal.py: SQLite takes a partial index only for the very same words.
_MARKS = text("kind IN ('DayClosed', 'JournalAnchored', 'JournalPruned')")


class FeedEvent(Base):
    """Append-only: journal, audit and feed in one. No personal data and no free text."""

    __tablename__ = "feed_event"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    request: Mapped[str | None] = mapped_column(Key)
    ticket: Mapped[str | None] = mapped_column(Key)
    turn: Mapped[str | None] = mapped_column(Key)
    counter: Mapped[str | None] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(80))
    data: Mapped[str] = mapped_column(Text)
    at: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    __table_args__ = (
        _of_site(),
        UniqueConstraint("site", "request"),
        # Where days end and anchors were left: a few rows among millions.
        Index(
            "ix_feed_event_marks",
            "site",
            "kind",
            "seq",
            sqlite_where=_MARKS,
            postgresql_where=_MARKS,
        ),
        _NO_ROWID,
    )


class FeedRight(Base):
    """Which events a role of the database may append, and as whom (PostgreSQL only).

    ``kind`` is an event's or '*'; ``actor`` is how the actor's name has to begin.
    """

    __tablename__ = "feed_right"
    role: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    actor: Mapped[str] = mapped_column(String(80), primary_key=True)


class FeedAnchor(Base):
    """Where a pruned or upgraded journal begins: the chain's hash and the hall's state there.

    ``state`` is canonical JSON; the journal's own event about the anchor carries its digest.
    """

    __tablename__ = "feed_anchor"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(Text)
    at: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (_of_site(), _NO_ROWID)


class PersonalDatum(Base):
    """What a service demanded to know of a visitor: a keyed hash and the last digits only.

    ``purge_on`` is the first business date on which the row is gone.
    """

    __tablename__ = "personal_datum"
    ticket: Mapped[str] = mapped_column(Key, primary_key=True)
    field: Mapped[str] = mapped_column(String(16), primary_key=True)
    site: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    last_digits: Mapped[str] = mapped_column(String(4))
    purge_on: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        ForeignKeyConstraint(["ticket"], ["ticket.id"]),
        Index("ix_personal_datum_digest", "site", "field", "digest"),
        Index("ix_personal_datum_purge_on", "site", "purge_on"),
        _NO_ROWID,
    )


class Announcement(Base):
    """A call that a display has spoken, so that nothing is spoken twice after a restart."""

    __tablename__ = "announcement"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    station: Mapped[str] = mapped_column(String(64), primary_key=True)
    call_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (_of_site(), _NO_ROWID)


class DeviceState(Base):
    """What a station's device said last, for staff and doctor.

    ``owner`` is the database's user who wrote it first: no other may change it.
    """

    __tablename__ = "device_state"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    station: Mapped[str] = mapped_column(String(64), primary_key=True)
    device: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(Text)
    at: Mapped[int] = mapped_column(BigInteger)
    owner: Mapped[str] = mapped_column(String(64), server_default=text("''"))
    __table_args__ = (_of_site(),)
