"""Personal data on both databases: only what is demanded, hashed, told, deleted, purged in time."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

import pytest

from db import moves
from db.catalogue import load_catalogue
from db.catalogue_file import CatalogueFile
from db.halls import hall as read_hall
from db.persons import HeldTicket, delete_person, read_person
from db.purge import due, purge
from db.tickets import IssuedTicket
from db.verify import verify
from rules.errors import (
    AlreadyHasNumber,
    BadPersonalData,
    ClockWrong,
    KnownError,
    PersonalDataNeeded,
    PersonalDataNotNeeded,
    UnknownTicket,
)
from tests.support.small_hall import ACTOR, KK, KTP, SIM, SKCK, SmallHall, catalogue_content

NIK, OTHER_NIK = "3578011202870001", "3273056010900009"
NOBODYS = "3578013102870001"
"""Of the 31st of February."""
PHONE = "081234567890"


@pytest.fixture
def asking(hall: SmallHall) -> SmallHall:
    """The small hall; police clearances demand NIK and telephone, family cards the NIK."""
    content = catalogue_content(retention={"phone": 30})
    content["agencies"][0]["services"][0]["demands"] = ["nik"]
    content["agencies"][1]["services"][0]["demands"] = ["nik", "phone"]
    file = CatalogueFile.model_validate(content)
    load_catalogue(hall.store, file, actor=ACTOR)
    return hall


def issue(hall: SmallHall, *services: str, **personal: str) -> IssuedTicket:
    return hall.issue(*(services or (KK,)), personal=personal)


def refused(hall: SmallHall, *services: str, **personal: str) -> KnownError:
    before = hall.dump()
    with pytest.raises(KnownError) as error:
        issue(hall, *services, **personal)
    assert hall.dump() == before
    return error.value


def person(hall: SmallHall, **named: str) -> tuple[HeldTicket, ...]:
    found: tuple[HeldTicket, ...] = hall.act(read_person, **named)
    return found


def data_of(hall: SmallHall) -> list[tuple[Any, ...]]:
    return sorted(hall.rows("SELECT field, last_digits, purge_on FROM personal_datum"))


def test_by_default_nothing_is_asked_and_nothing_is_kept(hall: SmallHall) -> None:
    hall.issue()

    assert hall.rows("SELECT * FROM personal_datum") == []
    error = refused(hall, KK, nik=NIK)
    assert isinstance(error, PersonalDataNotNeeded)
    assert error.fields == {"field": "nik"}


def test_what_a_service_demands_is_kept_as_hash_and_last_digits(asking: SmallHall) -> None:
    issue(asking, SKCK, nik=NIK, phone="+62 812-3456-7890")

    assert data_of(asking) == [("nik", "0001", "2026-11-24"), ("phone", "7890", "2026-12-24")]
    # Not in the clear in any column of any table, the journal's included.
    everything = repr(asking.dump())
    assert NIK not in everything
    assert PHONE[1:] not in everything
    assert NIK[:12] not in everything


def test_the_hash_needs_the_sites_key(asking: SmallHall) -> None:
    first = issue(asking, nik=NIK)
    asking.act(moves.cancel, turn=first.turns[0].turn)
    issue(asking, nik=NIK)
    issue(asking, nik=OTHER_NIK)
    with asking.store.connected() as connection:
        connection.rows("UPDATE site SET signing_key = :key", {"key": "00" * 32})
    elsewhere = SmallHall(asking.url, asking.clock)
    issue(elsewhere, nik=NIK)
    elsewhere.close()

    digests = [
        row[0]
        for row in asking.rows(
            "SELECT d.digest FROM personal_datum d JOIN ticket k ON k.id = d.ticket"
            " ORDER BY k.number"
        )
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_what_does_not_fit_is_refused_without_a_word_of_it(
    asking: SmallHall, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong: list[tuple[list[str], dict[str, Any], type[KnownError], dict[str, object]]] = [
        ([KK], {}, PersonalDataNeeded, {"service": KK, "field": "nik"}),
        ([KK], {"nik": ""}, PersonalDataNeeded, {"service": KK, "field": "nik"}),
        ([SKCK], {"nik": NIK}, PersonalDataNeeded, {"service": SKCK, "field": "phone"}),
        ([KTP, KK], {}, PersonalDataNeeded, {"service": KK, "field": "nik"}),
        ([KK], {"nik": NIK, "phone": PHONE}, PersonalDataNotNeeded, {"field": "phone"}),
        ([KK], {"nik": NIK, "name": "Siti"}, PersonalDataNotNeeded, {"field": None}),
        ([KK], {"nik": "12"}, BadPersonalData, {"field": "nik", "reason": "nik_digits"}),
        (
            [KK],
            {"nik": "3578013102870001"},
            BadPersonalData,
            {"field": "nik", "reason": "nik_date"},
        ),
        ([KK], {"nik": "9" * 1_000_000}, BadPersonalData, {"field": "nik", "reason": "nik_digits"}),
        (
            [SKCK],
            {"nik": NIK, "phone": "+1 202 555 0100"},
            BadPersonalData,
            {"field": "phone", "reason": "phone"},
        ),
    ]

    for services, personal, kind, fields in wrong:
        error = refused(asking, *services, **personal)
        assert type(error) is kind
        assert error.fields == fields
        assert not any(str(value) in caplog.text for value in personal.values() if value)


def test_data_that_are_no_mapping_are_refused(asking: SmallHall) -> None:
    before = asking.dump()

    with pytest.raises(BadPersonalData):
        asking.issue(KK, personal=[NIK])
    assert asking.dump() == before


def test_one_person_holds_one_open_number_of_a_service(asking: SmallHall) -> None:
    first = issue(asking, nik=NIK)

    error = refused(asking, nik=f" {NIK[:4]} {NIK[4:]}")

    assert isinstance(error, AlreadyHasNumber)
    assert error.fields == {"service": KK, "number": first.number}
    # For another service, as another person, when the number is over, on another day: yes.
    issue(asking, SKCK, nik=NIK, phone=PHONE)
    issue(asking, nik=OTHER_NIK)
    asking.act(moves.cancel, turn=first.turns[0].turn)
    issue(asking, nik=NIK)
    asking.clock.set("2026-11-24 08:00")
    issue(asking, nik=NIK)


def test_a_repeat_gives_the_first_number_and_keeps_nothing_twice(asking: SmallHall) -> None:
    request = "0190a6e0-0000-7000-8000-000000000003"
    first = asking.issue(KK, request=request, personal={"nik": NIK})

    assert asking.issue(KK, request=request, personal={"nik": NIK}) == first
    assert len(data_of(asking)) == 1


def test_the_kiosk_is_told_what_a_service_demands(asking: SmallHall) -> None:
    with asking.store.read() as view:
        found = read_hall(view)

    assert found.service(SKCK).demands == ("nik", "phone")
    assert found.service(SIM).demands == ()


def test_the_first_command_of_a_day_purges_what_is_due(asking: SmallHall) -> None:
    issue(asking, SKCK, nik=NIK, phone=PHONE)
    asking.clock.set("2026-11-24 07:30")
    assert due(asking.store) == {"nik": 1}

    asking.issue(SIM)

    assert data_of(asking) == [("phone", "7890", "2026-12-24")]
    kinds = [event.kind for event in asking.journal()[-3:]]
    assert kinds == ["DayClosed", "PersonalDataPurged", "TicketIssued"]
    assert asking.journal()[-2].data == {"nik": 1}
    asking.clock.set("2026-12-23 23:59")
    asking.issue(SIM)
    assert len(data_of(asking)) == 1
    asking.clock.set("2026-12-24 00:00")
    asking.issue(SIM)
    assert data_of(asking) == []


def test_a_purge_goes_in_batches_until_nothing_is_due(asking: SmallHall) -> None:
    for serial in range(1, 8):
        issue(asking, nik=f"357801120287{serial:04}")
    asking.clock.set("2026-11-24 00:00")
    before = asking.journal()[-1].seq

    found = purge(asking.store, actor=ACTOR, batch=3)

    assert found == {"nik": 7}
    assert data_of(asking) == []
    purged = [event for event in asking.journal(before) if event.kind == "PersonalDataPurged"]
    assert sum(event.data["nik"] for event in purged) == 7
    seq = asking.journal()[-1].seq
    assert purge(asking.store, actor=ACTOR) == {}
    assert asking.journal()[-1].seq == seq


def test_nothing_is_purged_on_the_word_of_a_wild_clock(asking: SmallHall) -> None:
    issue(asking, nik=NIK)
    asking.clock.set("2036-11-24 08:00")

    assert purge(asking.store, actor=ACTOR) == {}
    with pytest.raises(ClockWrong):
        asking.issue(SIM)
    assert len(data_of(asking)) == 1


def test_all_that_is_held_of_a_person_is_told_and_the_access_is_recorded(
    asking: SmallHall,
) -> None:
    first = issue(asking, nik=NIK)
    second = asking.issue(SKCK, priority="lansia", personal={"nik": NIK, "phone": PHONE})
    issue(asking, nik=OTHER_NIK)

    held = person(asking, nik=f"{NIK[:6]} {NIK[6:]}")

    assert [ticket.number for ticket in held] == [first.number, second.number]
    assert held[1].priority == "lansia"
    assert [(d.field, d.last_digits, d.purge_on) for d in held[1].data] == [
        ("nik", "0001", date(2026, 11, 24)),
        ("phone", "7890", date(2026, 12, 24)),
    ]
    assert [(turn.service, turn.status) for turn in held[1].turns] == [(SKCK, "waiting")]
    event = asking.journal()[-1]
    assert (event.kind, event.actor) == ("PersonalDataRead", ACTOR)
    assert event.data == {"tickets": 2, "nik": 2, "phone": 1}
    assert [ticket.number for ticket in person(asking, phone=PHONE)] == [second.number]
    assert [ticket.number for ticket in person(asking, ticket=first.number)] == [first.number]


def test_a_person_of_whom_nothing_is_held_is_told_so_and_that_is_recorded(
    asking: SmallHall,
) -> None:
    assert person(asking, nik=NIK) == ()
    assert asking.journal()[-1].data == {"tickets": 0, "nik": 0, "phone": 0}


def test_a_persons_data_are_deleted_at_once_and_the_number_stays(asking: SmallHall) -> None:
    ticket = issue(asking, SKCK, nik=NIK, phone=PHONE)
    issue(asking, nik=OTHER_NIK)
    request = "0190a6e0-0000-7000-8000-000000000004"

    counts = asking.act(delete_person, request=request, phone=PHONE)

    assert counts == {"tickets": 1, "nik": 1, "phone": 1}
    assert asking.act(delete_person, request=request, phone=PHONE) == counts
    assert data_of(asking) == [("nik", "0009", "2026-11-24")]
    assert person(asking, nik=NIK) == ()
    assert asking.progress(ticket.ticket).number == ticket.number
    event = next(e for e in asking.journal() if e.kind == "PersonalDataDeleted")
    assert event.data == counts


def test_who_is_misspelt_is_not_looked_for(asking: SmallHall) -> None:
    before = asking.dump()

    for command in (read_person, delete_person):
        with pytest.raises(BadPersonalData):
            asking.act(command, nik="12")
        with pytest.raises(UnknownTicket):
            asking.act(command, ticket="B-404")
    assert asking.dump() == before


def test_after_purge_and_deletion_the_journal_tells_the_whole_hall(
    asking: SmallHall,
) -> None:
    issue(asking, nik=NIK)
    issue(asking, SKCK, nik=OTHER_NIK, phone=PHONE)
    asking.act(delete_person, nik=NIK)
    asking.clock.set("2026-11-24 08:00")
    asking.issue(SIM)

    found = verify(asking.store)
    assert found.faults == ()
    assert found.is_replayed
    kinds = {event.kind for event in asking.journal()}
    assert {"PersonalDataDeleted", "PersonalDataPurged"} <= kinds
