"""ANT-1, the open line protocol for call pads: ``$K,03,17,NEXT*72`` in, ``$A,03,17*5F`` back.

Lines of ASCII with a CRC-8 in hex behind ``*``. A pad repeats a press with the same number
until it is answered; the repeat is answered alike and acted on once. Unless strict, frames
without a checksum and plain words (``NEXT``) are understood too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hardware.framing import LineFraming
from hardware.press import Heard, PadPress, PadReply, Reason, crc8

KEYS: dict[str, tuple[str, ...]] = {
    "NEXT": ("call-next",),
    "RECALL": ("recall",),
    "NOSHOW": ("missed",),
    "FINISH": ("finish",),
    "START": ("start",),
    "HOLD": ("hold",),
    "TRANSFER": ("transfer",),
}
# "00" is everybody; a pad that sends plain words listens to it.
EVERYBODY = "00"
# A pad repeats for a second and a half at most; later the same number is a new press.
_REPEATS_S = 5.0
_SILENT_S = 15.0
_FRAME = re.compile(rb"\$([^$*]{1,58})(?:\*([0-9A-Fa-f]{2}))?")
_ADDRESS = re.compile(r"\w{1,8}")
_SEQUENCE = re.compile(r"\d{1,6}")
_LAMPS = {"idle": "OFF", "called": "BLINK2", "serving": "ON"}


@dataclass(frozen=True, slots=True)
class AntSettings:
    """How ANT-1 is spoken on a port.

    Args:
        port: The port's name.
        is_strict: Refuse frames without a checksum, and plain words.
        counter: The counter of every pad here, None for this console's.
        counters: The counter by address; if there is any, other addresses are refused.
        keys: More keys, like KEY1, or ``KEY1,L`` for a long press.
    """

    port: str
    is_strict: bool = True
    counter: str | None = None
    counters: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    """The last press of an address, and its answer once there is one."""

    seq: str
    at: float
    answer: bytes = b""


@dataclass(slots=True)
class _Hearing:
    """What one batch of bytes gave, while it is read."""

    now: float
    presses: list[PadPress] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    awake: list[str] = field(default_factory=list)
    changes: list[tuple[str, bool]] = field(default_factory=list)


def frame(*fields: str) -> bytes:
    """Return a frame with its checksum and line end."""
    body = ",".join(fields).encode("ascii", "replace")
    return b"$%b*%02X\r\n" % (body, crc8(body))


class Ant1:
    """The PC's side of ANT-1 on one port."""

    def __init__(self, settings: AntSettings) -> None:
        self._settings = settings
        self._framing = LineFraming()
        self._open: dict[str, _Open] = {}
        self._heard_at: dict[str, float] = {}
        self._silent: set[str] = set()
        self._known: dict[str, None] = dict.fromkeys(settings.counters)

    def hello(self) -> bytes:
        """Ask everybody to introduce themselves."""
        return frame("Q", EVERYBODY)

    def hear(self, data: bytes, now: float) -> Heard:
        """Understand lines; what has no valid frame in it is noise."""
        hearing = _Hearing(now)
        for line in self._framing.feed(data):
            if not self._frames(line, hearing) and not self._settings.is_strict:
                self._word(line, hearing)
        # Only pads that send a heartbeat are missed.
        for addr, heard_at in self._heard_at.items():
            if now - heard_at > _SILENT_S and addr not in self._silent:
                self._silent.add(addr)
                hearing.changes.append((addr, False))
        return Heard(
            tuple(hearing.presses),
            tuple(hearing.answers),
            tuple(hearing.awake),
            tuple(hearing.changes),
        )

    def reply(self, press: PadPress, reply: PadReply) -> bytes:
        """Acknowledge or refuse, then set lamp and display."""
        addr = press.addr or EVERYBODY
        if not reply.accepted:
            return self.refuse(press, reply.reason or "BUSY")
        answer = self._answered(press, frame("A", addr, press.seq or "0"))
        return answer + self.show(addr, reply.lamp, reply.number)

    def refuse(self, press: PadPress, reason: Reason) -> bytes:
        """Refuse with a reason."""
        addr = press.addr or EVERYBODY
        return self._answered(press, frame("N", addr, press.seq or "0", reason))

    def show(self, addr: str, lamp: str, number: str) -> bytes:
        """Set the green lamp and the display."""
        text = re.sub(r"[^ -~]|[$*,]", "", number)[:16]
        where = addr or EVERYBODY
        return frame("L", where, "G", _LAMPS[lamp]) + frame("D", where, text)

    def addresses(self, counter: str | None) -> tuple[str, ...]:
        """Return the addresses that are configured or were heard."""
        counters = self._settings.counters
        known = tuple(self._known)  # a copy: other threads ask
        if counter is None or not counters:
            return known
        return tuple(addr for addr in known if counters.get(addr) == counter)

    def forget(self) -> None:
        """Drop half a line and all open presses."""
        self._framing.reset()
        self._open.clear()

    def _frames(self, line: bytes, hearing: _Hearing) -> bool:
        found = False
        for match in _FRAME.finditer(line):
            body, checksum = match.group(1), match.group(2)
            if checksum is None:
                if self._settings.is_strict:
                    continue
            elif int(checksum, 16) != crc8(body):
                continue
            found = True
            self._frame(body.decode("ascii", "replace").strip().split(","), hearing)
        return found

    def _frame(self, fields: list[str], hearing: _Hearing) -> None:
        kind, *rest = fields
        if not rest or not _ADDRESS.fullmatch(rest[0]):
            return
        addr = rest[0]
        if kind not in {"H", "K", "P"}:
            return  # our own words, echoed on a two-wire bus
        self._known[addr] = None
        if addr in self._silent:
            self._silent.discard(addr)
            hearing.changes.append((addr, True))
        if kind == "P" or addr in self._heard_at:
            self._heard_at[addr] = hearing.now
        if kind == "H":
            # The pad has restarted and counts from its beginning again.
            self._open.pop(addr, None)
            hearing.awake.append(addr)
        if kind == "K" and len(rest) >= 3 and _SEQUENCE.fullmatch(rest[1]):
            self._key(addr, rest[1], rest[2:], hearing)

    def _key(self, addr: str, seq: str, key: list[str], hearing: _Hearing) -> None:
        last = self._open.get(addr)
        if last is not None and last.seq == seq and hearing.now - last.at < _REPEATS_S:
            if last.answer:
                hearing.answers.append(last.answer)
            return
        self._open[addr] = _Open(seq, hearing.now)
        intents = self._intents(key)
        is_foreign = bool(self._settings.counters) and addr not in self._settings.counters
        press = PadPress(self._counter(addr), intents, self._settings.port, addr, seq)
        if is_foreign or not intents:
            hearing.answers.append(self.refuse(press, "OFFLINE"))
        else:
            hearing.presses.append(press)

    def _word(self, line: bytes, hearing: _Hearing) -> None:
        intents = self._intents([line.decode("ascii", "replace").strip().upper()])
        if intents and not self._settings.counters:
            self._known[""] = None
            hearing.presses.append(
                PadPress(self._settings.counter, intents, self._settings.port, "")
            )

    def _intents(self, key: list[str]) -> tuple[str, ...]:
        keys = {**KEYS, **self._settings.keys}
        return keys.get(",".join(key)) or keys.get(key[0], ())

    def _counter(self, addr: str) -> str | None:
        return self._settings.counters.get(addr, self._settings.counter)

    def _answered(self, press: PadPress, answer: bytes) -> bytes:
        last = self._open.get(press.addr)
        if last is not None and last.seq == press.seq:
            last.answer = answer
        return answer
