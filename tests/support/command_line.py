"""The command line as a process of its own, for its contract and for end-to-end tests."""

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LIMIT_S = 60
ACTOR = f"cli:{getpass.getuser()}"


@dataclass(frozen=True)
class Run:
    """What one run left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document; a second one, or a word beside it, is a fault."""
        assert self.out.count("\n") == 1, self
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(url: str, **more: str) -> dict[str, str]:
    """Return a process's environment with the store in it."""
    return {**os.environ, "ANJUNGAN_DATABASE": url, "PYTHONWARNINGS": "error", **more}


def command(*arguments: str) -> list[str]:
    """Return how the command line is started."""
    return [sys.executable, "-m", "cli.main", *arguments]


def anjungan(url: str, *arguments: str, **more: str) -> Run:
    """Run one command to its end."""
    done = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=environment(url, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)
