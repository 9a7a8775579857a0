"""A pad port at a bench: the port under test, and the pad's end of its line."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hardware.pad import PadPort, PadPress, PadReply, PadState, PortSettings, load_pads
from hardware.simulators.pad import PadLine

LIMIT_S = 10.0


@dataclass
class PadBench:
    """What the port told us, and its line; ``answer`` is given to every press, if set."""

    line: PadLine
    presses: list[PadPress] = field(default_factory=list)
    states: list[PadState] = field(default_factory=list)
    answer: PadReply | None = None
    port: PadPort | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)

    def on_press(self, press: PadPress) -> None:
        """Keep a press and answer it."""
        with self.changed:
            self.presses.append(press)
            self.changed.notify_all()
        if self.answer is not None and self.port is not None:
            self.port.reply(press, self.answer)

    def on_state(self, state: PadState) -> None:
        """Keep a state."""
        with self.changed:
            self.states.append(state)
            self.changed.notify_all()

    def wait_for_presses(self, count: int) -> list[PadPress]:
        """Return the presses as soon as there are so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.presses) >= count, LIMIT_S)
            return list(self.presses)

    def wait_for_states(self, count: int) -> list[PadState]:
        """Return the states as soon as there are so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.states) >= count, LIMIT_S)
            return list(self.states)

    def read_until(self, end: bytes) -> bytes:
        """Return what the pad hears until it ends so."""
        heard = b""
        deadline = time.monotonic() + LIMIT_S
        while end not in heard:
            assert time.monotonic() < deadline, f"{end!r} didn't come, only {heard!r}"
            heard += self.line.read(0.1)
        return heard


def settings(text: str, folder: Path, url: Path) -> PortSettings:
    """Return the first port of a mapping file in which URL stands for the line."""
    file = folder / "pads.yaml"
    file.write_text(text.replace("URL", str(url)), "utf-8")
    return load_pads(file).ports[0]


@contextmanager
def pad_bench(text: str, folder: Path) -> Iterator[PadBench]:
    """Run a port of a mapping file on a pseudo-terminal behind a link that stays."""
    bench = PadBench(PadLine(folder / "pad-line"))
    bench.port = PadPort(
        settings(text, folder, bench.line.path),
        bench.on_press,
        bench.on_state,
        retry_s=(0.05, 0.2),
    )
    bench.port.start()
    try:
        bench.wait_for_states(1)
        yield bench
    finally:
        assert bench.port.stop(LIMIT_S)
        bench.line.unplug()
