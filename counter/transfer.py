"""The menu of services to which a visitor can be sent on, by agency."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from db.halls import Hall
from desktop.theme import Look, Type
from station.texts import Texts


class ServiceMenu(QMenu):
    """Every open service of the hall, in its agency's submenu.

    ``chosen`` carries the service's code.

    Args:
        look: Of the window.
        texts: Of the screen.
        hall: The open catalogue.
    """

    chosen = Signal(str)

    def __init__(self, look: Look, texts: Texts, hall: Hall, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        colours = look.palette
        self.setFont(look.font(Type.BODY, size=16, weight=500))
        self.setStyleSheet(
            f"QMenu {{ background: {colours.bg}; color: {colours.text};"
            f" border: {look.line}px solid {colours.line}; padding: {look.px(6)}px; }}"
            f"QMenu::item {{ padding: {look.px(7)}px {look.px(30)}px {look.px(7)}px"
            f" {look.px(14)}px; border-radius: {look.px(8)}px; }}"
            f"QMenu::item:selected {{ background: {colours.primary};"
            f" color: {colours.on_primary}; }}"
        )
        for agency in hall.agencies:
            name = texts.name(agency.short_names) or texts.name(agency.names)
            inner = self.addMenu(name.replace("&", "&&"))
            inner.setFont(self.font())
            for service in agency.services:
                action = inner.addAction(texts.name(service.names).replace("&", "&&"))
                action.setData(service.code)
        # Also emitted for the actions of the submenus.
        self.triggered.connect(self._take)

    def _take(self, action: QAction) -> None:
        self.chosen.emit(str(action.data()))
