"""A QR code drawn dot by dot, sharp at any size, on its own white ground."""

from __future__ import annotations

import qrcode
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.theme import Look

QUIET = 4
"""Light modules around the code (ISO/IEC 18004)."""


class QrCode(QWidget):
    """Always black on white: scanners don't read a theme's colours.

    Args:
        look: Of the page.
        text: What it says.
        size: Edge in design pixels, quiet zone and all.
        name: What a screen reader says of it.
    """

    def __init__(self, look: Look, text: str, size: float, name: str) -> None:
        super().__init__()
        code = qrcode.QRCode(border=QUIET, error_correction=qrcode.ERROR_CORRECT_M)
        code.add_data(text)
        code.make(fit=True)
        self._matrix: list[list[bool]] = code.get_matrix()
        self._look = look
        edge = look.px(size)
        self.setFixedSize(edge, edge)
        self.setAccessibleName(name)

    def sizeHint(self) -> QSize:
        """Return the fixed size."""
        return self.size()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw whole pixels only: a blurred edge costs range."""
        del event
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor("#ffffff"))
        corner = self._look.px(20)
        painter.drawRoundedRect(self.rect(), corner, corner)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        dot = max(1, self.width() // len(self._matrix))
        left = (self.width() - dot * len(self._matrix)) // 2
        painter.setBrush(QColor("#000000"))
        for y, line in enumerate(self._matrix):
            for x, is_dark in enumerate(line):
                if is_dark:
                    painter.drawRect(QRect(left + x * dot, left + y * dot, dot, dot))
        painter.end()
