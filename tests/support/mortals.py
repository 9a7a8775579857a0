"""Processes that use a store as the hall's programs do, and may be killed at any instant.

``tests/support/reaper.py`` forks, kills and revives them. Each has a memory, which outlives it,
and a pipe on which it says where it is.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from db import calls, moves
from db.board import board
from db.desks import Desk, desk
from db.errors import StoreProblem
from db.feed import FeedReader
from db.store import Store, new_request, open_store
from db.tickets import issue_ticket
from rules.errors import HallError
from rules.turn import TurnStatus
from tests.support.memory import Memory
from tests.support.small_hall import KK, KTP, SIM, SKCK

KIOSKS = ("kiosk-0", "kiosk-1", "kiosk-2")
COUNTERS = ("counter-1", "counter-2", "counter-3", "counter-4")
WRITERS = (*KIOSKS, *COUNTERS)
READERS = ("feed-0", "feed-1", "board-0")
MORTALS = (*WRITERS, *READERS)

_WISHES = ((KK,), (SKCK,), (KTP,), (KK, SKCK), (SIM,), (SIM, KTP))
_ACTS: dict[str, Callable[..., Any]] = {
    "issue": issue_ticket,
    "next": calls.call_next,
    "start": calls.start,
    "recall": calls.recall,
    "missed": calls.mark_missed,
    "hold": calls.hold,
    "resume": calls.resume,
    "finish": calls.finish,
    "transfer": moves.transfer,
}
_AFTER_CALL = ("start", "start", "start", "recall", "missed", "hold")
_AFTER_START = ("finish", "finish", "next", "next", "hold", "transfer")
_PAUSE_S = 0.02


class Mortal:
    """One of ``MORTALS``, alive.

    Args:
        name: Which one.
        url: The store.
        folder: Of the memories.
        pipe: Where it says what it does; one line each, never cut short by a kill.
        seed: What it wants is chance, but the same for the same seed.
    """

    def __init__(self, name: str, url: str, folder: Path, pipe: int, seed: str) -> None:
        self.name = name
        self._url = url
        self._pipe = pipe
        self._chance = random.Random(seed)
        self._memory = Memory(folder / f"{name}.memory")
        self._store: Store

    def live(self, *, is_last: bool) -> None:
        """Work until killed; the last time, only end what was begun and go.

        Whatever is no known error of the store or the hall is a bug, and told as one.
        """
        try:
            self._store = self._patiently(lambda: open_store(self._url))
            part = self.name.partition("-")[0]
            if part == "feed":
                self._follow(is_last=is_last)
            elif part == "board":
                self._watch(is_last=is_last)
            else:
                self._end_what_was_begun()
                while not is_last:
                    self._issue() if part == "kiosk" else self._serve()
            self._store.close()
        except BaseException:
            self._say("bug", traceback.format_exc()[-2000:].replace("\n", " | "))
            raise

    def _say(self, *words: str) -> None:
        os.write(self._pipe, f"{time.monotonic()} {' '.join(words)}\n".encode())

    def _patiently(self, act: Callable[[], Any]) -> Any:
        """Do it again as long as the store is away."""
        while True:
            try:
                return act()
            except StoreProblem as fault:
                self._say("fault", fault.code)
                time.sleep(_PAUSE_S)

    def _end_what_was_begun(self) -> None:
        asked = self._memory.unanswered()
        if asked is not None:
            self._send(asked["ask"], asked["act"], asked["fields"])

    def _ask(self, act: str, **fields: Any) -> bool:
        request = new_request()
        self._memory.note(ask=request, act=act, fields=fields)
        return self._send(request, act, fields)

    def _send(self, request: str, act: str, fields: dict[str, Any]) -> bool:
        """Send a request until it is answered; say whether the hall agreed."""
        command = _ACTS[act]
        self._say("ask", request)
        try:
            answer = self._patiently(
                lambda: self._store.run(
                    lambda tx: command(tx, request=request, actor=f"cli:{self.name}", **fields)
                )
            )
        except HallError as error:
            self._memory.note(refused=request, code=error.code)
            self._say("refused", request, error.code)
            return False
        turn = answer.turns[0].turn if act == "issue" else answer.turn
        self._memory.note(told=request, number=answer.number, ticket=answer.ticket, turn=turn)
        self._say("told", request, answer.number)
        return True

    def _issue(self) -> None:
        self._ask(
            "issue",
            services=self._chance.choice(_WISHES),
            priority="lansia" if self._chance.random() < 0.1 else None,
        )
        time.sleep(self._chance.random() * 0.02)

    def _serve(self) -> None:
        """Do at a counter what an officer might do next."""
        counter = self.name.partition("-")[2]
        seen: Desk = self._patiently(lambda: self._desk(counter))
        if seen.present is None:
            if seen.held and self._chance.random() < 0.3:
                self._ask("resume", counter=counter, turn=seen.held[0].turn)
            elif not self._ask("next", counter=counter):
                time.sleep(_PAUSE_S)
            return
        is_called = seen.present.status is TurnStatus.CALLED
        act = self._chance.choice(_AFTER_CALL if is_called else _AFTER_START)
        more: dict[str, Any] = {}
        if act == "next":
            more = {"finish": True}
        elif act == "transfer":
            more = {"service": self._chance.choice((KK, KTP, SIM, SKCK))}
        # Nobody waits: then nothing was finished either.
        if not self._ask(act, counter=counter, **more):
            self._ask("finish", counter=counter)

    def _desk(self, counter: str) -> Desk:
        with self._store.read() as view:
            return desk(view, counter)

    def _follow(self, *, is_last: bool) -> None:
        """Read the journal; what was read and how far is one line of the memory."""
        seqs = [pair[0] for line in self._memory.lines for pair in line["read"]]
        reader = FeedReader(self._store, seqs[-1] if seqs else 0)
        while True:
            try:
                events = reader.wait(0.0 if is_last else 1.0)
            except StoreProblem as fault:
                self._say("fault", fault.code)
                time.sleep(_PAUSE_S)
                continue
            if events:
                self._memory.note(read=[[event.seq, event.hash] for event in events])
                self._say("read", str(reader.cursor))
            elif is_last:
                reader.close()
                return

    def _watch(self, *, is_last: bool) -> None:
        """Look at the wall, again and again; its seq never goes back."""
        last = max((line["seen"] for line in self._memory.lines), default=0)
        while True:
            with contextlib.suppress(StoreProblem), self._store.read() as view:
                board(view)
                if view.seq < last:
                    raise AssertionError(f"the wall went back from {last} to {view.seq}")
                if view.seq > last:
                    last = view.seq
                    self._memory.note(seen=last)
            if is_last:
                return
            time.sleep(self._chance.random() * _PAUSE_S)
