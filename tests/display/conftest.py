"""A hall for the display's tests, and a display on it, stopped at their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.live import FeedFollower, StoreWorker
from desktop.theme import load_fonts
from display.board import Announcement, HallBoard
from display.presenter import BoardPresenter
from display.window import DisplayWindow
from station.texts import Texts
from tests.support.hall import TestHall


@dataclass
class Display:
    """A running display with its window."""

    presenter: BoardPresenter
    window: DisplayWindow
    announced: list[Announcement]
    follower: FeedFollower
    worker: StoreWorker
    notes: StoreWorker

    @property
    def number(self) -> str:
        """What the wall's number label reads."""
        assert self.window.page
        return self.window.page.hero.number.text()

    @property
    def counter(self) -> str:
        """What the wall's counter label reads."""
        assert self.window.page
        return self.window.page.hero.counter.text()

    @property
    def strip(self) -> str:
        """What the bottom line reads."""
        assert self.window.page
        return self.window.page.strip.text.text()


StartDisplay = Callable[..., Display]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[TestHall]:
    """The sample hall."""
    made = TestHall(tmp_path)

    yield made

    made.close()


@pytest.fixture
def start(hall: TestHall, qtbot: QtBot) -> Iterator[StartDisplay]:
    """Start a display on the hall and wait for its first reading."""
    started: list[Display] = []
    load_fonts()

    def begin(*, hold_s: float = 0.05, is_awaited: bool = True) -> Display:
        worker, follower = StoreWorker(hall.line.open), FeedFollower(hall.line.open)
        notes = StoreWorker(hall.line.open, "notes")
        presenter = BoardPresenter(worker, notes, follower, HallBoard(hold_s=hold_s), "tv")
        window = DisplayWindow(Texts.load("id"), None)
        qtbot.addWidget(window)
        announced: list[Announcement] = []
        presenter.minute.connect(window.show_minute)
        presenter.hall_known.connect(window.show_hall)
        presenter.opening_known.connect(window.show_opening)
        presenter.pictured.connect(window.show_picture)
        presenter.announced.connect(window.announce)
        presenter.announced.connect(announced.append)
        made = Display(presenter, window, announced, follower, worker, notes)
        started.append(made)
        window.resize(960, 540)
        window.show()
        presenter.start()
        follower.start()
        if is_awaited:
            qtbot.waitUntil(lambda: window._picture.is_known)
        return made

    yield begin

    for made in started:
        made.follower.stop()
        made.worker.stop()
        made.notes.stop()
