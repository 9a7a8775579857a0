"""Reads a mapping file: which pads hang on which port, and what their keys want.

Every fault is named with its line and place, all at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from hardware.ant1 import KEYS, Ant1, AntSettings
from hardware.errors import PadFileFault
from hardware.framing import DelimitedFraming, Framing, LineFraming, SingleByteFraming
from hardware.mapping import FEEDBACK, MappedPads, PadRule, fill
from hardware.press import Dialect, counter_code
from rules import intent

_PORT_KEYS = {
    "name", "url", "baud", "parity", "dtr", "protocol", "strict", "framing", "counter",
    "counter_by", "keys", "pads",
}  # fmt: skip
_PAD_KEYS = {"port", "match", "counter", "counter_by", "keys", "feedback", "debounce_ms"}
_FRAMINGS = ("line", "delimited", "single-byte")
_SAMPLE = {"addr": "01", "seq": "01", "number": "B-001", "waiting": "1"}


@dataclass(frozen=True, slots=True)
class PortSettings:
    """One port: its line, and either ANT-1 or rules for foreign pads."""

    name: str
    url: str
    baud: int = 9600
    parity: Literal["N", "E", "O"] = "N"
    has_dtr: bool = False
    ant1: AntSettings | None = None
    framing: Callable[[], Framing] = LineFraming
    rules: tuple[PadRule, ...] = ()

    def dialect(self) -> Dialect:
        """Make the port's language, with nothing heard yet."""
        if self.ant1 is not None:
            return Ant1(self.ant1)
        return MappedPads(self.name, self.framing(), self.rules)


@dataclass(frozen=True, slots=True)
class PadSettings:
    """A mapping file's ports."""

    ports: tuple[PortSettings, ...]


def load_pads(path: Path | str) -> PadSettings:
    """Read and check a mapping file.

    Raises:
        PadFileFault: The file can't be read or used; ``faults`` names every place.
    """
    file = Path(path)
    try:
        text = file.read_text("utf-8")
        # The base loader leaves every scalar as written: 05 stays "05".
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise PadFileFault(file=str(file), faults=(f"can't be read: {error}",)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise PadFileFault(file=str(file), faults=(f"{line}{problem}",)) from error
    reader = _Reader()
    settings = reader.file(root)
    if reader.faults:
        faults = tuple(f"line {line}: {words}" for line, words in sorted(reader.faults))
        raise PadFileFault(file=str(file), faults=faults)
    return settings


class _Reader:
    """Walks the file's nodes and collects faults instead of stopping at the first."""

    def __init__(self) -> None:
        self.faults: list[tuple[int, str]] = []

    def file(self, root: yaml.Node | None) -> PadSettings:
        if root is None:
            self.faults.append((1, "the file is empty; it needs ports:"))
            return PadSettings(())
        top = self._mapping(root, "file", {"ports", "pads"})
        nodes = self._list(top.get("ports"), "ports")
        if not nodes:
            self._fault(top.get("ports", root), "ports", "at least one is needed")
        names = [self._port_name(node, index) for index, node in enumerate(nodes)]
        shared: dict[str, list[PadRule]] = {name: [] for name in names}
        for index, node in enumerate(self._list(top.get("pads"), "pads")):
            place = f"pads[{index}]"
            rule, port = self._pad(node, place)
            if port and port not in shared:
                self._fault(node, f"{place}.port", f"no port has the name {port!r}")
            for name in [port] if port in shared else names if not port else []:
                if rule is not None:
                    shared[name].append(rule)
        for index, name in enumerate(names):
            if name in names[:index]:
                self._fault(nodes[index], f"ports[{index}].name", f"{name!r} is there twice")
        ports = [
            self._port(node, f"ports[{index}]", name, shared[name])
            for index, (node, name) in enumerate(zip(nodes, names, strict=True))
        ]
        return PadSettings(tuple(ports))

    def _port_name(self, node: yaml.Node, index: int) -> str:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        for key, value in pairs:
            if key.value == "name" and isinstance(value, yaml.ScalarNode) and value.value:
                return str(value.value)
        return f"port-{index + 1}"

    def _port(self, node: yaml.Node, place: str, name: str, shared: list[PadRule]) -> PortSettings:
        entries = self._mapping(node, place, _PORT_KEYS)
        url = self._text(entries.get("url"), f"{place}.url").removeprefix("serial://")
        if not url:
            self._fault(entries.get("url", node), f"{place}.url", "is missing")
        baud = self._integer(entries.get("baud"), f"{place}.baud", 9600, 300, 4_000_000)
        parity = self._choice(entries.get("parity"), f"{place}.parity", ("N", "E", "O"))
        dtr = self._flag(entries.get("dtr"), f"{place}.dtr", default=False)
        counter = self._counter(entries.get("counter"), f"{place}.counter")
        counters = self._counters(entries.get("counter_by"), f"{place}.counter_by")
        line: Literal["N", "E", "O"] = "E" if parity == "E" else "O" if parity == "O" else "N"
        # A port of which nothing else is said speaks ANT-1, with checksum or in plain words.
        is_bare = not shared and not {"framing", "pads", "protocol"} & entries.keys()
        if "protocol" in entries or is_bare:
            ant1 = self._ant1(entries, place, name, counter, counters, is_strict=not is_bare)
            return PortSettings(name, url, baud, line, dtr, ant1)
        for key in ("strict", "keys"):
            if key in entries:
                self._fault(entries[key], f"{place}.{key}", "belongs to protocol: ant-1")
        rules = list(shared)
        for index, pad in enumerate(self._list(entries.get("pads"), f"{place}.pads")):
            rule, _ = self._pad(pad, f"{place}.pads[{index}]", counter, counters)
            if rule is not None:
                rules.append(rule)
        if not rules:
            self._fault(node, place, "no pads are described for this port")
        framing: Callable[[], Framing] = LineFraming
        if "framing" in entries:
            framing = self._framing(entries["framing"], f"{place}.framing")
        return PortSettings(name, url, baud, line, dtr, None, framing, tuple(rules))

    def _ant1(
        self,
        entries: dict[str, yaml.Node],
        place: str,
        name: str,
        counter: str | None,
        counters: dict[str, str],
        *,
        is_strict: bool,
    ) -> AntSettings:
        self._choice(entries.get("protocol"), f"{place}.protocol", ("ant-1",))
        for key in ("framing", "pads"):
            if key in entries:
                self._fault(entries[key], f"{place}.{key}", "doesn't go with protocol: ant-1")
        strict = self._flag(entries.get("strict"), f"{place}.strict", default=is_strict)
        keys = self._keys(entries.get("keys"), f"{place}.keys")
        upper = {key.upper(): intents for key, intents in keys.items()}
        return AntSettings(name, strict, counter, counters, upper)

    def _pad(
        self,
        node: yaml.Node,
        place: str,
        counter: str | None = None,
        counters: dict[str, str] | None = None,
    ) -> tuple[PadRule | None, str]:
        entries = self._mapping(node, place, _PAD_KEYS)
        port = self._text(entries.get("port"), f"{place}.port")
        if "match" not in entries:
            self._fault(node, f"{place}.match", "is missing")
            return None, port
        match = self._mapping(entries["match"], f"{place}.match", {"hex", "text", "crc"})
        is_hex = "hex" in match
        if is_hex == ("text" in match):
            self._fault(entries["match"], f"{place}.match", "needs either hex or text")
            return None, port
        pattern = self._pattern(match["hex" if is_hex else "text"], f"{place}.match")
        crc = self._choice(match.get("crc"), f"{place}.match.crc", ("", "crc8"))
        if crc and is_hex:
            self._fault(match["crc"], f"{place}.match.crc", "goes with text only")
        # Without keys the standard words of ANT-1 are understood.
        keys = self._keys(entries.get("keys"), f"{place}.keys") if "keys" in entries else dict(KEYS)
        own = self._counter(entries.get("counter"), f"{place}.counter")
        by = self._counters(entries.get("counter_by"), f"{place}.counter_by")
        debounce = self._integer(entries.get("debounce_ms"), f"{place}.debounce_ms", 0, 0, 60_000)
        feedback = self._feedback(entries.get("feedback"), f"{place}.feedback", is_hex)
        if pattern is None:
            return None, port
        rule = PadRule(
            pattern=pattern,
            keys={key.lower(): each for key, each in keys.items()} if is_hex else keys,
            is_hex=is_hex,
            has_crc=bool(crc),
            feedback=feedback,
            debounce_s=debounce / 1000,
            counter=own or counter,
            counters={
                addr.lower() if is_hex else addr: code
                for addr, code in (by or counters or {}).items()
            },
        )
        return rule, port

    def _framing(self, node: yaml.Node, place: str) -> Callable[[], Framing]:
        if isinstance(node, yaml.ScalarNode):
            entries: dict[str, yaml.Node] = {"kind": node}
        else:
            entries = self._mapping(node, place, {"kind", "start", "end", "length"})
        kind = self._choice(entries.get("kind"), f"{place}.kind", _FRAMINGS)
        if kind != "delimited":
            return SingleByteFraming if kind == "single-byte" else LineFraming
        start = self._bytes(entries.get("start", node), f"{place}.start")
        end = self._bytes(entries.get("end", node), f"{place}.end")
        length = self._integer(entries.get("length"), f"{place}.length", 0, 0, 256)
        if length and length < len(start) + len(end):
            self._fault(entries["length"], f"{place}.length", "is shorter than start and end")
        return lambda: DelimitedFraming(start or b"\0", end or b"\0", length or None)

    def _keys(self, node: yaml.Node | None, place: str) -> dict[str, tuple[str, ...]]:
        keys: dict[str, tuple[str, ...]] = {}
        for key, value in self._mapping(node, place).items():
            try:
                intents = intent.parse(self._text(value, f"{place}.{key}"))
            except ValueError as error:
                self._fault(value, f"{place}.{key}", str(error))
                continue
            keys[key] = tuple(str(each) for each in intents)
        return keys

    def _feedback(self, node: yaml.Node | None, place: str, is_hex: bool) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in self._mapping(node, place, set(FEEDBACK)).items():
            template = self._text(value, f"{place}.{name}")
            try:
                fill(template, _SAMPLE, is_hex)
            except ValueError as error:
                self._fault(value, f"{place}.{name}", str(error))
            found[name] = template
        return found

    def _pattern(self, node: yaml.Node, place: str) -> re.Pattern[str] | None:
        try:
            pattern = re.compile(self._text(node, place))
        except re.error as error:
            self._fault(node, place, f"is no pattern: {error}")
            return None
        if "key" not in pattern.groupindex:
            self._fault(node, place, "the pattern needs a group (?P<key>…)")
            return None
        return pattern

    def _counter(self, node: yaml.Node | None, place: str) -> str | None:
        return counter_code(self._text(node, place)) or None

    def _counters(self, node: yaml.Node | None, place: str) -> dict[str, str]:
        by = self._mapping(node, place, {"addr"}).get("addr")
        pairs = self._mapping(by, f"{place}.addr").items()
        return {
            addr: counter_code(self._text(value, f"{place}.addr.{addr}")) for addr, value in pairs
        }

    def _bytes(self, node: yaml.Node, place: str) -> bytes:
        text = self._text(node, place) if isinstance(node, yaml.ScalarNode) else ""
        try:
            data = bytes.fromhex(text)
        except ValueError:
            data = b""
        if not data:
            self._fault(node, place, "needs bytes in hex, like 01")
        return data

    def _integer(
        self, node: yaml.Node | None, place: str, default: int, low: int, high: int
    ) -> int:
        if node is None:
            return default
        text = self._text(node, place)
        if not text.isdecimal() or not low <= int(text) <= high:
            self._fault(node, place, f"{text!r} is no number from {low} to {high}")
            return default
        return int(text)

    def _flag(self, node: yaml.Node | None, place: str, *, default: bool) -> bool:
        if node is None:
            return default
        word = self._text(node, place).lower()
        if word not in {"true", "false", "yes", "no"}:
            self._fault(node, place, f"{word!r} is neither true nor false")
        return word in {"true", "yes"}

    def _choice(self, node: yaml.Node | None, place: str, choices: tuple[str, ...]) -> str:
        if node is None:
            return choices[0]
        word = self._text(node, place)
        if word not in choices:
            known = ", ".join(choice for choice in choices if choice)
            self._fault(node, place, f"{word!r} is none of: {known}")
            return choices[0]
        return word

    def _mapping(
        self, node: yaml.Node | None, place: str, allowed: set[str] | None = None
    ) -> dict[str, yaml.Node]:
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self._fault(node, place, "needs name: value pairs")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if allowed is not None and name not in allowed:
                known = ", ".join(sorted(allowed))
                self._fault(key, f"{place}.{name}", f"is unknown; known: {known}")
            elif name in found:
                self._fault(key, f"{place}.{name}", "is there twice")
            else:
                found[name] = value
        return found

    def _list(self, node: yaml.Node | None, place: str) -> list[yaml.Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self._fault(node, place, "needs a list")
            return []
        return list(node.value)

    def _text(self, node: yaml.Node | None, place: str) -> str:
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self._fault(node, place, "needs one value")
            return ""
        return str(node.value)

    def _fault(self, node: yaml.Node, place: str, words: str) -> None:
        self.faults.append((node.start_mark.line + 1, f"{place}: {words}"))
