"""Draws and reads the paper that ESC/POS bytes would give.

The demo's tickets, the ``paper://`` printer and the tests look at a job through this and
never at what was meant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from hardware.paper_commands import (
    Align,
    Bold,
    CodePage,
    Command,
    Cut,
    LineFeed,
    QrPrint,
    QrSetting,
    Raster,
    Reset,
    Size,
    Text,
    commands,
)

MARGIN_DOTS = 32
CELL = (12, 24)
LINE_DOTS = 30
_CODE_PAGES = {0: "cp437", 16: "cp1252"}
_CORRECTION = {48: 1, 49: 0, 50: 3, 51: 2}  # L M Q H, as the qrcode library numbers them


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a job says: its text lines, QR contents, raster pictures (width, height), cuts."""

    lines: tuple[str, ...]
    qr: tuple[str, ...]
    cuts: int
    images: tuple[tuple[int, int], ...]

    @property
    def text(self) -> str:
        """All lines, one per row."""
        return "\n".join(self.lines)


@dataclass(slots=True)
class _Style:
    """The printer's settings at a moment."""

    code_page: str = "cp437"
    align: int = 0
    is_bold: bool = False
    across: int = 1
    down: int = 1
    qr_size: int = 3
    qr_correction: int = 48
    qr_content: bytes = b""

    def take(self, command: Command) -> None:
        """Follow a setting; other commands change nothing."""
        match command:
            case CodePage(number):
                self.code_page = _CODE_PAGES[number]
            case Align(where):
                self.align = where
            case Bold(is_on):
                self.is_bold = is_on
            case Size(across, down):
                self.across, self.down = across, down
            case QrSetting(function, data):
                self._take_qr(function, data)
            case _:
                pass

    def _take_qr(self, function: int, data: bytes) -> None:
        if function == ord("C"):
            self.qr_size = data[0]
        elif function == ord("E"):
            self.qr_correction = data[0]
        elif function == ord("P"):
            self.qr_content = data


def read(data: bytes) -> Decoded:
    """Read a job's words and QR codes.

    Raises:
        UnknownCommand: The bytes hold a command that we never send.
    """
    style = _Style()
    lines: list[str] = []
    qr: list[str] = []
    images: list[tuple[int, int]] = []
    cuts = 0
    line = ""
    for command in commands(data):
        style.take(command)
        match command:
            case Reset():
                style = _Style()
            case Text(content):
                line += content.decode(style.code_page, "replace")
            case LineFeed(count) if count:
                lines.append(line)
                line = ""
            case QrPrint():
                qr.append(style.qr_content.decode("utf-8", "replace"))
            case Raster(width_bytes, height, _):
                images.append((width_bytes * 8, height))
            case Cut():
                cuts += 1
            case _:
                pass
    if line:
        lines.append(line)
    return Decoded(tuple(lines), tuple(qr), cuts, tuple(images))


def render(data: bytes, width_dots: int, font: Path | None = None) -> Image.Image:
    """Draw a job as black dots on white paper, one pixel a dot, with the paper's margins.

    Args:
        data: The bytes a printer would get.
        width_dots: What the printer can print across, 384 or 576.
        font: A monospaced TrueType font; DejaVu Sans Mono or Pillow's own without one.

    Raises:
        UnknownCommand: The bytes hold a command that we never send.
    """
    paper = _Paper(width_dots, str(font or ""))
    for command in commands(data):
        paper.take(command)
    return paper.picture()


@dataclass(slots=True)
class _Paper:
    """Paper under the head: ``blocks`` are strips of dots with their left edge and height."""

    width: int
    font: str
    style: _Style = field(default_factory=_Style)
    line: list[Image.Image] = field(default_factory=list)
    blocks: list[tuple[Image.Image | None, int, int]] = field(default_factory=list)

    def take(self, command: Command) -> None:
        self.style.take(command)
        match command:
            case Reset():
                self.style = _Style()
            case Text(content):
                self._write(content.decode(self.style.code_page, "replace"))
            case LineFeed(count):
                if count:
                    self._end_line()
                    self.blocks.append((None, 0, (count - 1) * LINE_DOTS))
            case Raster(width_bytes, height, data):
                self._place(_bits(width_bytes, height, data))
            case QrPrint():
                self._place(_qr(self.style))
            case Cut(_, feed):
                # The blade sits about a centimetre behind the head; a cut with feed
                # moves the last line past it.
                self.blocks.append((None, 0, 3 * LINE_DOTS + feed))
                self.blocks.append((_dashes(self.width + 2 * MARGIN_DOTS), -MARGIN_DOTS, 2))
            case _:
                pass

    def picture(self) -> Image.Image:
        self._end_line(is_final=True)
        height = sum(step for _, _, step in self.blocks) + 2 * MARGIN_DOTS
        picture = Image.new("1", (self.width + 2 * MARGIN_DOTS, height), 1)
        top = MARGIN_DOTS
        for image, left, step in self.blocks:
            if image is not None:
                picture.paste(image, (MARGIN_DOTS + left, top))
            top += step
        return picture

    def _write(self, text: str) -> None:
        for char in text:
            style = self.style
            cell = _glyph(char, style.is_bold, self.font)
            cell = cell.resize((CELL[0] * style.across, CELL[1] * style.down), 0)
            if sum(each.width for each in self.line) + cell.width > self.width:
                self._end_line()
            self.line.append(cell)

    def _end_line(self, *, is_final: bool = False) -> None:
        cells, self.line = self.line, []
        if not cells:
            if not is_final:
                self.blocks.append((None, 0, LINE_DOTS))
            return
        height = max(each.height for each in cells)
        strip = Image.new("1", (sum(each.width for each in cells), height), 1)
        left = 0
        for each in cells:
            strip.paste(each, (left, height - each.height))
            left += each.width
        self.blocks.append((strip, self._left(strip.width), max(LINE_DOTS, height)))

    def _place(self, image: Image.Image) -> None:
        if self.line:
            self._end_line()
        self.blocks.append((image, self._left(image.width), image.height))

    def _left(self, width: int) -> int:
        return max(0, (self.width - width) * self.style.align // 2)


@lru_cache(maxsize=512)
def _glyph(char: str, is_bold: bool, font: str) -> Image.Image:
    cell = Image.new("L", CELL, 255)
    draw = ImageDraw.Draw(cell)
    shape = _font(font)
    width = shape.getlength(char)
    left = (CELL[0] - width) / 2
    draw.text((left, 19), char, fill=0, font=shape, anchor="ls")
    if is_bold:  # a printer strikes twice, one dot aside
        draw.text((left + 1, 19), char, fill=0, font=shape, anchor="ls")
    return cell.point(lambda value: 255 if value > 140 else 0).convert("1")


@lru_cache(maxsize=4)
def _font(name: str) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(name or "DejaVuSansMono.ttf", 19)
    except OSError:
        return ImageFont.load_default(17)


def _bits(width_bytes: int, height: int, data: bytes) -> Image.Image:
    black = Image.frombytes("1", (width_bytes * 8, height), data)
    return black.point(lambda value: 255 - value)


def _qr(style: _Style) -> Image.Image:
    import qrcode

    code = qrcode.QRCode(error_correction=_CORRECTION[style.qr_correction], border=0)
    code.add_data(style.qr_content, optimize=0)
    code.make(fit=True)
    matrix = code.get_matrix()
    image = Image.new("1", (len(matrix), len(matrix)), 1)
    for y, row in enumerate(matrix):
        for x, is_dark in enumerate(row):
            image.putpixel((x, y), 0 if is_dark else 1)
    edge = len(matrix) * style.qr_size
    return image.resize((edge, edge), Image.Resampling.NEAREST)


def _dashes(width: int) -> Image.Image:
    image = Image.new("1", (width, 2), 1)
    draw = ImageDraw.Draw(image)
    for left in range(0, width, 16):
        draw.rectangle((left, 0, left + 8, 1), fill=0)
    return image
