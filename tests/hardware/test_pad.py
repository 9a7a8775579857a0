"""A pad port on a pseudo-terminal: presses, answers, lamps, and the plug pulled out."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from hardware.ant1 import frame
from hardware.pad import Lamp, PadPort, PadPress, PadReply, PadState
from hardware.simulators.pad import PadLine, SimulatedPad
from tests.support.expected_logs import LogRecorder
from tests.support.pads import LIMIT_S, pad_bench, settings

ANT1 = "ports: [{name: desk, url: URL, baud: 115200, protocol: ant-1}]"
PLAIN = "ports: [{name: desk, url: URL, protocol: ant-1, strict: false, counter: loket-3}]"
BYTES = """
ports: [{name: box, url: URL, framing: single-byte}]
pads:
  - match: {hex: '^(?P<key>..)$'}
    keys: {"4e": call-next, "53": start, "46": finish}
    feedback: {accepted: "06", refused: "15", called: "31", idle: "30", serving: "32"}
"""
CALLED = PadReply(True, number="B-014", lamp=Lamp.CALLED, waiting=3)


def test_press_is_told_and_lamp_and_display_follow(tmp_path: Path) -> None:
    with pad_bench(ANT1, tmp_path) as bench:
        bench.answer = CALLED
        pad = SimulatedPad(bench.line.write, bench.line.read).start()

        answer = pad.press("NEXT")

        assert answer == ("A", "03", "1")
        assert pad.wait_for(lambda: (pad.lamp, pad.display) == ("BLINK2", "B-014"))
        assert bench.presses == [PadPress(None, ("call-next",), "desk", "03", "1")]
        pad.stop()


def test_frames_split_and_wrapped_in_noise_are_understood(tmp_path: Path) -> None:
    with pad_bench(ANT1, tmp_path) as bench:
        press = frame("K", "03", "1", "START")

        for part in (b"\x00\xff\xfe$K,0", b"garbage\n", press[:5], press[5:9], press[9:], b"\xff"):
            bench.line.write(part)

        assert [each.intents for each in bench.wait_for_presses(1)] == [("start",)]


def test_plain_word_counts_for_the_files_counter(tmp_path: Path) -> None:
    with pad_bench(PLAIN, tmp_path) as bench:
        bench.answer = CALLED

        bench.line.write(b"NEXT\n")

        (press,) = bench.wait_for_presses(1)
        assert (press.counter, press.intents) == ("3", ("call-next",))
        bench.read_until(frame("D", "00", "B-014"))


def test_single_bytes_are_answered_with_the_files_frames(tmp_path: Path) -> None:
    with pad_bench(BYTES, tmp_path) as bench:
        bench.answer = CALLED

        bench.line.write(b"N")

        assert bench.read_until(b"\x31") == b"\x06\x31"
        assert bench.port is not None
        bench.port.show(None, Lamp.SERVING, "B-014")
        assert bench.read_until(b"\x32") == b"\x32"


def test_second_press_within_the_lockout_is_refused_and_a_later_one_counts(tmp_path: Path) -> None:
    now = [100.0]
    line = PadLine(tmp_path / "line")
    presses: list[PadPress] = []
    arrived = threading.Semaphore(0)

    def on_press(press: PadPress) -> None:
        presses.append(press)
        arrived.release()

    port = PadPort(
        settings(BYTES, tmp_path, line.path), on_press, lambda _: arrived.release(),
        clock=lambda: now[0],
    )  # fmt: skip
    port.start()
    assert arrived.acquire(timeout=LIMIT_S)

    line.write(b"N")
    assert arrived.acquire(timeout=LIMIT_S)
    now[0] += 0.79
    line.write(b"N")
    refused = b""
    while not refused:
        refused = line.read(LIMIT_S)
    line.write(b"S")  # another wish isn't locked out
    assert arrived.acquire(timeout=LIMIT_S)
    now[0] += 0.02
    line.write(b"N")
    assert arrived.acquire(timeout=LIMIT_S)

    assert refused == b"\x15"
    assert [each.intents[0] for each in presses] == ["call-next", "start", "call-next"]
    assert port.stop(LIMIT_S)
    line.unplug()


def test_unplugged_pad_works_again_when_plugged_in_elsewhere(
    tmp_path: Path, expected_logs: LogRecorder
) -> None:
    with pad_bench(ANT1, tmp_path) as bench:
        bench.line.write(frame("K", "03", "1", "NEXT"))
        bench.wait_for_presses(1)
        first_node = bench.line.path.readlink()

        bench.line.unplug()
        bench.wait_for_states(2)
        filler = PadLine()  # takes the old node, so that the pad comes back under another
        bench.line.plug_in()
        states = bench.wait_for_states(3)
        bench.line.write(frame("K", "03", "1", "START"))

        assert len(bench.wait_for_presses(2)) == 2
        assert [state.is_connected for state in states] == [True, False, True]
        assert bench.line.path.readlink() != first_node
        filler.unplug()
    assert len(expected_logs.records) == 1


def test_pad_that_comes_back_shows_what_it_showed(
    tmp_path: Path, expected_logs: LogRecorder
) -> None:
    with pad_bench(ANT1, tmp_path) as bench:
        assert bench.port is not None
        bench.port.show("03", Lamp.SERVING, "B-014")
        bench.read_until(frame("D", "03", "B-014"))

        bench.line.unplug()
        bench.wait_for_states(2)
        bench.line.plug_in()

        bench.read_until(frame("L", "03", "G", "ON") + frame("D", "03", "B-014"))
    assert "are away" in expected_logs.text


def test_pad_that_starts_late_is_shown_the_counters_state(tmp_path: Path) -> None:
    with pad_bench(ANT1, tmp_path) as bench:
        assert bench.port is not None
        bench.port.show(None, Lamp.CALLED, "B-014")

        pad = SimulatedPad(bench.line.write, bench.line.read, addr="07").start()

        assert pad.wait_for(lambda: (pad.lamp, pad.display) == ("BLINK2", "B-014"))
        assert bench.port.addresses() == ("07",)
        pad.stop()


def test_port_that_never_appears_is_waited_for_and_said_once(
    tmp_path: Path, expected_logs: LogRecorder
) -> None:
    states: list[PadState] = []
    tried = threading.Semaphore(0)

    def on_state(state: PadState) -> None:
        states.append(state)
        tried.release()

    port = PadPort(
        settings(ANT1, tmp_path, tmp_path / "absent"), lambda _: None, on_state,
        retry_s=(0.01, 0.02),
    )  # fmt: skip
    port.start()
    assert tried.acquire(timeout=LIMIT_S)
    assert not tried.acquire(timeout=0.3)

    assert port.stop(LIMIT_S)
    assert [(state.is_connected, state.pad) for state in states] == [(False, "desk")]
    assert len(expected_logs.records) == 1


def test_two_presses_at_once_on_one_bus_are_both_told(tmp_path: Path) -> None:
    with pad_bench(ANT1, tmp_path) as bench:
        bench.line.write(frame("K", "03", "1", "NEXT") + frame("K", "04", "1", "NEXT"))

        assert [press.addr for press in bench.wait_for_presses(2)] == ["03", "04"]


def test_fault_in_a_callback_leaves_the_pad_working(
    tmp_path: Path, expected_logs: LogRecorder
) -> None:
    line = PadLine(tmp_path / "line")
    heard = threading.Semaphore(0)
    opened = threading.Event()

    def on_press(_: PadPress) -> None:
        heard.release()
        raise RuntimeError("a window's fault")

    port = PadPort(settings(ANT1, tmp_path, line.path), on_press, lambda _: opened.set())
    port.start()
    assert opened.wait(LIMIT_S)
    line.write(frame("K", "03", "1", "START"))
    assert heard.acquire(timeout=LIMIT_S)
    line.write(frame("K", "03", "2", "RECALL"))

    assert heard.acquire(timeout=LIMIT_S)
    assert port.stop(LIMIT_S)
    line.unplug()
    assert "callback failed" in expected_logs.text


@pytest.mark.parametrize("url", ["loop://", "socket://127.0.0.1:9"])
def test_any_pyserial_url_may_be_a_port_and_stops_in_time(
    url: str, tmp_path: Path, expected_logs: LogRecorder
) -> None:
    told = threading.Event()
    port = PadPort(
        settings(ANT1.replace("URL", url), tmp_path, Path()), lambda _: None, lambda _: told.set()
    )
    port.start()

    assert told.wait(LIMIT_S)
    assert port.stop(LIMIT_S)
    assert bool(expected_logs.records) is url.startswith("socket")
