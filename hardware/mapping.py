"""Pads that speak a language of their own, understood by patterns from a mapping file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hardware.framing import Framing
from hardware.press import Heard, PadPress, PadReply, Reason, crc8

FEEDBACK = ("accepted", "refused", "idle", "called", "serving", "display")
# These go into a hex template as they were matched.
_RAW = ("addr", "seq")


@dataclass(frozen=True, slots=True)
class PadRule:
    """One kind of pad on a port.

    Args:
        pattern: Searched in the frame, as hex or as text; it has a group ``key`` and
            may have groups ``addr`` and ``seq``.
        is_hex: Whether the pattern looks at hex, and feedback is written in hex.
        has_crc: Whether a text frame carries ``*CC``, checked and cut off.
        keys: Intents by key.
        feedback: Frames to send back by name, with ``{addr}`` and so on in them.
        debounce_s: How long the same key has to rest before it counts again.
        counter: The counter, None for this console's.
        counters: The counter by address; if there is any, other addresses are not heard.
    """

    pattern: re.Pattern[str]
    keys: Mapping[str, tuple[str, ...]]
    is_hex: bool = True
    has_crc: bool = False
    feedback: Mapping[str, str] = field(default_factory=dict)
    debounce_s: float = 0.0
    counter: str | None = None
    counters: Mapping[str, str] = field(default_factory=dict)


class MappedPads:
    """The pads of one port, told apart by rules."""

    def __init__(self, port: str, framing: Framing, rules: tuple[PadRule, ...]) -> None:
        self._port = port
        self._framing = framing
        self._rules = rules
        self._pressed_at: dict[tuple[int, str, str], float] = {}
        # Address to rule, of the pads that are configured or were heard.
        self._known: dict[str, int] = {
            addr: index for index, rule in enumerate(rules) for addr in rule.counters
        }
        for index, rule in enumerate(rules):
            if "addr" not in rule.pattern.groupindex:
                self._known.setdefault("", index)

    def hello(self) -> bytes:
        """These pads are not asked anything."""
        return b""

    def hear(self, data: bytes, now: float) -> Heard:
        """Match each frame against the rules, the first that fits counts."""
        found = [self._press(frame, now) for frame in self._framing.feed(data)]
        return Heard(presses=tuple(press for press in found if press is not None))

    def reply(self, press: PadPress, reply: PadReply) -> bytes:
        """Return the accepted or refused frame, then lamp and display."""
        if not reply.accepted:
            return self.refuse(press, reply.reason or "BUSY")
        facts = _facts(press.addr, press.seq, reply.number, reply.waiting)
        answer = self._frame(press.rule, "accepted", facts)
        return answer + self._shown(press.rule, reply.lamp, facts)

    def refuse(self, press: PadPress, reason: Reason) -> bytes:
        """Return the refused frame; these pads know no reasons."""
        del reason
        return self._frame(press.rule, "refused", _facts(press.addr, press.seq))

    def show(self, addr: str, lamp: str, number: str) -> bytes:
        """Set lamp and display of a pad that is known."""
        rule = self._known.get(addr)
        return b"" if rule is None else self._shown(rule, lamp, _facts(addr, number=number))

    def addresses(self, counter: str | None) -> tuple[str, ...]:
        """Return the addresses that are configured or were heard."""
        known = tuple(self._known.items())  # a copy: other threads ask
        return tuple(
            addr
            for addr, index in known
            if counter is None or self._rules[index].counters.get(addr, counter) == counter
        )

    def forget(self) -> None:
        """Drop half a frame."""
        self._framing.reset()

    def _press(self, frame: bytes, now: float) -> PadPress | None:
        for index, rule in enumerate(self._rules):
            match = _match(rule, frame)
            if match is None:
                continue
            groups = match.groupdict()
            addr, key = groups.get("addr") or "", groups.get("key") or ""
            intents = rule.keys.get(key)
            if intents is None or (rule.counters and addr not in rule.counters):
                return None
            last = self._pressed_at.get((index, addr, key))
            # Each repeat starts the rest again: a key held down is one press.
            self._pressed_at[index, addr, key] = now
            if last is not None and now - last < rule.debounce_s:
                return None
            self._known[addr] = index
            counter = rule.counters.get(addr, rule.counter)
            return PadPress(counter, intents, self._port, addr, groups.get("seq") or "", index)
        return None

    def _shown(self, rule: int, lamp: str, facts: dict[str, str]) -> bytes:
        display = self._frame(rule, "display", facts) if facts["number"] else b""
        return self._frame(rule, lamp, facts) + display

    def _frame(self, rule: int, name: str, facts: dict[str, str]) -> bytes:
        template = self._rules[rule].feedback.get(name)
        return b"" if template is None else fill(template, facts, self._rules[rule].is_hex)


def fill(template: str, facts: Mapping[str, str], is_hex: bool) -> bytes:
    """Return a feedback frame.

    An address goes in as it was matched; number and waiting go in as characters, which
    in a hex template are their ASCII codes.

    Raises:
        ValueError: The result is no hex, or an unknown placeholder.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in facts:
            raise ValueError(f"unknown placeholder {{{name}}}")
        fact = facts[name]
        return fact.encode("ascii", "replace").hex() if is_hex and name not in _RAW else fact

    text = re.sub(r"\{(\w*)\}", value, template)
    return bytes.fromhex(text) if is_hex else text.encode("ascii", "replace")


def _facts(addr: str, seq: str = "", number: str = "", waiting: int = 0) -> dict[str, str]:
    return {"addr": addr, "seq": seq, "number": number, "waiting": str(waiting)}


def _match(rule: PadRule, frame: bytes) -> re.Match[str] | None:
    if rule.is_hex:
        return rule.pattern.search(frame.hex())
    text = frame.decode("latin-1")
    if rule.has_crc:
        body, star, checksum = text.rpartition("*")
        expected = f"{crc8(body.lstrip('$').encode('latin-1')):02X}"
        if not star or checksum.strip().upper() != expected:
            return None
        text = body
    return rule.pattern.search(text)
