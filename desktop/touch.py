"""Buttons for fingers: large targets, a ring for the keyboard's focus, names that are spoken.

A button's accessible name is what it shows, so that a screen reader and a script find it
by the words that a person sees.
"""

from __future__ import annotations

from math import ceil
from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from desktop import icons
from desktop.theme import Look, Type

TARGET: Final = 92
"""Height of the smallest target in design pixels: 20 mm on a 27-inch portrait screen."""

ButtonKind = Literal["plain", "act", "pill", "quiet", "field"]
_PADS: Final[dict[ButtonKind, int]] = {
    "plain": 34,
    "act": 40,
    "pill": 32,
    "quiet": 16,
    "field": 40,
}
KEY_REASONS: Final = frozenset(
    {
        Qt.FocusReason.TabFocusReason,
        Qt.FocusReason.BacktabFocusReason,
        Qt.FocusReason.ShortcutFocusReason,
    }
)


class TouchButton(QPushButton):
    """A button with words and perhaps an icon.

    Args:
        look: Of the page it stands on.
        words: What it says; also its accessible name.
        kind: ``act`` is the page's one large act (filled), ``plain`` an outlined button,
            ``pill`` a round one (checkable: a chip), ``quiet`` words only.
        icon: Name of an icon.
        type_: Of its words.
        height: In design pixels.
    """

    def __init__(
        self,
        look: Look,
        words: str,
        kind: ButtonKind = "plain",
        *,
        icon: str | None = None,
        type_: Type = Type.STRONG,
        height: float = TARGET,
        parent: QWidget | None = None,
    ) -> None:
        # An ampersand in a name would become a mnemonic.
        super().__init__(words.replace("&", "&&"), parent)
        self._look = look
        self._kind: ButtonKind = kind
        self._icon_name = icon
        self._has_key_focus = False
        self.setProperty("kind", kind)
        self.setAccessibleName(words)
        self.setFont(look.font(type_))
        self._edge = look.px(type_.size * 1.2) if icon is not None else 0
        self.setFixedHeight(look.px(height))
        self.setMinimumWidth(look.px(TARGET))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        if kind == "pill":
            # The stylesheet can't say "half my height".
            self.setStyleSheet(f"border-radius: {look.px(height) // 2}px;")

    def set_words(self, words: str) -> None:
        """Say something else."""
        self.setText(words.replace("&", "&&"))
        self.setAccessibleName(words)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return what the words and the icon need."""
        pad = self._look.px(_PADS[self._kind])
        return QSize(ceil(self._content_width()) + 2 * pad, self.height())

    def minimumSizeHint(self) -> QSize:
        """Words are never cut off."""
        return QSize(min(self.sizeHint().width(), self._look.px(420)), self.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press too, as Space does."""
        if not press_by_enter(self, event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember whether the keyboard brought the focus: a finger needs no ring."""
        self._has_key_focus = event.reason() in KEY_REASONS
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box as styled, icon and words with room between them, then the ring."""
        del event
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        left = (self.width() - self._content_width()) / 2
        if self._kind == "field":
            left = float(self._look.px(_PADS["field"]))
        colour = self._colour()
        if self._icon_name is not None:
            icon_colour = colour if self._is_filled() else self._look.palette.primary
            where = QPointF(left, (self.height() - self._edge) / 2)
            painter.drawPixmap(
                where,
                icons.pixmap(self._icon_name, icon_colour, self._edge, self.devicePixelRatioF()),
            )
            left += self._edge + self._gap()
        painter.setFont(self.font())
        painter.setPen(QColor(colour))
        room = QRectF(left, 0, self.width() - left, self.height())
        painter.drawText(
            room,
            int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
            self.accessibleName() if self.text() else "",
        )
        painter.end()
        if self.hasFocus() and self._has_key_focus:
            is_pill = self._kind == "pill"
            paint_ring(
                self,
                self._look,
                colour if self._is_filled() else self._look.palette.primary,
                self.height() / 2 if is_pill else self._look.radius,
            )

    def _is_filled(self) -> bool:
        return self.isEnabled() and (self._kind == "act" or self.isChecked())

    def _colour(self) -> str:
        colours = self._look.palette
        if self._is_filled():
            return colours.on_primary
        if not self.isEnabled() or self._kind == "field":
            return colours.muted
        return colours.primary if self._kind == "quiet" else colours.text

    def _gap(self) -> float:
        return self._edge * 0.42 if self.text() else 0.0

    def _content_width(self) -> float:
        words = self.accessibleName() if self.text() else ""
        width = QFontMetricsF(self.font()).horizontalAdvance(words)
        return width + self._edge + self._gap() if self._icon_name is not None else width


def chip(look: Look, words: str, *, icon: str | None = None, height: float = TARGET) -> TouchButton:
    """Make a checkable pill; checked it is filled."""
    made = TouchButton(look, words, "pill", icon=icon, type_=Type.LABEL, height=height)
    made.setCheckable(True)
    return made


class Tile(QPushButton):
    """A large choice: icon, title and a quiet second line, painted so that nothing is clipped.

    The accessible name begins with the title. ``is_row`` lays icon and words side by side with
    an arrow at the end, for lists; otherwise the icon stands above the words. ``is_brief`` cuts
    the second line off where it ends instead of wrapping it.
    """

    def __init__(
        self,
        look: Look,
        title: str,
        subtitle: str = "",
        *,
        icon: str | None = None,
        is_row: bool = False,
        is_brief: bool = False,
        height: float = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title, self.subtitle = title, subtitle
        self._look = look
        self._icon_name = icon
        self._is_row = is_row
        self._is_brief = is_brief
        self._least = height or (132 if is_row else 200)
        self._has_key_focus = False
        self._title_font = look.font(Type.STRONG if is_row else Type.HEADING, weight=700)
        self._subtitle_font = look.font(Type.SMALL)
        self.setAccessibleName(f"{title}, {subtitle}" if subtitle else title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Words wrap, so the height follows the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height that shows every word."""
        look = self._look
        pad = look.px(28)
        room = self._words_width(width)
        words = self._height(self._title_font, self.title, room)
        if self.subtitle:
            words += look.px(4) + self._subtitle_height(room)
        over = 0 if self._is_row or self._icon_name is None else look.px(64 + 14)
        return max(look.px(self._least), round(words + over + 2 * pad))

    def sizeHint(self) -> QSize:
        """Return a width that layouts may stretch, and its height."""
        width = self._look.px(420)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size."""
        return QSize(self._look.px(240), self._look.px(self._least))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press too, as Space does."""
        if not press_by_enter(self, event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember whether the keyboard brought the focus."""
        self._has_key_focus = event.reason() in KEY_REASONS
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, icon, words and ring."""
        del event
        look, colours = self._look, self._look.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = look.line / 2
        box = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        painter.setPen(QPen(QColor(colours.line), look.line))
        painter.setBrush(QColor(colours.pressed if self.isDown() else colours.surface))
        painter.drawRoundedRect(box, look.radius, look.radius)
        self._paint_words(painter)
        painter.end()
        if self.hasFocus() and self._has_key_focus:
            paint_ring(self, look, colours.primary, look.radius)

    def _paint_words(self, painter: QPainter) -> None:
        look, colours = self._look, self._look.palette
        pad = look.px(28)
        left, room = float(pad), self._words_width(self.width())
        title = self._height(self._title_font, self.title, room)
        subtitle = self._subtitle_height(room) if self.subtitle else 0.0
        gap = look.px(4) if self.subtitle else 0
        icon = look.px(52 if self._is_row else 64)
        if self._is_row:
            top = (self.height() - title - gap - subtitle) / 2
            if self._icon_name is not None:
                self._paint_icon(painter, self._icon_name, QPointF(pad, (self.height() - icon) / 2))
                left += icon + look.px(24)
            arrow = look.px(36)
            where = QPointF(self.width() - pad - arrow, (self.height() - arrow) / 2)
            painter.drawPixmap(
                where,
                icons.pixmap("chevron-right", colours.primary, arrow, self.devicePixelRatioF()),
            )
        else:
            over = icon + look.px(14) if self._icon_name is not None else 0
            top = float(pad)
            if self._icon_name is not None:
                self._paint_icon(painter, self._icon_name, QPointF(pad, top))
                top += over
        flags = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft)
        painter.setFont(self._title_font)
        painter.setPen(QColor(colours.text))
        painter.drawText(QRectF(left, top, room, title), flags, self.title)
        if self.subtitle:
            painter.setFont(self._subtitle_font)
            painter.setPen(QColor(colours.muted))
            words = self.subtitle
            if self._is_brief:
                words = _cut(words, QFontMetricsF(self._subtitle_font), room)
            painter.drawText(QRectF(left, top + title + gap, room, subtitle), flags, words)

    def _paint_icon(self, painter: QPainter, name: str, where: QPointF) -> None:
        size = self._look.px(52 if self._is_row else 64)
        painter.drawPixmap(
            where,
            icons.pixmap(name, self._look.palette.primary, size, self.devicePixelRatioF()),
        )

    def _words_width(self, width: int) -> float:
        look = self._look
        room = width - 2 * look.px(28)
        if self._is_row:
            room -= look.px(36) + look.px(16)
            if self._icon_name is not None:
                room -= look.px(52) + look.px(24)
        return max(float(look.px(120)), float(room))

    def _subtitle_height(self, width: float) -> float:
        if self._is_brief:
            return QFontMetricsF(self._subtitle_font).height()
        return self._height(self._subtitle_font, self.subtitle, width)

    def _height(self, font: QFont, text: str, width: float) -> float:
        flags = int(Qt.TextFlag.TextWordWrap)
        metrics = QFontMetricsF(font)
        return float(metrics.boundingRect(QRectF(0, 0, width, 10_000), flags, text).height())


def press_by_enter(button: QAbstractButton, event: QKeyEvent) -> bool:
    """Click a button for Enter; a key that is held down clicks once."""
    if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
        return False
    if not event.isAutoRepeat():
        button.click()
    return True


def _cut(words: str, metrics: QFontMetricsF, room: float) -> str:
    """Cut a list of names after the last one that fits; a single long name within it."""
    if metrics.horizontalAdvance(words) <= room:
        return words
    names = words.split(", ")
    for count in range(len(names) - 1, 0, -1):
        shorter = ", ".join(names[:count]) + ", …"
        if metrics.horizontalAdvance(shorter) <= room:
            return shorter
    return metrics.elidedText(names[0], Qt.TextElideMode.ElideRight, room)


def paint_ring(widget: QWidget, look: Look, colour: str, radius: float) -> None:
    """Paint the ring that shows where the keyboard is."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = max(2, look.px(5))
    inset = look.px(6) + width / 2
    painter.setPen(QPen(QColor(colour), width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    corner = max(0.0, radius - inset)
    painter.drawRoundedRect(
        QRectF(widget.rect()).adjusted(inset, inset, -inset, -inset), corner, corner
    )
    painter.end()
