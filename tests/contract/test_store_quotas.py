"""Quotas on both databases: pools, releases, what comes next, who sets them, all or nothing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from db import moves
from db.catalogue import load_catalogue
from db.catalogue_file import CatalogueFile
from db.halls import ServiceQueue, counts, service_queue
from db.quota_settings import clear_quota, quota_lines, set_quota
from db.quotas import quotas
from rules.errors import BadQuota, QuotaReached, ServiceClosed, UnknownService
from rules.quota import Origin, Pool
from tests.support.small_hall import ACTOR, KK, KTP, SIM, SKCK, SmallHall, catalogue_content

JAKARTA = ZoneInfo("Asia/Jakarta")


def load(hall: SmallHall, always_open: bool = True, **quota: Any) -> None:
    """Load the small catalogue with a quota of family cards."""
    content = catalogue_content()
    if quota:
        content["agencies"][0]["services"][0]["quota"] = quota
    file = CatalogueFile.model_validate(content)
    load_catalogue(hall.store, file, actor=ACTOR, always_open=always_open)


def queue(hall: SmallHall, service: str = KK) -> ServiceQueue:
    with hall.store.read() as view:
        return service_queue(view, service)


def left(hall: SmallHall) -> tuple[int, int]:
    found = queue(hall).quota
    assert found is not None
    return found.ordinary.places, found.priority.places


def refused(hall: SmallHall, *services: str, priority: str | None = None) -> dict[str, object]:
    before = hall.dump()
    with pytest.raises(QuotaReached) as reached:
        hall.issue(*services, priority=priority)
    assert hall.dump() == before
    return reached.value.fields


def test_without_a_quota_nothing_is_limited_nor_counted(hall: SmallHall) -> None:
    hall.issue(KK)

    assert queue(hall).quota is None
    assert hall.rows("SELECT * FROM quota_used") == []
    assert "places" not in hall.journal()[-1].data


def test_numbers_end_where_the_places_end_and_the_rest_is_told(hall: SmallHall) -> None:
    load(hall, kiosk=2, priority=1)
    assert left(hall) == (2, 3)

    issued = [hall.issue(), hall.issue(priority="lansia"), hall.issue()]

    assert [ticket.number for ticket in issued] == ["B-001", "B-002", "B-003"]
    assert left(hall) == (0, 0)
    fields = refused(hall)
    assert (fields["service"], fields["pool"]) == (KK, "kiosk")
    assert refused(hall, priority="lansia")["pool"] == "priority"
    assert [event.data["places"][KK] for event in hall.journal()[-3:]] == [
        "kiosk",
        "priority",
        "kiosk",
    ]
    # Other services go on, and no number of the series was lost.
    assert hall.issue(KTP).number == "B-004"


def test_a_priority_visitor_falls_back_to_the_kiosks_places(hall: SmallHall) -> None:
    load(hall, kiosk=1, priority=0)

    hall.issue(priority="lansia")

    assert left(hall) == (0, 0)


def test_a_repeat_takes_no_second_place(hall: SmallHall) -> None:
    load(hall, kiosk=1)
    request = "0190a6e0-0000-7000-8000-000000000001"

    first = hall.issue(request=request)

    assert hall.issue(request=request) == first
    assert hall.rows("SELECT service, pool, used FROM quota_used") == [(KK, "kiosk", 1)]


def test_a_ticket_for_several_services_takes_all_places_or_none(hall: SmallHall) -> None:
    load(hall, kiosk=5)
    hall.act(set_quota, service=SKCK, pool="kiosk", places=1)
    hall.issue(KK, SKCK)

    assert refused(hall, KK, SKCK)["service"] == SKCK
    assert left(hall) == (4, 4)


def test_a_cancelled_number_gives_no_place_back(hall: SmallHall) -> None:
    load(hall, kiosk=1)
    ticket = hall.issue()

    hall.act(moves.cancel, turn=ticket.turns[0].turn)

    refused(hall)


def test_a_released_pool_is_the_kiosks_from_its_time_on(hall: SmallHall) -> None:
    load(hall, kiosk=1, booking=2, release={"booking": "10.00"})
    hall.issue()
    at_ten = datetime(2026, 11, 23, 10, tzinfo=JAKARTA)
    assert refused(hall)["next_release_at"] == at_ten
    found = queue(hall).quota
    assert found is not None
    assert found.ordinary.next_release_at == at_ten
    assert found.released == frozenset()

    hall.clock.set("2026-11-23 10:00")

    assert left(hall) == (2, 2)
    hall.issue()
    hall.issue()
    fields = refused(hall)
    assert fields["next_release_at"] is None
    assert fields["next_date"] == date(2026, 11, 24)
    assert hall.rows("SELECT pool, used FROM quota_used ORDER BY pool") == [
        ("booking", 2),
        ("kiosk", 1),
    ]


def test_a_release_in_the_break_brings_places_when_it_is_over(hall: SmallHall) -> None:
    load(hall, always_open=False, kiosk=0, booking=1, release={"booking": "12.30"})

    assert refused(hall)["next_release_at"] == datetime(2026, 11, 23, 13, tzinfo=JAKARTA)


def test_a_release_after_the_last_number_brings_none(hall: SmallHall) -> None:
    load(hall, always_open=False, kiosk=1, booking=1, release={"booking": "14.45"})
    hall.issue()

    fields = refused(hall)

    assert (fields["next_release_at"], fields["next_date"]) == (None, date(2026, 11, 24))


def test_the_next_date_is_one_that_is_open_and_has_places(hall: SmallHall) -> None:
    # Tuesday has none, Wednesday's are taken, on Saturday the hall is closed.
    load(
        hall,
        always_open=False,
        kiosk=0,
        dates=[
            {"date": "2026-11-25", "kiosk": 1},
            {"date": "2026-11-28", "kiosk": 5},
            {"date": "2026-11-30", "kiosk": 5},
        ],
    )
    with hall.store.connected() as connection:
        connection.rows(
            "INSERT INTO quota_used (site, business_date, service, pool, used)"
            " VALUES ('UJI', '2026-11-25', :kk, 'kiosk', 1)",
            {"kk": KK},
        )

    assert refused(hall)["next_date"] == date(2026, 11, 30)


def test_without_any_place_to_come_nothing_is_promised(hall: SmallHall) -> None:
    load(hall, kiosk=0)

    fields = refused(hall)

    assert (fields["next_release_at"], fields["next_date"]) == (None, None)


def test_of_a_day_that_is_over_all_releases_have_come(hall: SmallHall) -> None:
    load(hall, kiosk=1, booking=2, release={"booking": "10.00"})

    # A clock so far ahead that the hall stays in its day until somebody confirms.
    hall.clock.set("2036-11-24 08:00")

    assert left(hall) == (3, 3)


def test_each_day_begins_with_all_its_places(hall: SmallHall) -> None:
    load(hall, kiosk=1, dates=[{"date": "2026-11-24", "kiosk": 2}])
    hall.issue()
    refused(hall)

    hall.clock.set("2026-11-24 08:00")

    assert left(hall) == (2, 2)
    hall.issue()
    hall.issue()
    refused(hall)
    hall.clock.set("2026-11-25 08:00")
    hall.issue()
    refused(hall)


def test_a_command_goes_before_the_catalogue_until_it_is_cleared(hall: SmallHall) -> None:
    load(hall, kiosk=1, booking=4, release={"booking": "10.00"})
    hall.act(set_quota, service=KK, pool="kiosk", places=7)
    assert left(hall) == (7, 7)
    set_booking = hall.act(set_quota, service=KK, pool="booking", places=2)
    assert set_booking.release_at == "10.00"

    load(hall, kiosk=3)

    assert left(hall) == (7, 7)
    assert hall.act(clear_quota, service=KK, pool="kiosk") == 1
    assert left(hall) == (3, 3)
    assert hall.act(clear_quota, service=KK) == 1
    load(hall)
    assert queue(hall).quota is None


def test_every_change_by_command_is_in_the_journal(hall: SmallHall) -> None:
    day = date(2026, 12, 24)
    request = "0190a6e0-0000-7000-8000-000000000002"
    fields: dict[str, Any] = {
        "service": KK,
        "pool": "booking",
        "places": 9,
        "day": day,
        "release_at": "09.30",
    }

    first = hall.act(set_quota, request=request, **fields)
    again = hall.act(set_quota, request=request, **fields)
    hall.act(clear_quota, service=KK)
    hall.act(clear_quota, service=KK)

    assert again == first
    events = hall.journal()[-2:]
    assert [(event.kind, event.actor) for event in events] == [
        ("QuotaSet", ACTOR),
        ("QuotaCleared", ACTOR),
    ]
    assert events[0].data == {
        "service": KK,
        "pool": "booking",
        "day": "2026-12-24",
        "places": 9,
        "release_at": "09.30",
    }
    assert events[1].data["rows"] == 1


def test_places_cut_below_what_was_given_leave_none_and_take_none_away(hall: SmallHall) -> None:
    load(hall, kiosk=5)
    for _ in range(3):
        hall.issue()

    hall.act(set_quota, service=KK, pool="kiosk", places=2)

    assert left(hall) == (0, 0)
    refused(hall)


def test_what_can_be_no_quota_is_refused(hall: SmallHall) -> None:
    before = hall.dump()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"pool": "vip"}, "pool"),
        ({"places": -1}, "places"),
        ({"places": 100_001}, "places"),
        ({"places": "9"}, "places"),
        ({"places": True}, "places"),
        ({"pool": ["kiosk"]}, "pool"),
        ({"day": "2026-12-24"}, "date"),
        ({"pool": "booking", "release_at": 9.3}, "release"),
        ({"day": date(2026, 11, 22)}, "date"),
        ({"pool": "booking", "release_at": "9.30"}, "release"),
        ({"pool": "booking", "release_at": "24.00"}, "release"),
        ({"pool": "kiosk", "release_at": "09.30"}, "release"),
    ]

    for fields, reason in wrong:
        with pytest.raises(BadQuota) as bad:
            hall.act(set_quota, **{"service": KK, "pool": "kiosk", "places": 1, **fields})
        assert bad.value.fields["reason"] == reason, fields
    assert hall.dump() == before


def test_a_service_that_is_not_there_has_no_quota(hall: SmallHall) -> None:
    for command in (set_quota, clear_quota):
        more: dict[str, Any] = {"pool": "kiosk", "places": 1} if command is set_quota else {}
        for service in ("NOPE.NOPE", "", "KK\0", "'; DROP TABLE quota", "X" * 1_000_000, None, 7):
            with pytest.raises(UnknownService):
                hall.act(command, service=service, **more)


def test_the_days_figures_and_the_lines_tell_all_quotas(hall: SmallHall) -> None:
    load(hall, kiosk=4, dates=[{"date": "2026-12-24", "booking": 2}])
    hall.act(set_quota, service=SIM, pool="priority", places=3)
    hall.issue(SIM, priority="lansia")

    with hall.store.read() as view:
        figures = {count.service: count.quota for count in counts(view)}
        lines = quota_lines(view)
        assert set(quotas(view)) == {KK, SIM}

    assert {code for code, quota in figures.items() if quota is not None} == {KK, SIM}
    sim = figures[SIM]
    assert sim is not None
    assert (sim.ordinary.places, sim.priority.places) == (0, 2)
    assert [(line.service, line.day, line.pool, line.origin) for line in lines] == [
        (KK, None, Pool.KIOSK, Origin.CATALOGUE),
        (KK, date(2026, 12, 24), Pool.BOOKING, Origin.CATALOGUE),
        (SIM, None, Pool.PRIORITY, Origin.COMMAND),
    ]


def test_a_closed_service_says_so_and_not_that_its_quota_is_reached(hall: SmallHall) -> None:
    load(hall, kiosk=0)
    with hall.store.connected() as connection:
        connection.rows("UPDATE service SET is_open = false WHERE code = :kk", {"kk": KK})

    with pytest.raises(ServiceClosed):
        hall.issue()
