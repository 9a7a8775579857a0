"""Says in the log what a window's picture shows and since when; the benchmarks read it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

_log = logging.getLogger(__name__)


def log_painting(window: QWidget, shows: Callable[[], str]) -> None:
    """Log each new picture of a window at level DEBUG; costs nothing at any other level.

    Args:
        window: A top-level window.
        shows: Says in short what the window shows; "" while that isn't worth a line.
    """
    if _log.isEnabledFor(logging.DEBUG):
        _Painting(window, shows)


class _Painting(QObject):
    """Sees the window's paint events; its children, painted with it, don't lie opaque on it."""

    def __init__(self, window: QWidget, shows: Callable[[], str]) -> None:
        super().__init__(window)
        self._shows = shows
        self._shown = self._last = ""
        self._after = QTimer(self)
        self._after.setSingleShot(True)
        self._after.timeout.connect(self._say)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Speak when the whole window is painted and handed to the screen."""
        if event.type() == QEvent.Type.Paint:
            # All widgets are painted and flushed in one go, before a timer has its turn; but
            # news may come before it, so what is painted is asked now.
            self._shown = self._shows()
            self._after.start(0)
        return super().eventFilter(watched, event)

    @Slot()
    def _say(self) -> None:
        at_s = time.monotonic()
        if self._shown and self._shown != self._last:
            self._last = self._shown
            _log.debug("painted at %.6f: %s", at_s, self._shown)
