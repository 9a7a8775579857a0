"""The databases that the tests get: real, empty, and one for each test."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.postgresql import Cluster


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.mark.postgresql
@pytest.mark.parametrize("again", [1, 2])
def test_each_test_has_an_empty_database(fresh_database_url: str, again: int) -> None:
    execute(fresh_database_url, "CREATE TABLE ticket (number int)")

    assert execute(fresh_database_url, "SELECT * FROM ticket") == []


@pytest.mark.postgresql
def test_a_template_is_prepared_once(postgresql_cluster: Cluster) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        execute(url, "CREATE TABLE seeded (number int)")

    first = postgresql_cluster.fresh_database(postgresql_cluster.template("seeded", prepare))
    second = postgresql_cluster.fresh_database(postgresql_cluster.template("seeded", prepare))

    assert len(prepared) <= 1
    for name in (first, second):
        assert execute(postgresql_cluster.url(name), "SELECT * FROM seeded") == []
        postgresql_cluster.drop(name)


@pytest.mark.postgresql
def test_the_server_listens_on_this_machine_only(postgresql_cluster: Cluster) -> None:
    rows = execute(postgresql_cluster.url(), "SHOW listen_addresses")

    assert rows == [("127.0.0.1",)]


def test_a_store_address_is_given_for_both_databases(store_url: str) -> None:
    assert store_url.startswith(("sqlite:////", "postgresql+psycopg://"))
