"""One agency: its services, each with its fee and how long it takes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from desktop.headline import Headline
from desktop.labels import column, icon_label, label, row
from desktop.lists import TouchList
from desktop.theme import Type
from desktop.touch import Tile
from kiosk import flow, words
from kiosk.pages.page import BAR, Page, Scene


class AgencyPage(Page):
    """At most eight services: one list that most screens show without scrolling."""

    def __init__(self, scene: Scene, page: flow.Agency) -> None:
        super().__init__(scene)
        self._code = page.code
        look, texts = self.look, scene.texts
        hall = scene.presenter.hall
        agency = (
            next((one for one in hall.agencies if one.code == page.code), None) if hall else None
        )
        lines = self.sheet()
        self.put(lines, self.header())
        lines.addSpacing(look.px(48))
        services = agency.services if agency else ()
        if agency is not None:
            title = row(look, spacing=28)
            title.addWidget(icon_label(look, agency.icon, 76), 0, Qt.AlignmentFlag.AlignTop)
            heads = column(look, spacing=6)
            heads.addWidget(Headline(look, texts.name(agency.names), size=58))
            count = texts.n(
                "{count} service, choose one", "{count} services, choose one", len(services)
            )
            heads.addWidget(label(look, count, Type.BODY, tone="muted"))
            title.addLayout(heads, 1)
            self.put(lines, title)
        lines.addSpacing(look.px(36))
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, look.px(BAR), 0)
        grid.setSpacing(look.px(20))
        grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        columns = 1 if look.is_portrait else 2
        for place, service in enumerate(services):
            fee, _ = words.fee_words(texts, service.fee, is_free=service.is_free)
            about = texts.t(
                "{fee} · about {minutes} min at the counter", fee=fee, minutes=service.duration_min
            )
            tile = Tile(look, texts.name(service.names), about, is_row=True)
            tile.clicked.connect(partial(scene.presenter.open_service, service.code))
            grid.addWidget(tile, place // columns, place % columns)
        for side in range(columns):
            grid.setColumnStretch(side, 1)
        if not services:
            grid.addWidget(
                label(look, texts.t("This agency gives no numbers here now."), wrap=True), 0, 0
            )
        lines.addWidget(
            TouchList(look, grid, more=self.t("See more"), to_top=self.t("To the top")), 1
        )
        lines.addSpacing(look.px(28))
        self.put(lines, self.ways_back())

    def shows(self, page: flow.Page) -> bool:
        """Show this agency only."""
        return isinstance(page, flow.Agency) and page.code == self._code
