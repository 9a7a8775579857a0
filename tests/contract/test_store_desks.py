"""Signing in and out on both databases, and what the counter's screen shows."""

from __future__ import annotations

import pytest

from db import calls, desks
from db.desks import Desk
from db.store import new_request
from rules.errors import (
    CounterBusy,
    CounterClosed,
    CounterTaken,
    HallError,
    NotSignedIn,
    OfficerElsewhere,
    UnknownCounter,
    UnknownOfficer,
)
from rules.turn import TurnStatus
from tests.support.small_hall import KK, KTP, PIN, SKCK, SmallHall


def sign_in(hall: SmallHall, officer: str, counter: str, pin: str = PIN) -> Desk:
    return desks.sign_in(
        hall.store, request=new_request(), officer=officer, pin=pin, counter=counter
    )


def test_an_officer_sees_the_desk_after_signing_in(hall: SmallHall) -> None:
    hall.issue(KK)

    desk = sign_in(hall, "ani", "1")

    assert (desk.counter, desk.officer, desk.officer_name) == ("1", "ani", "Ani")
    assert desk.counter_names["id"] == "Loket 1"
    assert [names["id"] for names in desk.agency_names] == ["Kependudukan"]
    assert [line.number for line in desk.waiting] == ["B-001"]
    assert hall.journal()[-1].actor == "officer:ani"


def test_two_officers_work_at_two_counters(hall: SmallHall) -> None:
    sign_in(hall, "ani", "1")
    sign_in(hall, "budi", "2")

    assert (hall.desk("1").officer, hall.desk("2").officer) == ("ani", "budi")


def test_every_refusal_leaves_the_hall_as_it_was(hall: SmallHall) -> None:
    sign_in(hall, "ani", "1")
    with hall.store.connected() as connection:
        connection.rows("UPDATE counter SET is_open = false WHERE code = '4'", {})
        connection.rows("UPDATE officer SET is_open = false WHERE code = 'citra'", {})
    before = hall.dump()
    attempts: dict[tuple[str, str, str], type[HallError]] = {
        ("ani", "1", "000000"): UnknownOfficer,
        ("ani", "1", ""): UnknownOfficer,
        ("nobody", "2", PIN): UnknownOfficer,
        ("citra", "2", PIN): UnknownOfficer,
        ("ani", "2", PIN): OfficerElsewhere,
        ("budi", "1", PIN): CounterTaken,
        ("budi", "99", PIN): UnknownCounter,
        ("budi", "4", PIN): CounterClosed,
    }

    for (officer, counter, pin), fault in attempts.items():
        with pytest.raises(fault):
            sign_in(hall, officer, counter, pin)
        hall.clock.forward(minutes=5)

    # A wrong PIN is counted, and stands in the journal; nothing else is different.
    after = hall.dump()
    changed = {table for table in after if after[table] != before[table]}
    assert changed == {"officer_guard", "feed_event", "feed_head"}


def test_a_refusal_names_where_and_who(hall: SmallHall) -> None:
    sign_in(hall, "ani", "1")

    with pytest.raises(OfficerElsewhere) as elsewhere:
        sign_in(hall, "ani", "2")
    with pytest.raises(CounterTaken) as taken:
        sign_in(hall, "budi", "1")

    assert elsewhere.value.fields == {"officer": "ani", "counter": "1"}
    assert taken.value.fields == {"counter": "1", "officer": "ani"}


def test_wrong_pin_and_unknown_officer_read_alike(hall: SmallHall) -> None:
    with pytest.raises(UnknownOfficer) as wrong_pin:
        sign_in(hall, "ani", "1", "999999")
    with pytest.raises(UnknownOfficer) as stranger:
        sign_in(hall, "zzz", "1", "999999")

    facts = {"officer", "next_try_at", "wait_s"}
    assert set(wrong_pin.value.fields) == set(stranger.value.fields) == facts


def test_a_restarted_console_signs_in_again_to_the_same_session(hall: SmallHall) -> None:
    sign_in(hall, "ani", "1")

    assert sign_in(hall, "ani", "1").officer == "ani"
    assert len(hall.rows("SELECT id FROM desk_session WHERE ended_at IS NULL")) == 1


def test_after_signing_out_the_counter_is_free(hall: SmallHall) -> None:
    sign_in(hall, "ani", "1")
    hall.act(desks.sign_out, counter="1")

    assert hall.desk("1").officer is None
    assert sign_in(hall, "budi", "1").officer == "budi"
    assert sign_in(hall, "ani", "2").officer == "ani"


def test_nobody_signs_out_of_an_empty_or_a_busy_counter(hall: SmallHall) -> None:
    with pytest.raises(NotSignedIn):
        hall.act(desks.sign_out, counter="1")
    sign_in(hall, "ani", "1")
    hall.issue(KK)
    hall.next("1")
    before = hall.dump()

    with pytest.raises(CounterBusy) as refused:
        hall.act(desks.sign_out, counter="1")

    assert refused.value.fields == {"counter": "1", "number": "B-001"}
    assert hall.dump() == before


def test_an_act_for_an_officer_who_has_gone_is_refused(hall: SmallHall) -> None:
    hall.issue(KK)
    sign_in(hall, "ani", "1")
    hall.act(desks.sign_out, counter="1")
    before = hall.dump()

    with pytest.raises(NotSignedIn):
        hall.next("1", officer="ani")
    sign_in(hall, "budi", "1")
    with pytest.raises(NotSignedIn):
        hall.next("1", officer="ani")

    assert hall.dump() != before
    assert hall.next("1", officer="budi").number == "B-001"


def test_the_desk_shows_present_missed_held_and_what_was_done(hall: SmallHall) -> None:
    for _ in range(5):
        hall.issue(KK, SKCK)
    hall.served("1")
    hall.clock.forward(minutes=4)
    hall.act(calls.finish, counter="1")
    hall.served("1")
    hall.clock.forward(minutes=6)
    hall.act(calls.finish, counter="1")
    hall.next("1")
    hall.act(calls.mark_missed, counter="1")
    hall.served("1")
    hall.act(calls.hold, counter="1")
    present = hall.next("1")

    desk = hall.desk("1")

    assert desk.present == present
    assert desk.present_names is not None
    assert desk.present_names["id"] == "Kartu Keluarga"
    assert [names["id"] for names in desk.next_on_paper] == ["SKCK"]
    assert [line.number for line in desk.missed] == ["B-003"]
    assert [line.number for line in desk.held] == ["B-004"]
    assert desk.waiting == ()
    assert (desk.done_today, desk.median_service_s) == (2, 300)
    assert desk.now == hall.clock.at
    assert desk.seq == hall.journal()[-1].seq


def test_the_desk_lists_its_own_services_in_the_order_of_calls(hall: SmallHall) -> None:
    hall.issue(SKCK)
    hall.issue(KTP)
    hall.clock.forward(minutes=1)
    hall.issue(KK, priority="lansia")

    lines = hall.desk("1").waiting

    assert [line.number for line in lines] == ["B-002", "B-001"]
    assert [line.is_priority for line in lines] == [True, False]
    assert lines[0].status is TurnStatus.WAITING
    assert [hall.visit("1").number for _ in lines] == [line.number for line in lines]


def test_an_unknown_counter_has_no_desk(hall: SmallHall) -> None:
    with pytest.raises(UnknownCounter):
        hall.desk("99")
