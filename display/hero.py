"""The card of the newest call: it owns the wall, and flashes a few times when it is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop import icons
from desktop.theme import Look, Type
from display.lettering import CounterLabel, FitLabel, NumberLabel

FLASHES: Final = 3
FLASH_MS: Final = 450
"""Lit and dark for this long each: well under the three flashes a second that can harm."""

_STACKED_FROM: Final = 0.6
_CAPTION: Final = 56
_SIGN: Final = 110
_WAY: Final = 58
_FIGURES_WIDE: Final = 3.85
"""A number of five characters is about this many times as wide as its figures are high."""

ARROWS: Final = {
    "left": "arrow-left",
    "right": "arrow-right",
    "up": "arrow-up",
    "straight": "arrow-up",
    "down": "arrow-down",
    "up-left": "arrow-up-left",
    "up-right": "arrow-up-right",
}
"""Icon for each direction that a zone may have; without one a pin is shown."""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call in words."""

    number: str
    counter: str
    zone: str
    direction: str
    agency: str


def arrow(direction: str) -> str:
    """Return the icon's name for the way to a zone."""
    return ARROWS.get(direction.strip().lower().replace("_", "-"), "map-pin")


class HeroCard(QWidget):
    """Number, counter and way of the newest call, or a calm welcome before the first.

    Args:
        look: Of the window.
        number_word: "Nomor antrean".
        welcome: Title and text before the first call.
    """

    def __init__(
        self, look: Look, number_word: str, welcome: tuple[str, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._look = look
        colours = look.palette
        face = look.font(Type.BODY, size=38, weight=500)
        self._caption = FitLabel(face, colours.faded, parent=self)
        self._caption.say(number_word)
        self.number = NumberLabel(colours.on_primary, self)
        self.number.setObjectName("newest-number")
        self.counter = CounterLabel(
            colours.on_primary,
            face,
            colours.faded,
            parent=self,
        )
        self.counter.setObjectName("newest-counter")
        self._way_icon = QLabel(self)
        self._way = FitLabel(
            look.font(Type.BODY, size=38, weight=600), colours.on_primary, lines=2, parent=self
        )
        title_size = 88 if look.is_portrait else 84
        self._title = FitLabel(
            look.font(Type.HERO, size=title_size), colours.on_primary, lines=2, parent=self
        )
        self._title.say(welcome[0])
        self._text = FitLabel(
            look.font(Type.BODY, size=42), colours.on_primary, lines=2, parent=self
        )
        self._text.say(welcome[1])
        self._sign = QLabel(self)
        self._sign.setPixmap(
            icons.pixmap("ticket", colours.on_primary, look.px(_SIGN), self.devicePixelRatioF())
        )
        self._agency = FitLabel(
            look.font(Type.BODY, size=38, weight=500), colours.faded, lines=2, parent=self
        )
        self._call: CallRow | None = None
        self._direction: str | None = None
        self._rule = QRectF()
        self._steps_left = 0
        self._timer = QTimer(self)
        self._timer.setInterval(FLASH_MS)
        self._timer.timeout.connect(self._step)
        self.clear()

    @property
    def is_lit(self) -> bool:
        """True in the bright half of a flash."""
        return self._steps_left % 2 == 1

    def show_call(self, call: CallRow) -> None:
        """Show a call; the same one again costs nothing."""
        if call == self._call:
            return
        self._call = call
        self.number.say(call.number)
        self.counter.say(call.counter)
        self._way.say(call.zone)
        self._agency.say(call.agency)
        self._direction = call.direction
        self._paint_way_icon()
        self._set_empty(is_empty=False)

    def clear(self) -> None:
        """Show the welcome."""
        self._call = None
        self._direction = None
        self.number.say("")
        self.counter.say("")
        self._way.say("")
        self._agency.say("")
        self._stop()
        self._set_empty(is_empty=True)

    def flash(self) -> None:
        """Flash; a flash under way begins anew."""
        self._steps_left = 2 * FLASHES - 1
        self._timer.start()
        self._recolour()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange for the new size."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card, and the line between number and counter."""
        del event
        colours, look = self._look.palette, self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent if self.is_lit else colours.primary))
        corner = look.px(36)
        painter.drawRoundedRect(QRectF(self.rect()), corner, corner)
        if self.number.text():
            painter.setBrush(QColor(self._ink))
            painter.setOpacity(0.35)
            painter.drawRect(self._rule)
        painter.end()

    @property
    def _ink(self) -> str:
        colours = self._look.palette
        return colours.on_accent if self.is_lit else colours.on_primary

    def _step(self) -> None:
        self._steps_left -= 1
        if self._steps_left <= 0:
            self._timer.stop()
        self._recolour()

    def _stop(self) -> None:
        self._steps_left = 0
        self._timer.stop()
        self._recolour()

    def _recolour(self) -> None:
        quiet = self._ink if self.is_lit else self._look.palette.faded
        for part in (self.number, self._way):
            part.set_colour(self._ink)
        self.counter.set_colours(self._ink, quiet)
        self._caption.set_colour(quiet)
        self._agency.set_colour(quiet)
        self._paint_way_icon()
        self.update()

    def _paint_way_icon(self) -> None:
        if self._direction is None:
            return
        edge = self._look.px(_WAY)
        ratio = self.devicePixelRatioF()
        self._way_icon.setPixmap(icons.pixmap(arrow(self._direction), self._ink, edge, ratio))

    def _set_empty(self, *, is_empty: bool) -> None:
        calls = (self._caption, self.number, self.counter, self._agency)
        for part in (self._sign, self._title, self._text):
            part.setVisible(is_empty)
        for part in (*calls, self._way, self._way_icon):
            part.setVisible(not is_empty)
        self._arrange()
        self.update()

    def _arrange(self) -> None:
        # Where there is height, the number gets the whole width.
        is_stacked = self.height() > self.width() * _STACKED_FROM
        self.counter.set_word_high(0 if is_stacked else self._look.px(_CAPTION))
        if is_stacked:
            self._arrange_stacked()
        else:
            self._arrange_abreast()
        look, wide, high = self._look, self.width(), self.height()
        pad, gap = look.px(72), look.px(24)
        sign, title, text = look.px(_SIGN), look.px(124), look.px(116)
        top = (high - sign - title - text - 2 * gap) // 2
        self._sign.setGeometry(pad, top, sign, sign)
        top += sign + gap
        self._title.setGeometry(pad, top, wide - 2 * pad, title)
        top += title + gap
        self._text.setGeometry(pad, top, min(wide - 2 * pad, look.px(1000)), text)

    def _arrange_abreast(self) -> None:
        look, wide, high = self._look, self.width(), self.height()
        pad, gap = look.px(56), look.px(48)
        caption, icon, tall = look.px(_CAPTION), look.px(_WAY), look.px(104)
        split = round(wide * 0.675)
        room = split - pad - gap
        # Captions, figures and last lines of both halves stand on common lines.
        figure = min(round(room / _FIGURES_WIDE), high - look.px(72) - caption - tall)
        over, under = look.px(24), look.px(36)
        group = caption + over + figure + under + tall
        top = max(look.px(32), (high - group) // 2)
        self._caption.setGeometry(pad, top, room, caption)
        self.number.setGeometry(pad, top + caption + over, room, figure)
        last = top + caption + over + figure + under
        self._agency.setGeometry(pad, last, room, tall)
        self._rule = QRectF(split, top, look.px(3), high - 2 * top)
        left = split + gap
        self.counter.setGeometry(left, top, wide - left - look.px(36), caption + over + figure)
        self._way_icon.setGeometry(left, last + (tall - icon) // 2, icon, icon)
        way = left + icon + look.px(18)
        self._way.setGeometry(way, last, wide - way - look.px(28), tall)

    def _arrange_stacked(self) -> None:
        look, wide, high = self._look, self.width(), self.height()
        pad, gap = look.px(56), look.px(48)
        caption, icon, tall = look.px(_CAPTION), look.px(_WAY), look.px(120)
        self._caption.setGeometry(pad, look.px(40), wide - 2 * pad, caption)
        top = look.px(40) + caption + look.px(16)
        low = min(round((high - top) * 0.34), look.px(280))
        split = high - low
        line = look.px(64)
        self.number.setGeometry(pad, top, wide - 2 * pad, split - top - line - look.px(44))
        self._agency.setGeometry(pad, split - line - look.px(22), wide - 2 * pad, line)
        self._rule = QRectF(pad, split, wide - 2 * pad, look.px(3))
        half = round((wide - 2 * pad) * 0.54)
        figure = min(look.px(170), low - look.px(88))
        middle = split + low // 2
        self.counter.setGeometry(pad, middle - figure // 2, half, figure)
        left = pad + half + gap
        self._way_icon.setGeometry(left, middle - icon // 2, icon, icon)
        way = left + icon + look.px(18)
        self._way.setGeometry(way, middle - tall // 2, wide - way - look.px(28), tall)
