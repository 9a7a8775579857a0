"""The kiosk's sentences, in Indonesian."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk import words
from rules.wait import WaitRange
from station.texts import Texts

TEXTS = Texts.load("id")
AT = datetime(2026, 11, 23, 8, 42, 40, tzinfo=ZoneInfo("Asia/Jakarta"))


@pytest.mark.parametrize(
    ("wait", "shown", "window"),
    [
        (WaitRange(20, 35), "20–35 menit", "09.02–09.17"),
        (WaitRange(0, 15), "0–15 menit", "08.42–08.57"),
        (WaitRange(0, 0), "segera", "segera"),
        (WaitRange(115, 165), "115–165 menit", "10.37–11.27"),
        (WaitRange(150, 265), "2–5 jam", "11.12–13.07"),
    ],
)
def test_a_wait_is_told_as_a_range(wait: WaitRange, shown: str, window: str) -> None:
    assert words.wait_words(TEXTS, wait) == shown
    assert words.window_words(TEXTS, AT, wait) == window


@pytest.mark.parametrize(
    ("counters", "shown"),
    [
        ((), ""),
        (("5",), "Loket 5"),
        (("8", "7", "6", "5"), "Loket 5 sampai 8"),
        (("10", "9"), "Loket 9 sampai 10"),
        (("2", "9", "5"), "Loket 2, 5, 9"),
        (("A1", "B2"), "Loket A1, B2"),
    ],
)
def test_counters_are_told_as_a_range_where_they_are_one(
    counters: tuple[str, ...], shown: str
) -> None:
    assert words.counters_words(TEXTS, counters) == shown


def test_a_place_names_floor_zone_and_counters() -> None:
    assert (
        words.place_words(TEXTS, "Zona Timur", 1, ("5", "6"))
        == "Lantai 1 · Zona Timur · Loket 5 sampai 6"
    )
    assert words.place_words(TEXTS, "", None, ()) == ""


@pytest.mark.parametrize(
    ("fee", "is_free", "card", "note"),
    [
        ("Gratis", True, "Gratis", ""),
        ("", True, "Gratis", ""),
        ("Gratis (iuran mulai Rp16.800)", True, "Gratis", "Gratis (iuran mulai Rp16.800)"),
        ("Rp30.000", False, "Rp30.000", ""),
        ("R2 Rp150.000/R4 Rp250.000", False, "Berbayar", "R2 Rp150.000/R4 Rp250.000"),
        ("", False, "Berbayar", ""),
    ],
)
def test_a_long_fee_is_told_in_full_below_the_card(
    fee: str, is_free: bool, card: str, note: str
) -> None:
    assert words.fee_words(TEXTS, fee, is_free=is_free) == (card, note)
