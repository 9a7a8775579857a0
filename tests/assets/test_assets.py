"""Fonts, icons, themes, logo and chime: there, whole, readable by what will open them."""

from __future__ import annotations

import math
import runpy
import struct
import wave
from array import array
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

import assets

SVG = "{http://www.w3.org/2000/svg}"
# What the windows draw besides the agencies' own icons.
# fmt: off
ICONS_OF_THE_WINDOWS = [
    "accessibility", "arrow-down", "arrow-left", "arrow-right", "arrow-up", "arrow-up-right",
    "baby", "bell", "building-2", "check", "chevron-down", "chevron-left", "chevron-right",
    "chevron-up", "circle-alert", "circle-check", "clock", "coffee", "corner-up-left", "database",
    "delete", "hand-helping", "house", "info", "keyboard", "landmark", "list", "lock", "log-in",
    "log-out", "megaphone", "message-square-warning", "play", "printer", "printer-check",
    "qr-code", "repeat", "search", "ticket", "triangle-alert", "user", "user-x", "users",
    "volume-2", "volume-x", "wallet", "wifi-off", "x",
]
# fmt: on


def font_table(data: bytes, tag: bytes) -> bytes:
    """Give one table of a TrueType file by its four-letter tag."""
    (count,) = struct.unpack_from(">H", data, 4)
    for index in range(count):
        found, _, offset, length = struct.unpack_from(">4sIII", data, 12 + 16 * index)
        if found == tag:
            return data[offset : offset + length]
    raise AssertionError(f"no table {tag!r}")


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2 of `#RRGGBB`."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio by WCAG 2.2, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def loudness_of(sound: array[int], frequency_hz: float, rate_hz: int) -> float:
    """How much of one frequency is in the samples."""
    step = math.tau * frequency_hz / rate_hz
    real = sum(value * math.cos(step * index) for index, value in enumerate(sound))
    imaginary = sum(value * math.sin(step * index) for index, value in enumerate(sound))
    return math.hypot(real, imaginary) / len(sound)


@pytest.fixture(scope="module")
def chime() -> tuple[array[int], int]:
    with wave.open(str(assets.chime()), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return array("h", file.readframes(file.getnframes())), file.getframerate()


def test_fonts_are_truetype_in_five_weights() -> None:
    weights = []

    for file in assets.font_files():
        data = file.read_bytes()
        assert data[:4] == b"\x00\x01\x00\x00", file.name
        assert font_table(data, b"glyf")
        (weight,) = struct.unpack_from(">H", font_table(data, b"OS/2"), 4)
        weights.append(weight)

    assert sorted(weights) == [400, 500, 600, 700, 800]


def test_fonts_and_icons_carry_their_licences() -> None:
    ofl = assets.path("fonts", "OFL.txt").read_text(encoding="utf-8")
    isc = assets.path("icons", "LICENSE").read_text(encoding="utf-8")

    assert ofl.startswith("Copyright 2020 The Plus Jakarta Sans Project Authors")
    assert "SIL OPEN FONT LICENSE Version 1.1" in ofl
    assert isc.startswith("ISC License")


@pytest.mark.parametrize("name", ICONS_OF_THE_WINDOWS)
def test_icon_that_a_window_draws_exists(name: str) -> None:
    assert assets.icon(name).is_file()


@pytest.mark.parametrize("name", assets.icon_names())
def test_icon_is_a_24_by_24_line_drawing_that_takes_a_colour(name: str) -> None:
    root = ElementTree.fromstring(assets.icon(name).read_text(encoding="utf-8"))

    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == "0 0 24 24"
    assert root.get("stroke") == "currentColor"
    assert len(root) > 0


def test_missing_asset_is_named_in_the_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"icons/no-such-icon\.svg"):
        assets.icon("no-such-icon")


@pytest.mark.parametrize("name", ["../README", "../../pyproject", "/etc/hostname", ""])
def test_icon_name_never_leads_out_of_the_folder(name: str) -> None:
    with pytest.raises(FileNotFoundError):
        assets.icon(name)


def test_themes_are_twelve_with_the_national_and_the_high_contrast_one() -> None:
    codes = [theme["code"] for theme in assets.themes()]

    assert len(codes) == len(set(codes)) == 12
    assert {"garuda", "kontras"} <= set(codes)


@pytest.mark.parametrize("theme", assets.themes(), ids=lambda theme: str(theme["code"]))
def test_theme_can_be_read_by_weak_eyes(theme: assets.Theme) -> None:
    text = contrast(theme["text"], theme["bg"])
    on_primary = contrast(theme["on_primary"], theme["primary"])
    on_accent = contrast(theme["on_accent"], theme["accent"])
    primary = contrast(theme["primary"], theme["bg"])

    assert text >= 7
    assert on_primary >= 7
    assert primary >= 7
    assert on_accent >= 4.5


@pytest.mark.parametrize("theme", assets.themes(), ids=lambda theme: str(theme["code"]))
def test_theme_states_its_contrast_truly(theme: assets.Theme) -> None:
    stated = theme["contrast"]

    assert stated["text"] == pytest.approx(contrast(theme["text"], theme["bg"]), abs=0.01)
    assert stated["prim"] == pytest.approx(
        contrast(theme["on_primary"], theme["primary"]), abs=0.01
    )
    assert stated["acc"] == pytest.approx(contrast(theme["on_accent"], theme["accent"]), abs=0.01)
    assert stated["primbg"] == pytest.approx(contrast(theme["primary"], theme["bg"]), abs=0.01)
    assert stated["accbg"] == pytest.approx(contrast(theme["accent"], theme["bg"]), abs=0.01)


def test_paper_logo_is_black_and_white_and_spares_the_print_head() -> None:
    with Image.open(assets.logo_for_paper()) as logo:
        size, mode = logo.size, logo.mode
        black = logo.convert("L").histogram()[0]

    assert size == (160, 160)
    assert mode == "1"
    assert 0.1 < black / (160 * 160) < 0.45


def test_screen_logo_takes_a_colour() -> None:
    root = ElementTree.fromstring(assets.logo_for_screen().read_text(encoding="utf-8"))

    assert root.get("viewBox") == "0 0 160 160"
    assert root.findall(f"{SVG}path[@fill='currentColor']")


def test_chime_lasts_a_moment_and_begins_and_ends_in_silence(
    chime: tuple[array[int], int],
) -> None:
    sound, rate_hz = chime

    assert rate_hz == 44_100
    assert 1.2 <= len(sound) / rate_hz <= 1.6
    assert abs(sound[0]) < 40
    assert abs(sound[-1]) < 40
    assert 16_000 < max(map(abs, sound)) < 30_000


def test_chime_says_ding_then_dong(chime: tuple[array[int], int]) -> None:
    sound, rate_hz = chime

    ding, dong = sound[rate_hz // 20 : rate_hz * 2 // 5], sound[rate_hz * 4 // 5 : rate_hz]

    assert loudness_of(ding, 660, rate_hz) > 5 * loudness_of(ding, 554, rate_hz)
    assert loudness_of(dong, 554, rate_hz) > 2 * loudness_of(dong, 660, rate_hz)


def test_shipped_chime_is_what_its_script_writes(
    chime: tuple[array[int], int],
) -> None:
    script = Path(__file__).parents[2] / "packaging" / "make_chime.py"

    fresh = runpy.run_path(str(script))["samples"]()

    # One unit: another C library may round a sine the other way.
    assert len(fresh) == len(chime[0])
    assert max(abs(one - other) for one, other in zip(fresh, chime[0], strict=True)) <= 1


def test_translations_have_their_folder() -> None:
    assert assets.locale_folder().is_dir()
