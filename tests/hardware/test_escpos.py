"""The bytes of a ticket: layout, wrapping, QR codes, and what a text can't do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pyzbar.pyzbar import decode

from hardware.errors import BadLogo
from hardware.escpos import COLUMNS, WIDTH_DOTS, build, number_scale, printable, wrap
from hardware.paper import read, render
from hardware.paper_commands import Cut, Raster, Size, UnknownCommand, commands
from rules.slip import SlipLine
from tests.support.slips import QR, slip

Width = Literal[58, 80]


def _scan(data: bytes, width: Width) -> list[str]:
    picture = render(data, WIDTH_DOTS[width]).convert("L")
    return [found.data.decode() for found in decode(picture)]


@pytest.mark.parametrize("width", [58, 80])
@pytest.mark.parametrize("qr", ["native", "raster"])
def test_qr_code_on_the_paper_scans(width: Width, qr: Literal["native", "raster"]) -> None:
    data = build(slip(), width, qr)

    assert _scan(data, width) == [QR]


def test_native_qr_code_carries_its_text_byte_for_byte() -> None:
    data = build(slip(), 80, "native")

    assert b"1P0" + QR.encode() in data
    assert read(data).qr == (QR,)


def test_raster_qr_code_has_a_quiet_zone_of_four_modules_within_its_picture() -> None:
    strips = [each for each in commands(build(slip(), 58, "raster")) if isinstance(each, Raster)]
    rows = [
        strip.data[top : top + strip.width_bytes]
        for strip in strips
        for top in range(0, len(strip.data), strip.width_bytes)
    ]

    dark = [index for index, row in enumerate(rows) if any(row)]
    edge = len(rows)
    module = edge // (37 + 8)
    assert dark[0] == edge - 1 - dark[-1]
    assert dark[0] >= 4 * module >= 12
    assert all(strip.height <= 255 for strip in strips)


@pytest.mark.parametrize("width", [58, 80])
@pytest.mark.parametrize("number", ["B-014", "B-1000", "AA-014", "AA-1000"])
def test_number_is_as_large_as_its_line_allows(width: Width, number: str) -> None:
    data = build(slip(number=number), width)

    sizes = [each.across for each in commands(data) if isinstance(each, Size)]
    assert number in read(data).lines
    assert max(sizes) >= 4
    assert max(sizes) * len(number) <= COLUMNS[width]
    assert max(sizes) == 8 or (max(sizes) + 1) * len(number) > COLUMNS[width]


@pytest.mark.parametrize("width", [58, 80])
def test_no_line_is_longer_than_the_paper_and_words_stay_whole(width: Width) -> None:
    data = build(slip(), width)

    decoded = read(data)
    assert max(map(len, decoded.lines)) <= COLUMNS[width]
    assert "kedua orang tua" in " ".join(decoded.text.split())
    assert decoded.cuts == 1
    assert isinstance(list(commands(data))[-1], Cut)


def test_text_ticket_with_native_qr_code_stays_small() -> None:
    assert len(build(slip(), 80)) < 900


def test_continued_list_entry_hangs_under_its_text() -> None:
    assert wrap("- KK asli dan fotokopi KTP-el kedua orang tua", 32) == [
        "- KK asli dan fotokopi KTP-el",
        "  kedua orang tua",
    ]


def test_long_line_breaks_at_its_double_space_first() -> None:
    lines = wrap("Senin, 23 November 2026  08.42 WIB", 32)

    assert lines == ["Senin, 23 November 2026", "08.42 WIB"]


def test_line_scaled_too_large_for_its_longest_word_is_made_smaller() -> None:
    line = SlipLine("PENYANDANG DISABILITAS", "center", scale=8)

    lines = read(build(slip(after=(line,)), 58)).lines

    assert "PENYANDANG" in lines
    assert "DISABILITAS" in lines


def test_letters_that_the_code_page_lacks_degrade_visibly() -> None:
    assert printable("Café – 5 € · Ḍuwĕ ꦗꦮ") == "Café – 5 € · Duwe ??"
    assert "ꦗ" not in read(build(slip(before=(SlipLine("ꦗꦮ"),)), 58)).text


def test_no_text_can_carry_a_command() -> None:
    evil = "A\x1b@\x1dV\x00\x10\x04\x01B\x9d"

    data = build(slip(after=(SlipLine(evil),), number="B\x1b@1"), 58)

    assert read(data).cuts == 1
    assert data.count(b"\x1b@") == 1


@settings(deadline=None)
@given(st.text(max_size=80), st.sampled_from([58, 80]), st.integers(-1, 9))
def test_any_text_prints(text: str, width: Width, scale: int) -> None:
    data = build(slip(after=(SlipLine(text, scale=scale),), footer=()), width)

    assert read(data).cuts == 1


@settings(deadline=None)
@given(st.integers(1, 40))
def test_number_scale_stays_in_the_printers_range(length: int) -> None:
    assert 1 <= number_scale("9" * length, 32) <= 8


def test_logo_is_drawn_first_and_fits_the_paper(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (1200, 300), (0, 0, 0, 255)).save(logo)

    with_logo, without = (build(slip(has_logo=has), 58, "native", logo) for has in (True, False))

    assert read(with_logo).images[0][0] <= 384
    assert read(without).images == ()


def test_picture_never_spells_a_real_time_command(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    stripes = Image.frombytes("1", (384, 64), b"\xef\xfb" * (384 * 64 // 16))
    stripes.save(logo)

    data = build(slip(), 58, "native", logo)

    assert b"\x10\x04" not in data


def test_broken_logo_is_a_known_error(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_text("no picture")

    with pytest.raises(BadLogo):
        build(slip(), 58, "native", logo)


def test_loading_leaves_logging_and_the_temporary_folder_alone(tmp_path: Path) -> None:
    script = (
        "import logging, hardware.escpos as e; e.load(); e.load();"
        "assert logging.getLogger().handlers == [], logging.getLogger().handlers"
    )

    subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        env={"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
    )

    assert list(tmp_path.iterdir()) == []


def test_each_job_says_its_code_page_again() -> None:
    first, second = (build(slip(before=(SlipLine("Café"),)), 80) for _ in range(2))

    assert first == second
    assert first.startswith(b"\x1b@\x1bt\x10")


def test_reader_refuses_what_we_never_send() -> None:
    with pytest.raises(UnknownCommand, match="byte 2"):
        read(b"\x1b@\x1bM\x01")


def test_paper_shows_every_word_and_grows_with_the_job() -> None:
    short, long = (render(build(slip(after=after), 58), 384) for after in ((), slip().after))

    assert long.height > short.height
    assert long.width == short.width == 384 + 2 * 32
