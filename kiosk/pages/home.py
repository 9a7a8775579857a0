"""The first page: one question, one search, and every agency in one list."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel

from db.halls import AgencyView
from desktop.headline import Headline
from desktop.labels import column, label, row, rule
from desktop.lists import TouchList
from desktop.theme import Type
from desktop.touch import Tile, TouchButton, chip
from kiosk import flow, words
from kiosk.pages.page import BAR, Page, Scene

LANGUAGES = {"id": "Indonesia", "en": "English"}


class HomePage(Page):
    """Built once for a catalogue; the window keeps it while other pages are shown."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._visits = scene.presenter.flow.visits
        self._list = TouchList(
            scene.look,
            self._agencies(),
            more=self.t("See more"),
            to_top=self.t("To the top"),
        )
        if self.look.is_portrait:
            self._stand()
        else:
            self._lie()

    def shows(self, page: flow.Page) -> bool:
        """Show home."""
        return isinstance(page, flow.Home)

    def refresh(self) -> None:
        """Start at the top for the next visitor."""
        if self._visits != self.presenter.flow.visits:
            self._visits = self.presenter.flow.visits
            self._list.go_to(0)

    def _stand(self) -> None:
        look = self.look
        lines = self.sheet()
        self.put(lines, self.header(is_large=True))
        lines.addSpacing(look.px(72))
        self.put(lines, self._question())
        lines.addSpacing(look.px(40))
        self.put(lines, self._search())
        lines.addSpacing(look.px(48))
        self.put(lines, self._heading())
        lines.addSpacing(look.px(18))
        lines.addWidget(self._list, 1)
        lines.addSpacing(look.px(24))
        self.put(lines, rule())
        lines.addSpacing(look.px(24))
        self.put(lines, self._languages())
        lines.addSpacing(look.px(20))
        self.put(lines, self._hours())

    def _lie(self) -> None:
        look = self.look
        lines = self.sheet()
        self.put(lines, self.header(is_large=True))
        lines.addSpacing(look.px(40))
        halves = row(look, spacing=64)
        left = column(look)
        left.addStretch(1)
        left.addWidget(self._question())
        left.addSpacing(look.px(36))
        left.addWidget(self._search())
        left.addStretch(2)
        left.addLayout(self._languages())
        left.addSpacing(look.px(20))
        left.addWidget(self._hours())
        right = column(look)
        self.put(right, self._heading())
        right.addSpacing(look.px(18))
        right.addWidget(self._list, 1)
        halves.addLayout(left, 10)
        halves.addLayout(right, 17)
        lines.addLayout(halves, 1)

    def _question(self) -> Headline:
        size = Type.HERO.size if self.look.is_portrait else 74
        return Headline(self.look, self.t("What do you need today?"), Type.HERO, size=size)

    def _search(self) -> TouchButton:
        button = TouchButton(
            self.look,
            self.t("Type, for example “lost ID card”"),
            "field",
            icon="search",
            type_=Type.BODY,
            height=122,
        )
        button.clicked.connect(partial(self.presenter.open_search, ""))
        return button

    def _heading(self) -> QHBoxLayout:
        line = row(self.look)
        line.addWidget(label(self.look, self.t("Or choose an agency"), Type.LABEL, weight=600))
        line.addStretch()
        count = self.scene.texts.n("{count} agency", "{count} agencies", len(self._open_agencies()))
        line.addWidget(label(self.look, count, Type.SMALL, tone="muted"))
        return line

    def _open_agencies(self) -> list[AgencyView]:
        hall = self.presenter.hall
        return [agency for agency in hall.agencies if agency.services] if hall else []

    def _agencies(self) -> QGridLayout:
        look, texts = self.look, self.scene.texts
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, look.px(BAR), 0)
        grid.setSpacing(look.px(22))
        for place, agency in enumerate(self._open_agencies()):
            names = ", ".join(texts.name(service.names) for service in agency.services)
            tile = Tile(look, texts.name(agency.names), names, icon=agency.icon, is_brief=True)
            tile.clicked.connect(partial(self.presenter.open_agency, agency.code))
            grid.addWidget(tile, place // 2, place % 2)
        for side in (0, 1):
            grid.setColumnStretch(side, 1)
            grid.setColumnMinimumWidth(side, look.px(300))
        return grid

    def _languages(self) -> QHBoxLayout:
        line = row(self.look, spacing=20)
        for code, name in LANGUAGES.items():
            button = chip(self.look, name)
            button.setChecked(code == self.scene.texts.language)
            button.clicked.connect(partial(self._speak, code))
            line.addWidget(button)
        line.addStretch()
        return line

    def _speak(self, language: str) -> None:
        self.presenter.speak(language)

    def _hours(self) -> QLabel:
        is_open = not self._closed_words()
        line = label(
            self.look,
            self._hours_words(),
            Type.SMALL if is_open else Type.LABEL,
            tone="muted" if is_open else "primary",
            weight=400 if is_open else 700,
            wrap=True,
        )
        line.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return line

    def _closed_words(self) -> str:
        presenter = self.presenter
        closed = words.closed_words(self.scene.texts, presenter.opening, presenter.clock_fault)
        if closed and presenter.giving is not None and presenter.giving.is_partly_open:
            closed = f"{closed} {self.t('Some services are open now: choose yours.')}"
        return closed

    def _hours_words(self) -> str:
        texts, opening = self.scene.texts, self.presenter.opening
        closed = self._closed_words()
        if closed or opening is None:
            return closed
        free = texts.t("Numbers are free of charge")
        if opening.closes_at is None or opening.last_ticket_at is None:
            return free
        open_words = texts.t(
            "Open until {closes} · last number {last}",
            closes=texts.time(opening.closes_at),
            last=texts.time(opening.last_ticket_at),
        )
        return f"{open_words} · {free}"
