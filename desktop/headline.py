"""A headline: lines close together and about as long as each other, as type is set by hand."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from desktop.theme import Look, Type

LEADING = 1.1
"""Distance of baselines, in font sizes; a font's own is 1.26, made for running text."""


class Headline(QLabel):
    """A label that wraps itself; for assistive technology it is one text.

    Args:
        look: Of the page.
        text: What it says.
        kind: Of the type scale.
        size: In design pixels instead of the scale's own.
        is_centred: Whether its lines are centred.
    """

    def __init__(
        self,
        look: Look,
        text: str,
        kind: Type = Type.TITLE,
        *,
        size: float | None = None,
        is_centred: bool = False,
    ) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(look.font(kind, size=size))
        self.setWordWrap(True)
        self._is_centred = is_centred
        self._step = look.px((size or kind.size) * LEADING)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Words wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines."""
        metrics = QFontMetricsF(self.font())
        lines = len(wrapped(self.text(), metrics, width))
        return ceil(metrics.height() + (lines - 1) * self._step)

    def sizeHint(self) -> QSize:
        """Return the size of one long line."""
        metrics = QFontMetricsF(self.font())
        return QSize(ceil(metrics.horizontalAdvance(self.text())), ceil(metrics.height()))

    def minimumSizeHint(self) -> QSize:
        """Return the size of the longest word."""
        metrics = QFontMetricsF(self.font())
        widest = max((metrics.horizontalAdvance(word) for word in self.text().split()), default=0)
        return QSize(ceil(widest), ceil(metrics.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines."""
        del event
        metrics = QFontMetricsF(self.font())
        lines = wrapped(self.text(), metrics, self.width())
        height = metrics.height() + (len(lines) - 1) * self._step
        baseline = (self.height() - height) / 2 + metrics.ascent()
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        for line in lines:
            spare = self.width() - metrics.horizontalAdvance(line)
            left = spare / 2 if self._is_centred else 0.0
            painter.drawText(QPointF(left, baseline), line)
            baseline += self._step
        painter.end()


def wrapped(text: str, metrics: QFontMetricsF, width: float) -> list[str]:
    """Break a text into as few lines as fit, then even them out."""
    lines = _greedy(text, metrics, width)
    low, high = width / 4, float(width)
    while high - low > 2:
        middle = (low + high) / 2
        if len(_greedy(text, metrics, middle)) <= len(lines):
            high = middle
        else:
            low = middle
    return _greedy(text, metrics, high) if len(lines) > 1 else lines


def _greedy(text: str, metrics: QFontMetricsF, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and metrics.horizontalAdvance(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]
