"""The kiosk's composition root: builds everything and passes it in. Run as ``anjungan-kiosk``."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

import assets
from desktop.painting import log_painting
from desktop.start import Station, run, wanted_size
from hardware.printer import PrinterSettings, open_printer
from hardware.spool import PrintSpool
from kiosk.presenter import Presenter
from kiosk.window import KioskWindow

APPLICATION = "anjungan-kiosk"


def build(station: Station) -> QWidget:
    """Build the kiosk of a station.

    Raises:
        KnownError: The printer's URL can't be used.
    """
    settings = station.settings
    spool: PrintSpool | None = None
    if settings.printer is not None:
        printer = open_printer(
            PrinterSettings(
                url=settings.printer,
                width_mm=settings.paper_width,
                qr=settings.printer_qr,
                logo=assets.logo_for_paper(),
            )
        )
        spool = PrintSpool(printer)
        station.at_quit(spool.stop)
    presenter = Presenter(
        station.worker(),
        station.follower(),
        spool,
        station=settings.station,
        texts=station.texts,
        idle_s=float(settings.idle_seconds),
        parent=station,
    )
    window = KioskWindow(presenter, station.theme, wanted_size(station.options.windowed))
    log_painting(window, window.shown)
    presenter.start()
    return window


def main() -> int:
    """Run the kiosk."""
    return run(APPLICATION, build)
