"""A program that comes to a halt with a site's lock in its hand.

Started as ``python -m tests.support.sluggard URL stopped|hung``; prints the number that it was
given in the end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.store import new_request, open_store
from db.tickets import IssuedTicket, issue_ticket
from db.transaction import Tx
from tests.support.small_hall import ACTOR, KK

_LIMIT_S = 60.0
_STEP_S = 0.01


def main(url: str, how: str) -> None:
    """Give a number; the first try halts before the commit."""
    store = open_store(url)
    request = new_request()
    tries: list[int] = []

    def give(tx: Tx) -> IssuedTicket:
        ticket = issue_ticket(tx, request=request, actor=ACTOR, services=[KK])
        tries.append(1)
        if len(tries) > 1:
            return ticket
        # Send what is pending: now the transaction has written, too.
        tx.rows("SELECT 1")
        sys.stdout.write("holding\n")
        sys.stdout.flush()
        if how == "stopped":
            os.kill(os.getpid(), signal.SIGSTOP)
        else:
            sys.stdin.readline()
        return ticket

    sys.stdout.write(store.run(give).number)
    store.close()


@contextmanager
def sluggard(url: str, how: str) -> Iterator[subprocess.Popen[str]]:
    """Start one, wait until it has halted; it is gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.support.sluggard", url, how],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "holding\n"
            deadline = time.monotonic() + _LIMIT_S
            while how == "stopped" and not is_stopped(process.pid):
                assert time.monotonic() < deadline
                time.sleep(_STEP_S)
            yield process
        finally:
            process.kill()


def is_stopped(pid: int) -> bool:
    """Say whether a process is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
