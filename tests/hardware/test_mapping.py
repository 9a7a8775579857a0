"""Mapping files: the shipped ones work, and every fault is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.errors import PadFileFault
from hardware.pad import Lamp, PadReply, PadSettings, load_pads
from hardware.press import Dialect, counter_code, crc8

EXAMPLES = Path(__file__).parents[2] / "docs" / "pads"


def _load(text: str, folder: Path) -> PadSettings:
    file = folder / "pads.yaml"
    file.write_text(text, "utf-8")
    return load_pads(file)


def _faults(text: str, folder: Path) -> tuple[str, ...]:
    with pytest.raises(PadFileFault) as fault:
        _load(text, folder)
    faults = fault.value.fields["faults"]
    assert isinstance(faults, tuple)
    return faults


def _example(name: str) -> Dialect:
    return load_pads(EXAMPLES / name).ports[0].dialect()


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_shipped_mapping_loads(file: Path) -> None:
    settings = load_pads(file)

    assert settings.ports
    assert all(port.url.startswith("/dev/") for port in settings.ports)


def test_four_mappings_are_shipped() -> None:
    names = {file.stem for file in EXAMPLES.glob("*.yaml")}

    assert names >= {"ant-1", "plain-lines", "single-bytes", "qsystem-ub485"}


def test_single_bytes_are_pressed_and_answered() -> None:
    pads = _example("single-bytes.yaml")

    (press,) = pads.hear(b"N", 0).presses

    assert (press.intents, press.counter) == (("call-next", "recall"), None)
    assert pads.reply(press, PadReply(True, number="B-014", lamp=Lamp.CALLED)) == b"\x06\x31"
    assert pads.reply(press, PadReply(False, "EMPTY")) == b"\x15"
    assert pads.hear(b"?", 1).presses == ()


def test_key_held_down_is_one_press() -> None:
    pads = _example("single-bytes.yaml")

    presses = [pads.hear(b"N", n * 0.1).presses for n in range(20)]
    later = pads.hear(b"N", 1.9 + 0.31).presses

    assert sum(map(len, presses)) == 1
    assert len(later) == 1


def test_bus_of_qsystem_pads_knows_its_counters() -> None:
    pads = _example("qsystem-ub485.yaml")

    heard = pads.hear(b"\xff\x01\x05\x31\x07\x01\x06\x34\x07\x01\x09\x31\x07", 0)

    assert [(each.counter, each.intents) for each in heard.presses] == [
        ("3", ("call-next", "recall")),
        ("4", ("missed", "finish")),
    ]
    assert pads.show("05", "called", "B-014") == b"\x01\x05\x36\x07"
    assert pads.addresses("4") == ("06",)


def test_text_frames_with_a_checksum(tmp_path: Path) -> None:
    settings = _load(
        """
ports:
  - url: loop://
    framing: line
    counter: Loket 12
    pads:
      - match: {text: '^\\$K,(?P<addr>\\d\\d),(?P<seq>\\d+),(?P<key>\\w+)$', crc: crc8}
        keys: {NEXT: next, GONE: no-show}
        feedback: {accepted: "ok {seq} ", display: "<{addr}:{number}:{waiting}>"}
""",
        tmp_path,
    )
    pads = settings.ports[0].dialect()

    assert pads.hear(b"$K,03,17,NEXT*00\n", 0).presses == ()
    (press,) = pads.hear(b"$K,03,17,NEXT*72\n", 0).presses
    assert (press.counter, press.intents) == ("12", ("call-next",))
    reply = PadReply(True, number="B-014", waiting=4)
    assert pads.reply(press, reply) == b"ok 17 <03:B-014:4>"


def test_number_goes_into_a_hex_template_as_characters(tmp_path: Path) -> None:
    settings = _load(
        """
ports: [{url: loop://, framing: {kind: delimited, start: "01", end: "07", length: 4}}]
pads:
  - match: {hex: '^01(?P<addr>..)(?P<key>..)07$'}
    keys: {"3A": start}
    counter_by: {addr: {0A: 3}}
    feedback: {display: "01{addr}20{number}07"}
""",
        tmp_path,
    )
    pads = settings.ports[0].dialect()

    (press,) = pads.hear(b"\x01\x0a\x3a\x07", 0).presses

    assert press.counter == "3"
    assert pads.show("0a", "idle", "B-7") == b"\x01\x0a\x20B-7\x07"


@pytest.mark.parametrize(
    ("text", "code"),
    [("loket-3", "3"), ("Loket 3", "3"), ("3", "3"), ("counter_A1", "A1"), ("loket", "loket")],
)
def test_counters_may_be_written_as_people_do(text: str, code: str) -> None:
    assert counter_code(text) == code


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: the file is empty"),
        ("ports: []", "line 1: ports: at least one is needed"),
        ("- 1", "line 1: file: needs name: value pairs"),
        ("ports: [{protocol: ant-1}]", "ports[0].url: is missing"),
        ("ports:\n  - {url: /x, protocol: ant-2}", "'ant-2' is none of: ant-1"),
        ("ports:\n  - {url: /x, protocol: ant-1, baud: fast}", "ports[0].baud: 'fast'"),
        ("ports:\n  - {url: /x, protocol: ant-1, parity: X}", "ports[0].parity: 'X' is none of"),
        ("ports:\n  - {url: /x, protocol: ant-1, strict: perhaps}", "neither true nor false"),
        ("ports:\n  - {url: /x, protocol: ant-1, colour: red}", "ports[0].colour: is unknown"),
        ("ports:\n  - {url: /x, protocol: ant-1, url: /y}", "ports[0].url: is there twice"),
        (
            "ports:\n  - {url: /x, protocol: ant-1,\n     keys: {KEY1: jump}}",
            "line 3: ports[0].keys.KEY1: 'jump' is no intent",
        ),
        ("ports:\n  - {url: /x, framing: line}", "no pads are described"),
        ("ports: [{url: /x, framing: morse}]", "'morse' is none of: line"),
        (
            "ports: [{url: /x, framing: {kind: delimited, start: zz, end: '07'}}]",
            "ports[0].framing.start: needs bytes in hex",
        ),
        (
            "ports: [{url: /x, framing: {kind: delimited, start: '0101', end: '07', length: 2}}]",
            "framing.length: is shorter",
        ),
        (
            "ports: [{name: a, url: /x, protocol: ant-1}, {name: a, url: /y, protocol: ant-1}]",
            "'a' is there twice",
        ),
        ("ports: [", "line 1: "),
    ],
)
def test_fault_is_named_with_its_place(text: str, fault: str, tmp_path: Path) -> None:
    assert any(fault in each for each in _faults(text, tmp_path)), _faults(text, tmp_path)


@pytest.mark.parametrize(
    ("pad", "fault"),
    [
        ("{keys: {a: start}}", "pads[0].match: is missing"),
        ("{match: {hex: '..'}, keys: {a: start}}", "needs a group (?P<key>"),
        ("{match: {hex: '(?P<key>'}, keys: {a: start}}", "is no pattern"),
        ("{match: {hex: '(?P<key>.)', text: x}, keys: {a: start}}", "either hex or text"),
        ("{match: {hex: '(?P<key>.)', crc: crc8}, keys: {a: start}}", "goes with text only"),
        ("{match: {hex: '(?P<key>.)'}, keys: {a: start}, port: z}", "no port has the name 'z'"),
        ("{match: {hex: '(?P<key>.)'}, keys: {a: start}, debounce_ms: -1}", "debounce_ms: '-1'"),
        ("{match: {hex: '(?P<key>.)'}, keys: {a: start}, feedback: {on: '01'}}", "on: is unknown"),
        ("{match: {hex: '(?P<key>.)'}, keys: {a: start}, feedback: {idle: '0'}}", "feedback.idle"),
        (
            "{match: {hex: '(?P<key>.)'}, keys: {a: start}, feedback: {idle: '{x}'}}",
            "unknown placeholder {x}",
        ),
    ],
)
def test_fault_of_a_pad_is_named_with_its_place(pad: str, fault: str, tmp_path: Path) -> None:
    faults = _faults(f"ports: [{{url: /x, framing: line}}]\npads:\n  - {pad}\n", tmp_path)

    assert any(each.startswith(("line 3: ", "line 1: ")) and fault in each for each in faults)


def test_all_faults_are_told_at_once_in_the_files_order(tmp_path: Path) -> None:
    faults = _faults(
        "ports:\n  - protocol: ant-1\n    baud: x\n  - url: /y\n    protocol: z\n", tmp_path
    )

    assert [each.split(":")[0] for each in faults] == ["line 2", "line 3", "line 5"]


def test_file_that_is_not_there_is_a_known_error(tmp_path: Path) -> None:
    with pytest.raises(PadFileFault) as fault:
        load_pads(tmp_path / "none.yaml")

    assert str(tmp_path) in str(fault.value.fields["file"])


def test_a_port_of_which_nothing_else_is_said_speaks_ant1_and_plain_words(tmp_path: Path) -> None:
    file = tmp_path / "pads.yaml"
    file.write_text("ports:\n  - url: /dev/x\n")

    port = load_pads(file).ports[0]

    heard = port.dialect().hear(b"NEXT\n$K,03,17,START*" + _crc(b"K,03,17,START") + b"\n", 0.0)
    assert [press.intents for press in heard.presses] == [("call-next",), ("start",)]


def test_a_pad_without_keys_understands_the_standard_words(tmp_path: Path) -> None:
    file = tmp_path / "pads.yaml"
    file.write_text(
        "ports: [{url: /dev/x}]\n"
        "pads:\n  - match: {text: '^\\$K,(?P<addr>\\d\\d),\\d+,(?P<key>\\w+)$', crc: crc8}\n"
    )

    heard = (
        load_pads(file)
        .ports[0]
        .dialect()
        .hear(b"$K,03,17,NOSHOW*" + _crc(b"K,03,17,NOSHOW") + b"\n", 0.0)
    )

    assert [(press.addr, press.intents) for press in heard.presses] == [("03", ("missed",))]


def _crc(body: bytes) -> bytes:
    return f"{crc8(body):02X}".encode()
