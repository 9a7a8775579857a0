"""What a program asks of the disk, call by call, as strace sees it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest

_CALLS = (
    "write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fsync,fdatasync,sync_file_range,"
    "unlink,unlinkat,rename,renameat,renameat2,fallocate"
)
# 8469 1764000000.123456 fsync(3</file>) = 0 <0.001234>
_LINE = re.compile(r"^(\d+) +([\d.]+) (\w+)\((.*)\) += (-?\d+).*<([\d.]+)>$")
_UNFINISHED = re.compile(r"^(\d+) +([\d.]+ .*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(\d+) +[\d.]+ <\.\.\. \w+ resumed>(.*)$")
_FD_PATH = re.compile(r"^\d+<([^>]*)>")
_QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_HINTS = ("sync_file_range",)
"""They begin to write and promise nothing."""
_LIMIT_S = 100


class Deed(Enum):
    """What is done to a file."""

    WRITE = "write"
    APPEND = "append"
    CUT = "cut"
    SYNC = "sync"
    REMOVE = "remove"


@dataclass(frozen=True)
class Step:
    """One call that succeeded. ``offset`` of a CUT is the new length; times in seconds."""

    pid: int
    deed: Deed
    path: Path
    offset: int = 0
    data: bytes = b""
    began_at: float = 0.0
    ended_at: float = 0.0


def require_strace() -> None:
    """Leave a test out where strace isn't or may not trace; with CI set that fails."""
    reason = ""
    if shutil.which("strace") is None:
        reason = "there is no strace here (install the package strace)"
    else:
        tried = subprocess.run(
            ["strace", "-o", os.devnull, "true"], capture_output=True, text=True, check=False
        )
        if tried.returncode:
            reason = f"strace may not trace here: {tried.stderr.strip()[:200]}"
    if reason and os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    if reason:
        pytest.skip(reason)


def traced(module: str, *arguments: str, folder: Path, inject: str = "") -> list[Step]:
    """Run one of our modules to its end and return its steps on files below ``folder``."""
    trace = folder.parent / f"{folder.name}.strace"
    command = strace_command(trace, inject=inject)
    done = subprocess.run(
        [*command, sys.executable, "-m", module, *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(steps_of(trace, folder))


def strace_command(trace: Path, *, inject: str = "", pids: Sequence[int] = ()) -> list[str]:
    """Return strace's command line, to put before a program's or to follow processes."""
    faults = [f"--inject={inject}"] if inject else []
    who = [part for pid in pids for part in ("-p", str(pid))]
    return ["strace", "-f", "-ttt", "-T", "-y", "-xx", "-s", "100000", "-e", f"trace={_CALLS}",
            *faults, "-e", "signal=none", "-o", str(trace), *who]  # fmt: skip


def steps_of(trace: Path, folder: Path) -> Iterator[Step]:
    """Read a trace: what was done below ``folder``, in the order in which it was done."""
    begun: dict[str, str] = {}
    for line in trace.read_text(errors="replace").splitlines():
        if unfinished := _UNFINISHED.match(line):
            begun[unfinished[1]] = unfinished[2]
            continue
        if resumed := _RESUMED.match(line):
            line = f"{resumed[1]} {begun.pop(resumed[1])}{resumed[2]}"
        if (found := _LINE.match(line)) and (step := _step(found, folder)):
            yield step


def _step(found: re.Match[str], folder: Path) -> Step | None:
    call, arguments, result = found[3], found[4], int(found[5])
    if result < 0:
        return None
    named = _FD_PATH.match(arguments)
    texts = [_decoded(text) for text in _QUOTED.findall(arguments)]
    is_removal = call in ("unlink", "unlinkat")
    name = texts[0] if is_removal else _decoded(named[1]) if named else b""
    path = Path(os.fsdecode(name))
    if not path.is_relative_to(folder) or call in _HINTS:
        return None
    numbers = arguments.rpartition('"')[2].split(",") if texts else arguments.split(",")
    deed, offset, data = Deed.REMOVE, 0, b""
    match call:
        case "unlink" | "unlinkat":
            pass
        case "fsync" | "fdatasync":
            deed = Deed.SYNC
        case "ftruncate":
            deed, offset = Deed.CUT, int(numbers[-1])
        case "pwrite64":
            deed, offset, data = Deed.WRITE, int(numbers[-1]), texts[0][:result]
        case "write":
            deed, data = Deed.APPEND, texts[0][:result]
        case _:
            raise AssertionError(f"a call that the power cut doesn't know: {call} on {path}")
    began_at = float(found[2])
    return Step(int(found[1]), deed, path, offset, data, began_at, began_at + float(found[6]))


def _decoded(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
