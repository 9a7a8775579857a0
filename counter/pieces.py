"""Small widgets of the console: buttons with their keys, labels that end in an ellipsis."""

from __future__ import annotations

from math import ceil
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QWidget

from desktop.theme import Look, Palette, Type, mix
from desktop.touch import KEY_REASONS, paint_ring

ROOMY: Final = QSize(1160, 840)
_LEAST: Final = 0.84
_MOST: Final = 1.5


def fit(colours: Palette, window: QSize) -> Look:
    """Fit the console to a window: it grows with a large one, and reflows in a small one.

    Unlike a wall, a console is read at arm's length: its letters never follow a small window
    below what the eye needs.
    """
    factor = min(window.width() / ROOMY.width(), window.height() / ROOMY.height())
    return Look(colours, min(_MOST, max(_LEAST, factor)), is_portrait=False)


class Elided(QLabel):
    """One line that ends in an ellipsis where it has too little room; the tool tip says all."""

    def __init__(
        self,
        look: Look,
        text: str = "",
        *,
        size: float = 17,
        weight: int = 400,
        tone: str = "text",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(look.font(Type.BODY, size=size, weight=weight))
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def say(self, text: str) -> None:
        """Show a text."""
        if text != self.text():
            self.setText(text)
            self._tip()

    def minimumSizeHint(self) -> QSize:
        """Allow any width."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the tool tip true."""
        super().resizeEvent(event)
        self._tip()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line."""
        del event
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        metrics = QFontMetricsF(self.font())
        words = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(
            QRectF(self.rect()), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), words
        )
        painter.end()

    def _tip(self) -> None:
        wide = QFontMetricsF(self.font()).horizontalAdvance(self.text())
        self.setToolTip(self.text() if wide > self.width() else "")


class KeyButton(QPushButton):
    """An act with its key as a quiet hint; the hint is not part of the accessible name.

    Args:
        look: Of the window.
        words: What it says.
        key: Its key, "" for none.
        is_filled: For the next act.
        size: Of the words, in design pixels.
        height: In design pixels.
        is_centred: Words in the middle, for a button without a key.
    """

    def __init__(
        self,
        look: Look,
        words: str,
        key: str = "",
        *,
        is_filled: bool = False,
        size: float = 17,
        height: float = 52,
        is_centred: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words, parent)
        self._look = look
        self._words = words
        self._key = key
        self._is_filled = is_filled
        self._is_centred = is_centred
        self._has_key_focus = False
        self._side = look.px(22 if height > 44 else 15)
        self._corner = look.px(16 if height > 44 else 12)
        self._key_font = look.font(Type.BODY, size=max(12, size * 0.7), weight=500)
        self.setAccessibleName(words)
        self.setFont(look.font(Type.STRONG, size=size, weight=600))
        self.setFixedHeight(look.px(height))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_words(self, words: str) -> None:
        """Say something else."""
        self._words = words
        self.setText(words)
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for words and key."""
        wide = QFontMetricsF(self.font()).horizontalAdvance(self._words) + 2 * self._side
        if self._key:
            wide += QFontMetricsF(self._key_font).horizontalAdvance(self._key) + self._look.px(14)
        return QSize(ceil(wide) + 2, self.height())

    def minimumSizeHint(self) -> QSize:
        """Words are never clipped."""
        return self.sizeHint()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take a hasty second click for what it is: the act under it may have changed."""
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember whether the keyboard brought the focus: the mouse needs no ring."""
        self._has_key_focus = event.reason() in KEY_REASONS
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, words and key."""
        del event
        look, colours = self._look, self._look.palette
        is_filled = self._is_filled and self.isEnabled()
        fill = colours.primary if is_filled else colours.surface
        if self.isDown():
            fill = colours.primary_pressed if is_filled else colours.pressed
        ink = colours.on_primary if is_filled else colours.text
        if not self.isEnabled():
            ink = colours.muted
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen if is_filled else QPen(QColor(colours.line), look.line))
        painter.setBrush(QColor(fill) if self.isEnabled() else Qt.BrushStyle.NoBrush)
        edge = 0 if is_filled else look.line / 2
        box = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        painter.drawRoundedRect(box, self._corner, self._corner)
        room = QRectF(self.rect()).adjusted(self._side, 0, -self._side, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        side = Qt.AlignmentFlag.AlignHCenter if self._is_centred else Qt.AlignmentFlag.AlignLeft
        painter.setFont(self.font())
        painter.setPen(QColor(ink))
        painter.drawText(room, int(side | middle), self._words)
        if self._key:
            painter.setFont(self._key_font)
            painter.setPen(QColor(colours.faded if is_filled else colours.muted))
            painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | middle), self._key)
        painter.end()
        if self.hasFocus() and self._has_key_focus:
            paint_ring(self, look, ink if is_filled else colours.primary, self._corner)


class LineButton(QPushButton):
    """A small button at the end of a list's line."""

    def __init__(self, look: Look, words: str, about: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        colours = look.palette
        self.setAccessibleName(words)
        self.setAccessibleDescription(about)
        self.setToolTip(f"{words} · {about}")
        self.setFont(look.font(Type.STRONG, size=14.5, weight=600))
        self.setFixedHeight(look.px(34))
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setStyleSheet(
            f"QPushButton {{ color: {colours.primary}; background: {colours.bg};"
            f" border: {look.line}px solid {colours.line}; border-radius: {look.px(10)}px;"
            f" padding: 0 {look.px(12)}px; }}"
            f"QPushButton:focus {{ border-color: {colours.primary}; }}"
            f"QPushButton:pressed {{ background: {colours.pressed}; }}"
            f"QPushButton:disabled {{ color: {colours.muted}; background: transparent; }}"
        )

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take a hasty second click for what it is."""
        event.accept()


class NumberButton(QPushButton):
    """A waiting visitor's number, as quiet as the words beside it, that opens a menu."""

    def __init__(self, look: Look, words: str, about: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        colours = look.palette
        self.setAccessibleName(words)
        self.setAccessibleDescription(about)
        self.setToolTip(about)
        self.setFont(look.font(Type.STRONG, size=18, weight=700))
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # As all small buttons: a click leaves no focus behind for a stray Enter.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setStyleSheet(
            f"QPushButton {{ color: {colours.text}; background: transparent; border: none;"
            f" text-align: left; padding: {look.px(2)}px 0; }}"
            f"QPushButton:hover, QPushButton:focus {{ color: {colours.primary};"
            " text-decoration: underline; }"
        )

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take a hasty second click for what it is."""
        event.accept()


class Badge(QLabel):
    """A word in a filled pill."""

    def __init__(
        self, look: Look, words: str, *, is_quiet: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(words, parent)
        colours = look.palette
        fill = mix(colours.surface, colours.text, 0.12) if is_quiet else colours.accent
        ink = colours.text if is_quiet else colours.on_accent
        self.setFont(look.font(Type.STRONG, size=13, weight=700))
        high = look.px(24)
        self.setFixedHeight(high)
        self.setStyleSheet(
            f"color: {ink}; background: {fill}; border-radius: {high // 2}px;"
            f" padding: 0 {look.px(10)}px;"
        )
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
