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
_LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)")
_UNFINISHED = re.compile(r"^(\d+) +(.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
_FD_PATH = re.compile(r"^\d+<([^>]*)>")
_QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
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
    """One call that succeeded. ``offset`` of a CUT is the new length."""

    pid: int
    deed: Deed
    path: Path
    offset: int = 0
    data: bytes = b""


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
    return ["strace", "-f", "-y", "-xx", "-s", "100000", "-e", f"trace={_CALLS}", *faults,
            "-e", "signal=none", "-o", str(trace), *who]  # fmt: skip


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
    pid, call, arguments, result = int(found[1]), found[2], found[3], int(found[4])
    if result < 0:
        return None
    named = _FD_PATH.match(arguments)
    texts = [_decoded(text) for text in _QUOTED.findall(arguments)]
    if call in ("unlink", "unlinkat"):
        path = Path(os.fsdecode(texts[0]))
        return Step(pid, Deed.REMOVE, path) if path.is_relative_to(folder) else None
    path = Path(os.fsdecode(_decoded(named[1]))) if named else Path()
    if not path.is_relative_to(folder):
        return None
    numbers = arguments.rpartition('"')[2].split(",") if texts else arguments.split(",")
    match call:
        case "fsync" | "fdatasync":
            return Step(pid, Deed.SYNC, path)
        case "ftruncate":
            return Step(pid, Deed.CUT, path, offset=int(numbers[-1]))
        case "pwrite64":
            return Step(pid, Deed.WRITE, path, offset=int(numbers[-1]), data=texts[0][:result])
        case "write":
            return Step(pid, Deed.APPEND, path, data=texts[0][:result])
    raise AssertionError(f"a call that the power cut doesn't know: {call} on {path}")


def _decoded(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
