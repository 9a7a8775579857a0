"""A hall for trying out: a fresh store, three windows, a simulated pad, visitors arriving."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import assets
from cli.installing import DEMO_PIN
from db import calls, desks, halls, tickets
from db.calls import CalledTurn
from db.catalogue import load_catalogue
from db.catalogue_file import read_catalogue
from db.errors import StoreProblem
from db.install import install, installed
from db.journal import Kind
from db.store import Store, Tx, new_request, open_store
from hardware.simulators.pad import PadLine, SimulatedPad
from rules.errors import HallError
from rules.turn import TurnStatus
from station.texts import Texts

ACTOR = "demo:visitors"
DESK = "3"
"""The counter whose console the demo shows; its officer is played by whoever watches."""

_END_S = 5.0
# How many visitors an agency draws, beside one for each of the others.
_CROWDS = {"DUKCAPIL": 5, "IMIGRASI": 9, "SAMSAT": 11, "BPJSKES": 7, "POLRI": 6, "BPN": 4}
OTHER_DESKS = ("1", "2", "5", "9", "11", "13", "17", "20")
"""The counters at which simulated officers work."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a window stands: its size and its corner, in pixels."""

    width: int
    height: int
    x: int
    y: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}+{self.x}+{self.y}"


ON_A_DESK = {
    "anjungan-kiosk": Place(520, 924, 10, 40),
    "anjungan-display": Place(860, 484, 545, 40),
    "anjungan-counter": Place(900, 600, 545, 560),
}


class DemoHall:
    """Everything of a demo hall; use it in a ``with`` block, whose end ends what was started.

    Args:
        folder: An empty folder for the store, the papers, the logs and the pictures.
        database: Another place for the store: an empty database's URL.
    """

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self.folder = folder
        self.database = database or f"sqlite:///{folder / 'hall.db'}"
        self.papers = folder / "papers"
        self.store: Store
        self.pad: SimulatedPad
        self._windows: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()
        self._visitors: threading.Thread | None = None
        # Alike on every run, so that pictures can be compared.
        self._chance = random.Random(20261123)  # noqa: S311 - visitors, no secrets

    def __enter__(self) -> Self:
        install(self.database)
        fresh = installed(self.database, "")
        catalogue = read_catalogue(assets.sample_catalogue())
        load_catalogue(fresh, catalogue, actor=ACTOR, always_open=True)
        fresh.close()
        self.store = open_store(self.database)
        self.store.run(self._add_officers)
        self.papers.mkdir()
        (self.folder / "settings.toml").write_text("# The demo takes its settings from outside.\n")
        line = PadLine(self.folder / "pad")
        self.pad = SimulatedPad(line.write, line.read, addr="03").start()
        (self.folder / "pads.yaml").write_text(
            "# The demo's call pad: ANT-1 on a simulated serial port.\n"
            f'ports:\n  - {{name: meja-{DESK}, url: "{line.path}", protocol: ant-1}}\n'
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        if self._visitors is not None:
            self._visitors.join(_END_S)
        self.close_windows()
        self.pad.stop()
        self.store.close()

    def close_windows(self) -> None:
        """End the applications that were started, and wait until they have ended."""
        for window in self._windows.values():
            window.terminate()
        for window in self._windows.values():
            try:
                window.wait(_END_S)
            except subprocess.TimeoutExpired:
                window.kill()
                window.wait()
        self._windows.clear()

    def open_windows(self, places: Mapping[str, Place], environment: Mapping[str, str]) -> None:
        """Start the three applications, each a process of its own."""
        for name, place in places.items():
            program = Path(sys.executable).with_name(name)
            with self.log(name).open("wb") as log:
                self._windows[name] = subprocess.Popen(  # noqa: S603 - our own programs
                    [str(program), "--windowed", str(place)],
                    env={**environment, **self._settings()},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )

    def processes(self) -> dict[str, int]:
        """Return the process id of each application that was started."""
        return {name: window.pid for name, window in self._windows.items()}

    def log(self, name: str) -> Path:
        """Return where an application's standard output and error go."""
        return self.folder / f"{name}.log"

    def ended(self) -> tuple[str, ...]:
        """Return the applications that have ended, by themselves or because they were closed."""
        return tuple(name for name, window in self._windows.items() if window.poll() is not None)

    def show(self, texts: Texts) -> None:
        """Show the hall on this screen until a window is closed or the demo interrupted."""
        self.fill(12)
        self.open_windows(ON_A_DESK, os.environ)
        self._visitors = threading.Thread(target=self._go_on, name="demo-visitors", daemon=True)
        self._visitors.start()
        lines = [
            texts.t("Kiosk, hall display and counter {counter} are open.", counter=DESK),
            texts.t(
                "At the counter sign in as petugas{counter}, PIN {pin}, counter {counter}.",
                counter=DESK,
                pin=DEMO_PIN,
            ),
            texts.t("Each printed ticket appears as a picture in {folder}.", folder=self.papers),
            texts.t("Close a window or press Ctrl+C to end."),
        ]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        try:
            while not self.ended():
                time.sleep(0.3)
        except KeyboardInterrupt:
            return

    def fill(self, count: int) -> None:
        """Let visitors have come, and other officers be at work, before anybody looks."""
        self.arrive(count)
        for desk in OTHER_DESKS:
            officer = f"petugas{desk}"
            self.store.run(
                partial(desks.open_session, request=new_request(), officer=officer, counter=desk)
            )
            self._work(desk)

    def arrive(self, count: int) -> None:
        """Let visitors take numbers, more of them for the agencies that draw crowds."""
        agencies = self._agencies()
        weights = [_CROWDS.get(agency.code, 1) for agency in agencies]
        for agency in self._chance.choices(agencies, weights, k=count):
            self._visit(self._chance.choice(agency.services).code)

    def _agencies(self) -> tuple[halls.AgencyView, ...]:
        with self.store.read() as view:
            return halls.hall(view).agencies

    def _settings(self) -> dict[str, str]:
        return {
            "ANJUNGAN_CONFIG": str(self.folder / "settings.toml"),
            "ANJUNGAN_DATABASE": self.database,
            "ANJUNGAN_PRINTER": f"paper://{self.papers}",
            "ANJUNGAN_PADS": str(self.folder / "pads.yaml"),
            "ANJUNGAN_STATION": "demo",
            "ANJUNGAN_COUNTER": DESK,
            "ANJUNGAN_LOG_FOLDER": str(self.folder / "logs"),
        }

    def _add_officers(self, tx: Tx) -> None:
        if tx.open(new_request(), ACTOR, Kind.DEMO_PREPARED) is not None:
            return
        pin_hash = desks.hash_pin(DEMO_PIN)
        for number in range(1, 25):
            desks.add_officer(
                tx, code=f"petugas{number}", name=f"Petugas {number}", pin_hash=pin_hash
            )
        tx.event(Kind.DEMO_PREPARED, data={"officers": 24})

    def _go_on(self) -> None:
        """Let a visitor come every few seconds, and the other desks call and finish."""
        while not self._stopping.wait(self._chance.uniform(2.0, 6.0)):
            try:
                self.arrive(1)
                self._work(self._chance.choice(OTHER_DESKS))
            except StoreProblem:
                # The store may be away for a moment, as in a real hall; come again.
                continue

    def _visit(self, service: str) -> None:
        self.store.run(
            partial(
                tickets.issue_ticket,
                request=new_request(),
                actor=ACTOR,
                services=[service],
                priority="lansia" if self._chance.random() < 0.15 else None,
                channel="demo",
            )
        )

    def _work(self, desk: str) -> None:
        """Let a desk take its next step: start who is there, or finish and call the next."""
        with self.store.read() as view:
            present = desks.desk(view, desk).present
        step: Callable[..., CalledTurn] = calls.call_next
        if present is not None:
            step = calls.start if present.status is TurnStatus.CALLED else calls.finish
        try:
            self.store.run(partial(step, request=new_request(), actor=ACTOR, counter=desk))
        except HallError:
            # Nobody waits for this desk, or the one who watches was quicker.
            return
