"""Users of a PostgreSQL store, one for each kind of station, as a hall would make them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from db.roles import ADMIN, COUNTER, DISPLAY, KIOSK


@contextmanager
def station_users(url: str) -> Iterator[Mapping[str, str]]:
    """Make a user for each role; yield the store's URL as each of them, by role."""
    address = make_url(url)
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    users = {role: f"{address.database}_{role}" for role in (KIOSK, DISPLAY, COUNTER, ADMIN)}
    with psycopg.connect(plain, autocommit=True) as owner:
        for role, user in users.items():
            make = sql.SQL("CREATE ROLE {} LOGIN IN ROLE {}")
            owner.execute(make.format(sql.Identifier(user), sql.Identifier(role)))
        yield {
            role: address.set(username=user).render_as_string(hide_password=False)
            for role, user in users.items()
        }
        for user in users.values():
            owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(user)))
