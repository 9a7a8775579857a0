"""A thing to bring that can be ticked: a whole row is the target."""

# ruff: noqa: N802 - Qt's own names are overridden
from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QSizePolicy

from desktop import icons
from desktop.theme import Look, Type
from desktop.touch import KEY_REASONS, paint_ring, press_by_enter


class CheckRow(QCheckBox):
    """A box and its words, wrapped where they are long."""

    def __init__(self, look: Look, words: str) -> None:
        # Painted below; Qt takes the words for what assistive technology sees as the target.
        super().__init__(words.replace("&", "&&"))
        self._look = look
        self._words = words
        self._font = look.font(Type.BODY)
        self._has_key_focus = False
        self.setAccessibleName(words)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Words wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height that shows every word."""
        words = self._words_height(width - self._left())
        return max(self._look.px(92), round(words) + 2 * self._look.px(20))

    def sizeHint(self) -> QSize:
        """Return a size that layouts may stretch."""
        width = self._look.px(700)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size."""
        return QSize(self._look.px(300), self._look.px(92))

    def hitButton(self, _pos: object) -> bool:
        """Take a touch anywhere on the row."""
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press too, as Space does."""
        if not press_by_enter(self, event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember whether the keyboard brought the focus."""
        self._has_key_focus = event.reason() in KEY_REASONS
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box and words."""
        del event
        look, colours = self._look, self._look.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge, pen = look.px(56), look.px(3)
        box = QRectF(pen, (self.height() - edge) / 2, edge, edge)
        painter.setPen(QPen(QColor(colours.primary), pen))
        painter.setBrush(QColor(colours.primary if self.isChecked() else colours.surface))
        painter.drawRoundedRect(box, look.px(14), look.px(14))
        if self.isChecked():
            size = look.px(40)
            inset = (edge - size) / 2
            painter.drawPixmap(
                box.topLeft() + QRectF(0, 0, inset, inset).bottomRight(),
                icons.pixmap("check", colours.on_primary, size, self.devicePixelRatioF()),
            )
        left = self._left()
        height = self._words_height(self.width() - left)
        painter.setFont(self._font)
        painter.setPen(QColor(colours.text))
        painter.drawText(
            QRectF(left, (self.height() - height) / 2, self.width() - left, height),
            int(Qt.TextFlag.TextWordWrap),
            self._words,
        )
        painter.end()
        if self.hasFocus() and self._has_key_focus:
            paint_ring(self, look, colours.primary, look.px(18))

    def _left(self) -> int:
        return self._look.px(56 + 28)

    def _words_height(self, width: int) -> float:
        box = QRectF(0, 0, max(50, width), 10_000)
        flags = int(Qt.TextFlag.TextWordWrap)
        return float(QFontMetricsF(self._font).boundingRect(box, flags, self._words).height())
