"""The kiosk's real window, offscreen, on a real store: names, words, keyboard, sizes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from pyzbar.pyzbar import decode

from db.errors import StoreUnreachable
from desktop.keyboard import Keyboard
from hardware.printer import PrintOutcome
from kiosk import flow
from kiosk.flow import Paper
from kiosk.issuing import issue_job
from kiosk.pages.checklist import CheckRow
from kiosk.window import CALM_DONE_S, CALM_S, KioskWindow
from rules.errors import QueueClosed
from tests.kiosk.conftest import StartKiosk
from tests.kiosk.hall_store import STATION, Kiosk, RecordingSpool, make_store
from tests.support.expected_logs import LogRecorder
from tests.support.settled import settle

PORTRAIT = QSize(540, 960)
LANDSCAPE = QSize(960, 540)
Show = Callable[..., KioskWindow]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    """Show the window of a kiosk."""

    def make(kiosk: Kiosk, size: QSize = PORTRAIT, theme: str | None = None) -> KioskWindow:
        window = KioskWindow(kiosk.presenter, theme, size)
        qtbot.addWidget(window)
        window.resize(size)
        window.show()
        qtbot.waitExposed(window)
        return window

    return make


def buttons(window: KioskWindow) -> list[QAbstractButton]:
    """Return the buttons of the page on show."""
    assert window.page is not None
    return [one for one in window.page.findChildren(QAbstractButton) if one.isVisible()]


def button(window: KioskWindow, name: str) -> QAbstractButton:
    """Return the button whose name begins so."""
    return next(one for one in buttons(window) if one.accessibleName().startswith(name))


def texts(window: KioskWindow) -> list[str]:
    """Return the words of all labels on show, once the window has come to rest."""
    settle()
    assert window.page is not None
    return [one.text() for one in window.page.findChildren(QLabel) if one.isVisible()]


def walk_to_service(window: KioskWindow) -> None:
    """Press what leads to the family card."""
    button(window, "Dinas Kependudukan dan Pencatatan Sipil").click()
    button(window, "Kartu Keluarga").click()


def test_every_agency_is_a_button_on_the_first_page(start: StartKiosk, show: Show) -> None:
    kiosk = start(None)
    window = show(kiosk)
    hall = kiosk.presenter.hall
    assert hall is not None

    names = [one.accessibleName() for one in buttons(window)]

    assert len(hall.agencies) == 32
    for agency in hall.agencies:
        assert any(name.startswith(agency.names["id"]) for name in names)


def test_three_presses_give_a_number(start: StartKiosk, show: Show, qtbot: QtBot) -> None:
    kiosk = start(RecordingSpool())
    window = show(kiosk)

    walk_to_service(window)
    button(window, "Ambil Nomor").click()

    qtbot.waitUntil(lambda: "Silakan ambil tiket Anda" in texts(window))
    assert "B-001" in texts(window)
    button(window, "Selesai").click()
    assert isinstance(kiosk.presenter.flow.page, flow.Home)


@pytest.mark.parametrize(
    "size",
    [PORTRAIT, LANDSCAPE, QSize(1024, 768), QSize(800, 1280)],
    ids=["portrait", "landscape", "old screen", "tablet"],
)
@pytest.mark.parametrize("language", ["id", "en"])
def test_no_words_are_cut_off_on_any_page(
    start: StartKiosk, show: Show, qtbot: QtBot, size: QSize, language: str
) -> None:
    kiosk = start(RecordingSpool())
    presenter = kiosk.presenter
    presenter.speak(language)
    window = show(kiosk, size)
    assert presenter.hall is not None
    services = [service for agency in presenter.hall.agencies for service in agency.services]
    longest = sorted(services, key=lambda one: -len(one.names["id"]) - len(one.fee))[:4]

    faults = cut_off(window)
    for service in longest:
        presenter.open_agency(service.agency)
        QApplication.processEvents()
        faults += cut_off(window)
        presenter.open_service(service.code)
        qtbot.waitUntil(lambda: presenter.queue is not None)
        QApplication.processEvents()
        faults += cut_off(window)
        presenter.home()
    presenter.open_search("XQZW")
    QApplication.processEvents()
    faults += cut_off(window)
    presenter.back()
    presenter.open_agency("MPP")
    presenter.open_service("MPP.ADUAN")
    presenter.take_number()
    qtbot.waitUntil(lambda: isinstance(presenter.flow.page, flow.Done))
    QApplication.processEvents()
    faults += cut_off(window)

    assert faults == []


def cut_off(window: KioskWindow) -> list[str]:
    """Return the labels that are smaller than their words, and buttons wider than the page."""
    window.grab()
    page = window.page
    assert page is not None
    faults = []
    for one in page.findChildren(QLabel):
        if not one.isVisible() or not one.text():
            continue
        needed = (
            one.heightForWidth(one.width()) if one.wordWrap() else one.minimumSizeHint().height()
        )
        if one.height() < needed or (not one.wordWrap() and one.width() < one.sizeHint().width()):
            faults.append(f"{type(page).__name__}: {one.text()!r}")
    for control in page.findChildren(QAbstractButton):
        if control.isVisible() and control.hasHeightForWidth():
            needed = control.heightForWidth(control.width())
            if control.height() < needed:
                faults.append(f"{type(page).__name__}: {control.accessibleName()!r}")
        right = control.mapTo(page, control.rect().topRight()).x()
        if control.isVisible() and right > page.width():
            faults.append(f"{type(page).__name__}: {control.accessibleName()!r} leaves the page")
    return faults


def test_everything_that_takes_focus_has_a_name(
    start: StartKiosk, show: Show, qtbot: QtBot
) -> None:
    kiosk = start(RecordingSpool())
    window = show(kiosk)
    nameless: list[QWidget] = []

    def look() -> None:
        assert window.page is not None
        nameless.extend(
            one
            for one in window.page.findChildren(QWidget)
            if one.focusPolicy() != Qt.FocusPolicy.NoFocus and not one.accessibleName()
        )

    look()
    kiosk.presenter.open_search("")
    look()
    kiosk.presenter.back()
    walk_to_service(window)
    look()
    button(window, "Ambil Nomor").click()
    qtbot.waitUntil(lambda: isinstance(kiosk.presenter.flow.page, flow.Done))
    look()

    assert nameless == []


def test_the_whole_way_can_be_gone_by_keyboard(start: StartKiosk, show: Show, qtbot: QtBot) -> None:
    kiosk = start(RecordingSpool())
    window = show(kiosk)
    kiosk.presenter.open_search("")
    field = window.findChild(QLineEdit)
    assert field is not None

    QTest.keyClicks(field, "paspor baru")
    QTest.keyClick(field, Qt.Key.Key_Return)
    at_service = kiosk.presenter.flow.page
    QTest.keyClick(button(window, "Ambil Nomor"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(kiosk.presenter.flow.page, flow.Done))
    QTest.keyClick(window, Qt.Key.Key_Escape)

    # One Enter finds, it does not take a number as well.
    assert at_service == flow.Service("IMIGRASI.PBARU")
    assert isinstance(kiosk.presenter.flow.page, flow.Home)


def test_the_keyboard_on_the_screen_searches(start: StartKiosk, show: Show, qtbot: QtBot) -> None:
    kiosk = start(None)
    window = show(kiosk)
    kiosk.presenter.open_search("")
    assert window.page is not None
    keyboard = window.page.findChild(Keyboard)
    assert keyboard is not None
    keys = {one.accessibleName(): one for one in keyboard.findChildren(QAbstractButton)}

    for letter in "SKCKX":
        keys[letter].click()
    keys["Hapus"].click()

    assert kiosk.presenter.flow.page == flow.Search("SKCK")
    qtbot.waitUntil(lambda: any(one.accessibleName()[:9] == "SKCK Baru" for one in buttons(window)))
    keys["Kosongkan"].click()
    assert kiosk.presenter.flow.page == flow.Search("")


def test_a_search_without_a_find_says_what_to_do(start: StartKiosk, show: Show) -> None:
    kiosk = start(None)
    window = show(kiosk)

    kiosk.presenter.open_search("XQZW")

    assert "Tidak ditemukan" in texts(window)


def test_back_and_home_are_on_every_page_between(start: StartKiosk, show: Show) -> None:
    kiosk = start(None)
    presenter = kiosk.presenter
    window = show(kiosk)

    acts: list[Callable[[], None]] = [
        partial(presenter.open_search, ""),
        partial(presenter.open_agency, "DUKCAPIL"),
        partial(presenter.open_service, "DUKCAPIL.KK"),
    ]
    for act in acts:
        presenter.home()
        act()
        assert button(window, "Kembali").isVisible()
        button(window, "Awal").click()
        assert isinstance(presenter.flow.page, flow.Home)


def test_ticks_gate_nothing(start: StartKiosk, show: Show) -> None:
    kiosk = start(None)
    window = show(kiosk)
    walk_to_service(window)
    assert window.page is not None
    rows = window.page.findChildren(CheckRow)

    rows[0].click()

    page = kiosk.presenter.flow.page
    assert isinstance(page, flow.Service)
    assert page.ticked == {0}
    assert button(window, "Ambil Nomor").isEnabled()


def test_one_priority_is_chosen_at_a_time(start: StartKiosk, show: Show) -> None:
    kiosk = start(None)
    window = show(kiosk)
    walk_to_service(window)

    button(window, "Lansia").click()
    button(window, "Disabilitas").click()
    checked = [one.accessibleName() for one in buttons(window) if one.isChecked()]
    button(window, "Disabilitas").click()

    page = kiosk.presenter.flow.page
    assert checked == ["Disabilitas"]
    assert isinstance(page, flow.Service)
    assert page.priority is None


def test_a_closed_hall_says_so_instead_of_giving_numbers(
    tmp_path_factory: pytest.TempPathFactory, start: StartKiosk, show: Show, qtbot: QtBot
) -> None:
    kiosk = start(None, url=make_store(tmp_path_factory.mktemp("closed"), is_open=False))
    window = show(kiosk)

    walk_to_service(window)
    qtbot.waitUntil(lambda: kiosk.presenter.queue is not None)

    assert "Ambil Nomor" not in [one.accessibleName() for one in buttons(window)]
    assert kiosk.presenter.texts.error(QueueClosed(reason="day_off")) in texts(window)


def test_the_qr_code_on_the_screen_can_be_read(
    start: StartKiosk, show: Show, qtbot: QtBot, tmp_path: Path
) -> None:
    kiosk = start(RecordingSpool())
    window = show(kiosk, QSize(1080, 1920))
    walk_to_service(window)
    button(window, "Ambil Nomor").click()
    qtbot.waitUntil(lambda: isinstance(kiosk.presenter.flow.page, flow.Done))
    page = kiosk.presenter.flow.page
    assert isinstance(page, flow.Done)
    picture = tmp_path / "done.png"

    assert window.grab().save(str(picture))
    found = decode(Image.open(picture))

    assert [code.data.decode() for code in found] == [page.issued.qr]


def test_without_paper_the_page_tells_to_take_a_photograph(
    start: StartKiosk, show: Show, qtbot: QtBot, expected_logs: LogRecorder
) -> None:
    kiosk = start(RecordingSpool(outcome=PrintOutcome.FAILED))
    window = show(kiosk)
    walk_to_service(window)
    button(window, "Ambil Nomor").click()

    qtbot.waitUntil(lambda: "Tiket tidak dapat dicetak" in texts(window))

    page = kiosk.presenter.flow.page
    assert isinstance(page, flow.Done)
    assert page.paper is Paper.FAILED
    assert any(text.startswith("Nomor Anda tetap berlaku") for text in texts(window))
    assert "B-001" in texts(window)
    assert expected_logs.records


def test_a_lost_store_is_told_in_a_visitors_words_and_pressing_again_gives_one_number(
    start: StartKiosk, show: Show, qtbot: QtBot
) -> None:
    kiosk = start(RecordingSpool())
    window = show(kiosk)
    walk_to_service(window)
    presenter = kiosk.presenter
    order = presenter.flow.take_number()
    assert order is not None

    # The commit went through, but its answer was lost.
    kiosk.worker.submit(
        issue_job(order, station=STATION, language="id", is_printed=True),
        None,
        lambda fault: pytest.fail(str(fault)),
    )
    presenter.flow.refused(
        order.request, StoreUnreachable(url="x", detail="gone"), kiosk.now[0], is_final=False
    )
    presenter.page_changed.emit()
    told = texts(window)
    button(window, "Ambil Nomor").click()
    qtbot.waitUntil(lambda: "B-001" in texts(window))

    assert any(text.startswith("Nomor belum dapat diberikan") for text in told)
    store = kiosk.store()
    with store.read() as view:
        count = view.rows("SELECT count(*) FROM ticket")[0][0]
    store.close()
    assert count == 1


def test_the_language_changes_in_place(start: StartKiosk, show: Show) -> None:
    kiosk = start(None)
    window = show(kiosk)

    button(window, "English").click()

    assert "What do you need today?" in texts(window)
    assert button(window, "Population & Civil Registration Office").isVisible()


def test_a_store_that_goes_away_closes_the_first_page(start: StartKiosk, show: Show) -> None:
    kiosk = start(None)
    window = show(kiosk)

    kiosk.follower.lost.emit(StoreUnreachable(url="x", detail="gone"))
    away = texts(window)
    kiosk.follower.regained.emit()

    assert "Sedang tidak dapat melayani" in away


def test_another_size_lays_the_page_out_anew(start: StartKiosk, show: Show, qtbot: QtBot) -> None:
    kiosk = start(None)
    window = show(kiosk, PORTRAIT)
    first = window.page

    window.resize(LANDSCAPE)

    qtbot.waitUntil(lambda: window.page is not first)
    assert window.page is not None
    assert window.page.look.is_portrait is False


def test_high_contrast_is_drawn_without_a_motif(start: StartKiosk, show: Show) -> None:
    kiosk = start(None)
    window = show(kiosk, theme="kontras")

    picture: QImage = window.grab().toImage()
    edge = {picture.pixelColor(x, 1).name() for x in range(picture.width())}

    assert edge == {"#000000"}


def test_a_second_press_does_not_reach_the_page_that_comes_up_under_the_finger(
    start: StartKiosk, show: Show, qtbot: QtBot
) -> None:
    kiosk = start(RecordingSpool())
    window = show(kiosk)
    walk_to_service(window)
    button(window, "Ambil Nomor").click()
    qtbot.waitUntil(lambda: "B-001" in texts(window))

    QTest.mouseClick(button(window, "Selesai"), Qt.MouseButton.LeftButton)
    page_at_once = kiosk.presenter.flow.page
    kiosk.now[0] += CALM_DONE_S
    QTest.mouseClick(button(window, "Selesai"), Qt.MouseButton.LeftButton)

    assert isinstance(page_at_once, flow.Done)
    assert isinstance(kiosk.presenter.flow.page, flow.Home)


def test_a_page_takes_touches_soon_after_it_has_come(start: StartKiosk, show: Show) -> None:
    kiosk = start(None)
    window = show(kiosk)
    button(window, "Dinas Kependudukan dan Pencatatan Sipil").click()

    QTest.mouseDClick(button(window, "Kartu Keluarga"), Qt.MouseButton.LeftButton)
    page_at_once = kiosk.presenter.flow.page
    kiosk.now[0] += CALM_S
    QTest.mouseClick(button(window, "Kartu Keluarga"), Qt.MouseButton.LeftButton)

    assert isinstance(page_at_once, flow.Agency)
    assert isinstance(kiosk.presenter.flow.page, flow.Service)
