"""What ``--check`` says for ``anjungan doctor``: screen, fonts and sound, one line each.

A line is ``name: ok: detail`` or ``name: fault: what is wrong and what to do``.
"""

from __future__ import annotations

import os
import shutil

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from desktop.theme import FAMILY, load_fonts

PLAYERS = ("pw-play", "paplay", "aplay")


def report(application: str) -> int:
    """Print the lines; return 0 where all is well, else 1."""
    lines = [*_screen_and_fonts(application), _sound()]
    for line in lines:
        print(line)  # noqa: T201 - this is what was asked for
    return 0 if all(": ok: " in line for line in lines) else 1


def _screen_and_fonts(application: str) -> tuple[str, str]:
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if not any(os.environ.get(name) for name in names):
        # Qt would end the process; it gives no other answer to a missing screen.
        return (
            "screen: fault: no screen; start it in a graphical session (DISPLAY is not set)",
            "fonts: fault: not tried without a screen",
        )
    QApplication.setApplicationName(application)
    app = QApplication.instance() or QApplication([application])
    screen = QApplication.primaryScreen()
    size, ratio = screen.size(), screen.devicePixelRatio()
    shown = f"screen: ok: {size.width()}x{size.height()} at {ratio:g} ({screen.name()})"
    refused = load_fonts()
    if refused or FAMILY not in QFontDatabase.families():
        fonts = f"fonts: fault: {FAMILY} can't be loaded ({', '.join(refused)}); install again"
    else:
        fonts = f"fonts: ok: {FAMILY}"
    app.processEvents()
    return shown, fonts


def _sound() -> str:
    player = next((name for name in PLAYERS if shutil.which(name)), None)
    if player is None:
        return "sound: fault: no player; install pipewire-bin, pulseaudio-utils or alsa-utils"
    return f"sound: ok: {player}"
