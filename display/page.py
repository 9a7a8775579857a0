"""The wall for one window size: header, newest call, recent calls, who waits, a quiet line.

Built anew when the size changes, as ``desktop.theme`` has it; it is told what to show.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop import icons
from desktop.motif import Backdrop
from desktop.theme import Look, Type
from display.board import Picture
from display.hero import HeroCard
from display.lettering import FitLabel
from display.lists import RecentCalls, WaitingList
from display.words import SiteWords, call_row, waiting_rows
from station.texts import Texts

RECENT_ROWS: Final = 5
_HEADER: Final = 116
_STRIP: Final = 76
_STRIP_TALL: Final = 112


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the parts stand, in screen pixels."""

    hero: QRect
    recent: QRect
    waiting: QRect


class WallPage(Backdrop):
    """Everything on the wall.

    Args:
        look: Fitted to the window.
        texts: Of the screen.
        site: Names of site and agencies.
    """

    def __init__(
        self, look: Look, texts: Texts, site: SiteWords, parent: QWidget | None = None
    ) -> None:
        super().__init__(look, parent)
        self._texts = texts
        welcome = (
            texts.t("Welcome"),
            texts.t("Take a number at the kiosk. Numbers that are called appear here."),
        )
        self.header = _Header(look, site, self)
        self.hero = HeroCard(look, texts.t("Queue number"), welcome, self)
        self.recent = RecentCalls(look, RECENT_ROWS, self)
        self.waiting = WaitingList(
            look,
            texts.t("Waiting now"),
            7 if look.is_portrait else 9,
            texts.t("Nobody is waiting"),
            self,
        )
        self.strip = _Strip(look, self)
        self._body = _Places(QRect(), QRect(), QRect())

    def show_picture(self, picture: Picture) -> None:
        """Show the calls and who waits."""
        newest = picture.newest
        if newest is None:
            self.hero.clear()
        else:
            self.hero.show_call(call_row(self._texts, newest, picture))
        self.recent.show_rows(
            [call_row(self._texts, call, picture) for call in picture.recent[:RECENT_ROWS]]
        )
        self.waiting.show_rows(waiting_rows(self._texts, picture))
        self._share(has_recent=bool(picture.recent), has_calls=newest is not None)

    def show_clock(self, at: datetime) -> None:
        """Show the time ``at``, aware, in the site's zone."""
        texts = self._texts
        self.header.show_clock(texts.long_date(at.date()), texts.time(at), texts.zone(at))

    def arrange(self, width: int, height: int) -> None:
        """Place the parts in a window of this size."""
        look = self._look
        self.resize(width, height)
        side = look.px(48)
        inner = QRect(side, 0, width - 2 * side, height)
        if look.is_portrait:
            self.header.arrange(QRect(side, look.px(20), inner.width(), look.px(176)))
        else:
            self.header.arrange(QRect(side, 0, inner.width(), look.px(_HEADER)))
        strip = self._strip_high
        self.strip.setGeometry(0, height - strip, width, strip)
        self._body = self._places(inner, look.px(204 if look.is_portrait else _HEADER + 4))
        self._share(has_recent=True, has_calls=True)

    def _share(self, *, has_recent: bool, has_calls: bool) -> None:
        """Give the parts their places; what has nothing to say leaves its room to the call."""
        body = self._body
        has_waiting = has_calls or self.waiting.has_rows
        hero = QRect(body.hero)
        if not has_recent:
            hero = hero.united(body.recent)
        if not has_waiting:
            hero = hero.united(body.waiting)
        self.recent.setVisible(has_recent)
        self.waiting.setVisible(has_waiting)
        self.hero.setGeometry(hero)
        self.recent.setGeometry(body.recent)
        self.waiting.setGeometry(body.waiting)

    @property
    def _strip_high(self) -> int:
        # A narrow wall needs two lines for the same words.
        return self._look.px(_STRIP_TALL if self._look.is_portrait else _STRIP)

    def _places(self, inner: QRect, top: int) -> _Places:
        look = self._look
        gap = look.px(28)
        bottom = inner.height() - self._strip_high - look.px(24)
        high = bottom - top
        left, wide = inner.left(), inner.width()
        if look.is_portrait:
            hero, recent = round(high * 0.38), round(high * 0.26)
            return _Places(
                QRect(left, top, wide, hero),
                QRect(left, top + hero + gap, wide, recent),
                QRect(left, top + hero + recent + 2 * gap, wide, high - hero - recent - 2 * gap),
            )
        first, hero = round(wide * 0.65), round(high * 0.52)
        return _Places(
            QRect(left, top, first, hero),
            QRect(left, top + hero + gap, first, high - hero - gap),
            QRect(left + first + gap, top, wide - first - gap, high),
        )


class _Header(QWidget):
    """Whose wall it is, and what time it is."""

    def __init__(self, look: Look, site: SiteWords, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        colours = look.palette
        self._name = FitLabel(look.font(Type.HEADING, size=36), colours.text, parent=self)
        self._name.say(site.name)
        self._place = FitLabel(look.font(Type.BODY, size=36), colours.muted, parent=self)
        self._place.say(site.place)
        right = Qt.AlignmentFlag.AlignRight
        self._date = FitLabel(
            look.font(Type.BODY, size=32), colours.muted, align=right, parent=self
        )
        self._clock = FitLabel(
            look.font(Type.HERO, size=56), colours.text, align=right, parent=self
        )
        self._zone = FitLabel(
            look.font(Type.HEADING, size=28), colours.muted, align=right, parent=self
        )
        self._logo = icons.logo(colours.on_primary, look.px(42), self.devicePixelRatioF())

    def show_clock(self, date: str, clock: str, zone: str) -> None:
        """Show date, time and zone."""
        self._date.say(date)
        self._clock.say(clock)
        self._zone.say(zone)
        self._arrange()

    def arrange(self, place: QRect) -> None:
        """Take a place and share it."""
        self.setGeometry(place)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the logo's tile."""
        del event
        tile = self._tile()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._look.palette.primary))
        painter.drawRoundedRect(tile, self._look.px(18), self._look.px(18))
        edge = self._look.px(42)
        inset = (tile.width() - edge) / 2
        painter.drawPixmap(
            QRectF(tile.left() + inset, tile.top() + inset, edge, edge),
            self._logo,
            QRectF(self._logo.rect()),
        )
        painter.end()

    def _tile(self) -> QRectF:
        edge = self._look.px(72)
        top = self._look.px(8) if self._look.is_portrait else (self.height() - edge) / 2
        return QRectF(0, top, edge, edge)

    def _arrange(self) -> None:
        look, wide = self._look, self.width()
        tile = self._tile().toRect()
        zone = round(QFontMetricsF(self._zone.font()).horizontalAdvance(self._zone.text())) + 2
        clock = round(QFontMetricsF(self._clock.font()).horizontalAdvance(self._clock.text())) + 4
        gap = look.px(16)
        high = look.px(72)
        clock_top = tile.top()
        # The zone's small letters stand on the clock's line.
        sink = look.px(7)
        self._zone.setGeometry(wide - zone, clock_top + sink, zone, high)
        self._clock.setGeometry(wide - zone - gap - clock, clock_top, clock, high)
        left = tile.right() + look.px(22)
        if look.is_portrait:
            room = wide - zone - gap - clock - look.px(24) - left
            self._name.setGeometry(left, tile.top() - look.px(6), room, high // 2 + look.px(8))
            self._place.setGeometry(left, tile.top() + high // 2, room, high // 2 + look.px(6))
            top = tile.bottom() + look.px(18)
            self._date.setGeometry(left, top, wide - left, look.px(56))
            return
        name = self._advance(self._name)
        date = self._advance(self._date)
        date_left = wide - zone - gap - clock - look.px(28) - date
        room = date_left - look.px(32) - left
        name = min(name, room)
        self._name.setGeometry(left, tile.top(), name, high)
        place = left + name + look.px(12)
        self._place.setGeometry(place, tile.top(), max(0, room - name - look.px(12)), high)
        self._date.setGeometry(date_left, tile.top(), date, high)

    @staticmethod
    def _advance(label: FitLabel) -> int:
        return round(QFontMetricsF(label.font()).horizontalAdvance(label.text())) + 4


class _Strip(QWidget):
    """The bottom line: what holds all day, or since when the wall knows nothing new."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._is_warning = False
        self._icon = QLabel(self)
        lines = 2 if look.is_portrait else 1
        self.text = FitLabel(
            look.font(Type.STRONG, size=32), look.palette.on_accent, lines=lines, parent=self
        )
        self.text.setObjectName("strip")
        self.aside = FitLabel(
            look.font(Type.LABEL, size=24),
            look.palette.on_accent,
            lines=lines,
            align=Qt.AlignmentFlag.AlignRight,
            parent=self,
        )
        self.aside.setObjectName("staff-note")

    def say(self, text: str, *, is_warning: bool) -> None:
        """Show a line; a warning looks different, so that staff see it from afar."""
        self._is_warning = is_warning
        self.text.say(text)
        colours = self._look.palette
        ink = colours.on_primary if is_warning else colours.on_accent
        self.text.set_colour(ink)
        self.aside.set_colour(ink)
        name, edge = "wifi-off" if is_warning else "megaphone", self._look.px(38)
        self._icon.setPixmap(icons.pixmap(name, ink, edge, self.devicePixelRatioF()))
        self.update()

    def say_aside(self, text: str) -> None:
        """Show a note for staff in the corner."""
        self.aside.say(text)
        self._arrange()

    def resizeEvent(self, event: object) -> None:
        """Share the line."""
        del event
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill the line."""
        colours = self._look.palette
        painter = QPainter(self)
        fill = colours.primary if self._is_warning else colours.accent
        painter.fillRect(event.rect(), QColor(fill))
        painter.end()

    def _arrange(self) -> None:
        look, wide, high = self._look, self.width(), self.height()
        side, edge = look.px(48), look.px(38)
        note = 0
        if self.aside.text():
            advance = QFontMetricsF(self.aside.font()).horizontalAdvance(self.aside.text())
            most = wide // 4 if look.is_portrait else wide // 3
            note = min(round(advance) + look.px(32), most)
        self.aside.setGeometry(wide - side - note, 0, note, high)
        self._icon.setGeometry(side, (high - edge) // 2, edge, edge)
        left = side + edge + look.px(22)
        self.text.setGeometry(left, 0, wide - side - note - left, high)
