"""The player: what is heard, in which order, and what silence is called."""

from __future__ import annotations

import math
import queue
import shutil
import struct
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.sound import Player, SoundState
from tests.support.expected_logs import LogRecorder

LIMIT_S = 10.0


@pytest.fixture
def chime(tmp_path: Path) -> Path:
    """A tone of a fifth of a second."""
    file = tmp_path / "chime.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(22050)
        samples = (int(20_000 * math.sin(n / 8)) for n in range(4410))
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file


def _script(folder: Path, name: str, body: str) -> str:
    file = folder / name
    file.write_text(f"#!{sys.executable}\nimport sys, time, pathlib\n{body}\n", "utf-8")
    file.chmod(0o755)
    return str(file)


def _wait_for_lines(file: Path, count: int) -> list[str]:
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        if len(lines) >= count:
            return lines
        time.sleep(0.02)
    raise AssertionError("the player wasn't called often enough")


def test_sounds_are_played_one_after_another(tmp_path: Path, chime: Path) -> None:
    heard = tmp_path / "heard"
    body = f"""
log = pathlib.Path({str(heard)!r}).open('a')
print('begin', pathlib.Path(sys.argv[1]).stem, file=log, flush=True)
time.sleep(0.1)
print('end', pathlib.Path(sys.argv[1]).stem, file=log, flush=True)"""
    second = tmp_path / "second.wav"
    shutil.copy(chime, second)
    player = Player(chime, players=(_script(tmp_path, "play", body),))

    player.play()
    player.play(second)

    lines = _wait_for_lines(heard, 4)
    assert lines == ["begin chime", "end chime", "begin second", "end second"]
    assert player.stop(LIMIT_S)
    assert player.state is SoundState.READY


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("sys.exit('pa_context_connect() failed: Connection refused')", SoundState.NO_DEVICE),
        ("sys.exit('ALSA lib: cannot find card 0')", SoundState.NO_DEVICE),
        ("sys.exit('no idea')", SoundState.FAILED),
        ("time.sleep(60)", SoundState.FAILED),
    ],
)
def test_what_is_wrong_is_a_state(
    body: str, state: SoundState, tmp_path: Path, chime: Path, expected_logs: LogRecorder
) -> None:
    states: queue.SimpleQueue[SoundState] = queue.SimpleQueue()
    player = Player(chime, states.put, players=(_script(tmp_path, "p", body),), spare_s=0.8)

    player.play()

    assert states.get(timeout=LIMIT_S) is state
    assert player.state is state
    assert player.stop(LIMIT_S)
    assert "can't be played" in expected_logs.text


def test_next_player_is_tried_where_the_first_has_no_device(tmp_path: Path, chime: Path) -> None:
    heard = tmp_path / "heard"
    broken = _script(tmp_path, "broken", "sys.exit('Connection refused')")
    works = _script(
        tmp_path, "works", f"pathlib.Path({str(heard)!r}).open('a').write(sys.argv[1] + '\\n')"
    )
    player = Player(chime, players=(broken, works))

    player.play()

    assert _wait_for_lines(heard, 1) == [str(chime)]
    assert player.stop(LIMIT_S)
    assert player.state is SoundState.READY


def test_machine_without_a_player_says_so_at_once(chime: Path) -> None:
    player = Player(chime, players=("anjungan-has-no-such-player",))

    player.play()

    assert player.state is SoundState.NO_PLAYER
    assert player.stop(LIMIT_S)


def test_sound_that_would_come_too_late_is_dropped(tmp_path: Path, chime: Path) -> None:
    player = Player(chime, players=(_script(tmp_path, "slow", "time.sleep(30)"),))

    taken = [player.play() for _ in range(12)]

    assert taken[0]
    assert not taken[-1]
    assert player.stop(LIMIT_S)


@pytest.fixture
def null_sink(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A PulseAudio server of its own whose only sink goes nowhere but its monitor."""
    tools = ("pulseaudio", "paplay", "parec", "pactl")
    if not all(map(shutil.which, tools)):
        pytest.skip("PulseAudio is not installed")
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    server = subprocess.Popen(
        ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "--use-pid-file=no",
         "-L", "module-native-protocol-unix", "-L", "module-null-sink sink_name=hall"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + LIMIT_S
    while subprocess.run(["pactl", "info"], capture_output=True, check=False).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            server.wait()
            pytest.skip("PulseAudio can't run here")
        time.sleep(0.05)

    yield "hall.monitor"

    server.terminate()
    server.wait(LIMIT_S)


def test_sound_really_comes_out_of_a_sound_server(
    null_sink: str, tmp_path: Path, chime: Path
) -> None:
    recording = tmp_path / "recording.raw"
    with recording.open("wb") as file:
        recorder = subprocess.Popen(
            ["parec", "-d", null_sink, "--format=s16le", "--rate=22050", "--channels=1",
             "--latency-msec=20"],
            stdout=file,
        )  # fmt: skip
    try:
        _wait_for_size(recording)
        player = Player(chime, players=("paplay",))
        player.play()
        assert _wait_for_peak(recording) > 10_000
        assert player.stop(LIMIT_S)
        assert player.state is SoundState.READY
    finally:
        recorder.terminate()
        recorder.wait(LIMIT_S)


def _wait_for_size(file: Path) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not file.stat().st_size and time.monotonic() < deadline:
        time.sleep(0.02)


def _wait_for_peak(file: Path) -> int:
    peak, deadline = 0, time.monotonic() + LIMIT_S
    while peak <= 10_000 and time.monotonic() < deadline:
        data = file.read_bytes()
        data = data[: len(data) // 2 * 2]
        peak = max((abs(value) for (value,) in struct.iter_unpack("<h", data)), default=0)
        time.sleep(0.05)
    return peak
