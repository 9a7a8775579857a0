"""Plays a WAV through whichever player the machine has, without ever hanging.

``pw-play`` (PipeWire), ``paplay`` (PulseAudio) and ``aplay`` (ALSA) are tried in this
order; no player and no sound card are states that staff are shown.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import shutil
import subprocess
import threading
import wave
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

log = logging.getLogger(__name__)

PLAYERS = ("pw-play", "paplay", "aplay")
_SPARE_S = 3.0
_LONGEST_S = 60.0
_QUEUED = 4
# What players say when there is nothing to play on.
_NO_DEVICE = (
    "connection refused", "connection failure", "can't connect", "cannot find card",
    "no such device", "no such entity", "no such file", "host is down", "unable to connect",
    "pa_context_connect", "audio open error",
)  # fmt: skip


class SoundState(StrEnum):
    """Whether calls can be heard, as far as the machine can tell."""

    READY = "ready"
    NO_PLAYER = "no_player"
    NO_DEVICE = "no_device"
    FAILED = "failed"


class Player:
    """One thread that plays one sound after another.

    Args:
        wav: The sound that ``play`` plays without another one named.
        on_state: Called on the player's thread when the state changes.
        players: Commands to try, in this order.
        spare_s: How long beyond a sound's own length a player may take.
    """

    def __init__(
        self,
        wav: Path,
        on_state: Callable[[SoundState], None] | None = None,
        *,
        players: tuple[str, ...] = PLAYERS,
        spare_s: float = _SPARE_S,
    ) -> None:
        self._wav = wav
        self._on_state = on_state
        self._spare_s = spare_s
        self._commands = [found for name in players if (found := shutil.which(name))]
        self._state = SoundState.READY if self._commands else SoundState.NO_PLAYER
        self._queue: queue.Queue[Path | None] = queue.Queue()
        self._is_stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
        self._thread.start()

    @property
    def state(self) -> SoundState:
        """What the last sound showed."""
        return self._state

    def play(self, wav: Path | None = None) -> bool:
        """Queue a sound; returns at once.

        Returns:
            False if it was dropped, since so many wait that it would come too late.
        """
        if self._queue.qsize() >= _QUEUED or self._is_stopping.is_set():
            return False
        self._queue.put(wav or self._wav)
        return True

    def stop(self, limit_s: float = 2.0) -> bool:
        """End the present sound and the thread.

        Returns:
            Whether the thread ended within ``limit_s``.
        """
        self._is_stopping.set()
        self._queue.put(None)
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()
        self._thread.join(limit_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (wav := self._queue.get()) is not None and not self._is_stopping.is_set():
            self._tell(self._play(wav))

    def _play(self, wav: Path) -> SoundState:
        """Try each player; the one that works is tried first the next time."""
        state = SoundState.NO_PLAYER
        limit_s = _length_s(wav) + self._spare_s
        for command in list(self._commands):
            state = self._play_with(command, wav, limit_s)
            if state is SoundState.READY:
                self._commands.remove(command)
                self._commands.insert(0, command)
                break
            if self._is_stopping.is_set():
                break
        return state

    def _play_with(self, command: str, wav: Path, limit_s: float) -> SoundState:
        try:
            process = subprocess.Popen(  # noqa: S603 - a fixed command, found on the path
                [command, str(wav)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            log.info("%s can't be started: %s", command, error)
            return SoundState.FAILED
        with process:
            self._process = process
            try:
                _, said = process.communicate(timeout=limit_s)
            except subprocess.TimeoutExpired:
                process.kill()
                log.info("%s hung and was ended", command)
                return SoundState.FAILED
            finally:
                self._process = None
        if process.returncode == 0 or self._is_stopping.is_set():
            return SoundState.READY
        words = said.decode("utf-8", "replace").strip()
        log.info("%s failed: %s", command, words)
        is_device = any(hint in words.lower() for hint in _NO_DEVICE) and wav.exists()
        return SoundState.NO_DEVICE if is_device else SoundState.FAILED

    def _tell(self, state: SoundState) -> None:
        if state is self._state:
            return
        if state is not SoundState.READY:
            log.warning("sound can't be played: %s", state)
        else:
            log.info("sound is played again")
        self._state = state
        if self._on_state is not None:
            self._on_state(state)


def _length_s(wav: Path) -> float:
    """Return a sound's length, the longest allowed where the file doesn't tell."""
    try:
        with wave.open(str(wav)) as sound:
            return float(min(_LONGEST_S, sound.getnframes() / max(1, sound.getframerate())))
    except (OSError, EOFError, wave.Error):
        return _LONGEST_S
