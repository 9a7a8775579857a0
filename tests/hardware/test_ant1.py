"""ANT-1: what counts as a press, what is answered, what is noise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.ant1 import Ant1, AntSettings, frame
from hardware.press import Lamp, PadPress, PadReply, crc8


def _pads(**changes: object) -> Ant1:
    return Ant1(AntSettings("desk", **changes))  # type: ignore[arg-type]


def _presses(pads: Ant1, data: bytes, now: float = 0.0) -> list[tuple[str, ...]]:
    return [press.intents for press in pads.hear(data, now).presses]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (("K", "03", "17", "NEXT"), b"$K,03,17,NEXT*72\r\n"),
        (("A", "03", "17"), b"$A,03,17*5F\r\n"),
        (("L", "03", "G", "BLINK2"), b"$L,03,G,BLINK2*01\r\n"),
        (("D", "03", "A001"), b"$D,03,A001*1F\r\n"),
    ],
)
def test_frames_are_the_protocols_own_examples(fields: tuple[str, ...], expected: bytes) -> None:
    assert frame(*fields) == expected


def test_checksum_of_the_usual_check_string() -> None:
    assert crc8(b"123456789") == 0xF4


@pytest.mark.parametrize(
    ("key", "intent"),
    [
        ("NEXT", "call-next"),
        ("RECALL", "recall"),
        ("NOSHOW", "missed"),
        ("FINISH", "finish"),
        ("START", "start"),
        ("HOLD", "hold"),
        ("TRANSFER", "transfer"),
    ],
)
def test_keys_are_intents(key: str, intent: str) -> None:
    (press,) = _pads().hear(frame("K", "03", "1", key), 0).presses

    assert press == PadPress(None, (intent,), "desk", "03", "1")


@pytest.mark.parametrize(
    "data",
    [
        b"$K,03,17,NEXT\n",
        b"$K,03,17,NEXT*73\n",
        b"NEXT\n",
        b"$K,03,NEXT*00\n",
        b"K,03,17,NEXT*72\n",
        b"\xff\xfe\x00\n\n\r\n",
        frame("A", "03", "17"),
        frame("K", "03", "x", "NEXT"),
        frame("K", "03"),
        frame("K"),
    ],
)
def test_strict_pads_take_nothing_else_for_a_press(data: bytes) -> None:
    heard = _pads().hear(data, 0)

    assert heard.presses == ()
    assert heard.answers == ()


@pytest.mark.parametrize(
    "data", [b"NEXT\n", b" next \r\n", b"$K,03,17,NEXT\n", b"$K,03,17,NEXT*72\n"]
)
def test_plain_pads_need_no_checksum(data: bytes) -> None:
    assert _presses(_pads(is_strict=False), data) == [("call-next",)]


@pytest.mark.parametrize("data", [b"$K,03,17,NEXT*73\n", b"NEXTT\n", b"xNEXT\n", b"\n"])
def test_plain_pads_still_refuse_a_wrong_checksum_and_noise(data: bytes) -> None:
    assert _presses(_pads(is_strict=False), data) == []


def test_noise_in_front_of_a_frame_costs_nothing() -> None:
    assert _presses(_pads(), b"\xff\x00$K,9" + frame("K", "03", "17", "NEXT")) == [("call-next",)]


def test_repeat_is_answered_alike_and_acted_on_once() -> None:
    pads = _pads()
    (press,) = pads.hear(frame("K", "03", "17", "NEXT"), 0).presses

    before_answer = pads.hear(frame("K", "03", "17", "NEXT"), 0.3)
    answer = pads.reply(press, PadReply(True, number="B-014", lamp=Lamp.CALLED))
    after_answer = pads.hear(frame("K", "03", "17", "NEXT"), 0.6)

    assert (before_answer.presses, before_answer.answers) == ((), ())
    assert answer == (
        frame("A", "03", "17") + frame("L", "03", "G", "BLINK2") + frame("D", "03", "B-014")
    )
    assert (after_answer.presses, after_answer.answers) == ((), (frame("A", "03", "17"),))


def test_refusal_names_its_reason_and_is_repeated_too() -> None:
    pads = _pads()
    (press,) = pads.hear(frame("K", "03", "17", "NEXT"), 0).presses

    answer = pads.reply(press, PadReply(False, "EMPTY"))

    assert answer == frame("N", "03", "17", "EMPTY")
    assert pads.hear(frame("K", "03", "17", "NEXT"), 0.3).answers == (answer,)


def test_same_number_counts_again_after_a_hello_and_after_some_seconds() -> None:
    pads = _pads()
    again = frame("K", "03", "17", "NEXT")

    assert len(_presses(pads, again, 0)) == 1
    assert len(_presses(pads, again, 1)) == 0
    assert len(_presses(pads, frame("H", "03", "box", "1") + again, 2)) == 1
    assert len(_presses(pads, again, 10)) == 1


def test_two_pads_with_the_same_number_are_two_presses() -> None:
    pads = _pads()

    heard = pads.hear(frame("K", "03", "1", "NEXT") + frame("K", "04", "1", "NEXT"), 0)

    assert [press.addr for press in heard.presses] == ["03", "04"]


def test_addresses_name_counters_and_a_stranger_is_refused() -> None:
    pads = _pads(counters={"03": "7"})

    heard = pads.hear(frame("K", "03", "1", "NEXT") + frame("K", "09", "1", "NEXT"), 0)

    assert [press.counter for press in heard.presses] == ["7"]
    assert heard.answers == (frame("N", "09", "1", "OFFLINE"),)
    assert pads.addresses("7") == ("03",)


def test_own_keys_and_long_presses() -> None:
    pads = _pads(keys={"KEY1": ("call-next", "recall"), "KEY1,L": ("missed",)})

    short = _presses(pads, frame("K", "03", "1", "KEY1"))
    long = _presses(pads, frame("K", "03", "2", "KEY1", "L"))
    unknown = pads.hear(frame("K", "03", "3", "KEY9"), 0)

    assert short == [("call-next", "recall")]
    assert long == [("missed",)]
    assert unknown.presses == ()
    assert unknown.answers == (frame("N", "03", "3", "OFFLINE"),)


def test_pad_with_a_heartbeat_is_missed_when_silent_and_welcomed_back() -> None:
    pads = _pads()
    pads.hear(frame("P", "03"), 0)
    pads.hear(frame("K", "04", "1", "NEXT"), 0)  # has no heartbeat, so is never missed

    assert pads.hear(b"", 14).changes == ()
    assert pads.hear(b"", 16).changes == (("03", False),)
    assert pads.hear(b"", 17).changes == ()
    assert pads.hear(frame("P", "03"), 18).changes == (("03", True),)


def test_display_text_can_break_no_frame() -> None:
    shown = _pads().show("03", "idle", "B*1$,\n" + "9" * 90)

    assert all(len(line) <= 64 for line in shown.splitlines())
    assert shown.splitlines()[1].startswith(b"$D,03,B1999")


@settings(deadline=None)
@given(st.lists(st.binary(max_size=120), max_size=20), st.booleans())
def test_any_noise_is_survived_and_the_next_good_frame_heard(
    noise: list[bytes], is_strict: bool
) -> None:
    pads = _pads(is_strict=is_strict)
    for now, part in enumerate(noise):
        pads.hear(part, now)

    assert ("call-next",) in _presses(pads, b"\n" + frame("K", "zz", "1", "NEXT"), 1000)
