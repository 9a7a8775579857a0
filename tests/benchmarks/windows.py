"""How soon the windows show a call, how soon they are there, and what they cost at rest.

The real applications, each a process of its own on a virtual screen, on a real store. The
windows say in their logs what they painted and when (``desktop.painting``), by the same
monotonic clock that this process reads.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from cli.accessibility import Accessibility
from cli.demo_hall import ACTOR, DESK, OTHER_DESKS, DemoHall, Place
from cli.installing import DEMO_PIN
from db import board, calls, desks, halls, tickets
from db.calls import CalledTurn
from db.store import Tx, new_request
from rules.errors import NobodyWaiting
from rules.turn import TurnStatus
from station.virtual_screen import DesktopSession
from tests.benchmarks.report import Row

KIOSK, DISPLAY, COUNTER = "anjungan-kiosk", "anjungan-display", "anjungan-counter"
SCREEN = (3000, 1920)
PLACES = {
    KIOSK: Place(1080, 1920, 0, 0),
    DISPLAY: Place(1920, 1080, 1080, 0),
    COUNTER: Place(1160, 840, 1080, 1080),
}
CALLS = 210
GAPS_S = (0.06, 0.2)
STARTS = {KIOSK: 5, DISPLAY: 3, COUNTER: 3}
SETTLE_S = 10.0
QUIET_S = 20.0
PAINT_BOUND_MS = 100.0
IDLE_BOUND_PERCENT = 1.0

_FIRST = {
    KIOSK: ("home page with its agencies", "Home"),
    DISPLAY: ("the wall", "calls"),
    COUNTER: ("sign-in page", "SignInPage"),
}
_LIMIT_S = 30.0
_PAINTED = re.compile(r"painted at (\d+\.\d+): (.*)$")


class NotMeasured(Exception):
    """A window didn't do what was to be measured; the message says what."""


@dataclass(frozen=True, slots=True)
class Painted:
    """What a window had on show when a picture was handed to the screen."""

    at_s: float
    shows: str


def call_rows(hall: DemoHall, screen: DesktopSession, kind: str) -> list[Row]:
    """Measure the time from a call's commit in this process to its picture on the wall.

    Raises:
        NotMeasured: A call never came to the wall.
    """
    _open(hall, screen, [DISPLAY], level="DEBUG")
    _first(hall, DISPLAY)
    # The window has settled, and the first announcements are over.
    time.sleep(2.0)
    pressed, committed = _make_calls(hall)
    time.sleep(1.0)
    hall.close_windows()
    with hall.store.read() as view:
        keys = {call.turn: str(call.call_seq) for call in board.calls(view, last=CALLS + 10)}
    seen: dict[str, float] = {}
    for painted in _read(hall.log(DISPLAY)):
        for key in painted.shows.split()[1:]:
            seen.setdefault(key, painted.at_s)
    missing = [turn for turn in committed if keys[turn] not in seen]
    if missing:
        raise NotMeasured(f"{kind}: {len(missing)} of {CALLS} calls were never on the wall")
    waits = [(seen[keys[turn]] - at_s) * 1000 for turn, at_s in committed.items()]
    whole = [(seen[keys[turn]] - at_s) * 1000 for turn, at_s in pressed.items()]
    p50, p95, p99 = _centiles(waits)
    return [
        Row(f"{kind}: commit to painted, p50", _ms(p50)),
        Row(f"{kind}: commit to painted, p95", _ms(p95)),
        Row(
            f"{kind}: commit to painted, p99",
            _ms(p99),
            bound=f"< {PAINT_BOUND_MS:.0f} ms",
            is_kept=p99 < PAINT_BOUND_MS,
        ),
        Row(f"{kind}: commit to painted, longest", _ms(max(waits))),
        Row(f"{kind}: the officer's key to painted, p99", _ms(_centiles(whole)[2])),
    ]


def start_rows(hall: DemoHall, screen: DesktopSession, kind: str) -> list[Row]:
    """Measure the time from the start of a process to its first picture of the hall."""
    rows = []
    for name in PLACES:
        _start_s(hall, screen, name)
        spans = [_start_s(hall, screen, name) for _ in range(STARTS[name])]
        rows.append(
            Row(
                f"{kind}: {name}, {_FIRST[name][0]}",
                f"{median(spans):.2f} s ({min(spans):.2f} to {max(spans):.2f})",
            )
        )
    return rows


def _start_s(hall: DemoHall, screen: DesktopSession, name: str) -> float:
    began_s = time.monotonic()
    _open(hall, screen, [name], level="DEBUG")
    took_s = _first(hall, name).at_s - began_s
    hall.close_windows()
    return took_s


def rest_rows(hall: DemoHall, screen: DesktopSession, kind: str) -> tuple[list[Row], list[Row]]:
    """Measure the memory of each window and its share of a core in a quiet hall."""
    _open(hall, screen, list(PLACES), level="INFO")
    _sign_in(screen)
    time.sleep(SETTLE_S)
    pids = hall.processes()
    memory = []
    for name, pid in pids.items():
        rss, pss = _memory_mb(pid)
        memory.append(Row(f"{kind}: {name}", f"PSS {pss:.0f} MB, RSS {rss:.0f} MB"))
    before = {name: _cpu_s(pid) for name, pid in pids.items()}
    began_s = time.monotonic()
    time.sleep(QUIET_S)
    after = {name: _cpu_s(pid) for name, pid in pids.items()}
    lasted_s = time.monotonic() - began_s
    idle = []
    for name in pids:
        percent = 100 * (after[name] - before[name]) / lasted_s
        is_bound = name == DISPLAY
        idle.append(
            Row(
                f"{kind}: {name}",
                f"{percent:.2f} % of a core",
                bound=f"< {IDLE_BOUND_PERCENT:.0f} %" if is_bound else "",
                is_kept=percent < IDLE_BOUND_PERCENT if is_bound else None,
            )
        )
    if hall.ended():
        raise NotMeasured(f"{kind}: {', '.join(hall.ended())} ended")
    hall.close_windows()
    return memory, idle


def _open(hall: DemoHall, screen: DesktopSession, names: Iterable[str], *, level: str) -> None:
    environment = {
        **screen.environment,
        "ANJUNGAN_LOG_LEVEL": level,
        # A benchmark on somebody's desk makes no noise.
        "ANJUNGAN_SOUND": "off",
        # Byte code as an installation has it, wherever this one keeps it or doesn't.
        "PYTHONPYCACHEPREFIX": str(hall.folder / "bytecode"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    hall.open_windows({name: PLACES[name] for name in names}, environment)


def _first(hall: DemoHall, name: str) -> Painted:
    """Wait for a window's first picture that shows what it is there for."""
    wanted = _FIRST[name][1]
    deadline = time.monotonic() + _LIMIT_S
    while time.monotonic() < deadline and not hall.ended():
        for painted in _read(hall.log(name)):
            if painted.shows.startswith(wanted):
                return painted
        time.sleep(0.02)
    raise NotMeasured(f"{name} painted nothing: {hall.log(name).read_text()[-500:]}")


def _read(log: Path) -> list[Painted]:
    found = (_PAINTED.search(line) for line in log.read_text(encoding="utf-8").splitlines())
    return [Painted(float(match[1]), match[2]) for match in found if match]


def _make_calls(hall: DemoHall) -> tuple[dict[str, float], dict[str, float]]:
    """Call, serve and finish; return when each turn was asked for, and when it was called."""
    chance = random.Random(20261123)
    with hall.store.read() as view:
        services = {desk.code: desk.services for desk in halls.hall(view).counters}

    def run(act: Callable[..., CalledTurn], desk: str) -> CalledTurn:
        return hall.store.run(partial(act, request=new_request(), actor=ACTOR, counter=desk))

    def arrive(desk: str, tx: Tx) -> object:
        return tickets.issue_ticket(
            tx, request=new_request(), actor=ACTOR, services=[chance.choice(services[desk])]
        )

    at_work = _free_desks(hall)
    for desk in itertools.islice(itertools.cycle(at_work), CALLS):
        hall.store.run(partial(arrive, desk))
    time.sleep(0.5)
    pressed, committed = {}, {}
    for desk in itertools.islice(itertools.cycle(at_work), CALLS):
        pressed_s = time.monotonic()
        try:
            called = run(calls.call_next, desk)
        except NobodyWaiting:
            # Another desk with the same services was quicker; somebody comes for this one.
            hall.store.run(partial(arrive, desk))
            time.sleep(GAPS_S[1])
            pressed_s = time.monotonic()
            called = run(calls.call_next, desk)
        committed[called.turn] = time.monotonic()
        pressed[called.turn] = pressed_s
        gap_s = chance.uniform(*GAPS_S)
        for act in (calls.start, calls.finish):
            time.sleep(gap_s / 3)
            run(act, desk)
        time.sleep(gap_s / 3)
    return pressed, committed


def _free_desks(hall: DemoHall) -> tuple[str, ...]:
    """Let the demo's desks finish whom they have; return them."""
    for desk in OTHER_DESKS:
        while (present := _present(hall, desk)) is not None:
            act = calls.finish if present.status is TurnStatus.SERVING else calls.start
            hall.store.run(partial(act, request=new_request(), actor=ACTOR, counter=desk))
    return OTHER_DESKS


def _present(hall: DemoHall, desk: str) -> CalledTurn | None:
    with hall.store.read() as view:
        return desks.desk(view, desk).present


def _sign_in(screen: DesktopSession) -> None:
    """Sign an officer in, so that the counter rests with its desk page on show."""
    with Accessibility(screen.environment) as hands:
        hands.wait(COUNTER, "Mal Pelayanan Publik", timeout_s=_LIMIT_S)
        hands.type(COUNTER, "Kode petugas", f"petugas{DESK}")
        hands.type(COUNTER, "PIN", DEMO_PIN)
        hands.type(COUNTER, "Loket", DESK)
        hands.press(COUNTER, "Masuk")
        hands.wait(COUNTER, "Panggil Berikutnya", timeout_s=_LIMIT_S)


def _memory_mb(pid: int) -> tuple[float, float]:
    """Return RSS and PSS in MB (10^6 bytes)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kib = {line.split(":")[0]: line.split()[1] for line in text.splitlines()[1:]}
    return int(kib["Rss"]) * 1024 / 1e6, int(kib["Pss"]) * 1024 / 1e6


def _cpu_s(pid: int) -> float:
    """Return the processor time that a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _centiles(values: list[float]) -> tuple[float, float, float]:
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


def _ms(value: float) -> str:
    return f"{value:.1f} ms"
