"""Builds a ticket's bytes (ESC/POS) from a ``rules.slip.Slip``, as one blob.

python-escpos's ``Dummy`` writes the commands; it is imported on first use, in the thread
that prints, since the import takes half a second.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import textwrap
import threading
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hardware.errors import BadLogo

if TYPE_CHECKING:
    from PIL import Image

    from rules.slip import Slip, SlipLine

WidthMm = Literal[58, 80]
QrMode = Literal["native", "raster"]

COLUMNS: dict[int, int] = {58: 32, 80: 48}
WIDTH_DOTS: dict[int, int] = {58: 384, 80: 576}
CODE_PAGE = "cp1252"
QUIET_MODULES = 4
_STRIP_LINES = 128
_LOGO_HEIGHT_DOTS = 128
_LOGO_GAP_DOTS = 12
_QR_TARGET_DOTS = 264
_LINE_DOTS = 30
_loading = threading.Lock()


def load() -> Any:  # noqa: ANN401 - python-escpos has no types
    """Import python-escpos without its side effects and return its ``Dummy`` class.

    Its import configures the root logger and leaves a folder behind in /tmp; both are
    undone here (python-escpos 3.1, capabilities.py).
    """
    with _loading:
        root = logging.getLogger()
        handlers = list(root.handlers)
        is_first = "escpos.capabilities" not in sys.modules
        from escpos import capabilities
        from escpos.printer import Dummy

        for handler in [each for each in root.handlers if each not in handlers]:
            root.removeHandler(handler)
        if is_first and "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
            shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
        return Dummy


def build(
    slip: Slip, width_mm: WidthMm = 80, qr: QrMode = "native", logo: Path | None = None
) -> bytes:
    """Build one ticket, from ESC @ to its one partial cut.

    Raises:
        BadLogo: The logo's file can't be read as a picture.
    """
    job = _Job(load(), width_mm)
    if logo is not None and slip.has_logo:
        job.raster(_logo(logo, job.width_dots))
    job.lines(slip.header)
    job.rule()
    job.lines(slip.before)
    job.number(slip.number)
    job.lines(slip.after)
    if slip.qr:
        job.qr(slip.qr, qr)
    job.lines(slip.footer)
    return job.finish()


def printable(text: str) -> str:
    """Return text with what the code page lacks replaced, visibly.

    A letter loses its accent, everything else becomes a question mark. Control
    characters become spaces, so that no text can carry a command.
    """
    kept = []
    for char in unicodedata.normalize("NFC", text):
        if unicodedata.category(char) == "Cc" or char == "\xa0":
            kept.append(" ")
        elif _fits(char):
            kept.append(char)
        else:
            plain = "".join(part for part in unicodedata.normalize("NFKD", char) if _fits(part))
            kept.append(plain or "?")
    return "".join(kept)


def wrap(text: str, columns: int) -> list[str]:
    """Break text at words; what follows hangs under the text of a dash or an indent.

    A double space inside a text that is too long is where it breaks first.
    """
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        clean = printable(paragraph).rstrip()
        body = clean.lstrip()
        if len(clean) > columns and "  " in body:
            first, _, rest = body.partition("  ")
            lines += wrap(clean[: len(clean) - len(body)] + first, columns)
            lines += wrap(rest.lstrip(), columns)
            continue
        indent = len(clean) - len(body) + (2 if body.startswith("- ") else 0)
        hang = " " * (indent if indent < columns // 2 else 0)
        parts = textwrap.wrap(
            clean, columns, subsequent_indent=hang, break_on_hyphens=False, tabsize=1
        ) or [""]
        # A middle dot parts two words; at a line's end it parts nothing.
        lines += [*(part.rstrip(" ·") for part in parts[:-1]), parts[-1]]
    return lines


def number_scale(number: str, columns: int) -> int:
    """Return the largest magnification, 1 to 8, at which the number fits one line."""
    return max(1, min(8, columns // max(1, len(number))))


class _Job:
    """One ticket under construction; sends a setting only where it changes."""

    def __init__(self, dummy: Any, width_mm: WidthMm) -> None:  # noqa: ANN401 - no types
        # A fresh Dummy for each job: it would believe the last job's code page after ESC @.
        self._out = dummy()
        self._width_mm = width_mm
        self.columns = COLUMNS[width_mm]
        self.width_dots = WIDTH_DOTS[width_mm]
        self._align, self._is_bold, self._scale = "left", False, 1
        self._out.hw("INIT")
        # One page for the whole job; left alone, it picks the first page that has a letter,
        # and a euro sign turns the rest Greek.
        self._out.charcode("CP1252")

    def lines(self, lines: tuple[SlipLine, ...]) -> None:
        for line in lines:
            scale = max(1, min(8, line.scale))
            while scale > 1 and _longest_word(line.text) > self.columns // scale:
                scale -= 1
            self._style(line.align, line.bold, scale)
            for part in wrap(line.text, self.columns // scale):
                self._out.text(f"{part}\n")

    def number(self, number: str) -> None:
        text = printable(number)
        self._style("center", True, number_scale(text, self.columns))
        self._out.text(f"{text}\n")

    def rule(self) -> None:
        self._style("left", False, 1)
        self._out.text("-" * self.columns + "\n")

    def qr(self, content: str, mode: QrMode) -> None:
        code = _qr_code(content)
        modules = len(code.get_matrix()) + 2 * QUIET_MODULES
        size = max(3, min(8, _QR_TARGET_DOTS // modules, self.width_dots // modules))
        self._style("center", False, 1)
        if mode == "raster":
            self.raster(_qr_image(code, size))
            return
        # The printer draws the bare code: centring leaves white beside it, feeding above it.
        quiet_lines = -(-QUIET_MODULES * size // _LINE_DOTS)
        self._out.print_and_feed(quiet_lines)
        self._out.qr(content, ec=1, size=size, native=True)
        self._out.print_and_feed(quiet_lines)

    def raster(self, image: Image.Image) -> None:
        """Send a picture, black and white, in strips that small buffers can hold."""
        self._style("center", False, 1)
        width_bytes = (image.width + 7) // 8
        # In mode 1 a set bit is white; the printer burns the set bits.
        rows = bytes(byte ^ 0xFF for byte in image.convert("1").tobytes())
        spare = width_bytes * 8 - image.width
        for top in range(0, image.height, _STRIP_LINES):
            height = min(_STRIP_LINES, image.height - top)
            strip = bytearray(rows[top * width_bytes : (top + height) * width_bytes])
            if spare:
                for end in range(width_bytes - 1, len(strip), width_bytes):
                    strip[end] &= 0xFF << spare & 0xFF
            header = bytes((0x1D, 0x76, 0x30, 0, width_bytes & 0xFF, width_bytes >> 8))
            self._out._raw(header + bytes((height & 0xFF, height >> 8)) + _harmless(strip))

    def finish(self) -> bytes:
        self._style("left", False, 1)
        if self._width_mm == 58:
            # Most have no cutter, and the tear bar stands a good centimetre above the head.
            self._out.print_and_feed(4)
        self._out.cut(feed=False)
        data: bytes = self._out.output
        return data

    def _style(self, align: str, is_bold: bool, scale: int) -> None:
        if align != self._align:
            self._out.set(align=align)
        if is_bold != self._is_bold:
            self._out.set(bold=is_bold)
        if scale != self._scale:
            self._out.set(custom_size=True, width=scale, height=scale)
        self._align, self._is_bold, self._scale = align, is_bold, scale


def _fits(char: str) -> bool:
    try:
        char.encode(CODE_PAGE)
    except UnicodeEncodeError:
        return False
    return True


def _longest_word(text: str) -> int:
    return max((len(word) for word in text.split()), default=0)


def _harmless(strip: bytearray) -> bytes:
    """Add a dot where a picture spells DLE EOT, DLE ENQ or DLE DC4: some printers obey it."""
    for second in (b"\x04", b"\x05", b"\x14"):
        strip = strip.replace(b"\x10" + second, b"\x18" + second)
    return bytes(strip)


def _logo(path: Path, width_dots: int) -> Image.Image:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as source:
            picture = source.convert("RGBA")
    except (OSError, UnidentifiedImageError, ValueError) as error:
        raise BadLogo(file=str(path), reason=str(error)) from error
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    paper.thumbnail((width_dots, _LOGO_HEIGHT_DOTS))
    grey = Image.new("L", (paper.width, paper.height + _LOGO_GAP_DOTS), 255)
    grey.paste(paper.convert("L"), (0, 0))
    # Line art stays sharp; only a picture with real greys is made of scattered dots.
    shades = grey.histogram()
    is_line_art = sum(shades[48:208]) < 0.15 * sum(shades)
    dither = Image.Dither.NONE if is_line_art else Image.Dither.FLOYDSTEINBERG
    return grey.convert("1", dither=dither)


def _qr_code(content: str) -> Any:  # noqa: ANN401 - qrcode's types are partial
    import qrcode

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    # One byte segment, as a printer makes of GS ( k; qrcode would split digits off.
    code.add_data(content.encode(), optimize=0)
    code.make(fit=True)
    return code


def _qr_image(code: Any, size: int) -> Image.Image:  # noqa: ANN401 - qrcode's types are partial
    from PIL import Image

    matrix = code.get_matrix()
    edge = len(matrix) + 2 * QUIET_MODULES
    image = Image.new("1", (edge, edge), 1)
    for y, row in enumerate(matrix):
        for x, is_dark in enumerate(row):
            if is_dark:
                image.putpixel((x + QUIET_MODULES, y + QUIET_MODULES), 0)
    return image.resize((edge * size, edge * size), Image.Resampling.NEAREST)
