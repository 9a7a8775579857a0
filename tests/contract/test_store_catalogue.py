"""Loading a catalogue on both databases: idempotent, closing what vanished, one site or many."""

from __future__ import annotations

from typing import Any

import pytest

from db import address
from db.catalogue import Loaded, load_catalogue, sites
from db.catalogue_file import CatalogueFile
from db.errors import SiteUnknown
from db.halls import Hall
from db.halls import hall as read_hall
from db.store import Store, new_request, open_store
from rules.errors import CounterClosed, NobodyWaiting, ServiceClosed, UnknownService
from tests.support.small_hall import (
    ACTOR,
    KK,
    KTP,
    SKCK,
    SetClock,
    SmallHall,
    catalogue,
    catalogue_content,
    prepare,
)


def load(hall: SmallHall, content: dict[str, Any] | None = None, **more: Any) -> Loaded:
    file = CatalogueFile.model_validate(content or catalogue_content())
    return load_catalogue(hall.store, file, actor=ACTOR, **more)


def view_of(hall: SmallHall) -> Hall:
    with hall.store.read() as view:
        return read_hall(view)


def without(service: str | None = None, counter: str | None = None) -> dict[str, Any]:
    """Return the catalogue without a service or a counter."""
    content = catalogue_content()
    for agency in content["agencies"]:
        agency["services"] = [s for s in agency["services"] if s["code"] != service]
    content["counters"] = [c for c in content["counters"] if c["code"] != counter]
    for entry in content["counters"]:
        entry["services"] = [
            served
            for served in entry["services"]
            if not isinstance(served, str) or not served.endswith(f".{service}")
        ]
    return content


def test_the_hall_is_what_the_file_says(hall: SmallHall) -> None:
    found = view_of(hall)

    assert found.site.name == "MPP Uji"
    assert found.site.time_zone == "Asia/Jakarta"
    assert found.site.is_always_open
    assert not found.site.is_sample
    assert [agency.code for agency in found.agencies] == ["DUKCAPIL", "POLRI"]
    assert [counter.code for counter in found.counters] == ["1", "2", "3", "4"]
    assert [priority.code for priority in found.priorities] == ["lansia"]
    service = found.service(KK)
    assert service.names == {"id": "Kartu Keluarga", "en": "Family Card"}
    assert service.keywords == ("kk",)
    assert service.requirements == ("KTP-el asli",)
    assert service.counters == ("1", "2", "4")
    assert service.zone is not None
    assert service.zone.direction == "left"
    assert found.counters[3].services == (KK, SKCK)


def test_loading_the_same_again_changes_nothing(hall: SmallHall) -> None:
    before = hall.dump()

    loaded = load(hall)

    assert loaded == Loaded(site="UJI", agencies=2, services=5, counters=4, changed=False)
    assert hall.dump() == before


def test_a_repeated_load_with_its_request_id_changes_nothing(hall: SmallHall) -> None:
    request = new_request()
    first = load(hall, catalogue_content(motto="Cepat"), request=request)
    after = hall.dump()

    assert load(hall, catalogue_content(motto="Cepat"), request=request) == first
    assert hall.dump() == after


def test_a_change_is_loaded_and_told_once(hall: SmallHall) -> None:
    hall.issue(KK)
    content = catalogue_content(motto="Cepat")
    content["agencies"][0]["services"][0]["names"]["id"] = "Kartu Keluarga (KK)"

    assert load(hall, content).changed
    assert not load(hall, content).changed

    found = view_of(hall)
    assert found.site.motto == "Cepat"
    assert found.service(KK).names["id"] == "Kartu Keluarga (KK)"
    assert found.site.is_always_open
    assert hall.issue(KK).number == "B-002"


def test_a_vanished_service_is_closed_and_its_waiting_turns_are_still_called(
    hall: SmallHall,
) -> None:
    hall.issue(KTP)
    load(hall, without(service="KTP"))

    with pytest.raises(ServiceClosed):
        hall.issue(KTP)
    with pytest.raises(UnknownService):
        view_of(hall).service(KTP)
    assert hall.rows("SELECT code FROM service WHERE code = 'DUKCAPIL.KTP'") == [(KTP,)]
    assert hall.visit("1").service == KTP


def test_a_service_that_comes_back_is_open_again(hall: SmallHall) -> None:
    load(hall, without(service="KTP"))
    load(hall)

    assert hall.issue(KTP).number == "B-001"
    assert hall.next("2").service == KTP


def test_a_vanished_agency_closes_all_its_services(hall: SmallHall) -> None:
    content = catalogue_content()
    content["agencies"] = content["agencies"][:1]
    content["counters"] = content["counters"][:2]

    load(hall, content)

    with pytest.raises(ServiceClosed):
        hall.issue(SKCK)
    assert [agency.code for agency in view_of(hall).agencies] == ["DUKCAPIL"]


def test_a_vanished_counter_calls_nobody_more(hall: SmallHall) -> None:
    hall.issue(KK)
    load(hall, without(counter="2"))

    with pytest.raises(CounterClosed):
        hall.next("2")
    assert [counter.code for counter in view_of(hall).counters] == ["1", "3", "4"]
    assert hall.next("1").number == "B-001"


def test_a_counter_that_takes_a_service_no_more_does_not_call_it(hall: SmallHall) -> None:
    hall.issue(KK)
    content = catalogue_content()
    content["counters"][3]["services"] = ["POLRI.SIM"]

    load(hall, content)

    with pytest.raises(NobodyWaiting):
        hall.next("4")


def test_a_new_prefix_begins_its_own_series(hall: SmallHall) -> None:
    hall.issue(KK)
    content = catalogue_content()
    content["agencies"][0]["prefix"] = "K"

    load(hall, content)

    assert [hall.issue(KK).number, hall.issue(KTP).number] == ["K-001", "K-002"]
    assert [hall.visit("1").number for _ in range(3)] == ["B-001", "K-001", "K-002"]


def test_another_halls_catalogue_is_refused(hall: SmallHall) -> None:
    before = hall.dump()

    with pytest.raises(SiteUnknown) as refused:
        load(hall, catalogue_content(code="LAIN"))

    assert refused.value.fields["sites"] == "UJI"
    assert hall.dump() == before


def test_two_sites_in_one_store_do_not_mix(hall: SmallHall) -> None:
    hall.issue(KK)
    other = Store(address.parse(hall.url), "LAIN", hall.clock)
    load_catalogue(other, catalogue(code="LAIN"), actor=ACTOR, always_open=True)
    other.close()
    second = SmallHall(hall.url, hall.clock, site="LAIN")

    try:
        assert sites(second.store) == ("LAIN", "UJI")
        assert second.issue(KK).number == "B-001"
        called = second.next("1")
        assert hall.next("1").turn != called.turn
        assert [event.seq for event in second.journal()] == [1, 2, 3]
        with pytest.raises(NobodyWaiting):
            second.next("2")
        with pytest.raises(SiteUnknown):
            open_store(hall.url)
        with pytest.raises(SiteUnknown):
            open_store(hall.url, site="KETIGA")
    finally:
        second.close()


def test_a_site_begins_on_its_own_date(store_url: str) -> None:
    clock = SetClock()
    clock.set("2026-11-24 00:30", "Asia/Jayapura")
    prepare(store_url, clock, time_zone="Asia/Jayapura")
    hall = SmallHall(store_url, clock)

    try:
        assert hall.issue(KK).business_date.isoformat() == "2026-11-24"
    finally:
        hall.close()
