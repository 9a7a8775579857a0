"""The wall's window: holds the page of its present size and hands it what is to be shown."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from db.halls import Hall
from desktop.theme import Look, Palette, palette
from display.board import Announcement, Picture
from display.page import RECENT_ROWS, WallPage
from display.words import SiteWords, info_words, stale_words
from rules.hours import Opening
from station.texts import Texts

LANDSCAPE: Final = QSize(1920, 1080)
PORTRAIT: Final = QSize(1080, 1920)


class DisplayWindow(QWidget):
    """The hall display.

    Args:
        texts: Of the screen.
        theme: The station's own choice; None leaves it to the site.
    """

    def __init__(self, texts: Texts, theme: str | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self._theme = theme
        self._colours: Palette = palette(theme)
        self._site = SiteWords()
        self._picture = Picture()
        self._opening: Opening | None = None
        self._at: datetime | None = None
        self._sound_note = ""
        self._page: WallPage | None = None
        self._rebuild = QTimer(self)
        self._rebuild.setSingleShot(True)
        self._rebuild.timeout.connect(self._build)
        self.setWindowTitle(texts.t("Hall display"))
        self.setMinimumSize(QSize(480, 270))

    @property
    def page(self) -> WallPage | None:
        """The page of the present size, None before the window was first sized."""
        return self._page

    def shown(self) -> str:
        """Return the keys of the calls on the wall, newest first; "" before the first look."""
        newest, recent = self._picture.newest, self._picture.recent[:RECENT_ROWS]
        calls = recent if newest is None else (newest, *recent)
        keys = " ".join(str(call.call_seq) for call in calls)
        return f"calls {keys}" if self._picture.is_known else ""

    @Slot(object)
    def show_hall(self, hall: Hall) -> None:
        """Take the names of site and agencies, and the site's theme."""
        site = hall.site
        words = SiteWords(name=site.name, place=site.place)
        colours = palette(self._theme or site.theme)
        if (words, colours) != (self._site, self._colours):
            self._site, self._colours = words, colours
            self._build()

    @Slot(object)
    def show_picture(self, picture: Picture) -> None:
        """Show the board."""
        self._picture = picture
        if self._page is not None:
            self._page.show_picture(picture)
            self._show_strip(self._page)

    @Slot(object)
    def show_opening(self, opening: Opening) -> None:
        """Take the day's hours; shown with the next picture, which follows at once."""
        self._opening = opening

    @Slot(object)
    def show_minute(self, at: datetime) -> None:
        """Show the time, aware, in the site's zone."""
        self._at = at
        if self._page is not None:
            self._page.show_clock(at)

    @Slot(object)
    def announce(self, announcement: Announcement) -> None:
        """Let the newest call flash."""
        del announcement
        if self._page is not None:
            self._page.hero.flash()

    @Slot(str)
    def show_sound_note(self, note: str) -> None:
        """Tell staff in the corner what is wrong with the sound; "" for nothing."""
        self._sound_note = note
        if self._page is not None:
            self._page.strip.say_aside(note)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Build the page for the new size, once, after a row of changes."""
        super().resizeEvent(event)
        if self._page is None:
            self._build()
        else:
            self._rebuild.start(60)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The wall's window is the application."""
        super().closeEvent(event)
        QApplication.quit()

    @Slot()
    def _build(self) -> None:
        self._rebuild.stop()
        old = self._page
        look = Look.fit(self._colours, self.size(), PORTRAIT, LANDSCAPE)
        page = WallPage(look, self._texts, self._site, self)
        page.arrange(self.width(), self.height())
        self._page = page
        page.show_picture(self._picture)
        if self._at is not None:
            page.show_clock(self._at)
        self._show_strip(page)
        page.show()
        if old is not None:
            old.hide()
            old.deleteLater()
        is_full = self.windowState() & Qt.WindowState.WindowFullScreen
        self.setCursor(Qt.CursorShape.BlankCursor if is_full else Qt.CursorShape.ArrowCursor)

    def _show_strip(self, page: WallPage) -> None:
        since = self._picture.stale_since
        zone = self._at.tzinfo if self._at is not None else None
        local = since.astimezone(zone) if since is not None else None
        stale = stale_words(self._texts, self._picture, local)
        info = info_words(self._texts, self._opening)
        page.strip.say(stale or info, is_warning=bool(stale))
        page.strip.say_aside(self._sound_note)
