"""The quiet regional motif behind a window: kawung or megamendung, drawn, never a picture."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from desktop.theme import Look

OPACITY = 0.05
"""Of the primary colour; style.md allows 0.08, the pictures 0.06."""

_MEGAMENDUNG = frozenset({"pasundan"})


class Backdrop(QWidget):
    """A window's ground: the background colour and, where the theme has one, its motif."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._tile: QPixmap | None = None

    def set_look(self, look: Look) -> None:
        """Take another palette or scale."""
        self._look, self._tile = look, None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill with colour and tiles."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._look.palette.bg))
        if self._look.palette.has_motif:
            ratio = self.devicePixelRatioF()
            if self._tile is None or self._tile.devicePixelRatio() != ratio:
                self._tile = tile(self._look, ratio)
            painter.setOpacity(OPACITY)
            painter.drawTiledPixmap(self.rect(), self._tile)
        painter.end()


def tile(look: Look, ratio: float = 1.0) -> QPixmap:
    """Draw one tile of the theme's motif in full colour; the painter makes it faint."""
    if look.palette.code in _MEGAMENDUNG:
        return _tile(look, ratio, QRectF(0, 0, 200, 170), _megamendung)
    return _tile(look, ratio, QRectF(0, 0, 120, 120), _kawung)


def _tile(look: Look, ratio: float, design: QRectF, path: Callable[[], QPainterPath]) -> QPixmap:
    scale = look.factor * ratio
    drawn = QPixmap(
        max(8, round(design.width() * scale)),
        max(8, round(design.height() * scale)),
    )
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(drawn.width() / design.width(), drawn.height() / design.height())
    pen = QPen(QColor(look.palette.primary), 3.4)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawPath(path())
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn


def _kawung() -> QPainterPath:
    """Four palm fruits around a centre, each with its seed."""
    path = QPainterPath()
    for turn in range(4):
        angle = math.radians(45 + turn * 90)
        tip = QPointF(60 + 56 * math.cos(angle), 60 + 56 * math.sin(angle))
        heart = QPointF(60 + 9 * math.cos(angle), 60 + 9 * math.sin(angle))
        for side in (-1, 1):
            lean = angle + side * 0.62
            near = QPointF(60 + 34 * math.cos(lean), 60 + 34 * math.sin(lean))
            far = QPointF(
                60 + 62 * math.cos(lean * 0.4 + angle * 0.6),
                60 + 62 * math.sin(lean * 0.4 + angle * 0.6),
            )
            path.moveTo(heart)
            path.cubicTo(near, far, tip)
        seed = QPointF(60 + 36 * math.cos(angle), 60 + 36 * math.sin(angle))
        path.addEllipse(seed, 2.0, 2.0)
    return path


def _megamendung() -> QPainterPath:
    """A rain cloud of nested arcs on a flat foot."""
    path = QPainterPath()
    for ring in range(5):
        radius = 24 + ring * 11
        foot = 118 + ring * 4
        path.moveTo(100 - radius - 10, foot)
        path.arcTo(QRectF(100 - radius - 14, foot - 30, 28, 28), 250, -170)
        path.arcTo(QRectF(100 - radius, 96 - radius, radius * 2, radius * 2), 180, -180)
        path.arcTo(QRectF(100 + radius - 14, foot - 30, 28, 28), 100, -170)
        path.lineTo(100 - radius - 10, foot)
    return path
