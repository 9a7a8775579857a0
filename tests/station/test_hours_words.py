"""The hours, and a wrong clock, in one line of Indonesian."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.clock import ClockFault, judge
from rules.hours import Closed, Opening
from station.hours_words import clock_words, opening_words
from station.texts import Texts

TEXTS = Texts.load("id")
NINE = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Makassar"))


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (Closed.NOT_YET, "belum buka"),
        (Closed.BREAK, "istirahat"),
        (Closed.FRIDAY_BREAK, "istirahat Jumat"),
        (Closed.LAST_TICKET, "nomor terakhir sudah diberikan"),
        (Closed.AFTER_HOURS, "sudah selesai untuk hari ini"),
        (Closed.HOLIDAY, "hari libur"),
        (Closed.DAY_OFF, "tidak ada layanan hari ini"),
    ],
)
def test_every_reason_is_told_with_the_next_opening(reason: Closed, why: str) -> None:
    today = Opening(is_open=False, reason=reason, opens_at=NINE, opens_today=True)
    later = Opening(is_open=False, reason=reason, opens_at=NINE)
    never = Opening(is_open=False, reason=reason)

    assert opening_words(TEXTS, today) == f"Tutup: {why}, buka pukul 09.00"
    assert opening_words(TEXTS, later) == (
        f"Tutup: {why}, buka Senin, 23 November 2026 pukul 09.00"
    )
    assert opening_words(TEXTS, never) == f"Tutup: {why}"


def test_an_open_hall_and_one_that_nothing_is_known_of() -> None:
    assert opening_words(TEXTS, Opening(is_open=True)) == "Buka"
    assert opening_words(TEXTS, None) == ""


@pytest.mark.parametrize(
    ("ahead", "fault", "words"),
    [
        (timedelta(0), None, ""),
        (timedelta(seconds=-60), None, ""),
        (timedelta(hours=-1), ClockFault.BEHIND, "Jam menunjukkan 08.00, padahal catatan terakhir"),
        (timedelta(days=-1), ClockFault.BEHIND_DATE, "padahal antrean sudah di Senin, 23"),
        (timedelta(days=31), None, ""),
        (timedelta(days=32), ClockFault.AHEAD, "nomor dan panggilan berhenti"),
    ],
)
def test_a_wrong_clock_is_told_with_what_to_do(
    ahead: timedelta, fault: ClockFault | None, words: str
) -> None:
    state = judge(NINE + ahead, NINE, date(2026, 11, 23))

    assert state.fault is fault
    assert state.behind_s == max(0, -int(ahead.total_seconds()))
    told = clock_words(TEXTS, state)
    assert words in told
    assert bool(told) is ("anjungan day confirm" in told)


def test_nothing_is_told_of_a_clock_that_was_not_judged() -> None:
    assert clock_words(TEXTS, None) == ""
