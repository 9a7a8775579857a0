"""What a process of the crash tests wrote down before it was killed, and reads when it is back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class Memory:
    """A file of JSON lines. A line that a kill cut short was never written."""

    def __init__(self, file: Path) -> None:
        self.lines = lines_of(file)
        self._fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._fd, _whole(file))

    def note(self, **line: Any) -> None:
        """Write one line."""
        os.write(self._fd, json.dumps(line).encode() + b"\n")

    def unanswered(self) -> Line | None:
        """Return what was asked last and never answered."""
        asked = [line for line in self.lines if "ask" in line]
        if not asked or any(_answers(line, asked[-1]) for line in self.lines):
            return None
        return asked[-1]


def lines_of(file: Path) -> list[Line]:
    """Read a memory; none where there is no file yet."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_bytes()[: _whole(file)].splitlines()]


def _whole(file: Path) -> int:
    """Return the length up to the end of the last whole line."""
    return file.read_bytes().rfind(b"\n") + 1


def _answers(line: Line, asked: Line) -> bool:
    return asked["ask"] in (line.get("told"), line.get("refused"))
