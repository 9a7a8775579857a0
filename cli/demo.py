"""`anjungan demo`: the whole hall on one PC, on a screen or walked through without one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from cli.demo_hall import DemoHall
from cli.output import HALL_FAULT, note
from station.settings import Settings
from station.texts import Texts

_MARK = ".anjungan-demo"


def demo(output: Path, *, is_headless: bool) -> None:
    """Run the demo; ends with 4 where a step of the walk failed.

    Args:
        output: A folder of the demo's own; it is emptied first, if a demo made it.
        is_headless: Use a virtual screen even where there is a real one.
    """
    texts = Texts.load(Settings.load().language)
    folder = _fresh(output, texts)
    has_screen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    with DemoHall(folder) as hall:
        if has_screen and not is_headless:
            hall.show(texts)
            return
        from cli.demo_walk import walk

        if not walk(hall, texts):
            raise SystemExit(HALL_FAULT)


def _fresh(output: Path, texts: Texts) -> Path:
    folder = output.absolute()
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        note(texts.t("{folder} holds other files; name an empty folder.", folder=str(folder)))
        sys.exit(2)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()
    return folder
