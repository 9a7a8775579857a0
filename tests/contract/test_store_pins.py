"""Guessing a PIN: slowed down, locked, opened again, and all of it in the journal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from argon2 import PasswordHasher

from db import desks, officers, pins
from db.desks import Desk
from db.store import new_request, open_store
from db.verify import verify
from rules.errors import BadInput, CounterTaken, HallError, OfficerLocked, TryLater, UnknownOfficer
from rules.pin_guard import LOCK_AFTER
from tests.support.small_hall import PIN, SetClock, SmallHall

WRONG = "000000"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
REAL, NOBODY = pins._HASHER, pins._NOBODY


@pytest.fixture(autouse=True)
def _quick_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash quickly: argon2 is slow by design, and these tests try a hundred PINs."""
    monkeypatch.setattr(pins, "_HASHER", QUICK)
    monkeypatch.setattr(pins, "_NOBODY", QUICK.hash("nobody"))
    if "hall" in request.fixturenames:
        hall: SmallHall = request.getfixturevalue("hall")
        with hall.store.connected() as connection:
            connection.rows("UPDATE officer SET pin_hash = :hash", {"hash": QUICK.hash(PIN)})


def sign_in(hall: SmallHall, officer: str = "ani", pin: str = PIN, counter: str = "1") -> Desk:
    return desks.sign_in(
        hall.store, request=new_request(), officer=officer, pin=pin, counter=counter
    )


def refused(hall: SmallHall, officer: str = "ani", pin: str = WRONG) -> HallError:
    with pytest.raises(HallError) as refusal:
        sign_in(hall, officer, pin)
    assert isinstance(refusal.value, HallError)
    return refusal.value


def kinds(hall: SmallHall) -> list[str]:
    return [event.kind for event in hall.journal() if event.kind.startswith("Officer")]


def lock(hall: SmallHall, officer: str = "ani") -> None:
    for _ in range(LOCK_AFTER):
        refused(hall, officer)
        hall.clock.forward(minutes=5)


def test_each_wrong_pin_makes_the_next_try_wait_longer(hall: SmallHall) -> None:
    waits = []
    for _ in range(4):
        fault = refused(hall)
        assert isinstance(fault, UnknownOfficer)
        waits.append(fault.fields["wait_s"])
        hall.clock.forward(seconds=float(str(fault.fields["wait_s"])))

    assert waits == [1, 2, 4, 8]


def test_in_the_waiting_time_not_even_the_right_pin_is_looked_at(hall: SmallHall) -> None:
    refused(hall)
    refused_at = hall.clock.at
    before = hall.dump()
    hall.clock.forward(seconds=0.4)

    fault = refused(hall, pin=PIN)

    assert isinstance(fault, TryLater)
    assert fault.fields["wait_s"] == 1
    assert (fault.fields["next_try_at"] - refused_at).total_seconds() == 1  # type: ignore[operator]
    assert hall.dump() == before
    hall.clock.forward(seconds=0.6)
    assert sign_in(hall).officer == "ani"


def test_the_delay_holds_at_every_station_and_after_a_restart(hall: SmallHall) -> None:
    refused(hall)

    other = open_store(hall.url, clock=hall.clock)
    try:
        with pytest.raises(TryLater):
            desks.sign_in(other, request=new_request(), officer="ani", pin=PIN, counter="2")
    finally:
        other.close()


def test_a_right_pin_forgets_the_wrong_ones(hall: SmallHall) -> None:
    for _ in range(3):
        refused(hall)
        hall.clock.forward(seconds=10)
    sign_in(hall)

    assert refused(hall).fields["wait_s"] == 1
    assert hall.rows("SELECT failures FROM officer_guard") == [(1,)]


def test_after_ten_wrong_pins_only_a_supervisor_opens_the_code(hall: SmallHall) -> None:
    lock(hall)
    hall.clock.forward(days=3)

    assert isinstance(refused(hall, pin=PIN), OfficerLocked)
    with hall.store.read() as view:
        assert [o.code for o in officers.officers(view) if o.is_locked] == ["ani"]
    hall.act(officers.unlock_officer, code="ani")
    assert sign_in(hall).officer == "ani"
    tail = ["OfficerRefused", "OfficerLocked", "OfficerUnlocked", "OfficerSignedIn"]
    assert kinds(hall)[-4:] == tail
    assert kinds(hall).count("OfficerRefused") == LOCK_AFTER
    assert verify(hall.store).faults == ()


def test_the_tenth_wrong_pin_itself_says_that_the_code_is_locked(hall: SmallHall) -> None:
    for _ in range(LOCK_AFTER - 1):
        assert isinstance(refused(hall), UnknownOfficer)
        hall.clock.forward(minutes=5)

    assert isinstance(refused(hall), OfficerLocked)


def test_a_new_pin_opens_the_code(hall: SmallHall) -> None:
    lock(hall)

    hall.act(officers.save_officer, code="ani", name="Ani", pin_hash=pins.hash_pin("135791"))

    assert sign_in(hall, pin="135791").officer == "ani"
    assert "OfficerUnlocked" in kinds(hall)


def test_only_an_officer_can_be_unlocked(hall: SmallHall) -> None:
    before = hall.dump()

    with pytest.raises(UnknownOfficer):
        hall.act(officers.unlock_officer, code="nobody")

    assert hall.dump() == before


def test_a_code_that_is_nobodys_is_treated_like_an_officers(hall: SmallHall) -> None:
    told = []
    for officer in ("ani", "nobody"):
        seen = []
        for _ in range(LOCK_AFTER + 1):
            fault = refused(hall, officer)
            early = refused(hall, officer)
            seen.append(
                [(f.code, sorted(f.fields), f.fields.get("wait_s")) for f in (fault, early)]
            )
            hall.clock.forward(minutes=5)
        told.append(seen)

    assert told[0] == told[1]


@pytest.mark.parametrize("typed", ["'; --", "Sri Lestari"])
def test_a_code_that_nobody_has_is_refused_and_counted(hall: SmallHall, typed: str) -> None:
    assert isinstance(refused(hall, typed), UnknownOfficer)
    assert isinstance(refused(hall, typed), TryLater)
    assert hall.rows("SELECT officer, failures FROM officer_guard") == [("?", 1)]


def test_a_pin_in_other_digits_is_a_wrong_pin(hall: SmallHall) -> None:
    assert isinstance(refused(hall, pin="२४६८१०"), UnknownOfficer)


@pytest.mark.parametrize(
    "typed", ["", "a\0b", "x" * 1_000_000, "\ud800"], ids=["empty", "nul", "megabyte", "surrogate"]
)
def test_what_can_be_no_code_and_no_pin_is_bad_input_and_no_guess(
    hall: SmallHall, typed: str
) -> None:
    assert isinstance(refused(hall, typed), BadInput)
    # No PIN at all is only a wrong one.
    assert isinstance(refused(hall, pin=typed or "\n"), BadInput)
    assert hall.rows("SELECT officer FROM officer_guard") == []


def test_a_clock_that_goes_back_locks_nobody_out(hall: SmallHall) -> None:
    hall.issue()
    refused(hall)
    hall.clock.forward(hours=-1)

    # Somebody mistypes while the hall's time stands still, waits a second, and gets it right.
    refused(hall)
    hall.clock.forward(seconds=3)

    assert sign_in(hall).officer == "ani"


def test_neither_pin_nor_a_strangers_words_are_kept(hall: SmallHall) -> None:
    refused(hall, "864209", "975310")
    refused(hall, "Sri Lestari", "975310")
    with pytest.raises(UnknownOfficer):
        sign_in(hall, "ani", "975310", "Sri Lestari")

    kept = repr(hall.dump())
    assert "864209" not in kept
    assert "975310" not in kept
    assert "Sri Lestari" not in kept
    last = [event for event in hall.journal() if event.kind == "OfficerRefused"]
    assert [event.data["officer"] for event in last] == ["?", "?", "ani"]
    assert {event.actor for event in last} == {"officer:?"}


def test_strangers_can_not_fill_the_store(hall: SmallHall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "_STRANGERS_KEPT", 3)
    refused(hall, "ani")
    for index in range(5):
        hall.clock.forward(seconds=2)
        refused(hall, f"stranger{index}")

    assert len(hall.rows("SELECT * FROM officer_guard")) == 4
    assert hall.rows("SELECT failures FROM officer_guard WHERE officer = 'ani'") == [(1,)]
    hall.clock.forward(days=2)
    refused(hall, "another")
    assert len(hall.rows("SELECT * FROM officer_guard")) == 2


def test_of_many_tries_at_once_one_learns_whether_its_pin_fits(hall: SmallHall) -> None:
    # All have looked at the guard before the first of them is recorded.
    tries = [pins.try_pin(hall.store, "ani", pin) for pin in (WRONG, PIN, "111111", "222222")]

    told: list[str] = []
    for tried in tries:
        try:
            refusal = hall.store.run(
                lambda tx, tried=tried: desks._admit(  # type: ignore[misc]
                    tx, tried, request=new_request(), counter="1"
                )
            )
            told.append(type(refusal).__name__)
        except HallError as error:
            told.append(type(error).__name__)

    assert told == ["UnknownOfficer", "TryLater", "TryLater", "TryLater"]
    assert hall.desk("1").officer is None


def test_eight_stations_at_once_get_one_answer(hall: SmallHall) -> None:
    stores = [open_store(hall.url, clock=hall.clock) for _ in range(8)]
    ready = Barrier(len(stores))

    def guess(index: int) -> str:
        ready.wait()
        try:
            desks.sign_in(
                stores[index],
                request=new_request(),
                officer="ani",
                pin=f"{index:06}",
                counter="1",
            )
        except HallError as error:
            return error.code
        return "signed in"

    with ThreadPoolExecutor(len(stores), thread_name_prefix="guess") as pool:
        told = sorted(pool.map(guess, range(len(stores))))
    for store in stores:
        store.close()

    assert told == ["TryLater"] * 7 + ["UnknownOfficer"]
    assert kinds(hall).count("OfficerRefused") == 1


def test_a_repeated_request_counts_a_wrong_pin_once(hall: SmallHall) -> None:
    tried = pins.try_pin(hall.store, "ani", WRONG)
    request = new_request()

    def admit() -> HallError | None:
        return hall.store.run(lambda tx: desks._admit(tx, tried, request=request, counter="1"))

    first, again = admit(), admit()

    assert isinstance(first, UnknownOfficer)
    assert isinstance(again, UnknownOfficer)
    assert again.fields == first.fields
    assert hall.rows("SELECT failures FROM officer_guard") == [(1,)]


def test_a_right_pin_at_a_taken_counter_is_no_wrong_pin(hall: SmallHall) -> None:
    sign_in(hall, "budi")

    assert isinstance(refused(hall, pin=PIN), CounterTaken)
    assert hall.rows("SELECT * FROM officer_guard") == []


def test_a_pin_that_was_replaced_meanwhile_does_not_fit(hall: SmallHall) -> None:
    tried = pins.try_pin(hall.store, "ani", PIN)
    hall.act(officers.save_officer, code="ani", name="Ani", pin_hash=pins.hash_pin("135791"))

    refusal = hall.store.run(lambda tx: desks._admit(tx, tried, request=new_request(), counter="1"))

    assert isinstance(refusal, UnknownOfficer)


def test_an_outdated_hash_is_made_anew_at_the_next_sign_in(
    hall: SmallHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins, "_HASHER", REAL)

    sign_in(hall)

    hashed = str(hall.rows("SELECT pin_hash FROM officer WHERE code = 'ani'")[0][0])
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert sign_in(hall).officer == "ani"
    assert hall.rows("SELECT pin_hash FROM officer WHERE code = 'ani'") == [(hashed,)]


def test_the_hash_for_nobody_costs_as_much_as_an_officers() -> None:
    assert not REAL.check_needs_rehash(NOBODY)


def test_the_clock_of_the_store_decides_not_the_stations(hall: SmallHall) -> None:
    refused(hall)
    late = SetClock(hall.clock.at)
    late.forward(seconds=5)

    other = open_store(hall.url, clock=late)
    try:
        desk = desks.sign_in(other, request=new_request(), officer="ani", pin=PIN, counter="1")
    finally:
        other.close()

    assert desk.officer == "ani"
