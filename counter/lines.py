"""The lists at the right: who waits, who is held, who was missed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from counter import words
from counter.desk import Act
from counter.pieces import Badge, Elided, LineButton, NumberButton
from db.desks import Desk, WaitingTurn
from desktop.labels import label, rule
from desktop.theme import Look
from station.texts import Texts

LONGEST: Final = 40
"""Lines that are drawn; the rest is counted in words."""

Allows = Callable[[Act, str], bool]


class Lists(QWidget):
    """Waiting, held and missed visitors of one desk.

    ``pressed`` carries the act and the turn of a line's button.

    Args:
        look: Of the window.
        texts: Of the screen.
    """

    pressed = Signal(object, str)

    def __init__(self, look: Look, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._texts = texts
        self._shown: tuple[object, ...] | None = None
        self._callers: dict[str, NumberButton] = {}
        # The shared bar is made for fingers; beside a list that is read it would shout.
        self.setStyleSheet(
            f"QScrollBar:vertical {{ width: {look.px(6)}px; }}"
            f"QScrollBar::handle:vertical {{ background: {look.palette.line};"
            f" border-radius: {look.px(3)}px; }}"
        )
        lines = QVBoxLayout(self)
        lines.setContentsMargins(look.px(20), look.px(18), look.px(8), look.px(12))
        lines.setSpacing(look.px(6))
        self._title = label(look, "", size=19, weight=700)
        lines.addWidget(self._title)
        self._waiting, area = _scrolled()
        lines.addWidget(area, 3)
        self._aside_title = label(look, "", size=17, weight=600, tone="muted")
        lines.addWidget(self._aside_title)
        self._aside, self._aside_area = _scrolled()
        lines.addWidget(self._aside_area, 2)

    def show_desk(self, view: Desk, now: datetime, allows: Allows, *, is_ready: bool) -> None:
        """Show the lists; drawn anew only where something a person sees has changed."""
        minute = int(now.timestamp() // 60)
        free = view.present is None
        seen = (view.waiting, view.missed, view.held, minute, is_ready, free)
        if seen == self._shown:
            return
        self._shown = seen
        texts = self._texts
        self._title.setText(texts.t("Waiting {count}", count=texts.number(len(view.waiting))))
        _clear(self._waiting)
        self._callers.clear()
        for index, line in enumerate(view.waiting[:LONGEST]):
            if index:
                self._waiting.addWidget(rule())
            self._waiting.addWidget(
                self._waiting_line(
                    line, now, can_call=is_ready and allows(Act.CALL_WAITING, line.turn)
                )
            )
        if len(view.waiting) > LONGEST:
            more = texts.t("and {count} more", count=texts.number(len(view.waiting) - LONGEST))
            self._waiting.addWidget(label(self._look, more, size=16, tone="muted"))
        if not view.waiting:
            self._waiting.addWidget(
                label(self._look, texts.t("Nobody is waiting."), size=16.5, tone="muted")
            )
        self._waiting.addStretch(1)
        self._show_aside(view, allows, is_ready=is_ready)

    def _show_aside(self, view: Desk, allows: Allows, *, is_ready: bool) -> None:
        texts = self._texts
        _clear(self._aside)
        has_any = bool(view.held or view.missed)
        self._aside_title.setVisible(has_any)
        self._aside_area.setVisible(has_any)
        if not has_any:
            return
        parts = [texts.t("Held")] if view.held else []
        parts += [texts.t("Missed")] if view.missed else []
        self._aside_title.setText(" · ".join(parts))
        for line in view.held[:LONGEST]:
            about = texts.t("held")
            acts: tuple[Act, ...] = (Act.RESUME,)
            self._aside.addWidget(self._aside_line(line, about, acts, allows, is_ready=is_ready))
        for line in view.missed[:LONGEST]:
            about = words.missed_words(texts, line)
            acts = (Act.CALL_MISSED, Act.RETURN)
            self._aside.addWidget(self._aside_line(line, about, acts, allows, is_ready=is_ready))
        self._aside.addStretch(1)

    def under(self, turn: str) -> QPoint:
        """Return the place on screen under a waiting line's number, for a menu."""
        button = self._callers.get(turn)
        corner = button.rect().bottomLeft() if button else QPoint()
        return (button or self).mapToGlobal(corner)

    def _waiting_line(self, line: WaitingTurn, now: datetime, *, can_call: bool) -> QWidget:
        look, texts = self._look, self._texts
        made, parts = self._line(line, self._caller(line) if can_call else None)
        service = Elided(look, texts.name(line.service_names), size=16.5)
        parts.addWidget(service, 1)
        if line.elsewhere is not None:
            parts.addWidget(
                Badge(look, texts.t("at counter {counter}", counter=line.elsewhere), is_quiet=True)
            )
        elif line.is_paused:
            parts.addWidget(Badge(look, texts.t("paused"), is_quiet=True))
        if line.is_priority:
            parts.addWidget(Badge(look, texts.t("Priority")))
        waited = label(look, words.waited_words(texts, line, now), size=16.5, tone="muted")
        waited.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        waited.setMinimumWidth(look.px(66))
        parts.addWidget(waited)
        return made

    def _caller(self, line: WaitingTurn) -> NumberButton:
        """Make the number a button: it asks why this visitor is to be called out of order."""
        about = words.out_of_order_words(self._texts, line.number)
        button = NumberButton(self._look, line.number, about)
        button.clicked.connect(partial(self._send, Act.CALL_WAITING, line.turn))
        self._callers[line.turn] = button
        return button

    def _aside_line(
        self,
        line: WaitingTurn,
        about: str,
        acts: Sequence[Act],
        allows: Allows,
        *,
        is_ready: bool,
    ) -> QWidget:
        look, texts = self._look, self._texts
        made = QWidget()
        whole = QVBoxLayout(made)
        whole.setContentsMargins(0, 0, 0, look.px(8))
        whole.setSpacing(0)
        first, parts = self._line(line)
        parts.addWidget(Elided(look, texts.name(line.service_names), size=16.5), 1)
        parts.addWidget(label(look, about, size=15, tone="muted"))
        whole.addWidget(first)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 0, look.px(12), 0)
        buttons.setSpacing(look.px(8))
        buttons.addStretch(1)
        for act in acts:
            button = LineButton(look, words.act_words(texts, act), line.number)
            button.setEnabled(is_ready and allows(act, line.turn))
            button.clicked.connect(partial(self._send, act, line.turn))
            buttons.addWidget(button)
        whole.addLayout(buttons)
        return made

    def _send(self, act: Act, turn: str, is_checked: bool = False) -> None:
        del is_checked
        self.pressed.emit(act, turn)

    def _line(
        self, line: WaitingTurn, caller: NumberButton | None = None
    ) -> tuple[QWidget, QHBoxLayout]:
        look = self._look
        made = QWidget()
        parts = QHBoxLayout(made)
        parts.setContentsMargins(0, look.px(8), look.px(12), look.px(8))
        parts.setSpacing(look.px(10))
        number = caller or label(look, line.number, size=18, weight=700)
        number.setMinimumWidth(look.px(76))
        parts.addWidget(number)
        return made, parts


def _scrolled() -> tuple[QVBoxLayout, QScrollArea]:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    inner = QWidget()
    lines = QVBoxLayout(inner)
    lines.setContentsMargins(0, 0, 0, 0)
    lines.setSpacing(0)
    area.setWidget(inner)
    return lines, area


def _clear(lines: QVBoxLayout) -> None:
    while (item := lines.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
