"""The wall's words: hours, waits, age."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from display.board import HallBoard
from display.words import info_words, stale_words, waiting_rows
from rules.hours import Closed, Opening
from station.texts import Texts
from tests.display.boards import NINE, board

JAKARTA = ZoneInfo("Asia/Jakarta")
TEXTS = Texts.load("id")


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """Return a time of that day in Jakarta."""
    return datetime(2026, 11, day, hour, minute, tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("opening", "words"),
    [
        (Opening(is_open=True), "Nomor antrean gratis."),
        (
            Opening(is_open=True, closes_at=at(15), last_ticket_at=at(14, 30)),
            "Buka sampai 15.00, nomor terakhir 14.30.",
        ),
        (
            Opening(is_open=False, reason=Closed.BREAK, opens_at=at(13), opens_today=True),
            "Tutup: istirahat, buka pukul 13.00. Nomor antrean gratis.",
        ),
        (
            Opening(is_open=False, reason=Closed.FRIDAY_BREAK, opens_at=at(13), opens_today=True),
            "Tutup: istirahat Jumat, buka pukul 13.00",
        ),
        (
            Opening(is_open=False, reason=Closed.HOLIDAY, opens_at=at(7, 30), note="Natal"),
            "Tutup: Natal, buka Senin, 23 November 2026 pukul 07.30",
        ),
        (
            Opening(is_open=True, closes_at=at(15), last_ticket_at=at(14), rotating_until=at(13)),
            "Buka; loket beristirahat bergantian sampai 13.00.",
        ),
        (
            Opening(is_open=False, reason=Closed.AFTER_HOURS, opens_at=at(7, 30, day=24)),
            "Tutup: sudah selesai untuk hari ini, buka Selasa, 24 November 2026 pukul 07.30",
        ),
    ],
)
def test_the_quiet_line_tells_the_hours(opening: Opening, words: str) -> None:
    assert words in info_words(TEXTS, opening)


def test_only_agencies_with_somebody_waiting_are_listed() -> None:
    wall = HallBoard()
    wall.take(board(1, waiting=0))
    assert waiting_rows(TEXTS, wall.picture()) == ()

    wall.take(board(2, waiting=1200))

    (row,) = waiting_rows(TEXTS, wall.picture())
    assert (row.name, row.count, row.wait) == ("Kependudukan", "1.200", "20–35 mnt")


def test_an_old_picture_says_how_old_it_is() -> None:
    wall = HallBoard()
    wall.take(board(1))
    wall.lose(NINE)

    words = stale_words(TEXTS, wall.picture(), NINE.astimezone(JAKARTA))

    assert words == "Data per 09.12 – sambungan ke server terputus"
