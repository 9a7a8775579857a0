"""What a NIK or a telephone number can't be; what is shown and kept of them, and how long."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.nik import NikDoubt, NikFault, masked, nik_doubts, nik_fault, nik_of, phone_of
from rules.retention import LONGEST_DAYS, PersonalField, purge_date


@pytest.mark.parametrize(
    "nik",
    [
        "3602041211870001",
        "3273056010900009",  # a woman: day 60 − 40 = 20
        "3578012902000001",  # 29 February 2000
        "3578017112990001",  # a woman, 31 December
    ],
)
def test_a_sound_nik_has_no_fault(nik: str) -> None:
    assert nik_fault(nik) is None
    assert nik_doubts(nik) == frozenset()


@pytest.mark.parametrize(
    ("nik", "fault"),
    [
        ("357801120287001", NikFault.DIGITS),
        ("35780112028700011", NikFault.DIGITS),
        ("357801120287000A", NikFault.DIGITS),
        ("３５７８０１１２０２８７０００１", NikFault.DIGITS),
        ("", NikFault.DIGITS),
        ("3500011202870001", NikFault.REGION),
        ("3578010002870001", NikFault.DATE),
        *((f"357801{day}02870001", NikFault.DATE) for day in (32, 39, 40, 72, 99)),
        ("3578011213870001", NikFault.DATE),
        ("3578013102870001", NikFault.DATE),
        ("3578012902870001", NikFault.DATE),  # neither 1987 nor 2087 is a leap year
        ("3578011202870000", NikFault.SERIAL),
    ],
)
def test_a_fault_of_structure_is_named(nik: str, fault: NikFault) -> None:
    assert nik_fault(nik) is fault


@pytest.mark.parametrize("province", ["10", "20", "22", "30", "37", "54", "66", "83", "97"])
def test_an_unknown_province_is_a_doubt_and_no_fault(province: str) -> None:
    nik = f"{province}78011202870001"

    assert nik_fault(nik) is None
    assert nik_doubts(nik) == {NikDoubt.PROVINCE}


@given(st.dates(date(1930, 1, 1), date(2026, 12, 31)), st.booleans(), st.integers(1, 9999))
def test_every_real_birthday_is_taken(birthday: date, is_woman: bool, serial: int) -> None:
    day = birthday.day + (40 if is_woman else 0)

    assert nik_fault(f"357801{day:02}{birthday:%m%y}{serial:04}") is None


@given(st.text(max_size=60))
def test_any_text_has_an_answer(typed: str) -> None:
    nik = nik_of(typed)

    assert nik_fault(nik) is not None or (nik.isascii() and nik.isdigit() and len(nik) == 16)
    phone = phone_of(typed)
    assert phone is None or (phone.startswith("62") and phone.isascii() and phone.isdigit())


def test_gaps_that_people_leave_are_no_fault() -> None:
    assert nik_of(" 3578 0112 0287 0001\n") == "3578011202870001"


@pytest.mark.parametrize(
    "typed",
    ["081234567890", "+62 812-3456-7890", "6281234567890", "(0812) 3456.7890", "0812 3456 7890 "],
)
def test_one_telephone_number_has_one_form(typed: str) -> None:
    assert phone_of(typed) == "6281234567890"


@pytest.mark.parametrize(
    "typed", ["", "0812", "00123456789", "+1 202 555 0100", "08123456789012345", "0812x4567890"]
)
def test_what_is_no_telephone_number_is_refused(typed: str) -> None:
    assert phone_of(typed) is None


def test_screens_show_the_first_and_last_four_digits() -> None:
    assert masked("3578011202870001") == "3578••••••••0001"
    assert masked("12345678") == "••••••••"


def test_a_datum_is_gone_on_the_day_after_its_last() -> None:
    day = date(2026, 11, 23)

    assert purge_date(PersonalField.NIK, day, {}) == day + timedelta(days=1)
    assert purge_date(PersonalField.NIK, day, {"nik": 0}) == day + timedelta(days=1)
    assert purge_date(PersonalField.PHONE, day, {"nik": 0, "phone": 30}) == date(2026, 12, 24)
    assert purge_date(PersonalField.PHONE, day, {"phone": 400}) == day + timedelta(
        days=LONGEST_DAYS + 1
    )
