"""Takes an ESC/POS stream apart, one command at a time.

It knows the commands that ``hardware/escpos.py`` sends and no others: what it doesn't know
is an error, so that what the renderer shows is what a printer would be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


class UnknownCommand(ValueError):
    """The stream holds a command that we never send."""

    def __init__(self, data: bytes, offset: int) -> None:
        self.offset = offset
        super().__init__(f"unknown command at byte {offset}: {data[offset : offset + 6].hex(' ')}")


@dataclass(frozen=True, slots=True)
class Text:
    """Characters, still in the printer's code page."""

    data: bytes


@dataclass(frozen=True, slots=True)
class LineFeed:
    """LF, or ESC d with a count."""

    count: int


@dataclass(frozen=True, slots=True)
class Reset:
    """ESC @."""


@dataclass(frozen=True, slots=True)
class CodePage:
    """ESC t: 16 is Windows-1252."""

    number: int


@dataclass(frozen=True, slots=True)
class Align:
    """ESC a: 0 left, 1 centre, 2 right."""

    where: int


@dataclass(frozen=True, slots=True)
class Bold:
    """ESC E."""

    is_on: bool


@dataclass(frozen=True, slots=True)
class Size:
    """GS !: magnification across and down, 1 to 8."""

    across: int
    down: int


@dataclass(frozen=True, slots=True)
class Raster:
    """GS v 0: rows of bits, set is black."""

    width_bytes: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class QrSetting:
    """GS ( k: model (A), dot size (C), error correction (E) or content (P)."""

    function: int
    data: bytes


@dataclass(frozen=True, slots=True)
class QrPrint:
    """GS ( k, function Q."""


@dataclass(frozen=True, slots=True)
class Cut:
    """GS V: everything but 0 and 48 is partial; ``feed`` in dots after the cutting position."""

    is_partial: bool
    feed: int


@dataclass(frozen=True, slots=True)
class StatusQuery:
    """DLE EOT n (real time) or GS r n (behind the data)."""

    number: int
    is_real_time: bool


Command = (
    Text | LineFeed | Reset | CodePage | Align | Bold | Size | Raster
    | QrSetting | QrPrint | Cut | StatusQuery
)  # fmt: skip


def commands(data: bytes) -> Iterator[Command]:
    """Yield every command.

    Raises:
        UnknownCommand: A command that we never send, or one cut short.
    """
    offset = 0
    while offset < len(data):
        taken = take(data, offset)
        if taken is None:
            raise UnknownCommand(data, offset)
        command, offset = taken
        yield command


def take(data: bytes, offset: int) -> tuple[Command, int] | None:
    """Take one command at ``offset``; return it and the next offset, None if bytes are missing.

    Raises:
        UnknownCommand: A command that we never send.
    """
    first = data[offset]
    if first == 0x0A:
        return LineFeed(1), offset + 1
    if first >= 0x20:
        end = offset
        while end < len(data) and data[end] >= 0x20:
            end += 1
        return Text(data[offset:end]), end
    if len(data) < offset + 2:
        if first not in {0x10, 0x1B, 0x1D}:
            raise UnknownCommand(data, offset)
        return None
    if first == 0x1B:
        return _escape(data, offset)
    if first == 0x1D:
        return _group(data, offset)
    if data[offset : offset + 2] == b"\x10\x04":
        if len(data) < offset + 3:
            return None
        return StatusQuery(data[offset + 2], is_real_time=True), offset + 3
    raise UnknownCommand(data, offset)


def _escape(data: bytes, offset: int) -> tuple[Command, int] | None:
    name = data[offset + 1 : offset + 2]
    if name == b"@":
        return Reset(), offset + 2
    if name not in {b"a", b"d", b"t", b"E"}:
        raise UnknownCommand(data, offset)
    if len(data) < offset + 3:
        return None
    value, end = data[offset + 2], offset + 3
    if name == b"a":
        return Align(value % 48), end
    if name == b"d":
        return LineFeed(value), end
    if name == b"t":
        return CodePage(value), end
    return Bold(bool(value & 1)), end


def _group(data: bytes, offset: int) -> tuple[Command, int] | None:
    name = data[offset + 1 : offset + 2]
    if name == b"v":
        return _raster(data, offset)
    if name == b"(":
        return _qr(data, offset)
    if name not in {b"!", b"V", b"r"}:
        raise UnknownCommand(data, offset)
    if len(data) < offset + 3:
        return None
    value = data[offset + 2]
    if name == b"!":
        return Size((value >> 4 & 7) + 1, (value & 7) + 1), offset + 3
    if name == b"r":
        return StatusQuery(value, is_real_time=False), offset + 3
    if value in {65, 66}:
        if len(data) < offset + 4:
            return None
        return Cut(value == 66, data[offset + 3]), offset + 4
    return Cut(value not in {0, 48}, 0), offset + 3


def _raster(data: bytes, offset: int) -> tuple[Command, int] | None:
    head = data[offset : offset + 8]
    if len(head) < 8:
        return None
    if head[2] not in {0, 48} or head[3] not in {0, 48}:
        raise UnknownCommand(data, offset)
    width_bytes = head[4] | head[5] << 8
    height = head[6] | head[7] << 8
    end = offset + 8 + width_bytes * height
    if len(data) < end:
        return None
    return Raster(width_bytes, height, data[offset + 8 : end]), end


def _qr(data: bytes, offset: int) -> tuple[Command, int] | None:
    head = data[offset : offset + 7]
    if len(head) < 7:
        return None
    if head[2:3] != b"k" or head[5:6] != b"1":
        raise UnknownCommand(data, offset)
    end = offset + 5 + (head[3] | head[4] << 8)
    if len(data) < end:
        return None
    function, body = head[6], data[offset + 7 : end]
    if function == ord("Q"):
        return QrPrint(), end
    if function not in b"ACEP":
        raise UnknownCommand(data, offset)
    # The content is preceded by a fixed "0".
    return QrSetting(function, body[1:] if function == ord("P") else body), end
