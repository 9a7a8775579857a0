"""Lucide icons in a theme's colour, drawn sharp for the screen's pixel ratio."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

import assets

FALLBACK = "landmark"


def pixmap(name: str, colour: str, size_px: int, ratio: float = 1.0) -> QPixmap:
    """Draw an icon.

    Args:
        name: Its Lucide name; a name that isn't there gives a neutral building.
        colour: ``#rrggbb``.
        size_px: Edge in logical pixels.
        ratio: The screen's device pixel ratio.
    """
    try:
        file = assets.icon(name)
    except FileNotFoundError:
        # A catalogue may name an icon that this version doesn't ship.
        file = assets.icon(FALLBACK)
    return _draw(file, colour, size_px, ratio)


def logo(colour: str, size_px: int, ratio: float = 1.0) -> QPixmap:
    """Draw the neutral site logo."""
    return _draw(assets.logo_for_screen(), colour, size_px, ratio)


def icon(name: str, colour: str, size_px: int, ratio: float = 1.0) -> QIcon:
    """Return an icon for a button; the pixmap is kept in all states."""
    drawn = pixmap(name, colour, size_px, ratio)
    made = QIcon(drawn)
    made.addPixmap(drawn, QIcon.Mode.Disabled)
    return made


def _draw(file: Path, colour: str, size_px: int, ratio: float) -> QPixmap:
    key = f"{file.name}{colour}{size_px}x{ratio}"
    kept = QPixmap()
    if QPixmapCache.find(key, kept):
        return kept
    svg = _source(file).replace("currentColor", colour)
    drawn = QPixmap(round(size_px * ratio), round(size_px * ratio))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(
        painter, QRectF(0, 0, drawn.width(), drawn.height())
    )
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    QPixmapCache.insert(key, drawn)
    return drawn


@lru_cache(maxsize=256)
def _source(file: Path) -> str:
    return file.read_text(encoding="utf-8")
