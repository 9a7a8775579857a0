"""The officer's console on a real store: sign in, serve, mistakes, an absence."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from counter.desk import Act
from counter.menus import ReasonMenu, ServiceMenu
from counter.window import LEAST
from db.calls import call_next, finish
from db.desks import sign_out
from db.feed import events_after
from db.store import Tx, new_request
from tests.counter.conftest import StartConsole
from tests.support.expected_logs import LogRecorder
from tests.support.hall import TestHall
from tests.support.settled import settle

KK = "DUKCAPIL.KK"


def shown(widget: QWidget) -> str:
    """Return every visible label's text, one a line, once the window has come to rest."""
    settle()
    labels = widget.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if label.isVisible())


def test_fields_have_the_names_that_a_screen_reader_says(start: StartConsole) -> None:
    console = start(is_signed_in=False)

    assert console.window.entry
    edits = console.window.entry.findChildren(QLineEdit)

    assert [edit.accessibleName() for edit in edits] == ["Kode petugas", "PIN", "Loket"]
    assert edits[2].text() == "3", "the station's own counter is filled in"
    assert console.button("Masuk")


def test_an_officer_signs_in_with_enter(start: StartConsole, qtbot: QtBot) -> None:
    console = start(is_signed_in=False)
    entry = console.window.entry
    assert entry
    QTest.keyClicks(entry.officer.edit, "petugas3")
    QTest.keyClick(entry.officer.edit, Qt.Key.Key_Return)
    QTest.keyClicks(entry.pin.edit, "123456")

    QTest.keyClick(entry.pin.edit, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: console.window.desk is not None)
    assert console.view.officer == "petugas3"
    assert console.window.desk
    assert "Loket 3" in shown(console.window.desk)


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        (("petugas3", "000000", "3"), "pin", "PIN salah"),
        (("petugas3", "123456", "99"), "counter", "99"),
        (("", "123456", "3"), "officer", "Isi kode petugas"),
    ],
)
def test_what_is_wrong_stands_under_its_field(
    start: StartConsole, qtbot: QtBot, typed: tuple[str, str, str], field: str, words: str
) -> None:
    console = start(is_signed_in=False)
    entry = console.window.entry
    assert entry

    console.sign_in(*typed)

    fault = entry._fields[field].fault
    qtbot.waitUntil(lambda: fault.isVisible())
    assert words in fault.text()
    assert console.window.desk is None
    # After a wrong PIN it counts a second down first.
    qtbot.waitUntil(entry.button.isEnabled)


def test_a_taken_counter_is_said(start: StartConsole, qtbot: QtBot) -> None:
    start()
    second = start(is_signed_in=False)
    assert second.window.entry

    second.sign_in("petugas4", counter="Loket 3")

    fault = second.window.entry.counter.fault
    qtbot.waitUntil(lambda: fault.isVisible())
    assert "petugas3" in fault.text()


def test_a_visit_from_call_to_finish_by_buttons(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    console = start()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 1)

    console.press("Panggil Berikutnya")
    assert console.number == "B-001"
    console.press("Panggil Ulang")
    assert console.view.present
    assert console.view.present.calls == 2
    console.press("Mulai Layani")
    console.press("Selesai")

    assert console.number == ""
    assert console.view.done_today == 1


def test_keys_do_what_the_buttons_do(start: StartConsole, hall: TestHall, qtbot: QtBot) -> None:
    console = start()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 1)

    def hit(key: Qt.Key) -> None:
        QTest.keyClick(console.window, key)
        qtbot.waitUntil(lambda: console.presenter.state.under_way is None)

    hit(Qt.Key.Key_F2)
    assert console.presenter.state.status == "called"
    hit(Qt.Key.Key_F5)
    assert console.presenter.state.status == "serving"
    hit(Qt.Key.Key_F4)
    assert console.presenter.state.status is None


def test_calling_on_finishes_the_visit(start: StartConsole, hall: TestHall, qtbot: QtBot) -> None:
    console = start()
    hall.issue(KK)
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 2)
    console.press("Panggil Berikutnya")
    console.press("Mulai Layani")

    console.press("Panggil Berikutnya")

    assert console.number == "B-002"
    assert console.view.done_today == 1


def test_nobody_waiting_is_said_in_the_window(start: StartConsole) -> None:
    console = start()

    console.press("Panggil Berikutnya")

    assert console.notes[-1].is_fault
    assert console.window.desk
    assert "loket 3" in console.window.desk._note.text()


def test_call_next_before_the_visitor_came_is_explained(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    console = start()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 1)
    console.press("Panggil Berikutnya")

    QTest.keyClick(console.window, Qt.Key.Key_F2)

    assert "B-001 sudah dipanggil" in console.notes[-1].words
    assert console.number == "B-001"


def test_a_stale_screen_finishes_nobody_else(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    console = start()
    hall.issue(KK)
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 2)
    console.press("Panggil Berikutnya")
    console.press("Mulai Layani")
    order = console.presenter.state.press(Act.FINISH)
    assert order

    def overtake(tx: Tx) -> None:
        finish(tx, request=new_request(), actor="cli:test", counter="3")

    def take_second(tx: Tx) -> None:
        call_next(tx, request=new_request(), actor="cli:test", counter="3")

    hall.store.run(overtake)
    hall.store.run(take_second)
    console.presenter._run(order, None)

    qtbot.waitUntil(lambda: console.presenter.state.under_way is None)
    present = hall.desk("3").present
    assert present
    assert (present.number, present.status) == ("B-002", "called")
    assert console.notes[-1].is_fault
    qtbot.waitUntil(lambda: console.number == "B-002")


def test_a_missed_visitor_can_be_returned_or_called(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    console = start()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 1)
    console.press("Panggil Berikutnya")
    console.press("Tidak Hadir")
    assert [row.number for row in console.view.missed] == ["B-001"]

    console.press("Panggil")
    assert console.number == "B-001"
    console.press("Tidak Hadir")
    console.press("Kembalikan ke antrean")

    assert [row.number for row in console.view.waiting] == ["B-001"]
    assert console.view.missed == ()


def test_a_held_visitor_comes_back(start: StartConsole, hall: TestHall, qtbot: QtBot) -> None:
    console = start()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 1)
    console.press("Panggil Berikutnya")
    console.press("Mulai Layani")

    console.press("Tunda")
    assert [row.number for row in console.view.held] == ["B-001"]
    console.press("Panggil")

    assert console.number == "B-001"
    assert console.view.held == ()


@pytest.mark.qt_log_ignore("does not support (raise|grabbing)")
def test_a_visitor_is_sent_on_by_the_menu(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    console = start()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 1)
    console.press("Panggil Berikutnya")
    console.press("Mulai Layani")

    QTest.keyClick(console.window, Qt.Key.Key_F8)
    menu = next(iter(console.window.findChildren(ServiceMenu)))
    agencies = [action.menu() for action in menu.actions()]
    services = [action for inner in agencies for action in cast(QMenu, inner).actions()]
    next(action for action in services if action.data() == "BPJSKES.DAFTAR").trigger()
    menu.close()

    qtbot.waitUntil(lambda: console.presenter.state.status is None)
    assert [row.number for row in hall.desk("5").waiting] == ["B-001"]


@pytest.mark.qt_log_ignore("does not support (raise|grabbing)")
def test_somebody_who_waits_is_called_out_of_order_for_a_reason(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    console = start()
    hall.issue(KK)
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 2)
    second = console.view.waiting[1].turn
    buttons = [
        button
        for button in console.window.findChildren(QPushButton)
        if button.accessibleDescription() == "Panggil B-002 di luar urutan"
    ]

    buttons[0].click()
    menu = next(iter(console.window.findChildren(ReasonMenu)))
    reasons = {action.text(): action for action in menu.actions() if action.isEnabled()}
    assert len(reasons) == 5 + 1  # and the line under the title
    reasons["Perlu pendampingan"].trigger()
    menu.close()

    qtbot.waitUntil(lambda: console.number == "B-002")
    with hall.store.read() as view:
        called = [event for event in events_after(view, 0) if event.kind == "TurnCalled"]
    assert [(event.turn, event.data["reason"]) for event in called] == [(second, "assistance")]
    # With a visitor at the desk nobody else can be called.
    qtbot.waitUntil(
        lambda: (
            not any(
                "di luar urutan" in button.accessibleDescription()
                for button in console.window.findChildren(QPushButton)
                if button.isVisible()
            )
        )
    )


def test_who_is_at_another_counter_is_marked(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    console = start()
    hall.issue(KK, "BPJSKES.DAFTAR")
    hall.issue(KK, priority="lansia")
    hall.call("5")

    qtbot.waitUntil(lambda: any(row.elsewhere == "5" for row in console.view.waiting))

    assert console.window.desk
    lists = console.window.desk.lists
    qtbot.waitUntil(lambda: "sedang di loket 5" in shown(lists))
    assert "Prioritas" in shown(lists)


def test_an_absence_disables_the_acts_and_ends_by_itself(
    start: StartConsole,
    hall: TestHall,
    qtbot: QtBot,
    expected_logs: LogRecorder,
) -> None:
    console = start()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 1)

    hall.line.is_cut = True
    qtbot.waitUntil(lambda: console.presenter.state.away_since is not None, timeout=8000)

    assert console.window.desk
    assert "Sambungan ke server terputus sejak" in shown(console.window.desk)
    assert not console.button("Panggil Berikutnya").isEnabled()
    hall.line.is_cut = False
    qtbot.waitUntil(lambda: console.presenter.state.away_since is None, timeout=8000)
    assert "terputus" not in shown(console.window.desk)
    console.press("Panggil Berikutnya")
    assert console.number == "B-001"
    # Whoever noticed first, the feed or a read, has said so.
    assert expected_logs.records


def test_a_call_whose_answer_was_lost_happens_once(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    console = start()
    hall.issue(KK)
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 2)
    hall.line.loses_answers = True

    console.press("Panggil Berikutnya")
    hall.line.loses_answers = False

    qtbot.waitUntil(lambda: console.presenter.state.away_since is None, timeout=8000)
    assert console.number == "B-001"
    assert [row.number for row in hall.desk("3").waiting] == ["B-002"]


def test_two_officers_at_one_instant_get_two_visitors(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    first = start()
    second = start(is_signed_in=False)
    second.sign_in("petugas2", counter="2")
    qtbot.waitUntil(lambda: second.window.desk is not None)
    hall.issue(KK)
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(first.view.waiting) == len(second.view.waiting) == 2)

    first.button("Panggil Berikutnya").click()
    second.button("Panggil Berikutnya").click()

    qtbot.waitUntil(lambda: bool(first.number and second.number))
    assert {first.number, second.number} == {"B-001", "B-002"}


def test_a_hasty_second_click_does_not_start_the_visit(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    console = start()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 1)
    console.press("Panggil Berikutnya")
    under_the_mouse = console.button("Mulai Layani")
    where = QPointF(under_the_mouse.rect().center())

    second = QMouseEvent(
        QEvent.Type.MouseButtonDblClick,
        where,
        under_the_mouse.mapToGlobal(where),
        Qt.MouseButton.LeftButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(under_the_mouse, second)
    QTest.mouseRelease(under_the_mouse, Qt.MouseButton.LeftButton)

    assert console.presenter.state.under_way is None
    assert console.presenter.state.status == "called"


def test_signing_out_frees_the_counter(start: StartConsole, hall: TestHall, qtbot: QtBot) -> None:
    console = start()

    console.button("Keluar").click()

    qtbot.waitUntil(lambda: console.window.entry is not None)
    assert hall.desk("3").officer is None


def test_signed_out_from_elsewhere_the_page_turns(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    console = start()

    hall.store.run(lambda tx: sign_out(tx, request=new_request(), actor="cli:test", counter="3"))

    qtbot.waitUntil(lambda: console.window.entry is not None)
    assert console.presenter.officer is None


@pytest.mark.qt_log_ignore("does not support raise")
def test_the_small_bar_shows_the_visitor_and_acts(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    console = start()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 1)

    QTest.keyClick(console.window, Qt.Key.Key_F12)

    bar = console.window.bar
    assert bar
    assert bar.isVisible()
    assert not console.window.isVisible()
    console.button("Panggil Berikutnya", bar).click()
    qtbot.waitUntil(lambda: console.presenter.state.status == "called")
    assert "B-001" in shown(bar)
    bar.back_pressed.emit()
    assert console.window.isVisible()
    assert not bar.isVisible()


def test_in_the_smallest_window_nothing_is_cut_off(
    start: StartConsole, hall: TestHall, qtbot: QtBot
) -> None:
    console = start()
    console.window.resize(LEAST)
    for _ in range(9):
        hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 9)
    console.press("Panggil Berikutnya")

    for name in ("Mulai Layani", "Panggil Ulang", "Tidak Hadir", "Tunda", "Keluar"):
        button = console.button(name)
        corner = button.mapTo(console.window, button.rect().bottomRight())
        assert console.window.rect().contains(corner), name
        assert button.width() >= button.sizeHint().width(), name
    assert console.window.size() == LEAST


def test_the_time_at_the_desk_runs(start: StartConsole, hall: TestHall, qtbot: QtBot) -> None:
    console = start()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(console.view.waiting) == 1)
    console.press("Panggil Berikutnya")
    console.press("Mulai Layani")
    assert console.window.desk
    since = console.window.desk.card.since
    before = since.text()

    qtbot.waitUntil(lambda: since.text() != before)

    assert since.text().startswith("00.")
