"""Quotas, personal data, anchors of the journal, PIN guards; one index for a day's turns.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.functions import FUNCTIONS_0002

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def _site() -> sa.Column[str]:
    return sa.Column("site", sa.String(32), nullable=False)


def _of_site(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f(f"fk_{table}_site"))


def upgrade() -> None:
    """Go to this revision."""
    op.add_column(
        "site", sa.Column("retention", sa.Text(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.add_column(
        "service", sa.Column("demands", sa.Text(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.add_column(
        "calendar_date",
        sa.Column("is_season", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "device_state",
        sa.Column("owner", sa.String(64), nullable=False, server_default=sa.text("''")),
    )
    op.drop_index("ix_turn_done", table_name="turn")
    op.create_index("ix_turn_day", "turn", ["site", "business_date", "service"])
    marks = sa.text("kind IN ('DayClosed', 'JournalAnchored', 'JournalPruned')")
    op.create_index(
        "ix_feed_event_marks",
        "feed_event",
        ["site", "kind", "seq"],
        sqlite_where=marks,
        postgresql_where=marks,
    )
    op.create_table(
        "officer_guard",
        _site(),
        sa.Column("officer", sa.String(32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=False),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        _of_site("officer_guard"),
        sa.PrimaryKeyConstraint("site", "officer", name=op.f("pk_officer_guard")),
    )
    op.create_table(
        "quota",
        _site(),
        sa.Column("service", sa.String(65), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("pool", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("release_at", sa.String(5), nullable=True),
        sa.ForeignKeyConstraint(
            ["site", "service"],
            ["service.site", "service.code"],
            name=op.f("fk_quota_site_service"),
        ),
        sa.PrimaryKeyConstraint("site", "service", "day", "pool", "origin", name=op.f("pk_quota")),
    )
    op.create_table(
        "quota_used",
        _site(),
        sa.Column("business_date", sa.String(10), nullable=False),
        sa.Column("service", sa.String(65), nullable=False),
        sa.Column("pool", sa.String(16), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        _of_site("quota_used"),
        sa.PrimaryKeyConstraint(
            "site", "business_date", "service", "pool", name=op.f("pk_quota_used")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feed_right",
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("role", "kind", "actor", name=op.f("pk_feed_right")),
    )
    op.create_table(
        "feed_anchor",
        _site(),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _of_site("feed_anchor"),
        sa.PrimaryKeyConstraint("site", "seq", name=op.f("pk_feed_anchor")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "personal_datum",
        sa.Column("ticket", _KEY, nullable=False),
        sa.Column("field", sa.String(16), nullable=False),
        _site(),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("last_digits", sa.String(4), nullable=False),
        sa.Column("purge_on", sa.String(10), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_personal_datum_ticket")),
        sa.PrimaryKeyConstraint("ticket", "field", name=op.f("pk_personal_datum")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_personal_datum_digest", "personal_datum", ["site", "field", "digest"])
    op.create_index("ix_personal_datum_purge_on", "personal_datum", ["site", "purge_on"])
    op.create_table(
        "announcement",
        _site(),
        sa.Column("station", sa.String(64), nullable=False),
        sa.Column("call_seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _of_site("announcement"),
        sa.PrimaryKeyConstraint("site", "station", "call_seq", name=op.f("pk_announcement")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        for function in FUNCTIONS_0002:
            op.execute(function)
