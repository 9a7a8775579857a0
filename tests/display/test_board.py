"""The wall's memory: each call once, in order, with its full time."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from db.board import BoardCall
from display.board import BUSY_HOLD_S, FEW, HOLD_S, RUSH_HOLD_S, HallBoard
from rules.turn import TurnStatus
from tests.display.boards import DAY, NINE, board, call


def announced(wall: HallBoard, *at_s: float) -> list[str]:
    """Advance at each second and return the numbers that were announced."""
    found = [wall.advance(at) for at in at_s]
    return [one.call.number for one in found if one]


def test_a_wall_that_starts_late_shows_the_present_and_flashes_nothing() -> None:
    wall = HallBoard()

    wall.take(board(9, call(8, "B-001"), call(9, "C-002")))

    picture = wall.picture()
    assert picture.newest
    assert picture.newest.number == "C-002"
    assert [one.number for one in picture.recent] == ["B-001"]
    assert announced(wall, 0, 100) == []


def test_a_new_call_owns_the_wall_and_is_announced_once() -> None:
    wall = HallBoard()
    wall.take(board(1))

    wall.take(board(2, call(2, "B-001")))
    wall.take(board(2, call(2, "B-001")))

    assert announced(wall, 0, 10, 20) == ["B-001"]
    wall.take(board(3, call(2, "B-001")))
    assert announced(wall, 30) == []
    assert wall.picture().newest == call(2, "B-001")


def test_calls_of_one_instant_each_get_their_full_time_in_order() -> None:
    wall = HallBoard()
    wall.take(board(1))

    wall.take(board(4, call(4, "D-003"), call(3, "C-002"), call(2, "B-001")))

    first = wall.advance(100)
    assert first
    assert first.call.number == "B-001"
    assert [one.number for one in wall.picture().recent] == ["D-003", "C-002"]
    assert wall.advance(100 + HOLD_S - 0.1) is None
    assert wall.due_in_s(100 + HOLD_S - 1) == 1
    assert announced(wall, 100 + HOLD_S, 100 + 2 * HOLD_S) == ["C-002", "D-003"]
    assert wall.due_in_s(200) is None


def test_a_call_during_another_does_not_cut_it_off() -> None:
    wall = HallBoard()
    wall.take(board(1))
    wall.take(board(2, call(2, "B-001")))
    assert announced(wall, 0) == ["B-001"]

    wall.take(board(3, call(3, "C-002"), call(2, "B-001")))

    assert announced(wall, HOLD_S / 2) == []
    shown = wall.picture()
    assert shown.newest
    assert shown.newest.number == "B-001"
    assert [one.number for one in shown.recent] == ["C-002"]
    assert announced(wall, HOLD_S) == ["C-002"]


def test_a_recall_is_announced_again_and_moves_to_the_top() -> None:
    wall = HallBoard()
    wall.take(board(3, call(2, "B-001"), call(3, "C-002")))

    wall.take(board(4, call(4, "B-001", calls=2), call(3, "C-002")))

    again = wall.advance(0)
    assert again
    assert again.is_recall
    assert again.call.number == "B-001"
    shown = wall.picture()
    assert shown.newest
    assert shown.newest.number == "B-001"
    assert [one.number for one in shown.recent] == ["C-002"]


def test_a_recall_of_a_call_that_still_waits_for_the_wall_is_announced_once() -> None:
    wall = HallBoard()
    wall.take(board(1))
    wall.take(board(3, call(2, "A-001"), call(3, "B-001")))
    assert announced(wall, 0) == ["A-001"]

    wall.take(board(4, call(2, "A-001"), call(4, "B-001", calls=2)))

    assert announced(wall, 10, 20, 30) == ["B-001"]


def test_a_call_taken_back_is_not_announced() -> None:
    wall = HallBoard()
    wall.take(board(1))
    wall.take(board(3, call(2, "A-001"), call(3, "B-001")))
    assert announced(wall, 0) == ["A-001"]

    wall.take(board(4, call(2, "A-001")))

    assert announced(wall, 10) == []


def test_the_call_on_the_wall_that_is_taken_back_leaves_it() -> None:
    wall = HallBoard()
    wall.take(board(1))
    wall.take(board(2, call(2, "A-001")))
    assert announced(wall, 0) == ["A-001"]

    wall.take(board(3))

    assert wall.picture().newest is None


def test_while_the_store_is_away_the_last_picture_stays_and_says_since_when() -> None:
    wall = HallBoard()
    wall.take(board(2, call(2, "B-001")))

    wall.lose(NINE)
    wall.lose(NINE + timedelta(minutes=5))

    assert wall.picture().stale_since == NINE
    assert wall.picture().newest == call(2, "B-001")
    wall.take(board(2, call(2, "B-001")))
    assert wall.picture().stale_since is None
    assert announced(wall, 100) == []


def test_after_an_absence_old_calls_are_shown_and_fresh_ones_announced() -> None:
    wall = HallBoard()
    wall.take(board(2, call(2, "B-001", ago_s=300)))
    wall.lose(NINE - timedelta(minutes=2))

    old, fresh = call(3, "B-002", ago_s=90), call(4, "B-003", ago_s=10)
    wall.take(board(4, call(2, "B-001", ago_s=300), old, fresh))

    assert announced(wall, 0, 10, 20) == ["B-003"]
    assert [one.number for one in wall.picture().recent] == ["B-002", "B-001"]


def test_after_an_absence_an_old_call_still_becomes_the_newest_shown() -> None:
    wall = HallBoard()
    wall.take(board(1))
    wall.take(board(2, call(2, "B-001")))
    assert announced(wall, 0) == ["B-001"]
    wall.lose(NINE)

    wall.take(board(3, call(2, "B-001", ago_s=300), call(3, "B-002", ago_s=120)))

    shown = wall.picture()
    assert shown.newest
    assert shown.newest.number == "B-002"
    assert announced(wall, 10) == []


def test_a_snapshot_that_comes_late_is_ignored() -> None:
    wall = HallBoard()
    wall.take(board(5, call(5, "B-002"), call(2, "B-001")))

    wall.take(board(2, call(2, "B-001")))

    shown = wall.picture()
    assert shown.newest
    assert shown.newest.number == "B-002"


def test_a_store_put_back_from_a_backup_is_shown_without_flashes() -> None:
    wall = HallBoard()
    wall.take(board(50, call(50, "B-020")))
    wall.lose(NINE)

    wall.take(board(20, call(20, "B-009")))

    assert announced(wall, 0) == []
    wall.take(board(21, call(20, "B-009"), call(21, "B-010")))
    assert announced(wall, 10) == ["B-010"]


def test_a_new_day_clears_the_wall_and_its_first_call_is_announced() -> None:
    wall = HallBoard()
    wall.take(board(1))
    wall.take(board(2, call(2, "B-150")))
    assert announced(wall, 0) == ["B-150"]

    tomorrow = DAY + timedelta(days=1)
    wall.take(board(3, day=tomorrow))
    assert wall.picture().newest is None
    wall.take(board(4, call(4, "B-001"), day=tomorrow))

    assert announced(wall, 100) == ["B-001"]


def test_a_call_that_is_over_before_its_turn_on_the_wall_is_not_announced() -> None:
    wall = HallBoard()
    wall.take(board(1))
    wall.take(board(4, call(2, "A-001"), call(3, "B-001"), call(4, "C-001")))
    assert announced(wall, 0) == ["A-001"]

    served = call(3, "B-001", status=TurnStatus.SERVING)
    wall.take(board(5, call(2, "A-001"), served, call(4, "C-001")))

    assert announced(wall, HOLD_S, 2 * HOLD_S, 3 * HOLD_S) == ["C-001"]


def test_a_newer_call_that_needs_no_announcement_stands_on_the_wall_when_the_hold_ends() -> None:
    wall = HallBoard()
    wall.take(board(1))
    wall.take(board(2, call(2, "A-001")))
    assert announced(wall, 0) == ["A-001"]

    wall.take(board(4, call(2, "A-001"), call(3, "B-001", status=TurnStatus.SERVING)))

    during = wall.picture().newest
    pause_s = wall.due_in_s(1)
    assert pause_s == HOLD_S - 1
    assert announced(wall, 1 + pause_s) == []
    after = wall.picture().newest
    assert during
    assert after
    assert (during.number, after.number) == ("A-001", "B-001")
    assert wall.due_in_s(1 + pause_s) is None


def test_each_call_has_less_time_while_many_wait_for_the_wall() -> None:
    wall = HallBoard()
    wall.take(board(0))

    wall.take(board(9, *(call(seq, f"B-{seq:03d}") for seq in range(1, 3 + FEW))))

    assert announced(wall, 0, BUSY_HOLD_S) == ["B-001", "B-002"]
    assert announced(wall, 2 * BUSY_HOLD_S) == []
    assert announced(wall, BUSY_HOLD_S + HOLD_S) == ["B-003"]


def test_a_rush_passes_quickly_and_leaves_nobody_out() -> None:
    wall = HallBoard()
    wall.take(board(0))
    made = [call(seq, f"B-{seq:03d}") for seq in range(1, 13)]

    wall.take(board(12, *made))

    at_s, heard = 0.0, announced(wall, 0)
    while len(heard) < len(made):
        pause_s = wall.due_in_s(at_s)
        assert pause_s is not None
        at_s += pause_s
        heard += announced(wall, at_s)
    assert heard == [one.number for one in made]
    assert at_s < 3 * len(made)


@given(st.data())
def test_whatever_snapshots_are_skipped_each_call_is_announced_once_and_held(
    data: st.DataObject,
) -> None:
    wall = HallBoard()
    wall.take(board(0))
    made: list[BoardCall] = []
    at_s = 0.0
    heard: list[tuple[float, str]] = []
    for seq in range(1, data.draw(st.integers(1, 15)) + 1):
        made.append(call(seq, f"B-{seq:03d}"))
        for _ in range(data.draw(st.integers(0, 2))):
            wall.take(board(seq, *made))
        at_s += data.draw(st.floats(0, 10))
        if found := wall.advance(at_s):
            heard.append((at_s, found.call.number))
    wall.take(board(len(made), *made))
    while (pause_s := wall.due_in_s(at_s)) is not None:
        at_s += pause_s
        if found := wall.advance(at_s):
            heard.append((at_s, found.call.number))

    assert [number for _, number in heard] == [one.number for one in made]
    times = [at for at, _ in heard]
    assert all(later - sooner >= RUSH_HOLD_S - 1e-6 for sooner, later in pairwise(times))
