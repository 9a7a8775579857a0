"""A made-up history is one that the store itself believes: tests and benchmarks stand on it."""

from __future__ import annotations

import pytest

from db.feed import events_after
from db.store import open_store
from db.verify import verify
from tests.support.history import fill
from tests.support.small_hall import KK, START, SetClock, SmallHall, prepare


@pytest.mark.parametrize("journal_days", [0, 2, 100])
def test_verify_finds_no_fault_in_a_made_up_history(store_url: str, journal_days: int) -> None:
    prepare(store_url)

    made = fill(store_url, 900, today=START.date(), day_turns=300, journal_days=journal_days)

    store = open_store(store_url, clock=SetClock())
    found = verify(store)
    store.close()
    assert found.faults == ()
    assert found.last == made.seq
    assert found.is_replayed


def test_the_hall_goes_on_where_the_history_ends(store_url: str) -> None:
    prepare(store_url)
    made = fill(store_url, 600, today=START.date(), day_turns=300, journal_days=1)

    hall = SmallHall(store_url, SetClock())
    ticket = hall.issue(KK)

    assert ticket.number == "B-001"
    with hall.store.read() as view:
        assert [event.seq for event in events_after(view, made.seq)] == [made.seq + 1]
    assert verify(hall.store).faults == ()
    hall.close()


def test_equal_seeds_give_equal_rows(tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = []
    for _ in range(2):
        url = f"sqlite:///{tmp_path_factory.mktemp('history')}/hall.db"
        prepare(url)
        fill(url, 300, today=START.date(), day_turns=300, journal_days=1)
        hall = SmallHall(url, SetClock())
        dump = hall.dump()
        rows.append({name: dump[name] for name in ("ticket", "turn", "feed_event", "series")})
        hall.close()

    assert rows[0] == rows[1]
