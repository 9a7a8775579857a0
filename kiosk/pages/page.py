"""What every page of the kiosk has: a scene to draw, acts to call, a header and a way back."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from desktop.labels import column, label, logo_label, row
from desktop.theme import Look, Type
from desktop.touch import TouchButton
from kiosk import flow
from kiosk.presenter import Presenter
from station.texts import Texts

PORTRAIT = QSize(1080, 1920)
LANDSCAPE = QSize(1920, 1080)
SIDE = 56
"""Margin left and right, in design pixels."""
BAR = 32
"""Of the right margin: room for a list's scroll bar."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a page is built with; a page lives no longer than its scene."""

    look: Look
    texts: Texts
    presenter: Presenter


class Page(QWidget):
    """One page. The window asks ``shows`` first, then either refreshes or builds anew."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self.look = scene.look
        self.presenter = scene.presenter
        self._clock: QLabel | None = None
        self._day: QLabel | None = None

    def shows(self, page: flow.Page) -> bool:
        """Say whether this very page can show the state."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Show what has changed within the page."""

    def arrive(self) -> None:
        """Take the keyboard's focus where the page has a first thing to do."""

    def tick(self) -> None:
        """Let time pass: the clock, a countdown."""
        now = self.presenter.now()
        words = self.scene.texts.time(now)
        if self._clock is not None and self._clock.text() != words:
            self._clock.setText(words)
        if self._day is not None:
            day = self.scene.texts.long_date(now.date())
            if self._day.text() != day:
                self._day.setText(day)

    def t(self, message: str, **fields: object) -> str:
        """Translate, for facts that are no literals of a page."""
        return self.scene.texts.t(message, **fields)

    def sheet(self) -> QVBoxLayout:
        """Make the page's own layout."""
        lines = column(self.look, margins=(SIDE, 44, SIDE - BAR, 40))
        self.setLayout(lines)
        return lines

    def put(self, lines: QBoxLayout, item: QWidget | QLayout, stretch: int = 0) -> None:
        """Add what is no list: it ends where a list's content ends, before the scroll bar."""
        line = row(self.look, margins=(0, 0, BAR, 0))
        if isinstance(item, QWidget):
            line.addWidget(item)
        else:
            line.addLayout(item)
        lines.addLayout(line, stretch)

    def header(self, *, is_large: bool = False) -> QHBoxLayout:
        """Make the line of logo, hall and clock."""
        look, texts = self.look, self.scene.texts
        now = self.presenter.now()
        hall = self.presenter.hall
        line = row(look, spacing=24 if is_large else 18)
        line.addWidget(logo_label(look, 84 if is_large else 56))
        names = column(look, spacing=0)
        name = hall.site.name if hall else "Anjungan"
        place = hall.site.place if hall else ""
        names.addStretch()
        if is_large:
            names.addWidget(label(look, name, Type.STRONG, weight=700))
            if place:
                names.addWidget(label(look, place, Type.SMALL, tone="muted"))
        else:
            words = f"{name} · {place}" if place else name
            names.addWidget(label(look, words, Type.SMALL, tone="muted"))
        names.addStretch()
        line.addLayout(names)
        line.addStretch()
        clock = row(look, spacing=10)
        clock.addStretch()
        self._clock = label(
            look, texts.time(now), Type.LEAD if is_large else Type.STRONG, weight=700
        )
        clock.addWidget(self._clock, 0, Qt.AlignmentFlag.AlignBaseline)
        if is_large:
            zone = label(look, texts.zone(now), Type.SMALL, tone="muted")
            clock.addWidget(zone, 0, Qt.AlignmentFlag.AlignBaseline)
        right = column(look)
        right.addStretch()
        right.addLayout(clock)
        if is_large:
            self._day = label(look, texts.long_date(now.date()), Type.SMALL, tone="muted")
            right.addWidget(self._day, 0, Qt.AlignmentFlag.AlignRight)
        right.addStretch()
        line.addLayout(right)
        return line

    def ways_back(self) -> QHBoxLayout:
        """Make the line with Back and Home: at the foot, within reach of a wheelchair."""
        line = row(self.look, spacing=20)
        back = TouchButton(self.look, self.t("Back"), "pill", icon="arrow-left")
        back.clicked.connect(self.presenter.back)
        line.addWidget(back)
        home = TouchButton(self.look, self.t("Home"), "pill", icon="house")
        home.clicked.connect(self.presenter.home)
        line.addWidget(home)
        line.addStretch()
        return line
