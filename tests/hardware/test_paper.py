"""The paper that is drawn: from the very bytes, in place, with nothing hidden."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from pyzbar.pyzbar import decode

from hardware.paper import LINE_DOTS, MARGIN_DOTS, read, render
from hardware.paper_commands import UnknownCommand
from hardware.printer import PrinterSettings, PrintOutcome, open_printer
from tests.support.slips import QR, slip


def _ink(picture: Image.Image) -> tuple[int, int, int, int]:
    """Return the box around everything black."""
    box = ImageOps.invert(picture.convert("L")).getbbox()
    assert box is not None
    return box


def test_magnified_text_is_as_many_times_wider_and_higher() -> None:
    normal = _ink(render(b"\x1b@\x1bt\x10H\n", 384))
    large = _ink(render(b"\x1b@\x1bt\x10\x1d!\x77H\n", 384))

    assert large[2] - large[0] == 8 * (normal[2] - normal[0])
    assert large[3] - large[1] == 8 * (normal[3] - normal[1])


@pytest.mark.parametrize(("align", "side"), [(0, "left"), (1, "centre"), (2, "right")])
def test_alignment_moves_the_line(align: int, side: str) -> None:
    left, _, right, _ = _ink(render(b"\x1ba%cHHHH\n" % align, 384))

    middle = (left + right) / 2 - MARGIN_DOTS
    assert {"left": middle < 60, "centre": abs(middle - 192) < 8, "right": middle > 320}[side]


def test_bold_has_more_ink() -> None:
    def count(data: bytes) -> int:
        return render(data, 384).convert("L").histogram()[0]

    assert count(b"\x1bE\x01ANTREAN\n") > 1.2 * count(b"ANTREAN\n")


def test_feeds_make_the_paper_longer_by_whole_lines() -> None:
    short, long = (render(b"A\n" + feed, 384).height for feed in (b"", b"\x1bd\x05"))

    assert long - short == 5 * LINE_DOTS


def test_raster_is_drawn_dot_for_dot() -> None:
    picture = render(b"\x1dv0\x00\x01\x00\x02\x00\x81\xff", 384)

    row = [picture.getpixel((MARGIN_DOTS + x, MARGIN_DOTS)) for x in range(8)]
    assert row == [0, 255, 255, 255, 255, 255, 255, 0]
    assert picture.getpixel((MARGIN_DOTS + 3, MARGIN_DOTS + 1)) == 0


def test_line_longer_than_the_paper_goes_on_below_as_on_a_printer() -> None:
    one, two = (render(b"X" * count + b"\n", 384).height for count in (32, 33))

    assert two - one == LINE_DOTS


def test_code_page_decides_what_a_byte_is() -> None:
    assert read(b"\x1bt\x10\x96\n").lines == ("–",)
    assert read(b"\x96\n").lines == ("û",)


@pytest.mark.parametrize(
    "data", [b"\x07", b"\x1bM\x00", b"\x1d(L\x02\x00\x30\x32", b"\x1b", b"\x1dv0\x00\x01"]
)
def test_command_that_we_never_send_is_an_error_and_not_passed_over(data: bytes) -> None:
    with pytest.raises(UnknownCommand):
        render(data, 384)


def test_folder_holds_the_picture_and_the_very_bytes(tmp_path: Path) -> None:
    printer = open_printer(PrinterSettings(f"paper://{tmp_path}/new", width_mm=58))

    result = printer.print(slip("job/../1"))

    assert result.outcome is PrintOutcome.PRINTED
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["B-014-job_.._1.bin", "B-014-job_.._1.png"]
    data = (tmp_path / "new" / names[0]).read_bytes()
    with Image.open(tmp_path / "new" / names[1]) as picture:
        assert [found.data.decode() for found in decode(picture.convert("L"))] == [QR]
        drawn = picture.convert("1").tobytes()
    assert drawn == render(data, 384).tobytes()


def test_importing_the_devices_takes_no_qt_no_database_and_no_escpos() -> None:
    script = (
        "import sys, hardware.printer, hardware.spool, hardware.pad, hardware.sound;"
        "print([name for name in ('escpos', 'PySide6', 'sqlalchemy', 'usb', 'PIL')"
        " if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )

    assert done.stdout.strip() == "[]"
