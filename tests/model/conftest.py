"""The small hall on both databases, prepared once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgresql import Cluster
from tests.support.small_hall import SetClock, SmallHall, prepare


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the small hall; closed, so that it holds its whole WAL."""
    path = tmp_path_factory.mktemp("small-hall") / "hall.db"
    prepare(str(path))
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def hall_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a store of this test alone, with the small hall in it."""
    if request.param == "sqlite":
        source: Path = request.getfixturevalue("prepared_file")
        path = tmp_path / "hall.db"
        shutil.copy(source, path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql_cluster")
    name = cluster.fresh_database(cluster.template("small_hall", prepare))
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def hall(hall_url: str) -> Iterator[SmallHall]:
    """The small hall, open, on a Monday morning."""
    opened = SmallHall(hall_url, SetClock())

    yield opened

    opened.close()
