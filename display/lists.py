"""The two quiet lists of the wall: the recent calls, and who waits for which agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop import icons
from desktop.theme import Look, Type
from display.hero import CallRow, arrow
from display.lettering import CounterLabel, FitLabel, NumberLabel

PAGE_MS: Final = 12_000
"""A page of agencies stays this long: enough to find a line and read it twice."""


@dataclass(frozen=True, slots=True)
class WaitRow:
    """An agency's line in words."""

    name: str
    count: str
    wait: str


class _Card(QWidget):
    """A surface with a thin line around it and rules between its rows."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._rules: list[int] = []

    def _set_rules(self, rules: list[int]) -> None:
        """Draw rules at these heights; the card is painted anew only where they differ."""
        if rules != self._rules:
            self._rules = rules
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw card and rules."""
        del event
        colours, look = self._look.palette, self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = look.line / 2
        painter.setPen(QPen(QColor(colours.line), look.line))
        painter.setBrush(QColor(colours.surface))
        box = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        painter.drawRoundedRect(box, look.px(32), look.px(32))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for top in self._rules:
            painter.fillRect(
                look.px(36), top, self.width() - 2 * look.px(36), look.line, QColor(colours.line)
            )
        painter.end()


class _CallLine(QWidget):
    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        colours = look.palette
        word = look.font(Type.BODY, size=32, weight=500)
        self._look = look
        self._number = NumberLabel(colours.text, self)
        self._counter = CounterLabel(colours.text, word, colours.muted, word_high=0, parent=self)
        self._icon = QLabel(self)
        self._zone = FitLabel(look.font(Type.BODY, size=30), colours.muted, lines=2, parent=self)
        self._direction = ""

    def say(self, row: CallRow) -> None:
        self._number.say(row.number)
        self._counter.say(row.counter)
        self._zone.say(row.zone)
        if row.direction != self._direction:
            self._direction = row.direction
            name, edge = arrow(row.direction), self._look.px(36)
            self._icon.setPixmap(
                icons.pixmap(name, self._look.palette.primary, edge, self.devicePixelRatioF())
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        look, wide, high = self._look, self.width(), self.height()
        figure = min(look.px(46), round(high * 0.6))
        top = (high - figure) // 2
        self._number.setGeometry(0, top, round(wide * 0.33), figure)
        at = round(wide * 0.36)
        self._counter.setGeometry(at, top, round(wide * 0.27), figure)
        at = round(wide * 0.67)
        edge = look.px(36)
        self._icon.setGeometry(at, (high - edge) // 2, edge, edge)
        at += edge + look.px(16)
        self._zone.setGeometry(at, 0, wide - at, high)


class RecentCalls(_Card):
    """The calls before the newest, with their counters, newest first.

    Args:
        look: Of the window.
        rows: How many lines it has.
    """

    def __init__(self, look: Look, rows: int, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._lines = [_CallLine(look, self) for _ in range(rows)]

    def show_rows(self, rows: Sequence[CallRow]) -> None:
        """Show as many as fit."""
        for index, line in enumerate(self._lines):
            line.setVisible(index < len(rows))
            if index < len(rows):
                line.say(rows[index])
        self._place_rules(min(len(rows), len(self._lines)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height among the lines."""
        super().resizeEvent(event)
        pad = self._look.px(40)
        for index, line in enumerate(self._lines):
            top, high = self._span(index)
            line.setGeometry(pad, top, self.width() - 2 * pad, high)
        self._place_rules(sum(not line.isHidden() for line in self._lines))

    def _span(self, index: int) -> tuple[int, int]:
        margin = self._look.px(10)
        step = (self.height() - 2 * margin) / len(self._lines)
        top = round(margin + index * step)
        return top, round(margin + (index + 1) * step) - top

    def _place_rules(self, shown: int) -> None:
        # No rule under the card's last possible line: the card's own edge is there.
        last = min(shown + 1, len(self._lines))
        self._set_rules([self._span(index)[0] for index in range(1, last)])


class WaitingList(_Card):
    """Who waits for which agency; more than fit are shown page by page.

    Args:
        look: Of the window.
        title: "Menunggu sekarang".
        rows: How many lines a page has.
        idle: What it says while nobody waits anywhere.
    """

    def __init__(
        self, look: Look, title: str, rows: int, idle: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(look, parent)
        colours = look.palette
        self._title = FitLabel(look.font(Type.STRONG, size=32), colours.muted, parent=self)
        self._title.say(title)
        self._page_label = FitLabel(
            look.font(Type.LABEL, size=26),
            colours.muted,
            align=Qt.AlignmentFlag.AlignRight,
            parent=self,
        )
        self._idle = FitLabel(
            look.font(Type.BODY, size=34),
            colours.muted,
            lines=2,
            align=Qt.AlignmentFlag.AlignHCenter,
            parent=self,
        )
        self._idle.say(idle)
        right = Qt.AlignmentFlag.AlignRight
        name, count = look.font(Type.STRONG, size=32), look.font(Type.STRONG, size=36, weight=800)
        wait = look.font(Type.BODY, size=30)
        self._lines = [
            (
                FitLabel(name, colours.text, lines=2, parent=self),
                FitLabel(count, colours.text, align=right, parent=self),
                FitLabel(wait, colours.muted, align=right, parent=self),
            )
            for _ in range(rows)
        ]
        self._rows: tuple[WaitRow, ...] = ()
        self._page = 0
        self._timer = QTimer(self)
        self._timer.setInterval(PAGE_MS)
        self._timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self._turn_page)

    @property
    def has_rows(self) -> bool:
        """True if somebody waits."""
        return bool(self._rows)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-len(self._rows) // len(self._lines)))

    def show_rows(self, rows: Sequence[WaitRow]) -> None:
        """Show the rows; the page stays where it is if it still exists."""
        self._rows = tuple(rows)
        self._page %= self.pages
        if self.pages > 1 and not self._timer.isActive():
            self._timer.start()
        elif self.pages == 1:
            self._timer.stop()
        self._fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height among the lines."""
        super().resizeEvent(event)
        look, wide = self._look, self.width()
        pad, head = look.px(36), look.px(84)
        self._title.setGeometry(pad, look.px(8), wide - 2 * pad, head - look.px(8))
        self._page_label.setGeometry(wide - pad - look.px(160), look.px(8), look.px(160), head)
        self._page_label.setFixedHeight(head - look.px(8))
        self._idle.setGeometry(pad, 0, wide - 2 * pad, self.height())
        wait, count, gap = look.px(190), look.px(84), look.px(16)
        for index, (name_label, count_label, wait_label) in enumerate(self._lines):
            top, high = self._span(index)
            right = wide - pad - wait
            wait_label.setGeometry(right, top, wait, high)
            right -= gap
            count_label.setGeometry(right - count, top, count, high)
            name_label.setGeometry(pad, top, right - count - pad - look.px(8), high)
        self._fill()

    def _turn_page(self) -> None:
        self._page = (self._page + 1) % self.pages
        self._fill()

    def _fill(self) -> None:
        first = self._page * len(self._lines)
        shown = self._rows[first : first + len(self._lines)]
        for index, labels in enumerate(self._lines):
            row = shown[index] if index < len(shown) else WaitRow("", "", "")
            for label, text in zip(labels, (row.name, row.count, row.wait), strict=True):
                label.say(text)
        self._idle.setVisible(not self._rows)
        self._page_label.say(f"{self._page + 1}/{self.pages}" if self.pages > 1 else "")
        self._set_rules([self._span(index)[0] for index in range(len(shown))])

    def _span(self, index: int) -> tuple[int, int]:
        head, foot = self._look.px(84), self._look.px(12)
        step = (self.height() - head - foot) / len(self._lines)
        top = round(head + index * step)
        return top, round(head + (index + 1) * step) - top
