"""A hall for the console's tests, and a console on it, stopped at their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from counter.presenter import DeskPresenter, Note
from counter.window import CounterWindow
from db.desks import Desk
from desktop.live import FeedFollower, StoreWorker
from desktop.theme import load_fonts
from station.texts import Texts
from tests.support.hall import PIN, TestHall


@dataclass
class Console:
    """A running console with its window, at counter 3 for petugas3."""

    presenter: DeskPresenter
    window: CounterWindow
    notes: list[Note]
    follower: FeedFollower
    worker: StoreWorker
    qtbot: QtBot

    @property
    def view(self) -> Desk:
        """The desk as the console knows it."""
        assert self.presenter.state.view
        return self.presenter.state.view

    @property
    def number(self) -> str:
        """The number of the visitor at the desk, as shown."""
        assert self.window.desk
        return self.window.desk.card.number.text()

    def sign_in(self, officer: str = "petugas3", pin: str = PIN, counter: str = "3") -> None:
        """Type and press, without waiting for the answer."""
        assert self.window.entry
        self.window.entry.fill(officer, pin, counter)
        self.window.entry.button.click()

    def button(self, name: str, among: QWidget | None = None) -> QAbstractButton:
        """Find the visible button with this accessible name."""

        def found() -> list[QAbstractButton]:
            return [
                button
                for button in (among or self.window).findChildren(QAbstractButton)
                if button.accessibleName() == name and button.isVisible()
            ]

        # A page or a row that has just come shows itself when the event loop goes round.
        self.qtbot.waitUntil(lambda: len(found()) == 1)
        return found()[0]

    def press(self, name: str) -> None:
        """Press a button and wait until its act is done or refused."""
        self.button(name).click()
        self.qtbot.waitUntil(lambda: self.presenter.state.under_way is None)


StartConsole = Callable[..., Console]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[TestHall]:
    """The sample hall."""
    made = TestHall(tmp_path)

    yield made

    made.close()


@pytest.fixture
def start(hall: TestHall, qtbot: QtBot) -> Iterator[StartConsole]:
    """Start a console; signed in at counter 3 unless told otherwise."""
    started: list[Console] = []
    load_fonts()

    def begin(*, is_signed_in: bool = True) -> Console:
        worker, follower = StoreWorker(hall.line.open), FeedFollower(hall.line.open)
        texts = Texts.load("id")
        presenter = DeskPresenter(worker, follower, texts)
        window = CounterWindow(presenter, texts, None, "3")
        qtbot.addWidget(window)
        notes: list[Note] = []
        presenter.noted.connect(notes.append)
        made = Console(presenter, window, notes, follower, worker, qtbot)
        started.append(made)
        window.resize(1160, 840)
        window.show()
        follower.start()
        qtbot.waitUntil(lambda: bool(window._site))
        if is_signed_in:
            made.sign_in()
            qtbot.waitUntil(lambda: window.desk is not None)
        # Keys go to the active window.
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return made

    yield begin

    for made in started:
        made.follower.stop()
        made.worker.stop()
