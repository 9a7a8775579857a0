"""Buttons, lists and the keyboard for fingers."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.headline import Headline, wrapped
from desktop.keyboard import ROWS, Keyboard
from desktop.lists import TouchList, stacked
from desktop.theme import Look, Type, load_fonts, palette
from desktop.touch import TARGET, Tile, TouchButton, chip

# The offscreen platform says so of every plain window.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LOOK = Look(palette(None), 1.0, is_portrait=True)


@pytest.fixture(autouse=True)
def _fonts(qtbot: QtBot) -> None:
    load_fonts()


def test_a_button_is_named_as_it_reads(qtbot: QtBot) -> None:
    button = TouchButton(LOOK, "Informasi & Pengaduan", icon="info")
    qtbot.addWidget(button)

    assert button.accessibleName() == "Informasi & Pengaduan"
    # The ampersand is no shortcut.
    assert button.text() == "Informasi && Pengaduan"
    assert button.height() >= TARGET


def test_a_button_is_as_wide_as_its_words(qtbot: QtBot) -> None:
    short, long = TouchButton(LOOK, "Ya"), TouchButton(LOOK, "Ya, saya mau sekarang juga")
    qtbot.addWidget(short)
    qtbot.addWidget(long)
    before = short.sizeHint().width()

    short.set_words("Ya, saya mau sekarang juga")

    assert before < short.sizeHint().width() == long.sizeHint().width()
    assert short.accessibleName() == "Ya, saya mau sekarang juga"


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (968, ["Mau mengurus", "apa hari ini?"]),
        (600, ["Mau mengurus", "apa hari ini?"]),
        (1200, ["Mau mengurus apa hari ini?"]),
    ],
)
def test_a_headline_breaks_into_even_lines(width: int, lines: list[str]) -> None:
    metrics = QFontMetricsF(LOOK.font(Type.HERO))

    assert wrapped("Mau mengurus apa hari ini?", metrics, width) == lines


def test_a_headline_is_one_text_as_high_as_its_lines(qtbot: QtBot) -> None:
    made = Headline(LOOK, "Mau mengurus apa hari ini?", Type.HERO)
    qtbot.addWidget(made)

    assert made.text() == "Mau mengurus apa hari ini?"
    assert made.heightForWidth(600) > made.heightForWidth(1200) >= made.sizeHint().height()


def test_a_chip_can_be_chosen(qtbot: QtBot) -> None:
    made = chip(LOOK, "Lansia")
    qtbot.addWidget(made)

    QTest.mouseClick(made, Qt.MouseButton.LeftButton)

    assert made.isChecked()


def test_a_tile_is_named_by_its_title_first(qtbot: QtBot) -> None:
    tile = Tile(LOOK, "Kantor Imigrasi", "Paspor Baru, Izin Tinggal", icon="plane")
    qtbot.addWidget(tile)

    assert tile.accessibleName() == "Kantor Imigrasi, Paspor Baru, Izin Tinggal"


@pytest.mark.parametrize("is_row", [True, False])
def test_a_tile_grows_with_its_words(qtbot: QtBot, is_row: bool) -> None:
    tile = Tile(LOOK, "Pengaduan, Aspirasi & Permintaan Informasi (SP4N-LAPOR!)", is_row=is_row)
    qtbot.addWidget(tile)

    assert tile.heightForWidth(300) > tile.heightForWidth(968)
    assert tile.heightForWidth(968) >= LOOK.px(TARGET)


@dataclass
class ListWindow:
    """A window with a list in it; the window owns the list."""

    window: QWidget
    rows: TouchList


def filled_list(count: int, qtbot: QtBot) -> ListWindow:
    """Return a list of rows in a window 400 pixels high."""
    rows = stacked(LOOK)
    for number in range(count):
        rows.addWidget(TouchButton(LOOK, f"Layanan {number}"))
    window = QWidget()
    column = QVBoxLayout(window)
    made = TouchList(LOOK, rows, more="Lihat lainnya", to_top="Ke atas")
    column.addWidget(made)
    qtbot.addWidget(window)
    window.resize(600, 400)
    window.show()
    qtbot.waitExposed(window)
    return ListWindow(window, made)


def more_button(made: TouchList) -> TouchButton:
    """Return the list's own button."""
    return next(
        one
        for one in made.findChildren(TouchButton)
        if one.accessibleName() in {"Lihat lainnya", "Ke atas"}
    )


def test_a_long_list_says_that_there_is_more(qtbot: QtBot) -> None:
    shown = filled_list(12, qtbot)
    made, more = shown.rows, more_button(shown.rows)
    qtbot.waitUntil(more.isVisible)

    words = []
    for _ in range(6):
        words.append(more.accessibleName())
        QTest.mouseClick(more, Qt.MouseButton.LeftButton)

    assert words[0] == "Lihat lainnya"
    assert "Ke atas" in words
    # Beside the list, never over a row.
    assert more.geometry().top() >= made.viewport().geometry().bottom()


def test_a_list_settles_at_every_height(qtbot: QtBot) -> None:
    shown = filled_list(5, qtbot)
    more = more_button(shown.rows)

    for height in range(200, 800, 7):
        shown.window.resize(600, height)
        QApplication.processEvents()
        content = shown.rows.widget()
        assert content is not None
        layout = content.layout()
        assert layout is not None
        is_long = layout.totalMinimumSize().height() > shown.rows.height()
        assert more.isVisible() is is_long


def test_a_short_list_has_nothing_to_press(qtbot: QtBot) -> None:
    shown = filled_list(2, qtbot)

    assert not more_button(shown.rows).isVisible()


def test_the_keyboard_brings_a_row_into_view(qtbot: QtBot) -> None:
    shown = filled_list(12, qtbot)
    made = shown.rows
    qtbot.waitUntil(lambda: made.verticalScrollBar().maximum() > 0)
    shown.window.activateWindow()
    qtbot.waitUntil(shown.window.isActiveWindow)
    first = next(
        one for one in made.findChildren(TouchButton) if one.accessibleName() == "Layanan 0"
    )
    first.setFocus(Qt.FocusReason.TabFocusReason)

    for _ in range(8):
        focused = shown.window.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Tab)

    assert made.at() > 0


@dataclass
class Typing:
    """A field, and the keys that type into it by name; the keyboard owns the keys."""

    field: QLineEdit
    keyboard: Keyboard
    key: dict[str, QAbstractButton]


@pytest.fixture
def typing(qtbot: QtBot) -> Typing:
    """A keyboard and its field."""
    field = QLineEdit()
    qtbot.addWidget(field)
    keyboard = Keyboard(LOOK, field, space="Spasi", delete="Hapus", clear="Kosongkan")
    qtbot.addWidget(keyboard)
    keys = {one.accessibleName(): one for one in keyboard.findChildren(QAbstractButton)}
    return Typing(field, keyboard, keys)


def test_the_keyboard_types_letters_digits_and_spaces(typing: Typing) -> None:
    for name in ("K", "K", "Spasi", "2"):
        typing.key[name].click()

    assert typing.field.text() == "KK 2"
    assert set("".join(ROWS)) <= set(typing.key)


def test_the_keyboard_deletes_and_clears(typing: Typing) -> None:
    typing.field.setText("KTPP")

    typing.key["Hapus"].click()
    shorter = typing.field.text()
    typing.key["Kosongkan"].click()

    assert (shorter, typing.field.text()) == ("KTP", "")


def test_keys_leave_the_focus_in_the_field(typing: Typing) -> None:
    assert {one.focusPolicy() for one in typing.key.values()} == {Qt.FocusPolicy.NoFocus}
