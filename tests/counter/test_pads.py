"""A call pad on a pseudo-terminal drives a real desk, and is told what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from counter.pads import Pads, PadsState
from hardware.pad import load_pads
from hardware.simulators.pad import PadLine, SimulatedPad
from tests.counter.conftest import Console, StartConsole
from tests.support.expected_logs import LogRecorder
from tests.support.hall import TestHall

KK = "DUKCAPIL.KK"
PORTS = """
ports:
  - name: bus
    url: URL
    protocol: ant-1
    counter_by: {{addr: {{"03": "{counter}"}}}}
    keys: {{NEXT: call-next|recall, START: start, NOSHOW: missed|finish}}
"""


class PadDesk:
    """A console, its pads, and the pad's firmware at the other end."""

    def __init__(self, console: Console, folder: Path, qtbot: QtBot, counter: str) -> None:
        self.console = console
        self.qtbot = qtbot
        self.line = PadLine(folder / "pad-line")
        self.states: list[PadsState] = []
        file = folder / "pads.yaml"
        text = PORTS.format(counter=counter).replace("URL", str(self.line.path))
        file.write_text(text, "utf-8")
        self.pads = Pads(load_pads(file).ports, console.presenter)
        self.pads.stated.connect(self.states.append)
        self.pads.stated.connect(console.window.show_pads)
        self.pads.start()
        qtbot.waitUntil(lambda: bool(self.states))
        self.pad = SimulatedPad(self.line.write, self.line.read, "03").start()
        self._seq = 0

    def stop(self) -> None:
        """End pad and port."""
        self.pad.stop()
        self.pads.stop()
        self.line.unplug()

    def press(self, key: str) -> tuple[str, ...]:
        """Press a key, let the desk work, and return the answer."""
        before = len(self.pad.answers)
        self._seq += 1
        # The firmware's own press waits for the answer; here the window must go on meanwhile.
        from hardware.ant1 import frame

        self.line.write(frame("K", "03", str(self._seq), key))
        self.qtbot.waitUntil(lambda: len(self.pad.answers) > before)
        return self.pad.answers[-1]

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until the pad shows something."""
        self.qtbot.waitUntil(condition)


StartPad = Callable[..., PadDesk]


@pytest.fixture
def start_pad(start: StartConsole, tmp_path: Path, qtbot: QtBot) -> Iterator[StartPad]:
    """Start a console with a pad for counter 3."""
    made: list[PadDesk] = []

    def begin(*, counter: str = "3", is_signed_in: bool = True) -> PadDesk:
        desk = PadDesk(start(is_signed_in=is_signed_in), tmp_path, qtbot, counter)
        made.append(desk)
        return desk

    yield begin

    for desk in made:
        desk.stop()


def test_a_press_calls_and_the_pad_shows_the_number(
    start_pad: StartPad, hall: TestHall, qtbot: QtBot
) -> None:
    desk = start_pad()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(desk.console.view.waiting) == 1)

    answer = desk.press("NEXT")

    assert answer[0] == "A"
    assert desk.console.number == "B-001"
    desk.wait_for(lambda: desk.pad.display == "B001" or desk.pad.display == "B-001")
    desk.wait_for(lambda: desk.pad.lamp.startswith("BLINK"))


def test_one_key_calls_then_recalls(start_pad: StartPad, hall: TestHall, qtbot: QtBot) -> None:
    desk = start_pad()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(desk.console.view.waiting) == 1)
    desk.press("NEXT")
    qtbot.wait(900)  # the port takes a second press within 0.8 s for the same wish

    answer = desk.press("NEXT")

    assert answer[0] == "A"
    present = hall.desk("3").present
    assert present
    assert (present.number, present.calls) == ("B-001", 2)


def test_nobody_waiting_is_answered_empty(start_pad: StartPad) -> None:
    desk = start_pad()

    assert desk.press("NEXT")[0::3] == ("N", "EMPTY")


def test_a_key_that_is_not_legal_now_is_answered_busy(start_pad: StartPad) -> None:
    desk = start_pad()

    assert desk.press("START")[0::3] == ("N", "BUSY")


def test_another_counters_pad_does_not_act_here(
    start_pad: StartPad, hall: TestHall, qtbot: QtBot
) -> None:
    desk = start_pad(counter="4")
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(desk.console.view.waiting) == 1)

    assert desk.press("NEXT")[0::3] == ("N", "OFFLINE")

    assert hall.desk("3").present is None


def test_without_an_officer_a_pad_is_offline(start_pad: StartPad, hall: TestHall) -> None:
    desk = start_pad(is_signed_in=False)
    hall.issue(KK)

    assert desk.press("NEXT")[0::3] == ("N", "OFFLINE")


def test_the_lamp_follows_the_mouse_too(start_pad: StartPad, hall: TestHall, qtbot: QtBot) -> None:
    desk = start_pad()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(desk.console.view.waiting) == 1)

    desk.console.press("Panggil Berikutnya")
    desk.wait_for(lambda: desk.pad.lamp.startswith("BLINK"))
    desk.console.press("Mulai Layani")
    desk.wait_for(lambda: desk.pad.lamp == "ON")
    desk.console.press("Selesai")

    desk.wait_for(lambda: desk.pad.lamp == "OFF")


def test_unplugged_and_plugged_in_again_it_works_again(
    start_pad: StartPad, hall: TestHall, qtbot: QtBot, expected_logs: LogRecorder
) -> None:
    desk = start_pad()
    desk.pad.stop()
    desk.line.unplug()
    qtbot.waitUntil(lambda: desk.states[-1].is_connected is False)
    assert desk.console.window.desk
    assert desk.console.window.desk._pad.text() == "Tombol panggil terlepas"

    desk.line.plug_in()
    qtbot.waitUntil(lambda: desk.states[-1].is_connected is True, timeout=10_000)
    desk.pad = SimulatedPad(desk.line.write, desk.line.read, "03").start()
    hall.issue(KK)
    qtbot.waitUntil(lambda: len(desk.console.view.waiting) == 1)

    assert desk.press("NEXT")[0] == "A"
    assert desk.console.number == "B-001"
    assert "away" in expected_logs.text
