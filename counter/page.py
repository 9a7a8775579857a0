"""The desk's page: header, the visitor, the acts with the next one largest, the lists."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from counter import words
from counter.card import PresentCard
from counter.desk import Act, DeskState
from counter.lines import Lists
from counter.pads import PadsState
from counter.pieces import Elided, KeyButton
from counter.presenter import Note
from db.desks import Desk
from desktop import icons
from desktop.labels import label, row, rule
from desktop.theme import Look
from station.hours_words import clock_words, opening_words
from station.texts import Texts

PLACES: Final = {
    Act.RECALL: (0, 0),
    Act.MISSED: (0, 1),
    Act.HOLD: (1, 0),
    Act.TRANSFER: (1, 1),
    Act.UNDO: (2, 0),
}
"""Each act keeps its place, so that a hand finds it without looking."""

PAD_ICONS: Final = {True: "keyboard", False: "circle-alert"}


class DeskPage(QWidget):
    """Everything that an officer needs with a visitor.

    ``pressed`` carries an act and, for the acts of the lists, a turn.

    Args:
        look: Of the window.
        texts: Of the screen.
    """

    pressed = Signal(object, str)
    sign_out_pressed = Signal()
    bar_pressed = Signal()

    def __init__(self, look: Look, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._texts = texts
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._make_header())
        whole.addWidget(rule())
        self._away = _AwayBar(look)
        whole.addWidget(self._away)
        self._clock = _AwayBar(look, icon="clock", name="clock")
        whole.addWidget(self._clock)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addLayout(self._make_desk(), 62)
        edge = QFrame()
        edge.setFixedWidth(look.line)
        edge.setStyleSheet(f"background: {look.palette.line};")
        body.addWidget(edge)
        panel = QFrame()
        panel.setProperty("kind", "panel")
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(0, 0, 0, 0)
        self.lists = Lists(look, texts)
        self.lists.pressed.connect(self.pressed)
        inside.addWidget(self.lists)
        body.addWidget(panel, 38)
        whole.addLayout(body, 1)

    def show_state(self, state: DeskState, now: datetime) -> None:
        """Show the desk as the presenter knows it."""
        view = state.view
        if view is None:
            return
        texts = self._texts
        self._counter.setText(texts.name(view.counter_names))
        self._place.say(words.place_words(texts, view))
        self._officer.setText(f"{view.officer_name} · {words.figures_words(texts, view)}")
        self.card.show_desk(view, state.status, now)
        can_press = state.is_signed_in and state.away_since is None
        self._show_acts(state, can_press=can_press)
        self.lists.show_desk(view, now, state.allows, is_ready=can_press)
        self._show_away(view, state.away_since)
        # That a hall never closes is no news to who works there.
        is_news = view.opening is not None and (
            not view.opening.is_open or view.opening.closes_at is not None
        )
        self._hours.setText(opening_words(texts, view.opening) if is_news else "")
        wrong = clock_words(texts, view.clock)
        self._clock.say(wrong)
        self._clock.setVisible(bool(wrong))

    def show_note(self, note: Note) -> None:
        """Show a message over the acts; "" takes it away."""
        self._note.setProperty("tone", "primary" if note.is_fault else "muted")
        self._note.style().polish(self._note)
        self._note.setText(note.words)

    def show_pads(self, pads: PadsState) -> None:
        """Show quietly whether the call pads are there; nothing where there are none."""
        is_known = pads.is_connected is not None
        self._pad_icon.setVisible(is_known)
        self._pad.setVisible(is_known)
        if pads.is_connected is None:
            return
        texts, colours = self._texts, self._look.palette
        name = PAD_ICONS[pads.is_connected]
        edge = self._look.px(18)
        colour = colours.muted if pads.is_connected else colours.primary
        self._pad_icon.setPixmap(icons.pixmap(name, colour, edge, self.devicePixelRatioF()))
        self._pad.setText(texts.t("Call pad") if pads.is_connected else texts.t("Pad unplugged"))
        self._pad.setToolTip(pads.detail)

    def under(self, act: Act) -> QPoint:
        """Return the place on screen under an act's button, for a menu."""
        button = self._others[act]
        return button.mapToGlobal(button.rect().bottomLeft())

    def tick(self, now: datetime) -> None:
        """Let the running time run."""
        self.card.tick(now)

    def _make_header(self) -> QWidget:
        look, texts = self._look, self._texts
        made = QFrame()
        made.setFixedHeight(look.px(72))
        parts = row(look, spacing=12, margins=(24, 0, 20, 0))
        made.setLayout(parts)
        parts.addWidget(_tile(look))
        self._counter = label(look, "", size=19, weight=700)
        parts.addWidget(self._counter)
        parts.addSpacing(look.px(2))
        self._place = Elided(look, size=17, tone="muted")
        parts.addWidget(self._place, 5)
        self._pad_icon = QLabel()
        self._pad = label(look, "", size=14, weight=500, tone="muted")
        for part in (self._pad_icon, self._pad):
            part.hide()
            parts.addWidget(part)
        self._officer = label(look, "", size=16.5, tone="muted")
        parts.addWidget(self._officer)
        self._bar_button = KeyButton(look, texts.t("Small bar"), words.BAR_KEY, size=15, height=40)
        self._bar_button.clicked.connect(self.bar_pressed)
        parts.addWidget(self._bar_button)
        self._out = KeyButton(look, texts.t("Sign out"), size=15, height=40)
        self._out.clicked.connect(self.sign_out_pressed)
        parts.addWidget(self._out)
        return made

    def _make_desk(self) -> QVBoxLayout:
        look = self._look
        desk = QVBoxLayout()
        side = look.px(24)
        desk.setContentsMargins(side, look.px(22), side, look.px(16))
        desk.setSpacing(0)
        self.card = PresentCard(look, self._texts)
        self.card.setMinimumHeight(look.px(206))
        self.card.setMaximumHeight(look.px(286))
        desk.addWidget(self.card, 4)
        self._note = label(look, "", size=16, weight=600, tone="primary", wrap=True)
        self._note.setObjectName("note")
        self._note.setMinimumHeight(look.px(44))
        self._note.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        desk.addWidget(self._note)
        self._primary: dict[Act, KeyButton] = {}
        next_acts = row(look, spacing=12)
        for act in (Act.CALL_NEXT, Act.START, Act.FINISH):
            button = self._button(act, size=23, height=76, is_filled=True)
            self._primary[act] = button
            next_acts.addWidget(button, 3)
        # While serving, calling on is the other way to go on; it finishes the visit.
        self._call_on = self._button(Act.CALL_NEXT, size=18, height=76)
        next_acts.addWidget(self._call_on, 2)
        desk.addLayout(next_acts)
        desk.addSpacing(look.px(16))
        grid = QGridLayout()
        grid.setHorizontalSpacing(look.px(12))
        grid.setVerticalSpacing(look.px(12))
        self._others: dict[Act, KeyButton] = {}
        for act, (line, column) in PLACES.items():
            button = self._button(act, size=17, height=52)
            self._others[act] = button
            grid.addWidget(button, line, column)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        desk.addLayout(grid)
        desk.addSpacing(look.px(12))
        self._hours = label(look, "", size=15, tone="muted", wrap=True)
        self._hours.setObjectName("hours")
        desk.addWidget(self._hours)
        desk.addStretch(1)
        return desk

    def _button(
        self, act: Act, *, size: float, height: float, is_filled: bool = False
    ) -> KeyButton:
        button = KeyButton(
            self._look,
            words.act_words(self._texts, act),
            words.KEYS.get(act, ""),
            is_filled=is_filled,
            size=size,
            height=height,
        )
        button.clicked.connect(partial(self._send, act))
        return button

    def _send(self, act: Act, is_checked: bool = False) -> None:
        del is_checked
        self.pressed.emit(act, "")

    def _show_acts(self, state: DeskState, *, can_press: bool) -> None:
        primary = state.primary
        for act, button in self._primary.items():
            button.setVisible(act is primary)
            button.setEnabled(can_press and act is primary)
        for act, button in self._others.items():
            button.setEnabled(can_press and state.allows(act))
        self._call_on.setVisible(primary is Act.FINISH)
        self._call_on.setEnabled(can_press and primary is Act.FINISH)
        self._out.setEnabled(can_press and state.status is None)

    def _show_away(self, view: Desk, since: datetime | None) -> None:
        if since is None:
            self._away.hide()
            return
        self._away.say(
            self._texts.t(
                "Connection to the server lost since {time}; the buttons come back by themselves",
                time=words.clock_words(self._texts, view, since),
            )
        )
        self._away.show()


class _AwayBar(QFrame):
    """What keeps everybody from working: one clear line across the window."""

    def __init__(
        self,
        look: Look,
        parent: QWidget | None = None,
        *,
        icon: str = "wifi-off",
        name: str = "away",
    ) -> None:
        super().__init__(parent)
        colours = look.palette
        self.setStyleSheet(f"background: {colours.text};")
        parts = row(look, spacing=12, margins=(24, 10, 24, 10))
        self.setLayout(parts)
        mark = QLabel()
        mark.setPixmap(icons.pixmap(icon, colours.bg, look.px(22), self.devicePixelRatioF()))
        parts.addWidget(mark)
        self._words = label(look, "", size=17, weight=600, wrap=True)
        self._words.setStyleSheet(f"color: {colours.bg};")
        self._words.setObjectName(name)
        parts.addWidget(self._words, 1)
        self.hide()

    def say(self, text: str) -> None:
        """Show a text."""
        self._words.setText(text)


def _tile(look: Look) -> QLabel:
    """Make the logo on a filled tile."""
    made = QLabel()
    edge = look.px(42)
    made.setFixedSize(edge, edge)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    drawn: QPixmap = icons.logo(look.palette.on_primary, look.px(25), made.devicePixelRatioF())
    made.setPixmap(drawn)
    made.setStyleSheet(f"background: {look.palette.primary}; border-radius: {look.px(11)}px;")
    return made
