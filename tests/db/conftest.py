"""A small hall in a SQLite file, for tests of what can happen to the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.small_hall import prepare


@pytest.fixture
def hall_file(tmp_path: Path) -> Path:
    """A prepared store in a folder of its own."""
    path = tmp_path / "store" / "hall.db"
    prepare(str(path))
    return path
