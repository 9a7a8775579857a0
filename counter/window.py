"""The console's window: sign-in page or desk page, the small bar, and the keys of both."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from counter import words
from counter.bar import Bar
from counter.desk import Act
from counter.menus import ReasonMenu, ServiceMenu
from counter.pads import PadsState
from counter.page import DeskPage
from counter.pieces import ROOMY, fit
from counter.presenter import DeskPresenter, Note
from counter.sign_in import SignInPage
from db.halls import Hall
from desktop.motif import Backdrop
from desktop.sheet import style_sheet
from desktop.theme import palette
from rules.errors import KnownError
from rules.reason import CallReason
from station.texts import Texts

LEAST: Final = QSize(900, 600)
_TICK_MS: Final = 1_000
_NOTE_MS: Final = 8_000


class CounterWindow(Backdrop):
    """The officer's console.

    Args:
        presenter: The desk.
        texts: Of the screen.
        theme: The station's own choice; None leaves it to the site.
        counter: The station's own counter, filled in at the sign-in.
    """

    def __init__(
        self,
        presenter: DeskPresenter,
        texts: Texts,
        theme: str | None,
        counter: str = "",
        parent: QWidget | None = None,
    ) -> None:
        self._colours = palette(theme)
        super().__init__(fit(self._colours, LEAST), parent)
        self._presenter = presenter
        self._texts = texts
        self._theme = theme
        self._counter = counter
        self._site = ""
        self._hall: Hall | None = None
        self._pads = PadsState()
        self._note = Note("", is_fault=False)
        self.desk: DeskPage | None = None
        self.entry: SignInPage | None = None
        self.bar: Bar | None = None
        self._factor = 0.0
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self.setMinimumSize(LEAST)
        self.setWindowTitle(texts.t("Counter"))
        self._ticks = QTimer(self)
        self._ticks.setInterval(_TICK_MS)
        self._ticks.timeout.connect(self._tick)
        self._note_ends = QTimer(self)
        self._note_ends.setSingleShot(True)
        self._note_ends.setInterval(_NOTE_MS)
        self._note_ends.timeout.connect(self._clear_note)
        self._add_keys(self)
        presenter.changed.connect(self._show)
        presenter.noted.connect(self._show_note)
        presenter.hall_known.connect(self._show_hall)
        presenter.signed_in.connect(self._build)
        presenter.signed_out.connect(self._signed_out)
        presenter.sign_in_failed.connect(self._sign_in_failed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Build the page for the new size where its scale differs."""
        super().resizeEvent(event)
        if fit(self._colours, self.size()).factor != self._factor:
            self._build()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave the counter free for the next officer; a visitor at the desk keeps it."""
        self._presenter.sign_out()
        if self.bar is not None:
            self.bar.close()
        super().closeEvent(event)

    def shown(self) -> str:
        """Return the kind of page on show; "" before the site is known."""
        page = self.desk or self.entry
        return type(page).__name__ if self._site else ""

    @Slot()
    def toggle_bar(self) -> None:
        """Shrink to the small bar, or open the whole window again."""
        if self.bar is not None and self.bar.isVisible():
            self.show()
            self.bar.hide()
            return
        if self.bar is None or self.desk is None:
            return
        screen = (self.screen() or QApplication.primaryScreen()).availableGeometry()
        self.bar.move(
            screen.left() + (screen.width() - self.bar.width()) // 2,
            screen.bottom() - self.bar.height() - 8,
        )
        self.bar.show()
        self.hide()

    @Slot(object)
    def show_pads(self, pads: PadsState) -> None:
        """Show whether the call pads are there."""
        self._pads = pads
        if self.desk is not None:
            self.desk.show_pads(pads)

    @Slot()
    def _build(self) -> None:
        """Build the page for the present size, theme and officer."""
        look = fit(self._colours, self.size())
        self._factor = look.factor
        self.set_look(look)
        self.setStyleSheet(style_sheet(look))
        typed = self.entry.texts_entered() if self.entry is not None else None
        self._drop_pages()
        if self._presenter.state.is_signed_in:
            self._build_desk()
        else:
            entry = SignInPage(look, self._texts, self._site, self._counter)
            if typed is not None:
                entry.fill(*typed)
            entry.submitted.connect(self._presenter.sign_in)
            self.entry = entry
            self._whole.addWidget(entry)

    def _build_desk(self) -> None:
        look = fit(self._colours, self.size())
        desk = DeskPage(look, self._texts)
        desk.pressed.connect(self._press)
        desk.sign_out_pressed.connect(self._presenter.sign_out)
        desk.bar_pressed.connect(self.toggle_bar)
        self.desk = desk
        self._whole.addWidget(desk)
        # No button has the focus until Tab is pressed: a stray Enter does nothing.
        desk.setFocus()
        # The bar lies on other programs: its size has nothing to do with this window's.
        bar = Bar(fit(self._colours, ROOMY), self._texts)
        bar.pressed.connect(self._press)
        bar.back_pressed.connect(self.toggle_bar)
        self._add_keys(bar)
        self.bar = bar
        desk.show_pads(self._pads)
        desk.show_note(self._note)
        self._show()
        self._ticks.start()

    def _drop_pages(self) -> None:
        self._ticks.stop()
        if self.bar is not None:
            if self.bar.isVisible():
                self.show()
            self.bar.close()
            self.bar.deleteLater()
        for page in (self.desk, self.entry):
            if page is not None:
                self._whole.removeWidget(page)
                page.hide()
                page.deleteLater()
        self.desk = self.entry = self.bar = None

    @Slot()
    def _show(self) -> None:
        state, now = self._presenter.state, self._presenter.now()
        if self.desk is not None:
            self.desk.show_state(state, now)
        if self.bar is not None:
            self.bar.show_state(state, now)

    @Slot()
    def _tick(self) -> None:
        state, now = self._presenter.state, self._presenter.now()
        if self.bar is not None and self.bar.isVisible():
            self.bar.tick(now)
        elif self.desk is not None:
            self.desk.tick(now)
            if now.second == 0:
                self.desk.show_state(state, now)

    @Slot(object)
    def _show_note(self, note: Note) -> None:
        self._note = note
        if note.words:
            self._note_ends.start()
        if self.desk is not None:
            self.desk.show_note(note)
        if self.bar is not None:
            self.bar.show_note(note)

    @Slot()
    def _clear_note(self) -> None:
        self._show_note(Note("", is_fault=False))
        self._show()

    @Slot(object)
    def _show_hall(self, hall: Hall) -> None:
        self._hall = hall
        site = f"{hall.site.name} {hall.site.place}".strip()
        colours = palette(self._theme or hall.site.theme)
        self._site = site
        if colours != self._colours:
            self._colours = colours
            self._build()
        elif self.entry is not None:
            # Not built anew: whoever is about to press its button shall find it there.
            self.entry.show_site(site)

    @Slot()
    def _signed_out(self) -> None:
        self._note = Note("", is_fault=False)
        self._build()

    @Slot(object)
    def _sign_in_failed(self, fault: KnownError) -> None:
        if self.entry is not None:
            self.entry.show_fault(fault)

    @Slot(object, str)
    def _press(self, act: Act, turn: str) -> None:
        if act is Act.TRANSFER:
            self._choose_service()
        elif act is Act.CALL_WAITING:
            self._choose_reason(turn)
        else:
            self._presenter.press(act, turn or None)

    def _key(self, act: Act) -> None:
        if self.desk is not None:
            self._press(act, "")

    def _choose_service(self) -> None:
        desk, hall, view = self.desk, self._hall, self._presenter.state.view
        allowed = self._presenter.state.is_ready and self._presenter.state.allows(Act.TRANSFER)
        if desk is None or hall is None or view is None or view.present is None or not allowed:
            return
        menu = ServiceMenu(fit(self._colours, self.size()), self._texts, hall, self)
        menu.chosen.connect(partial(self._transfer, view.present.turn))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(desk.under(Act.TRANSFER))

    def _choose_reason(self, turn: str) -> None:
        state = self._presenter.state
        allowed = state.is_ready and state.allows(Act.CALL_WAITING, turn)
        if self.desk is None or state.view is None or not allowed:
            return
        number = next(row.number for row in state.view.waiting if row.turn == turn)
        menu = ReasonMenu(fit(self._colours, self.size()), self._texts, number, self)
        menu.chosen.connect(partial(self._call_waiting, turn))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.desk.lists.under(turn))

    def _call_waiting(self, turn: str, reason: CallReason) -> None:
        # The desk may have moved on while the menu was open: then it is no order.
        self._presenter.press(Act.CALL_WAITING, turn, reason=reason)

    def _transfer(self, turn: str, service: str) -> None:
        present = self._presenter.state.view.present if self._presenter.state.view else None
        if present is not None and present.turn == turn:
            # The desk may have moved on while the menu was open.
            self._presenter.press(Act.TRANSFER, service=service)

    def _add_keys(self, window: QWidget) -> None:
        for act, key in words.KEYS.items():
            shortcut = QShortcut(QKeySequence(key), window)
            shortcut.setAutoRepeat(False)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(partial(self._key, act))
        shortcut = QShortcut(QKeySequence(words.BAR_KEY), window)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(self.toggle_bar)
