"""A program that works on a store alone and notes each answer; its power will be cut.

Started as ``python -m tests.support.victim URL MEMORY ACTS [PRAGMA…]``.
"""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from db import calls
from db.store import new_request, open_store
from db.tickets import issue_ticket
from tests.support.memory import Memory
from tests.support.small_hall import ACTOR, KK, KTP

_ISSUE: tuple[str, Callable[..., Any], dict[str, Any]] = (
    "issue",
    issue_ticket,
    {"services": (KK, KTP)},
)
_ACTS = (
    _ISSUE,
    _ISSUE,
    ("next", calls.call_next, {"counter": "1", "finish": True}),
    ("start", calls.start, {"counter": "1"}),
)
_CHECKPOINTS = ("PASSIVE", "RESTART", "TRUNCATE")


def main(url: str, memory: str, acts: int, *pragmas: str) -> None:
    """Issue and call; on SQLite carry the log over to the file in each of its ways."""
    store = open_store(url)
    notes = Memory(Path(memory))
    modes = itertools.cycle(_CHECKPOINTS)
    for number in range(acts):
        if store.is_sqlite:
            with store.connected() as connection:
                for pragma in pragmas:
                    connection.rows(f"PRAGMA {pragma}", {})
                if number % 6 == 5:
                    connection.rows(f"PRAGMA wal_checkpoint({next(modes)})", {})
        act, command, fields = _ACTS[number % len(_ACTS)]
        if number < len(_ACTS) and act == "next":
            fields = {"counter": "1"}
        request = new_request()
        notes.note(ask=request, act=act, fields={})
        answer = store.run(functools.partial(command, request=request, actor=ACTOR, **fields))
        turn = answer.turns[0].turn if act == "issue" else answer.turn
        notes.note(told=request, number=answer.number, ticket=answer.ticket, turn=turn)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
