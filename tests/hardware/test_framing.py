"""Framings: split frames, noise, and anything at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.framing import DelimitedFraming, Framing, LineFraming, SingleByteFraming


def _ub485() -> Framing:
    return DelimitedFraming(b"\x01", b"\x07", 4)


def _radio() -> Framing:
    return DelimitedFraming(b"\xfd", b"\xdf")


CASES: dict[str, tuple[Callable[[], Framing], bytes, bytes]] = {
    # framing, a good frame as sent, what ends noise before it
    "line": (LineFraming, b"$K,03,17,NEXT*72\n", b"\n"),
    "fixed length": (_ub485, b"\x01\x05\x31\x07", b""),
    "delimited": (_radio, b"\xfd\x12\x34\x56\x08\xdf", b"\xdf"),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_frame_that_comes_byte_by_byte_is_one_frame(case: str) -> None:
    make, frame, _ = CASES[case]
    framing = make()

    frames = [each for byte in frame for each in framing.feed(bytes([byte]))]

    assert frames == [frame.rstrip(b"\n")]


@pytest.mark.parametrize("case", sorted(CASES))
def test_several_frames_in_one_read_are_all_found(case: str) -> None:
    make, frame, _ = CASES[case]

    assert make().feed(frame * 3) == [frame.rstrip(b"\n")] * 3


def test_fixed_length_frame_may_hold_its_own_delimiters() -> None:
    assert _ub485().feed(b"\x01\x01\x07\x07") == [b"\x01\x01\x07\x07"]


def test_start_that_leads_nowhere_costs_no_good_frame() -> None:
    assert _ub485().feed(b"\x01\x55\x01\x05\x31\x07") == [b"\x01\x05\x31\x07"]
    assert _ub485().feed(b"\x01\xff\xff\xff\x01\x05\x31\x07") == [b"\x01\x05\x31\x07"]


def test_line_that_never_ends_is_dropped_and_the_next_one_heard() -> None:
    framing = LineFraming(limit=16)

    assert framing.feed(b"x" * 10_000) == []
    assert framing.feed(b"tail\nNEXT\r\n") == [b"NEXT"]


def test_single_bytes_are_frames() -> None:
    assert SingleByteFraming().feed(b"NS") == [b"N", b"S"]


def test_reset_drops_half_a_frame() -> None:
    for make, frame, _ in CASES.values():
        framing = make()
        framing.feed(frame[:2])

        framing.reset()

        assert framing.feed(frame) == [frame.rstrip(b"\n")]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=20), st.sampled_from(sorted(CASES)))
def test_after_any_noise_the_next_good_frame_is_understood(noise: list[bytes], case: str) -> None:
    make, frame, end = CASES[case]
    framing = make()
    for part in noise:
        framing.feed(part)

    # Noise may have begun a frame; a second good one is always seen.
    found = framing.feed(end + frame * 3)

    assert frame.rstrip(b"\n") in found
