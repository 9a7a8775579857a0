"""Cuts a stream of bytes into frames; noise costs a frame, never the next good one."""

from __future__ import annotations

from typing import Protocol


class Framing(Protocol):
    """A way to tell where a frame ends."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take in bytes and return the frames that they complete."""

    def reset(self) -> None:
        """Drop what is incomplete."""


class LineFraming:
    """Frames end with LF or CR; what grows longer than ``limit`` is dropped to its end."""

    def __init__(self, limit: int = 128) -> None:
        self._limit = limit
        self._line = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return complete lines without their ends; empty lines are none."""
        frames = []
        for byte in data:
            if byte not in b"\r\n":
                # One over the limit marks a line that is too long.
                if len(self._line) <= self._limit:
                    self._line.append(byte)
                continue
            if 0 < len(self._line) <= self._limit:
                frames.append(bytes(self._line))
            self._line.clear()
        return frames

    def reset(self) -> None:
        """Drop the present line."""
        self._line.clear()


class DelimitedFraming:
    """Frames begin and end with fixed bytes, and may have a fixed length.

    Args:
        start: The first byte or bytes.
        end: The last byte or bytes.
        length: The whole frame's length; with it the content may hold the end's bytes.
        limit: What a frame without a fixed length may grow to.
    """

    def __init__(
        self, start: bytes, end: bytes, length: int | None = None, limit: int = 64
    ) -> None:
        self._start, self._end = start, end
        self._length = length
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return complete frames, delimiters included."""
        self._buffer += data
        frames = []
        while (begin := self._buffer.find(self._start)) >= 0:
            del self._buffer[:begin]
            size = self._size()
            if size is None:
                break
            if size:
                frames.append(bytes(self._buffer[:size]))
            # A start that leads nowhere is noise: look for the next one just behind it.
            del self._buffer[: size or 1]
        else:
            # The tail may be the first bytes of a start.
            keep = len(self._start) - 1
            del self._buffer[: max(0, len(self._buffer) - keep)]
        return frames

    def reset(self) -> None:
        """Drop what is incomplete."""
        self._buffer.clear()

    def _size(self) -> int | None:
        """Return the size of the frame at the buffer's head, 0 if it is none, None for not yet."""
        if self._length is not None:
            if len(self._buffer) < self._length:
                return None
            return self._length if self._buffer[: self._length].endswith(self._end) else 0
        found = self._buffer.find(self._end, len(self._start))
        if found >= 0:
            size = found + len(self._end)
            return size if size <= self._limit else 0
        return None if len(self._buffer) < self._limit else 0


class SingleByteFraming:
    """Every byte is a frame."""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the bytes, one by one."""
        return [data[index : index + 1] for index in range(len(data))]

    def reset(self) -> None:
        """Nothing is ever incomplete."""
