"""PostgreSQL's roles: what a kiosk, a display, a counter and an administrator may do.

Groups without a login; whoever runs a station gets a user of his own as a member of one. None of
them may change ``feed_head``, ``series`` or an event: the functions of
``db/migrations/functions.py`` do, and check what they are given.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from db.errors import RolesUnavailable, StoreReadOnly
from db.journal import Kind
from db.store import Store

KIOSK, DISPLAY, COUNTER, ADMIN = (
    "anjungan_kiosk",
    "anjungan_display",
    "anjungan_counter",
    "anjungan_admin",
)

_CATALOGUE = (
    "zone", "agency", "service", "requirement", "counter", "counter_service", "priority_class",
    "calendar_week", "calendar_date", "quota",
)  # fmt: skip
_HALL = (
    "alembic_version", "quota_used", "series", "ticket", "turn", "feed_head", "feed_event",
    "desk_session", "announcement", "device_state",
)  # fmt: skip
# The site's row without the key that signs tokens.
_SITE = (
    "code, name, place, motto, time_zone, holidays, theme, is_sample, is_always_open,"
    " ordinary_min, priority_min, booked_min, returned_min, catalogue_hash, retention"
)
_TURN_STATE = (
    "status, outcome, is_paused, ended_at, lane, counter, officer, called_at, called_seq,"
    " calls, started_at, queued_seq, due_at"
)
_ALL_FUNCTIONS = (
    "anjungan_clock()",
    "anjungan_json(text)",
    "anjungan_open(text, uuid)",
    "anjungan_append(text, bigint, text, uuid, uuid, uuid, text, text, text, bigint)",
    "anjungan_give_number(text, text, text, int, bigint, uuid, uuid, text, text, int, text, text)",
    "anjungan_begin_day(text, text, text, bigint)",
    "anjungan_take_place(text, text, text, text)",
    "anjungan_purge(text, text, int)",
    "anjungan_beat(text, text, text, text, text)",
    "anjungan_announced(text, text, bigint)",
)
_CLOCK, _JSON, _OPEN, _APPEND, _GIVE, _DAY, _TAKE, _PURGE, _BEAT, _ANNOUNCED = _ALL_FUNCTIONS


@dataclass(frozen=True, slots=True)
class _Role:
    """One group: table privileges, functions, and the events that it may append as whom."""

    grants: tuple[str, ...]
    functions: tuple[str, ...]
    actor: str = ""
    kinds: tuple[str, ...] = field(default=())


def _read(*tables: str) -> str:
    return f"SELECT ON {', '.join(tables)}"


_ROLES = {
    KIOSK: _Role(
        grants=(
            _read("site", "print_job", *_CATALOGUE, *_HALL),
            "INSERT ON turn, print_job",
            "UPDATE (state, detail, updated_at) ON print_job",
            # What is due, so that it can be purged; nothing that tells who somebody was.
            "SELECT (site, ticket, field, purge_on) ON personal_datum",
        ),
        functions=(_CLOCK, _OPEN, _APPEND, _GIVE, _DAY, _TAKE, _PURGE, _BEAT),
        actor="kiosk:",
        kinds=(
            Kind.TICKET_ISSUED, Kind.COPY_QUEUED, Kind.PRINT_RECORDED, Kind.DAY_CLOSED,
            Kind.PERSONAL_DATA_PURGED,
        ),
    ),
    DISPLAY: _Role(
        grants=(_read(*_CATALOGUE, *_HALL), f"SELECT ({_SITE}) ON site"),
        functions=(_CLOCK, _BEAT, _ANNOUNCED),
    ),
    COUNTER: _Role(
        grants=(
            _read("print_job", "officer", "officer_guard", *_CATALOGUE, *_HALL),
            f"SELECT ({_SITE}) ON site",
            "INSERT ON turn, print_job, desk_session, officer_guard",
            f"UPDATE ({_TURN_STATE}) ON turn",
            "UPDATE (ended_at) ON desk_session",
            "UPDATE (failures, next_try_at, is_locked) ON officer_guard",
            "DELETE ON officer_guard",
        ),
        functions=(_CLOCK, _OPEN, _APPEND, _DAY, _PURGE, _BEAT),
        actor="officer:",
        kinds=(
            Kind.TURN_CALLED, Kind.TURN_RECALLED, Kind.TURN_STARTED, Kind.TURN_FINISHED,
            Kind.TURN_MISSED, Kind.TURN_RETURNED, Kind.TURN_HELD, Kind.TURN_RESUMED,
            Kind.TURN_UNDONE, Kind.TURN_TRANSFERRED, Kind.TURN_CANCELLED, Kind.COPY_QUEUED,
            Kind.OFFICER_SIGNED_IN, Kind.OFFICER_SIGNED_OUT, Kind.OFFICER_REFUSED,
            Kind.OFFICER_LOCKED, Kind.DAY_CLOSED, Kind.PERSONAL_DATA_PURGED,
        ),
    ),
    ADMIN: _Role(
        grants=(
            _read("site", "print_job", "officer", "officer_guard", "personal_datum",
                  "feed_anchor", *_CATALOGUE, *_HALL),
            f"UPDATE ({_SITE.removeprefix('code, ')}) ON site",
            f"INSERT, UPDATE, DELETE ON {', '.join(_CATALOGUE)}, officer, officer_guard,"
            " desk_session",
            "INSERT ON turn, print_job, personal_datum",
            "DELETE ON personal_datum, device_state, announcement",
            # When somebody came changes only where a clock that ran ahead is set right.
            f"UPDATE ({_TURN_STATE}, queued_at) ON turn",
            "UPDATE (state, detail, updated_at) ON print_job",
        ),
        functions=_ALL_FUNCTIONS,
        kinds=("*",),
    ),
}  # fmt: skip


def create_roles(store: Store) -> tuple[str, ...]:
    """Make the four groups where they are missing and give each what it needs, no more.

    What a group had in this database is taken away first, so that a new version can need less.

    Args:
        store: The store, opened by its owner.

    Returns:
        The groups' names.

    Raises:
        RolesUnavailable: The store is SQLite, or its owner may make no roles.
    """
    if store.is_sqlite:
        raise RolesUnavailable(url=store.url, reason="sqlite")
    try:
        with store.connected() as connection:
            for role in _ROLES:
                connection.rows(_MAKE.format(role=role), {})
            connection.begin()
            connection.commit([(statement, {}) for statement in _statements()])
    except StoreReadOnly as fault:
        raise RolesUnavailable(url=store.url, reason="privilege") from fault
    return tuple(_ROLES)


# Another database of the same server may be making the same groups at this moment.
_MAKE = """
DO $$ BEGIN
  IF to_regrole('{role}') IS NULL THEN
    CREATE ROLE {role} NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


def _statements() -> list[str]:
    found = ["REVOKE CREATE ON SCHEMA public FROM PUBLIC"]
    found += [f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC" for name in _ALL_FUNCTIONS]
    for name, role in _ROLES.items():
        found += [
            f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}",
            f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM {name}",
            f"GRANT USAGE ON SCHEMA public TO {name}",
            *[f"GRANT {grant} TO {name}" for grant in role.grants],
            f"GRANT EXECUTE ON FUNCTION {', '.join(role.functions)} TO {name}",
            f"DELETE FROM feed_right WHERE role = '{name}'",
            *[
                f"INSERT INTO feed_right (role, kind, actor) VALUES ('{name}', '{kind}',"
                f" '{role.actor}')"
                for kind in role.kinds
            ],
        ]
    return found
