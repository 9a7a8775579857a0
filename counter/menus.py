"""The console's menus: where a visitor is sent on to, and why one is called out of order."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from counter import words
from db.halls import Hall
from desktop.theme import Look, Type
from rules.reason import CHOSEN, CallReason
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
        dress(self, look)
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


class ReasonMenu(QMenu):
    """Why somebody who waits is called out of order.

    ``chosen`` carries a ``CallReason``.

    Args:
        look: Of the window.
        texts: Of the screen.
        number: Of the visitor, for the title.
    """

    chosen = Signal(object)

    def __init__(
        self, look: Look, texts: Texts, number: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        dress(self, look)
        title = self.addAction(words.out_of_order_words(texts, number))
        title.setEnabled(False)
        self.addSeparator()
        for reason in CHOSEN:
            action = self.addAction(words.reason_words(texts, reason))
            action.setData(reason.value)
        self.triggered.connect(self._take)

    def _take(self, action: QAction) -> None:
        self.chosen.emit(CallReason(str(action.data())))


def dress(menu: QMenu, look: Look) -> None:
    """Give a menu the console's look."""
    colours = look.palette
    menu.setFont(look.font(Type.BODY, size=16, weight=500))
    menu.setStyleSheet(
        f"QMenu {{ background: {colours.bg}; color: {colours.text};"
        f" border: {look.line}px solid {colours.line}; padding: {look.px(6)}px; }}"
        f"QMenu::item {{ padding: {look.px(7)}px {look.px(30)}px {look.px(7)}px"
        f" {look.px(14)}px; border-radius: {look.px(8)}px; }}"
        f"QMenu::item:disabled {{ color: {colours.muted}; }}"
        f"QMenu::item:selected {{ background: {colours.primary};"
        f" color: {colours.on_primary}; }}"
    )
