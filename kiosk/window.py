"""The kiosk's window: shows the flow's page and tells the presenter of every touch."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QStackedLayout

from desktop.motif import Backdrop
from desktop.sheet import style_sheet
from desktop.theme import Look, palette
from kiosk import flow
from kiosk.pages.agency import AgencyPage
from kiosk.pages.done import DonePage
from kiosk.pages.home import HomePage
from kiosk.pages.notice import NoticePage
from kiosk.pages.page import LANDSCAPE, PORTRAIT, Page, Scene
from kiosk.pages.search import SearchPage
from kiosk.pages.service import ServicePage
from kiosk.presenter import Presenter

_SETTLE_MS = 80
CALM_S = 0.45
"""A page that has just come takes no touch for so long: the finger meant the page before."""
CALM_DONE_S = 1.5
"""Longer where "Finish" comes up under "Take a Number", since some press twice, and slowly."""
_PRESSES = frozenset(
    {QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick, QEvent.Type.TouchBegin}
)
_SIGNS_OF_LIFE = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.KeyPress,
        QEvent.Type.Wheel,
    }
)


class KioskWindow(Backdrop):
    """Built anew, page by page, whenever size, theme or language change.

    Args:
        presenter: What is shown, and where acts go.
        theme: The station's own theme; None takes the site's.
        size: The size that the window will have.
    """

    def __init__(self, presenter: Presenter, theme: str | None, size: QSize) -> None:
        self._presenter = presenter
        self._theme = theme
        super().__init__(self._fit(size))
        self.setWindowTitle("Anjungan")
        self.setMinimumSize(320, 320)
        self._fitted = size
        self._calm_until_s = 0.0
        self._stack = QStackedLayout(self)
        self._home: HomePage | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._resized)
        presenter.page_changed.connect(self._show_page)
        presenter.queue_changed.connect(self._refresh)
        presenter.hall_changed.connect(self._rebuild)
        presenter.language_changed.connect(self._rebuild)
        presenter.ticked.connect(self._tick)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        self._rebuild()

    def shown(self) -> str:
        """Return the kind of page on show; "" before the catalogue is known."""
        return type(self._presenter.flow.page).__name__ if self._presenter.hall else ""

    @property
    def page(self) -> Page | None:
        """The page on show."""
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, Page) else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take note of every touch, whoever it is for; drop one that was meant for a page gone."""
        if event.type() in _SIGNS_OF_LIFE:
            self._presenter.touched()
        if event.type() in _PRESSES and self._presenter.uptime_s() < self._calm_until_s:
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leads back, as the button does."""
        if event.key() == Qt.Key.Key_Escape:
            self._presenter.back()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Build anew when the size has settled."""
        super().resizeEvent(event)
        if self.size() != self._fitted:
            self._settle.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop listening."""
        self._settle.stop()
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        super().closeEvent(event)

    def _fit(self, size: QSize) -> Look:
        hall = self._presenter.hall
        code = self._theme or (hall.site.theme if hall else None)
        return Look.fit(palette(code), size, PORTRAIT, LANDSCAPE)

    @Slot()
    def _resized(self) -> None:
        if self.size() != self._fitted:
            self._fitted = self.size()
            self._rebuild()

    @Slot()
    def _rebuild(self) -> None:
        look = self._fit(self._fitted)
        self.set_look(look)
        self.setStyleSheet(style_sheet(look))
        self._scene = Scene(look, self._presenter.texts, self._presenter)
        while self._stack.count():
            self._drop(self._stack.widget(0))
        self._home = None
        self._show_page()

    @Slot()
    def _show_page(self) -> None:
        state = self._presenter.flow.page
        shown = self.page
        if shown is not None and shown.shows(state):
            shown.refresh()
            return
        if isinstance(state, flow.Home) and self._home is not None:
            new: Page = self._home
            self._home.refresh()
        else:
            new = self._build(state)
            self._stack.addWidget(new)
        self._stack.setCurrentWidget(new)
        if type(new) is not type(shown):
            calm_s = CALM_DONE_S if isinstance(state, flow.Done) else CALM_S
            self._calm_until_s = self._presenter.uptime_s() + calm_s
        new.arrive()
        new.tick()
        if shown is not None and shown is not self._home:
            self._drop(shown)

    def _build(self, state: flow.Page) -> Page:
        if isinstance(state, flow.Home):
            self._home = HomePage(self._scene)
            return self._home
        if isinstance(state, flow.Search):
            return SearchPage(self._scene, state)
        if isinstance(state, flow.Agency):
            return AgencyPage(self._scene, state)
        if isinstance(state, flow.Service):
            return ServicePage(self._scene, state.code)
        if isinstance(state, flow.Issuing):
            return ServicePage(self._scene, state.order.service)
        if isinstance(state, flow.Done):
            return DonePage(self._scene, state)
        return NoticePage(self._scene, state)

    def _drop(self, page: object) -> None:
        assert isinstance(page, Page)  # noqa: S101 - the stack holds nothing else
        self._stack.removeWidget(page)
        page.hide()
        page.deleteLater()

    @Slot()
    def _refresh(self) -> None:
        if self.page is not None:
            self.page.refresh()

    @Slot()
    def _tick(self) -> None:
        if self.page is not None:
            self.page.tick()
