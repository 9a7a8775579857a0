"""The small bar: one row that stays on top of the officer's other programs."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from counter import words
from counter.desk import Act, DeskState
from counter.pieces import Elided, KeyButton
from counter.presenter import Note
from desktop.labels import label, row
from desktop.sheet import style_sheet
from desktop.theme import Look, Type
from rules.turn import TurnStatus
from station.texts import Texts

WIDE = 940
HIGH = 76


class Bar(QWidget):
    """Number, time, the next act and one more; dragged by any free place.

    ``pressed`` carries an act (and ""), ``back_pressed`` opens the whole window again.
    """

    pressed = Signal(object, str)
    back_pressed = Signal()

    def __init__(self, look: Look, texts: Texts, parent: QWidget | None = None) -> None:
        flags = (
            Qt.WindowType.Tool
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
        )
        super().__init__(parent, flags)
        self._look = look
        self._texts = texts
        # A tool window must not end the program, nor keep it from ending.
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, on=False)
        self.setStyleSheet(style_sheet(look))
        self.setWindowTitle(texts.t("Small bar"))
        self.setFixedSize(QSize(look.px(WIDE), look.px(HIGH)))
        parts = row(look, spacing=12, margins=(22, 0, 12, 0))
        self.setLayout(parts)
        self._number = label(look, "", Type.HERO, tone="primary", size=30)
        self._number.setObjectName("bar-number")
        parts.addWidget(self._number)
        self._service = Elided(look, size=17, weight=500)
        parts.addWidget(self._service, 1)
        self._figures = label(look, "", size=16, tone="muted")
        parts.addWidget(self._figures)
        self._buttons: dict[Act, KeyButton] = {}
        for act in (Act.CALL_NEXT, Act.START, Act.FINISH):
            self._add(act, is_next=True)
        self._second: dict[Act, KeyButton] = {}
        for act in (Act.RECALL, Act.CALL_NEXT):
            self._add(act, is_next=False)
        self._back = KeyButton(look, texts.t("Open"), words.BAR_KEY, size=15, height=44)
        self._back.clicked.connect(self.back_pressed)
        parts.addWidget(self._back)
        self._note = ""
        self._since: datetime | None = None
        self._waiting = ""

    def show_state(self, state: DeskState, now: datetime) -> None:
        """Show the desk."""
        view = state.view
        if view is None:
            return
        texts, present = self._texts, view.present
        self._number.setText(
            present.number if present is not None else texts.name(view.counter_names)
        )
        service = texts.name(view.present_names or {}) if present is not None else ""
        self._service.say(self._note or service or words.state_words(texts, None))
        count = texts.number(len(view.waiting))
        self._waiting = texts.t("{count} waiting", count=count)
        self._since = None
        if present is not None:
            is_serving = state.status is TurnStatus.SERVING
            self._since = present.started_at if is_serving else present.called_at
        if state.away_since is not None:
            at = words.clock_words(texts, view, state.away_since)
            self._service.say(texts.t("Server away since {time}", time=at))
        elif view.clock is not None and view.clock.fault is not None:
            self._service.say(texts.t("The clock is wrong: open the window"))
        can_press = state.is_signed_in and state.away_since is None
        for act, button in self._buttons.items():
            button.setVisible(act is state.primary)
            button.setEnabled(can_press)
        for act, button in self._second.items():
            button.setVisible(act is not state.primary and state.allows(act))
            button.setEnabled(can_press)
        self.tick(now)

    def show_note(self, note: Note) -> None:
        """Show a message instead of the service, until the next one."""
        self._note = note.words
        if note.words:
            self._service.say(note.words)

    def tick(self, now: datetime) -> None:
        """Let the running time run."""
        parts = [words.running(now - self._since)] if self._since is not None else []
        text = " · ".join([*parts, self._waiting])
        if text != self._figures.text():
            self._figures.setText(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the row and its edge."""
        del event
        colours, look = self._look.palette, self._look
        painter = QPainter(self)
        painter.setPen(QPen(QColor(colours.primary), look.line * 2))
        painter.setBrush(QColor(colours.surface))
        edge = look.line
        painter.drawRect(self.rect().adjusted(edge, edge, -edge, -edge))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Let the window manager move the bar."""
        handle = self.windowHandle()
        if event.button() is Qt.MouseButton.LeftButton and handle is not None:
            handle.startSystemMove()

    def _add(self, act: Act, *, is_next: bool) -> None:
        button = KeyButton(
            self._look,
            words.act_words(self._texts, act),
            words.KEYS[act],
            is_filled=is_next,
            size=17 if is_next else 16,
            height=48,
        )
        button.clicked.connect(partial(self._send, act))
        (self._buttons if is_next else self._second)[act] = button
        layout = self.layout()
        if layout is not None:
            layout.addWidget(button)

    def _send(self, act: Act, is_checked: bool = False) -> None:
        del is_checked
        self.pressed.emit(act, "")
