"""What call pads and the desk say to each other, whatever the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol


class Lamp(StrEnum):
    """What a pad's lamp shows: nobody, a visitor on the way, a visitor at the desk."""

    IDLE = "idle"
    CALLED = "called"
    SERVING = "serving"


Reason = Literal["", "EMPTY", "BUSY", "OFFLINE"]


@dataclass(frozen=True, slots=True)
class PadPress:
    """A key was pressed.

    Args:
        counter: The counter's code, or None for "the counter of this console".
        intents: What the key wants; the first that is legal counts (``rules.intent``).
        pad: The port's name in the mapping file.
        addr: The pad's address on its bus, "" where it has none.
        seq: The pad's own number for the press, to acknowledge it by.
        rule: Which of the port's rules matched.
    """

    counter: str | None
    intents: tuple[str, ...]
    pad: str
    addr: str
    seq: str = ""
    rule: int = 0


@dataclass(frozen=True, slots=True)
class PadReply:
    """What came of a press: accepted or why not, and what the pad shall show now."""

    accepted: bool
    reason: Reason = ""
    number: str = ""
    lamp: Lamp | Literal["idle", "called", "serving"] = Lamp.IDLE
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class PadState:
    """A port, or with ``addr`` one pad on it, was lost or is back."""

    pad: str
    is_connected: bool
    detail: str = ""
    addr: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What some bytes meant.

    Args:
        presses: Keys pressed, duplicates and noise left out.
        answers: Frames to send back at once.
        awake: Addresses that have just started and show nothing yet.
        changes: Addresses that fell silent (False) or are back (True).
    """

    presses: tuple[PadPress, ...] = ()
    answers: tuple[bytes, ...] = ()
    awake: tuple[str, ...] = ()
    changes: tuple[tuple[str, bool], ...] = ()


class Dialect(Protocol):
    """The language of the pads on one port; it keeps what the conversation needs."""

    def hello(self) -> bytes:
        """Return what to send when the port has been opened."""

    def hear(self, data: bytes, now: float) -> Heard:
        """Take in bytes, or none, at a monotonic instant in seconds."""

    def reply(self, press: PadPress, reply: PadReply) -> bytes:
        """Return the frames that answer a press."""

    def refuse(self, press: PadPress, reason: Reason) -> bytes:
        """Return the frames that turn a press down and leave lamp and display alone."""

    def show(self, addr: str, lamp: str, number: str) -> bytes:
        """Return the frames that set a pad's lamp and display."""

    def addresses(self, counter: str | None) -> tuple[str, ...]:
        """Return the pads known for a counter, all known pads for None."""

    def forget(self) -> None:
        """Drop half frames and open presses: the port was lost."""


def counter_code(text: str) -> str:
    """Return a counter's code: "loket-3", "Loket 3" and "3" are all "3"."""
    return re.sub(r"^(?:loket|counter)[-_ ]*(?=\w)", "", text.strip(), flags=re.IGNORECASE)


def crc8(data: bytes) -> int:
    """Return the CRC-8 with polynomial 0x07, start 0, as ANT-1 uses it."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ 0x07 if value & 0x80 else value << 1) & 0xFF
    return value
