"""The hall display on a real store: calls as they happen, an absence, a late start."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from db.stations import devices, last_announced
from display.lists import WaitRow
from tests.display.conftest import Display, StartDisplay
from tests.support.expected_logs import LogRecorder
from tests.support.hall import TestHall

KK = "DUKCAPIL.KK"
JAKARTA = ZoneInfo("Asia/Jakarta")


def recent_of(display: Display) -> list[tuple[str, str]]:
    """Return number and counter of each recent line that is shown."""
    assert display.window.page
    labels = [
        label.text()
        for label in display.window.page.recent.findChildren(QLabel)
        if label.isVisible() and label.text()
    ]
    return [
        (text, labels[index + 1])
        for index, text in enumerate(labels)
        if index + 1 < len(labels) and labels[index + 1].startswith("Loket")
    ]


def test_before_the_first_call_the_wall_welcomes(start: StartDisplay) -> None:
    display = start()

    page = display.window.page
    assert page
    texts = [label.text() for label in page.hero.findChildren(QLabel) if label.isVisible()]
    assert "Selamat datang" in texts
    assert not page.recent.isVisible()
    assert not page.waiting.isVisible()


def test_a_call_stands_on_the_wall_in_words(
    start: StartDisplay, hall: TestHall, qtbot: QtBot
) -> None:
    display = start()
    hall.issue(KK)

    hall.call("3")

    qtbot.waitUntil(lambda: display.number == "B-001")
    assert display.counter == "Loket 3"
    assert display.window.page
    assert display.window.page.hero.number.accessibleName() == "B-001"
    assert display.window.page.hero.counter.accessibleName() == "Loket 3"
    assert [one.call.number for one in display.announced] == ["B-001"]


def test_calls_of_one_moment_are_announced_in_order(
    start: StartDisplay, hall: TestHall, qtbot: QtBot
) -> None:
    display = start()
    for _ in range(3):
        hall.issue(KK)

    for counter in ("2", "3", "4"):
        hall.call(counter)

    qtbot.waitUntil(lambda: len(display.announced) == 3)
    assert [one.call.number for one in display.announced] == ["B-001", "B-002", "B-003"]
    qtbot.waitUntil(lambda: display.number == "B-003")
    assert recent_of(display) == [("B-002", "Loket 3"), ("B-001", "Loket 2")]


def test_the_display_notes_that_it_lives_and_what_it_has_announced(
    start: StartDisplay, hall: TestHall, qtbot: QtBot
) -> None:
    display = start()
    hall.issue(KK)
    hall.call("3")
    qtbot.waitUntil(lambda: display.number == "B-001")

    def notes() -> tuple[list[tuple[str, str, str]], int]:
        with hall.store.read() as view:
            seen = [(d.station, d.device, d.state) for d in devices(view)]
            return seen, last_announced(view, "tv")

    qtbot.waitUntil(lambda: notes()[1] > 0)
    assert notes() == ([("tv", "display", "ready")], display.announced[0].call_seq)


def test_a_recall_flashes_again(start: StartDisplay, hall: TestHall, qtbot: QtBot) -> None:
    display = start()
    hall.issue(KK)
    hall.call("3")
    qtbot.waitUntil(lambda: len(display.announced) == 1)

    hall.recall("3")

    qtbot.waitUntil(lambda: len(display.announced) == 2)
    assert display.announced[1].is_recall
    assert display.window.page
    assert display.window.page.hero.is_lit


def test_a_flash_ends_by_itself(start: StartDisplay, hall: TestHall, qtbot: QtBot) -> None:
    display = start()
    hall.issue(KK)
    hall.call("3")
    qtbot.waitUntil(lambda: display.number == "B-001")
    assert display.window.page
    timer = display.window.page.hero._timer

    qtbot.waitUntil(lambda: not timer.isActive(), timeout=6000)

    assert not display.window.page.hero.is_lit


def test_started_late_the_wall_shows_the_present_in_silence(
    start: StartDisplay, hall: TestHall
) -> None:
    for _ in range(2):
        hall.issue(KK)
    hall.call("2")
    hall.call("3")

    display = start()

    assert (display.number, display.counter) == ("B-002", "Loket 3")
    assert recent_of(display) == [("B-001", "Loket 2")]
    assert display.announced == []


def test_who_waits_is_shown_per_agency(start: StartDisplay, hall: TestHall, qtbot: QtBot) -> None:
    display = start()
    for _ in range(3):
        hall.issue(KK)
    hall.issue("IMIGRASI.PBARU")

    def rows() -> tuple[WaitRow, ...]:
        return display.window.page.waiting._rows if display.window.page else ()

    qtbot.waitUntil(lambda: [row.count for row in rows()] == ["3", "1"])
    assert [row.name for row in rows()] == ["Kependudukan", "Imigrasi"]
    assert rows()[0].wait.endswith(" mnt")


def test_an_absence_is_said_and_ends_by_itself(
    start: StartDisplay, hall: TestHall, qtbot: QtBot, expected_logs: LogRecorder
) -> None:
    hall.issue(KK)
    hall.call("3")
    display = start()

    hall.line.is_cut = True
    qtbot.waitUntil(lambda: "sambungan ke server terputus" in display.strip, timeout=8000)

    assert display.strip.startswith("Data per ")
    assert display.number == "B-001"
    hall.issue(KK)
    hall.call("2")
    # At a full minute the display reads by itself, and may be the first to notice.
    qtbot.waitUntil(lambda: "the feed is lost" in expected_logs.text, timeout=8000)
    hall.line.is_cut = False
    qtbot.waitUntil(lambda: display.number == "B-002", timeout=8000)
    assert "terputus" not in display.strip
    assert [one.call.number for one in display.announced] == ["B-002"]


def test_a_store_that_is_away_at_the_start_is_waited_for(
    start: StartDisplay, hall: TestHall, qtbot: QtBot, expected_logs: LogRecorder
) -> None:
    hall.line.is_cut = True
    display = start(is_awaited=False)
    qtbot.waitUntil(lambda: display.strip == "Menghubungkan ke server …")

    hall.line.is_cut = False

    qtbot.waitUntil(lambda: display.window._picture.is_known, timeout=8000)
    assert "Menghubungkan" not in display.strip
    assert expected_logs.records


def test_the_clock_tells_the_sites_time(start: StartDisplay) -> None:
    display = start()

    display.window.show_minute(datetime(2026, 11, 23, 9, 12, tzinfo=JAKARTA))

    assert display.window.page
    texts = [label.text() for label in display.window.page.header.findChildren(QLabel)]
    assert {"Senin, 23 November 2026", "09.12", "WIB", "Kota Contoh"} <= set(texts)


def test_another_window_size_keeps_what_is_shown(
    start: StartDisplay, hall: TestHall, qtbot: QtBot
) -> None:
    hall.issue(KK)
    hall.call("3")
    display = start()
    before = display.window.page

    display.window.resize(QSize(540, 960))

    qtbot.waitUntil(lambda: display.window.page is not before)
    assert (display.number, display.counter) == ("B-001", "Loket 3")
    assert display.window.page
    assert display.window.page.hero.width() > display.window.page.hero.height() * 0.8


def test_more_agencies_than_fit_are_paged(start: StartDisplay) -> None:
    display = start()
    page = display.window.page
    assert page
    rows = [WaitRow(f"Instansi {index}", str(index), "") for index in range(20)]

    page.waiting.show_rows(rows)
    first = [label.text() for label in page.waiting.findChildren(QLabel)]
    page.waiting._turn_page()

    second = [label.text() for label in page.waiting.findChildren(QLabel)]
    assert page.waiting.pages == 3
    assert "Instansi 0" in first
    assert "Instansi 0" not in second
    assert "Instansi 9" in second
