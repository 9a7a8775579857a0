"""Lets a call be heard: a chime for each, in order; a voice would come in by the same door."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from display.board import Announcement
from hardware.sound import Player, SoundState
from station.texts import Texts

_log = logging.getLogger(__name__)


class Announcer(QObject):
    """Chimes for each announcement; never waits for the sound.

    ``noted`` carries the words for staff: why nothing is heard, "" while all is well.

    Args:
        chime: The WAV; None where the station is to be silent.
        texts: Of the screen.
        players: Commands to play it with, instead of the usual ones.
    """

    noted = Signal(str)
    _stated = Signal(object)

    def __init__(
        self,
        chime: Path | None,
        texts: Texts,
        *,
        players: tuple[str, ...] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._texts = texts
        self._player: Player | None = None
        # The player's thread tells its state by one queued signal.
        self._stated.connect(self._take_state, Qt.ConnectionType.QueuedConnection)
        if chime is not None and players is not None:
            self._player = Player(chime, self._stated.emit, players=players)
        elif chime is not None:
            self._player = Player(chime, self._stated.emit)

    def start(self) -> None:
        """Tell the state at the start; connect ``noted`` first."""
        if self._player is not None and self._player.state is not SoundState.READY:
            _log.warning("calls are silent: %s", self._player.state)
            self._take_state(self._player.state)

    def stop(self) -> None:
        """End the sound."""
        if self._player is not None:
            self._player.stop()

    @Slot(object)
    def announce(self, announcement: Announcement) -> None:
        """Chime for a call."""
        if self._player is None:
            return
        if not self._player.play():
            _log.info("no chime for %s: the sounds are behind", announcement.call.number)

    @Slot(object)
    def _take_state(self, state: SoundState) -> None:
        words = {
            SoundState.READY: "",
            SoundState.NO_PLAYER: self._texts.t("No sound: no player"),
            SoundState.NO_DEVICE: self._texts.t("No sound: no sound card"),
            SoundState.FAILED: self._texts.t("No sound: the player failed"),
        }
        self.noted.emit(words[state])
