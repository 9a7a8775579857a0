"""The hall display's composition root: builds board, announcer and window, and runs them."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QWidget

import assets
from desktop.painting import log_painting
from desktop.start import Station, run
from display.announcer import Announcer
from display.board import HallBoard
from display.presenter import BoardPresenter
from display.window import DisplayWindow

APPLICATION = "anjungan-display"


def build(station: Station) -> QWidget:
    """Build the window."""
    worker, notes, follower = station.worker(), station.worker("notes"), station.follower()
    presenter = BoardPresenter(
        worker, notes, follower, HallBoard(), station.settings.station, parent=station
    )
    window = DisplayWindow(station.texts, station.theme)
    chime = assets.chime() if station.settings.sound else None
    announcer = Announcer(chime, station.texts, parent=station)
    station.at_quit(announcer.stop)
    presenter.minute.connect(window.show_minute)
    presenter.hall_known.connect(window.show_hall)
    presenter.opening_known.connect(window.show_opening)
    presenter.pictured.connect(window.show_picture)
    presenter.announced.connect(window.announce)
    presenter.announced.connect(announcer.announce)
    announcer.noted.connect(window.show_sound_note)
    log_painting(window, window.shown)
    announcer.start()
    presenter.start()
    follower.start()
    return window


def main() -> None:
    """Run ``anjungan-display``."""
    sys.exit(run(APPLICATION, build))


if __name__ == "__main__":
    main()
