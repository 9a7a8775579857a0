"""Labels that fill the room they have: read from ten metres, and never clipped.

They stay QLabels, so that their text is what assistive technology and scripts read.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QTransform,
)
from PySide6.QtWidgets import QLabel, QWidget

from desktop.theme import text_font

_SMALLEST: Final = 0.62
_PATH_PX: Final = 200
_HEAVY: Final = 800
_SHORT_CODE: Final = 4
_VALIGN = Qt.AlignmentFlag.AlignVCenter


class FitLabel(QLabel):
    """One line, or two, in a given font; a text that is too long is set smaller.

    Args:
        font: The size to use where there is room.
        colour: Of the text.
        lines: 1 or 2.
        align: Horizontal alignment.
    """

    def __init__(
        self,
        font: QFont,
        colour: str,
        *,
        lines: int = 1,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font)
        self._colour = QColor(colour)
        self._lines = lines
        self._align = align

    def say(self, text: str) -> None:
        """Show a text; the same one again costs nothing."""
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)

    def set_colour(self, colour: str) -> None:
        """Change the colour."""
        wanted = QColor(colour)
        if wanted != self._colour:
            self._colour = wanted
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text in the largest size up to its font's that fits."""
        del event
        text = self.text()
        if not text:
            return
        painter = QPainter(self)
        painter.setPen(self._colour)
        room = QRectF(self.rect())
        font, text, is_wrapped = self._fitted(text, room)
        painter.setFont(font)
        flags = int(self._align | _VALIGN)
        if is_wrapped:
            flags |= int(Qt.TextFlag.TextWordWrap)
        painter.drawText(room, flags, text)
        painter.end()

    def _fitted(self, text: str, room: QRectF) -> tuple[QFont, str, bool]:
        font = QFont(self.font())
        wanted = font.pixelSize()
        least = max(7, round(wanted * _SMALLEST))
        # Two lines in the wanted size read better than one line that had to shrink much.
        keep_one_line = round(wanted * 0.86) if self._lines > 1 else least
        for size in range(wanted, keep_one_line - 1, -1):
            font.setPixelSize(size)
            if QFontMetricsF(font).horizontalAdvance(text) <= room.width():
                return font, text, False
        if self._lines > 1:
            for size in range(wanted, least - 1, -1):
                font.setPixelSize(size)
                metrics = QFontMetricsF(font)
                flags = int(Qt.TextFlag.TextWordWrap)
                box = metrics.boundingRect(QRectF(0, 0, room.width(), 10_000), flags, text)
                if box.height() <= room.height() and box.width() <= room.width():
                    return font, text, True
        metrics = QFontMetricsF(font)
        return font, metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width()), False


class NumberLabel(QLabel):
    """A queue number, as large as its room; drawn as an outline, so it is sharp at any size."""

    def __init__(self, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._face = text_font(_PATH_PX, _HEAVY, -1.0)
        self._colour = QColor(colour)

    def say(self, text: str) -> None:
        """Show a number."""
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)

    def set_colour(self, colour: str) -> None:
        """Change the colour."""
        wanted = QColor(colour)
        if wanted != self._colour:
            self._colour = wanted
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the number."""
        del event
        if self.text():
            painter = QPainter(self)
            draw_number(painter, QRectF(self.rect()), self.text(), self._face, self._colour)
            painter.end()


class CounterLabel(NumberLabel):
    """A counter's name, "Loket 3": its word quiet, its number large.

    Args:
        colour: Of the number.
        word_font: Of the word.
        word_colour: Of the word.
        word_high: Height of the word's line above the number; 0 sets it beside the number.
    """

    def __init__(
        self,
        colour: str,
        word_font: QFont,
        word_colour: str,
        *,
        word_high: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(colour, parent)
        self._word_font = QFont(word_font)
        self._word_colour = QColor(word_colour)
        self._word_high = word_high

    def set_word_high(self, word_high: int) -> None:
        """Put the word above the number, in a line of this height, or with 0 beside it."""
        self._word_high = word_high
        self.update()

    def set_colours(self, colour: str, word_colour: str) -> None:
        """Change both colours."""
        self._word_colour = QColor(word_colour)
        self.set_colour(colour)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw word and number."""
        del event
        text = self.text()
        if not text:
            return
        word, _, code = text.rpartition(" ")
        if not word or len(code) > _SHORT_CODE:
            word, code = "", text
        painter = QPainter(self)
        room = QRectF(self.rect())
        metrics = QFontMetricsF(self._word_font)
        painter.setFont(self._word_font)
        painter.setPen(self._word_colour)
        if self._word_high and word:
            line = QRectF(0, 0, room.width(), self._word_high)
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | _VALIGN), word)
            room.setTop(self._word_high * 1.36)
        elif word:
            wide = metrics.horizontalAdvance(word)
            flags = int(Qt.AlignmentFlag.AlignLeft | _VALIGN)
            painter.drawText(QRectF(0, 0, wide, room.height()), flags, word)
            room.setLeft(wide + metrics.averageCharWidth() * 1.1)
        draw_number(painter, room, code, self._face, self._colour)
        painter.end()


def draw_number(painter: QPainter, room: QRectF, text: str, face: QFont, colour: QColor) -> None:
    """Draw ``text`` to fill ``room`` by height, or by width where it is long; left-aligned."""
    path = QPainterPath()
    # The outlines of a variable font's letters overlap; the default rule leaves holes there.
    path.setFillRule(Qt.FillRule.WindingFill)
    path.addText(0, 0, face, text)
    ink = path.boundingRect()
    # The height of a figure, not of the letters that happen to be there: all the numbers
    # of a column stand on one line in one size.
    figure = QPainterPath()
    figure.addText(0, 0, face, "0")
    high = figure.boundingRect()
    scale = min(room.height() / high.height(), room.width() / ink.width())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    top = room.top() + (room.height() - high.height() * scale) / 2
    fit = QTransform()
    fit.translate(room.left() - ink.left() * scale, top - high.top() * scale)
    fit.scale(scale, scale)
    painter.drawPath(fit.map(path))
