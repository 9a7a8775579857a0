"""The card of the visitor at the desk: number, service, since when."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from counter import words
from counter.pieces import Elided
from db.desks import Desk
from desktop.labels import label, row
from desktop.theme import Look, Type
from rules.turn import TurnStatus
from station.texts import Texts


class PresentCard(QFrame):
    """Who is at the desk, or that it is free and how many wait.

    Args:
        look: Of the window.
        texts: Of the screen.
    """

    def __init__(self, look: Look, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self.setProperty("kind", "card")
        lines = QVBoxLayout(self)
        side = look.px(28)
        lines.setContentsMargins(side, look.px(20), side, look.px(20))
        lines.setSpacing(look.px(2))
        top = row(look, spacing=12)
        self._caption = Elided(look, size=18, weight=600, tone="muted")
        self._since = label(look, "", size=19, weight=700)
        self._since.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self._caption, 1)
        top.addWidget(self._since)
        lines.addLayout(top)
        lines.addStretch(1)
        self.number = label(look, "", Type.HERO, tone="primary", size=104)
        self.number.setObjectName("present-number")
        self._headline = label(look, "", size=29, weight=700, wrap=True)
        lines.addWidget(self.number)
        lines.addWidget(self._headline)
        self._service = Elided(look, size=21, weight=600)
        self._details = label(look, "", size=16.5, tone="muted", wrap=True)
        lines.addWidget(self._service)
        lines.addWidget(self._details)
        lines.addStretch(1)
        self._from: datetime | None = None

    def show_desk(self, view: Desk, status: TurnStatus | None, now: datetime) -> None:
        """Show the desk as read."""
        texts = self._texts
        present = view.present
        self._caption.say(words.state_words(texts, status))
        self.number.setVisible(present is not None)
        self._service.setVisible(present is not None)
        self._headline.setVisible(present is None)
        if present is None:
            self._from = None
            self.number.clear()
            self._headline.setText(words.free_words(texts, view, now))
            self._details.setText(
                texts.t("Call the next number when you are ready.") if view.waiting else ""
            )
        else:
            self._from = present.started_at if status is TurnStatus.SERVING else present.called_at
            self.number.setText(present.number)
            self._service.say(texts.name(view.present_names or {}))
            self._details.setText(words.visitor_words(texts, view))
        self.tick(now)

    def tick(self, now: datetime) -> None:
        """Show how long this has been so."""
        text = words.running(now - self._from) if self._from is not None else ""
        if text != self._since.text():
            self._since.setText(text)

    @property
    def since(self) -> QLabel:
        """The label of the running time."""
        return self._since
