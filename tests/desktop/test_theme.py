"""Every theme can be read, and everything scales with the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

import assets
from desktop import icons
from desktop.motif import OPACITY, tile
from desktop.sheet import style_sheet
from desktop.theme import FAMILY, Look, Type, contrast, load_fonts, mix, palette

CODES = [theme["code"] for theme in assets.themes()]
PORTRAIT, LANDSCAPE = QSize(1080, 1920), QSize(1920, 1080)


@pytest.mark.parametrize("code", CODES)
def test_all_text_of_a_theme_is_readable(code: str) -> None:
    colours = palette(code)

    for ground in (colours.bg, colours.surface):
        assert contrast(colours.text, ground) >= 7
        assert contrast(colours.muted, ground) >= 7
    for words in (colours.on_primary, colours.faded):
        assert contrast(words, colours.primary) >= 7
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    # Large figures in the primary colour stand on cards too.
    assert contrast(colours.primary, colours.surface) >= 4.5
    # Icons and lines need 3:1 (WCAG 1.4.11).
    assert contrast(colours.accent_line, colours.bg) >= 3


@pytest.mark.parametrize("code", CODES)
def test_a_pressed_button_stays_readable(code: str) -> None:
    colours = palette(code)

    assert contrast(colours.text, colours.pressed) >= 4.5
    assert contrast(colours.on_primary, colours.primary_pressed) >= 4.5


def test_an_unknown_theme_is_the_neutral_one() -> None:
    assert palette("atlantis") == palette("garuda") == palette(None)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert mix("#000000", "#ffffff", 0.5) == "#808080"


@pytest.mark.parametrize(
    ("window", "factor", "is_portrait"),
    [
        (QSize(1080, 1920), 1.0, True),
        (QSize(540, 960), 0.5, True),
        (QSize(1920, 1080), 1.0, False),
        (QSize(1366, 768), 768 / 1080, False),
        (QSize(1080, 1080), 1080 / 1920, True),
    ],
)
def test_a_look_fits_its_window(window: QSize, factor: float, is_portrait: bool) -> None:
    look = Look.fit(palette(None), window, PORTRAIT, LANDSCAPE)

    assert look.factor == pytest.approx(factor, abs=0.001)
    assert look.is_portrait is is_portrait
    assert look.px(100) == round(100 * look.factor)


def test_a_line_never_vanishes() -> None:
    look = Look(palette(None), 0.2, is_portrait=True)

    assert look.line == 1


@pytest.mark.parametrize("code", CODES)
def test_a_stylesheet_has_no_hole(code: str) -> None:
    sheet = style_sheet(Look(palette(code), 1.0, is_portrait=True))

    assert "$" not in sheet
    assert palette(code).primary in sheet


def test_the_fonts_load_and_have_figures_of_one_width(qtbot: QtBot) -> None:
    from PySide6.QtGui import QFontInfo, QFontMetricsF

    refused = load_fonts()
    font = Look(palette(None), 1.0, is_portrait=True).font(Type.NUMBER)
    metrics = QFontMetricsF(font)

    assert refused == ()
    assert QFontInfo(font).family() == FAMILY
    assert metrics.horizontalAdvance("111") == metrics.horizontalAdvance("888")


def test_the_motif_stays_in_the_background(qtbot: QtBot) -> None:
    look = Look(palette("pasundan"), 1.0, is_portrait=True)

    assert OPACITY <= 0.06
    assert not tile(look).isNull()
    assert tile(look).toImage() != tile(Look(palette("garuda"), 1.0, is_portrait=True)).toImage()
    assert not palette("kontras").has_motif


def test_an_icon_takes_the_colour_and_the_pixel_ratio(qtbot: QtBot) -> None:
    drawn = icons.pixmap("users", "#ff0000", 24, 2.0)
    picture = drawn.toImage()
    colours = {
        picture.pixelColor(x, y).name()
        for x in range(picture.width())
        for y in range(picture.height())
        if picture.pixelColor(x, y).alpha() == 255
    }

    assert (drawn.width(), drawn.devicePixelRatio()) == (48, 2.0)
    assert colours == {"#ff0000"}


def test_an_icon_that_is_not_there_is_a_building(qtbot: QtBot) -> None:
    missing = icons.pixmap("no-such-icon", "#000000", 24)

    assert missing.toImage() == icons.pixmap(icons.FALLBACK, "#000000", 24).toImage()
