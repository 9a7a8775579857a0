"""Hours of hall, agency and service on both databases: numbers are refused by the very answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from db.calendar import opening_of
from db.catalogue import load_catalogue
from db.catalogue_file import CatalogueFile
from db.halls import service_queue
from rules.errors import QueueClosed
from rules.hours import Closed, Opening
from tests.support.small_hall import (
    ACTOR,
    KK,
    KTP,
    SIM,
    SKCK,
    SetClock,
    SmallHall,
    catalogue_content,
    prepare,
)

JAKARTA = ZoneInfo("Asia/Jakarta")
SATURDAY = {"open": "08.00", "close": "12.00", "last_ticket": "11.30"}
RAMADAN = {"open": "08.00", "close": "14.00", "last_ticket": "13.30"}


@pytest.fixture
def office(store_url: str) -> Iterator[SmallHall]:
    """The small hall, with hours that hold, and the police's own."""
    prepare(store_url)
    hall = SmallHall(store_url, SetClock())
    load(hall, POLRI={"exceptions": [{"date": "2026-11-24", "note": "Rapat"}]})

    yield hall

    hall.close()


def load(hall: SmallHall, **parts: dict[str, Any]) -> None:
    """Load the small catalogue with more lines for the site (``site``), an agency or a service."""
    content = catalogue_content()
    content.update(parts.pop("site", {}))
    for agency in content["agencies"]:
        agency.update(parts.get(agency["code"], {}))
        for service in agency["services"]:
            service.update(parts.get(f"{agency['code']}.{service['code']}", {}))
            if service["code"] == "SKCK":
                week = {**content["hours"], "saturday": SATURDAY}
                service.setdefault("hours", week)
    file = CatalogueFile.model_validate(content)
    load_catalogue(hall.store, file, actor=ACTOR, always_open=False)


def asked(hall: SmallHall, scope: str = "") -> Opening:
    with hall.store.read() as view:
        return opening_of(view, scope)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA)


def test_a_number_is_refused_by_the_hours_of_its_service(office: SmallHall) -> None:
    office.clock.set("2026-11-24 09:00")
    before = office.dump()

    with pytest.raises(QueueClosed) as refused:
        office.issue(SIM)

    assert refused.value.fields == {
        "service": SIM,
        "reason": "holiday",
        "opens_at": local("2026-11-25 07:30"),
        "opens_on": local("2026-11-25 07:30"),
        "scope": "POLRI",
        "note": "Rapat",
    }
    assert office.dump() == before
    assert office.issue(KK).number == "B-001"


def test_each_chosen_service_must_be_open(office: SmallHall) -> None:
    office.clock.set("2026-11-28 09:00")

    assert office.issue(SKCK).number == "D-001"
    with pytest.raises(QueueClosed) as refused:
        office.issue(SKCK, KK)

    assert refused.value.fields["service"] == KK
    assert refused.value.fields["reason"] == "day_off"
    assert office.issue(SKCK).number == "D-002"


def test_a_repeat_gives_the_number_again_after_the_hall_has_closed(office: SmallHall) -> None:
    request = "01936f00-0000-7000-8000-000000000001"
    first = office.issue(KK, request=request)
    office.clock.set("2026-11-23 16:00")

    assert office.issue(KK, request=request) == first


def test_screens_get_the_very_answer_that_refuses(office: SmallHall) -> None:
    for at in ("2026-11-23 09:00", "2026-11-24 09:00", "2026-11-27 11:45", "2026-11-28 09:00"):
        office.clock.set(at)
        for service in (KK, SKCK, SIM):
            with office.store.read() as view:
                told = service_queue(view, service).opening
            assert told == asked(office, service)
            if told.is_open:
                office.issue(service)
                continue
            with pytest.raises(QueueClosed) as refused:
                office.issue(service)
            assert refused.value.fields["reason"] == told.reason
            assert refused.value.fields["opens_at"] == told.opens_at


def test_another_catalogue_counts_at_once_for_a_store_that_is_open(office: SmallHall) -> None:
    other = SmallHall(office.url, office.clock)
    assert asked(office).is_open
    assert asked(other).is_open

    load(other, site={"exceptions": [{"date": "2026-11-23", "note": "Listrik padam"}]})

    assert asked(office).note == asked(other).note == "Listrik padam"
    with pytest.raises(QueueClosed):
        office.issue(KK)
    load(other)
    assert office.issue(KK).number == "B-001"
    other.close()


def test_a_season_is_a_week_of_its_own_but_for_holidays_and_named_dates(
    office: SmallHall,
) -> None:
    season = {
        "from": "2027-03-01",
        "to": "2027-03-31",
        "note": "Ramadan",
        "week": {"monday": RAMADAN, "tuesday": RAMADAN},
    }
    load(office, site={"exceptions": [season, {"date": "2027-03-02", "hours": SATURDAY}]})

    answers = {}
    for day in (1, 2, 3, 8):
        office.clock.set(f"2027-03-{day:02d} 10:00")
        answers[day] = asked(office)

    assert answers[1].closes_at == local("2027-03-01 14:00")
    assert answers[1].note == "Ramadan"
    assert answers[2].closes_at == local("2027-03-02 12:00")
    assert answers[3].reason is Closed.DAY_OFF
    # 8 March 2027 is Nyepi, the country's holiday.
    assert answers[8].reason is Closed.HOLIDAY
    assert "Nyepi" in answers[8].note


def test_a_rotating_break_goes_on_giving_numbers(office: SmallHall) -> None:
    pause = {"start": "12.00", "end": "13.00", "kind": "rotating"}
    day = {"open": "07.30", "close": "15.00", "last_ticket": "14.30", "breaks": [pause]}
    load(office, **{KTP: {"hours": {"monday": day}}})
    office.clock.set("2026-11-23 12:30")

    assert office.issue(KTP).number == "B-001"
    assert asked(office, KTP).rotating_until == local("2026-11-23 13:00")
    with pytest.raises(QueueClosed):
        office.issue(KK)


def test_hours_are_read_once_a_day_not_with_every_number(office: SmallHall) -> None:
    office.issue(KK)
    # Written past the catalogue, so that a second reading would be seen.
    with office.store.connected() as connection:
        connection.rows("DELETE FROM calendar_week", {})

    assert office.issue(KK).number == "B-002"
    office.clock.forward(days=1)
    with pytest.raises(QueueClosed):
        office.issue(KK)
