"""The counter's composition root: builds desk, pads and window, and runs them."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QWidget

from counter.pads import Pads
from counter.presenter import DeskPresenter
from counter.window import CounterWindow
from desktop.painting import log_painting
from desktop.start import Station, run
from hardware.pad import load_pads

APPLICATION = "anjungan-counter"
DESKS = 8
"""So many desks may share one PC."""


def build(station: Station) -> QWidget:
    """Build the window.

    Raises:
        PadFileFault: The mapping file of the call pads can't be used.
    """
    settings = station.settings
    ports = load_pads(settings.pads).ports if settings.pads is not None else ()
    worker, follower = station.worker(), station.follower()
    presenter = DeskPresenter(worker, follower, station.texts, station)
    window = CounterWindow(presenter, station.texts, station.theme, settings.counter or "")
    pads = Pads(ports, presenter, station)
    pads.stated.connect(window.show_pads)
    station.at_quit(pads.stop)
    log_painting(window, window.shown)
    follower.start()
    pads.start()
    return window


def main() -> None:
    """Run ``anjungan-counter``."""
    sys.exit(run(APPLICATION, build, windows=DESKS))


if __name__ == "__main__":
    main()
