"""The small hall, open, for the store's contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.small_hall import SetClock, SmallHall


@pytest.fixture
def hall(hall_url: str) -> Iterator[SmallHall]:
    """The small hall, open, on a Monday morning."""
    opened = SmallHall(hall_url, SetClock())

    yield opened

    opened.close()
