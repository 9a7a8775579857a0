"""Status bytes: every scene of the makers' tables, one-bit clones, and bytes that aren't one."""

from __future__ import annotations

import pytest

from hardware.paper_status import (
    Kind,
    PrinterState,
    Status,
    kind_of,
    state_of,
    state_of_queued,
)
from hardware.simulators.printer import SCENES


@pytest.mark.parametrize(
    ("scene", "state"),
    [
        ("ready", PrinterState.READY),
        ("paper_low", PrinterState.PAPER_LOW),
        ("clone_paper_low", PrinterState.PAPER_LOW),
        ("paper_out", PrinterState.PAPER_OUT),
        ("clone_paper_out", PrinterState.PAPER_OUT),
        ("cover_open", PrinterState.COVER_OPEN),
        ("cutter_error", PrinterState.CUTTER_ERROR),
        ("overheated", PrinterState.OVERHEATED),
        ("offline", PrinterState.OFFLINE),
    ],
)
def test_scene_is_named(scene: str, state: PrinterState) -> None:
    assert state_of(Status(*SCENES[scene])) is state


@pytest.mark.parametrize("byte", [0x16, 0x1A])
def test_either_bit_of_the_near_end_pair_is_low_paper(byte: int) -> None:
    assert state_of(Status(0x12, 0x12, None, byte)) is PrinterState.PAPER_LOW


@pytest.mark.parametrize("byte", [0x32, 0x52, 0x72, 0x7E])
def test_either_bit_of_the_end_pair_is_no_paper(byte: int) -> None:
    assert state_of(Status(0x12, 0x12, None, byte)) is PrinterState.PAPER_OUT


def test_drawer_pin_is_no_trouble() -> None:
    assert state_of(Status(0x16, 0x12, None, 0x12)) is PrinterState.READY


def test_no_answer_is_mute_and_only_odd_bytes_are_unknown() -> None:
    assert state_of(Status()) is PrinterState.MUTE
    assert state_of(Status(odd=3)) is PrinterState.UNKNOWN


@pytest.mark.parametrize(
    ("byte", "kind"),
    [
        (0x12, Kind.REAL_TIME),
        (0x7E, Kind.REAL_TIME),
        (0x14, Kind.AUTOMATIC),
        (0x00, Kind.QUEUED),
        (0x0F, Kind.QUEUED),
        (0x11, Kind.FLOW),
        (0x13, Kind.FLOW),
        (0xFF, Kind.NOISE),
        (0x92, Kind.NOISE),
    ],
)
def test_kinds_are_told_by_their_fixed_bits(byte: int, kind: Kind) -> None:
    assert kind_of(byte) is kind


def test_queued_answer_tells_the_paper() -> None:
    assert state_of_queued(0x00) is PrinterState.READY
    assert state_of_queued(0x03) is PrinterState.PAPER_LOW
    assert state_of_queued(0x0C) is PrinterState.PAPER_OUT
