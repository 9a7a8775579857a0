"""The chime: one for each call, and a note for staff where nothing can be heard."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import assets
from display.announcer import Announcer
from display.board import Announcement
from station.texts import Texts
from tests.display.boards import call
from tests.support.expected_logs import LogRecorder


def announcement(number: str) -> Announcement:
    """Return the announcement of a number."""
    return Announcement(call(2, number), 2, is_recall=False)


@pytest.fixture
def player(tmp_path: Path) -> Path:
    """A player that writes a line for each sound."""
    script = tmp_path / "test-play"
    script.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/played\n', "utf-8")
    script.chmod(0o700)
    return script


def test_each_call_has_a_chime(player: Path, qtbot: QtBot) -> None:
    announcer = Announcer(assets.chime(), Texts.load("id"), players=(str(player),))
    announcer.start()

    announcer.announce(announcement("B-001"))
    announcer.announce(announcement("B-002"))

    played = player.with_name("played")
    qtbot.waitUntil(lambda: played.exists() and len(played.read_text("utf-8").splitlines()) == 2)
    announcer.stop()


def test_without_a_player_staff_are_told(qtbot: QtBot, expected_logs: LogRecorder) -> None:
    notes: list[str] = []
    announcer = Announcer(assets.chime(), Texts.load("id"), players=("no-such-player",))
    announcer.noted.connect(notes.append)

    announcer.start()
    announcer.announce(announcement("B-001"))

    qtbot.waitUntil(lambda: bool(notes))
    assert notes[0] == "Tanpa suara: tidak ada pemutar"
    assert "silent" in expected_logs.text
    announcer.stop()


def test_a_silent_station_plays_nothing_and_says_nothing(qtbot: QtBot) -> None:
    del qtbot
    notes: list[str] = []
    announcer = Announcer(None, Texts.load("id"))
    announcer.noted.connect(notes.append)

    announcer.start()
    announcer.announce(announcement("B-001"))
    announcer.stop()

    assert notes == []
