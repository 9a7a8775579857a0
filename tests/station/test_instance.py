"""One process for each application and station."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from station.errors import AlreadyRunning
from station.instance import SingleInstance

HOLDER = """
import sys
from pathlib import Path
from station.instance import SingleInstance
with SingleInstance("anjungan-kiosk", "kios-1", Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_runs_already(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"

        with pytest.raises(AlreadyRunning) as caught:
            SingleInstance("anjungan-kiosk", "kios-1", tmp_path).acquire()

        assert caught.value.fields == {
            "application": "anjungan-kiosk",
            "station": "kios-1",
            "pid": holder.pid,
        }
        holder.kill()
    with SingleInstance("anjungan-kiosk", "kios-1", tmp_path):
        pass


def test_another_station_or_application_may_run_beside_it(tmp_path: Path) -> None:
    with (
        SingleInstance("anjungan-kiosk", "a", tmp_path),
        SingleInstance("anjungan-kiosk", "b", tmp_path),
        SingleInstance("anjungan-display", "a", tmp_path),
    ):
        files = sorted(file.name for file in tmp_path.iterdir())

    assert files == ["anjungan-display-a.lock", "anjungan-kiosk-a.lock", "anjungan-kiosk-b.lock"]


def test_a_lock_can_be_taken_again_after_it_was_let_go(tmp_path: Path) -> None:
    lock = SingleInstance("anjungan-kiosk", "a", tmp_path)

    lock.acquire()
    lock.release()
    lock.release()

    with lock:
        pass


def test_the_lock_lies_in_the_users_runtime_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    with SingleInstance("anjungan-kiosk", "a"):
        assert list(tmp_path.rglob("*.lock"))
