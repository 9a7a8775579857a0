"""The files as a power cut leaves them: what was synced is there, the rest in part or not.

A write that was not synced is there, isn't, or is there in some of its sectors, whatever came
before or after it. A file that was made or removed is so for sure once its folder was synced.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from tests.support.disk_trace import Deed, Step

_SECTOR = 512


class Loss(Enum):
    """What becomes of writes that were not synced."""

    NOTHING = auto()
    ALL = auto()
    SOME = auto()


@dataclass
class _File:
    synced: bytearray | None
    pending: list[Step] = field(default_factory=list)
    # What its folder says once that is synced: it was made, or removed.
    entry_pending: bool = False


def files_after_cut(
    before: Mapping[Path, bytes], steps: Sequence[Step], loss: Loss, chance: random.Random
) -> dict[Path, bytes]:
    """Return the files after these steps and a power cut.

    Args:
        before: The files as they lay on the disk when the first step was done.
        steps: What was done until the power went.
        loss: What became of what was not synced.
        chance: Decides where ``loss`` leaves it open.
    """
    files = {path: _File(bytearray(content)) for path, content in before.items()}
    for step in steps:
        file = files.get(step.path)
        if step.deed is Deed.SYNC:
            _sync(files, step.path)
        elif step.deed is Deed.REMOVE:
            if file is not None:
                file.pending.append(step)
        else:
            if file is None:
                file = files[step.path] = _File(None, entry_pending=True)
            file.pending.append(step)
    left = {path: _left(file, loss, chance) for path, file in files.items()}
    return {path: content for path, content in left.items() if content is not None}


def _sync(files: dict[Path, _File], path: Path) -> None:
    """A file's sync makes its content sure, a folder's which files there are."""
    file = files.get(path)
    if file is not None:
        file.synced = _applied(file.synced, file.pending)
        file.pending = [step for step in file.pending if step.deed is Deed.REMOVE]
        return
    for other, entry in files.items():
        if other.parent == path:
            entry.entry_pending = False
            if any(step.deed is Deed.REMOVE for step in entry.pending):
                entry.synced, entry.pending = None, []


def _applied(content: bytearray | None, steps: Sequence[Step]) -> bytearray:
    content = bytearray() if content is None else content
    for step in steps:
        if step.deed is Deed.CUT:
            del content[step.offset :]
            content.extend(bytes(step.offset - len(content)))
        elif step.deed in (Deed.WRITE, Deed.APPEND):
            offset = len(content) if step.deed is Deed.APPEND else step.offset
            content.extend(bytes(max(0, offset - len(content))))
            content[offset : offset + len(step.data)] = step.data
    return content


def _left(file: _File, loss: Loss, chance: random.Random) -> bytes | None:
    is_removed = any(step.deed is Deed.REMOVE for step in file.pending)
    if is_removed and (loss is Loss.NOTHING or (loss is Loss.SOME and chance.random() < 0.5)):
        return None
    if file.entry_pending and (loss is Loss.ALL or (loss is Loss.SOME and chance.random() < 0.5)):
        return None
    if loss is Loss.ALL:
        return None if file.synced is None else bytes(file.synced)
    pending = file.pending
    if loss is Loss.SOME:
        share = chance.choice((0.1, 0.5, 0.9))
        pending = [part for step in pending for part in _torn(step) if chance.random() < share]
    content = None if file.synced is None else bytearray(file.synced)
    return bytes(_applied(content, pending))


def _torn(step: Step) -> list[Step]:
    """Return a write's sectors, each of which the disk writes or doesn't."""
    if step.deed is not Deed.WRITE:
        return [step]
    parts, at, end = [], step.offset, step.offset + len(step.data)
    while at < end:
        until = min(end, (at // _SECTOR + 1) * _SECTOR)
        data = step.data[at - step.offset : until - step.offset]
        parts.append(Step(step.pid, Deed.WRITE, step.path, at, data))
        at = until
    return parts
