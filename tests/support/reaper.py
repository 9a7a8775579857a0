"""Lets mortals work on a store, stops and kills them at every moment, and then asks the store.

Started as ``python -m tests.support.reaper JSON`` (see ``Campaign``); forks before anything is
opened, so that a life costs no import. Writes one JSON document: the toll, and what was wrong.
"""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import os
import random
import select
import signal
import statistics
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

from tests.support.mortals import MORTALS, READERS, WRITERS, Mortal
from tests.support.postgresql import Cluster
from tests.support.witness import faults_of

PER_ROUND = 20
"""Kills, one by one, before all are killed at once and the store is looked at."""
LIMIT_S = 60.0
_PR_SET_PDEATHSIG = 1

_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Campaign:
    """What to do: so many kills on this store; ``cluster`` is stopped at every n-th of them."""

    url: str
    folder: str
    kills: int
    seed: int
    cluster: dict[str, Any] | None = None
    halt_every: int = 0


@dataclass
class Toll:
    """What was done. ``inside``: killed with a request sent and not answered."""

    kills: int = 0
    inside: int = 0
    rounds: int = 0
    halts: int = 0
    stops: int = 0
    told: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class Life:
    """A mortal's life, seen from outside: its process, and its pipe."""

    def __init__(self, name: str, campaign: Campaign, number: int, *, is_last: bool) -> None:
        self.name = name
        self.fd, pipe = os.pipe()
        self.is_asking = False
        self.asks = 0
        self.asked_at = 0.0
        self.told: list[str] = []
        self.faults: list[str] = []
        self.bug = ""
        self.durations_s: deque[float] = deque(maxlen=20)
        self._rest = b""
        seed = f"{campaign.seed} {name} {number}"
        self.process: ForkProcess = _FORK.Process(
            target=_live, args=(name, campaign, pipe, seed, is_last), name=name
        )
        self.process.start()
        os.close(pipe)

    def read(self) -> bool:
        """Take what the pipe holds; False at its end."""
        data = os.read(self.fd, 65536)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            at, word, *more = line.decode().split(" ", 3)
            self._take(float(at), word, more)
        return bool(data)

    def end(self) -> None:
        """Wait until the process is gone; read its last words."""
        self.process.join(LIMIT_S)
        # One that does not end by itself is told as a fault, by its exit code.
        self.process.kill()
        self.process.join()
        while self.read():
            pass
        os.close(self.fd)

    def _take(self, at: float, word: str, more: list[str]) -> None:
        if word == "bug":
            self.bug = f"{self.name}: {' '.join(more)}"
        elif word == "fault":
            self.faults.append(more[0])
        elif word == "ask":
            self.is_asking, self.asked_at = True, at
            self.asks += 1
        elif word in ("told", "refused"):
            self.is_asking = False
            self.durations_s.append(at - self.asked_at)
            if word == "told":
                self.told.append(more[0])


def _die_with_parent() -> None:
    """Let the kernel kill this process when the one that started it is gone: nothing is left."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _live(name: str, campaign: Campaign, pipe: int, seed: str, is_last: bool) -> None:
    _die_with_parent()
    Mortal(name, campaign.url, Path(campaign.folder), pipe, seed).live(is_last=is_last)


class Reaper:
    """Runs one campaign."""

    def __init__(self, campaign: Campaign) -> None:
        self.toll = Toll()
        self._campaign = campaign
        self._cluster = None if campaign.cluster is None else Cluster(**campaign.cluster)
        self._chance = random.Random(campaign.seed)
        self._lives: dict[str, Life] = {}
        self._number = 0
        self._typical_s = 0.003
        self._next_halt = 0
        # Requests that some mortal told us of over its pipe: the outer world knows them.
        self._told: set[str] = set()

    def run(self) -> Toll:
        """Kill as many as the campaign wants, or until something is wrong."""
        while not self._is_done() and not self.toll.problems:
            self._round()
        if self.toll.problems:
            return self.toll
        # The readers last: they read to the end.
        for names in (WRITERS, READERS):
            for name in names:
                self._revive(name, is_last=True)
            for name in names:
                self._bury(self._lives.pop(name))
        self._look(is_last=True)
        return self.toll

    def _is_done(self) -> bool:
        wanted = self._campaign
        halts = wanted.kills // wanted.halt_every if self._cluster else 0
        return self.toll.kills >= wanted.kills and self.toll.halts >= halts

    def _round(self) -> None:
        for name in MORTALS:
            self._revive(name)
        for _ in range(PER_ROUND):
            if self._cluster and self.toll.kills >= self._next_halt:
                self._next_halt = self.toll.kills + self._campaign.halt_every
                self._cluster.halt()
                self._listen(self._chance.uniform(0, 0.2))
                self._kill(self._chance.choice(MORTALS))
                self._cluster.resume()
                self.toll.halts += 1
            if self._chance.random() < 0.1:
                self._stop(self._chance.choice(WRITERS))
            if self._chance.random() < 0.6:
                self._kill_inside(self._chance.choice(WRITERS))
            else:
                self._listen(self._chance.uniform(0, 0.03))
                self._kill(self._chance.choice(MORTALS))
        for life in self._lives.values():
            life.process.kill()
        for name in MORTALS:
            self._bury(self._lives.pop(name), is_killed=True)
        self.toll.rounds += 1
        self._look(is_last=False)

    def _kill_inside(self, name: str) -> None:
        """Kill a writer a moment after it has sent a request."""
        life = self._lives[name]
        # It may have nothing to ask, or the store is away: then this moment will do as well.
        self._listen(1.0, until_asks=life)
        time.sleep(self._chance.uniform(0, 1.3 * self._typical_s))
        self._kill(name)

    def _stop(self, name: str) -> None:
        """Stop a writer at any moment, perhaps with the lock in its hand; let it go on soon."""
        process = self._lives[name].process
        os.kill(process.pid or 0, signal.SIGSTOP)
        self._listen(self._chance.uniform(0, 0.3))
        os.kill(process.pid or 0, signal.SIGCONT)
        self.toll.stops += 1

    def _kill(self, name: str) -> None:
        life = self._lives[name]
        life.process.kill()
        self._bury(life, is_killed=True)
        self._revive(name)

    def _revive(self, name: str, *, is_last: bool = False) -> None:
        self._number += 1
        self._lives[name] = Life(name, self._campaign, self._number, is_last=is_last)

    def _bury(self, life: Life, *, is_killed: bool = False) -> None:
        life.end()
        self.toll.kills += is_killed
        self.toll.inside += is_killed and life.is_asking
        self.toll.faults.update(life.faults)
        self._told.update(life.told)
        if life.durations_s:
            self._typical_s = statistics.median(life.durations_s)
        if life.bug:
            self.toll.problems.append(life.bug)
        elif life.process.exitcode != (-9 if is_killed else 0):
            self.toll.problems.append(f"{life.name} ended with {life.process.exitcode}")

    def _listen(self, duration_s: float, until_asks: Life | None = None) -> None:
        """Read the pipes for a while, or until one life has just sent another request."""
        deadline = time.monotonic() + duration_s
        lives = {life.fd: life for life in self._lives.values()}
        asks = until_asks.asks if until_asks else 0
        while (rest := deadline - time.monotonic()) > 0 and lives:
            ready, _, _ = select.select(list(lives), [], [], rest)
            for fd in ready:
                if not lives[fd].read():
                    del lives[fd]
            if until_asks and until_asks.is_asking and until_asks.asks > asks:
                return

    def _look(self, *, is_last: bool) -> None:
        """Open the store again, after all have ended, and compare it with the memories."""
        folder = Path(self._campaign.folder)
        files = {name: folder / f"{name}.memory" for name in MORTALS}
        seen = faults_of(self._campaign.url, files, self._told, is_over=is_last)
        self.toll.told = seen.told
        self.toll.problems += seen.faults


def main(campaign: Campaign) -> None:
    """Run a campaign and print its toll."""
    _die_with_parent()
    reaper = Reaper(campaign)
    toll = reaper.run()
    json.dump(vars(toll), sys.stdout)


if __name__ == "__main__":
    main(Campaign(**json.loads(sys.argv[1])))
