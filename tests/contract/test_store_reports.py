"""A day's and a month's report, from a hall whose every minute is known."""

from __future__ import annotations

from datetime import date

from db import calls, moves
from db.day import close_day
from db.reports import Line, report
from rules.statistics import NOTHING
from tests.support.small_hall import KK, KTP, SIM, SKCK, SmallHall

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def of(lines: tuple[Line, ...]) -> dict[str, Line]:
    return {line.code: line for line in lines}


def served(hall: SmallHall, counter: str, wait_min: int, visit_min: int) -> None:
    hall.clock.forward(minutes=wait_min)
    hall.served(counter)
    hall.clock.forward(minutes=visit_min)
    hall.act(calls.finish, counter=counter)


def a_monday(hall: SmallHall) -> None:
    """Seven turns: two served, one missed, one cancelled, two left over, one still served."""
    hall.issue(KK, priority="lansia", channel="kiosk")
    hall.issue(KK, KTP, channel="officer")
    third = hall.issue(KTP, channel="officer")
    fourth = hall.issue(SKCK)
    hall.issue(SIM)
    served(hall, "1", wait_min=10, visit_min=5)
    served(hall, "1", wait_min=15, visit_min=30)
    hall.next("2")
    hall.clock.forward(minutes=1)
    hall.act(calls.mark_missed, counter="2")
    hall.act(moves.cancel, turn=fourth.turns[0].turn)
    assert third.turns
    hall.next("3")


def test_a_day_says_what_became_of_every_turn(hall: SmallHall) -> None:
    a_monday(hall)
    hall.clock.set("2026-11-24T07:00")
    hall.act(close_day)

    found = report(hall.store, MONDAY, MONDAY)

    total = found.total
    assert found.tickets == 5
    assert (total.issued, total.served, total.missed) == (6, 2, 1)
    assert (total.cancelled, total.closed, total.unfinished) == (1, 2, 0)
    assert {code: line.figures.issued for code, line in of(found.by_agency).items()} == {
        "DUKCAPIL": 4,
        "POLRI": 2,
    }
    assert of(found.by_service)[KK].figures.served == 2
    assert of(found.by_service)[KK].names["id"] == "Kartu Keluarga"


def test_waiting_and_serving_times_are_those_that_passed(hall: SmallHall) -> None:
    a_monday(hall)

    figures = of(report(hall.store, MONDAY, MONDAY).by_service)[KK].figures

    assert (figures.wait.count, figures.wait.median, figures.wait.longest) == (2, 600, 1800)
    assert (figures.visit.count, figures.visit.median, figures.visit.ninth_decile) == (2, 300, 1800)


def test_who_was_never_called_has_no_waiting_time(hall: SmallHall) -> None:
    hall.issue(KK)
    hall.clock.forward(hours=1)

    total = report(hall.store, MONDAY, MONDAY).total

    assert (total.issued, total.unfinished) == (1, 1)
    assert total.wait == NOTHING
    assert total.visit == NOTHING


def test_a_recall_and_a_pause_do_not_make_the_wait_longer(hall: SmallHall) -> None:
    first = hall.issue(KK)
    hall.clock.forward(minutes=10)
    hall.served("1")
    hall.act(calls.hold, counter="1")
    hall.clock.forward(minutes=40)
    hall.act(calls.resume, counter="1", turn=first.turns[0].turn)
    hall.act(calls.start, counter="1")
    hall.act(calls.finish, counter="1")

    assert report(hall.store, MONDAY, MONDAY).total.wait.longest == 600


def test_the_second_service_of_a_ticket_waits_from_the_end_of_the_first(hall: SmallHall) -> None:
    hall.issue(KK, KTP)
    served(hall, "1", wait_min=10, visit_min=20)
    served(hall, "1", wait_min=5, visit_min=5)

    wait = report(hall.store, MONDAY, MONDAY).total.wait

    assert (wait.count, wait.longest) == (2, 600)
    assert wait.median == 300


def test_lines_go_by_priority_channel_counter_and_hour_of_the_site(hall: SmallHall) -> None:
    a_monday(hall)

    found = report(hall.store, MONDAY, MONDAY)

    issued = {
        kind: {line.code: line.figures.issued for line in lines}
        for kind, lines in (
            ("priority", found.by_priority),
            ("channel", found.by_channel),
            ("counter", found.by_counter),
            ("hour", found.by_hour),
        )
    }
    assert issued["priority"] == {"priority": 1, "ordinary": 5}
    assert issued["channel"] == {"kiosk": 3, "officer": 3}
    assert issued["counter"] == {"1": 2, "2": 1, "3": 1}
    assert issued["hour"] == {"08": 6}


def test_a_day_that_is_over_carries_the_hash_that_closed_it(hall: SmallHall) -> None:
    hall.issue(KK)
    assert report(hall.store, MONDAY, MONDAY).seal is None

    hall.clock.set("2026-11-24T07:00")
    hall.act(close_day)
    hall.issue(KK)

    closing = next(event for event in hall.journal() if event.kind == "DayClosed")
    seal = report(hall.store, MONDAY, MONDAY).seal
    assert seal is not None
    assert (seal.seq, seal.hash) == (closing.seq, closing.hash)
    assert report(hall.store, TUESDAY, TUESDAY).seal is None


def test_a_month_adds_its_days_up_and_nothing_else(hall: SmallHall) -> None:
    a_monday(hall)
    hall.clock.set("2026-11-24T08:00")
    hall.issue(KK)
    hall.clock.set("2026-12-01T08:00")
    hall.issue(KK)

    november = report(hall.store, date(2026, 11, 1), date(2026, 11, 30))

    assert november.total.issued == 7
    assert {line.code: line.figures.issued for line in november.by_date} == {
        "2026-11-23": 6,
        "2026-11-24": 1,
    }
    assert report(hall.store, date(2026, 10, 1), date(2026, 10, 31)).total.issued == 0
    assert report(hall.store, date(2027, 1, 1), date(2027, 1, 31)).total.issued == 0


def test_a_service_that_was_closed_since_keeps_its_name_in_the_past(hall: SmallHall) -> None:
    hall.issue(SIM)
    with hall.store.connected() as connection:
        connection.rows("UPDATE service SET is_open = false WHERE code = :code", {"code": SIM})
        connection.rows("SELECT 1", {})

    assert of(report(hall.store, MONDAY, MONDAY).by_service)[SIM].names["id"] == "SIM"


def test_planner_settings_of_a_report_end_with_it(hall: SmallHall) -> None:
    hall.issue(KK)

    report(hall.store, MONDAY, MONDAY)

    if not hall.store.is_sqlite:
        assert hall.rows("SHOW enable_hashjoin") == [("off",)]
        assert hall.rows("SHOW enable_seqscan") == [("off",)]
