"""How a window's process begins and ends: the kiosk's, as a process of its own."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import assets
from db.catalogue import load_catalogue
from db.catalogue_file import read_catalogue
from db.install import install, installed
from desktop.options import Geometry, geometry, parse
from desktop.start import claim
from station.errors import AlreadyRunning

ROOT = Path(__file__).parents[2]
KIOSK = "import sys; from kiosk.app import main; sys.exit(main())"
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store with the sample hall."""
    address = f"sqlite:///{tmp_path_factory.mktemp('start') / 'hall.db'}"
    install(address)
    file = read_catalogue(assets.sample_catalogue())
    store = installed(address, file.site.code)
    load_catalogue(store, file, actor="test", always_open=True)
    store.close()
    return address


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a kiosk; settings by keyword."""
    processes: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, **settings: str) -> subprocess.Popen[str]:
        environment = os.environ | {
            "QT_QPA_PLATFORM": "offscreen",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "0",
            "XDG_RUNTIME_DIR": str(tmp_path),
            "ANJUNGAN_LOG_FOLDER": str(tmp_path / "logs"),
            "ANJUNGAN_STATION": "K1",
        }
        environment |= {f"ANJUNGAN_{name.upper()}": value for name, value in settings.items()}
        process = subprocess.Popen(
            [sys.executable, "-c", KIOSK, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield begin

    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_for_log(folder: Path, words: str) -> None:
    """Wait until a log file holds these words."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if any(words in file.read_text() for file in (folder / "logs").glob("*.log")):
            return
        time.sleep(0.05)
    pytest.fail(f"the log never said {words!r}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(
    start: Start, url: str, tmp_path: Path, number: signal.Signals
) -> None:
    process = start("--windowed", "540x960", database=url)
    wait_for_log(tmp_path, "following the feed")

    process.send_signal(number)
    _, errors = process.communicate(timeout=20)

    assert process.returncode == 0
    assert "Traceback" not in errors
    assert "WARNING" not in errors


def test_a_missing_store_is_named_and_ends_it_with_3(start: Start, tmp_path: Path) -> None:
    process = start("--windowed", "540x960", database=str(tmp_path / "none.db"))

    _, errors = process.communicate(timeout=40)

    assert process.returncode == 3
    assert "anjungan init" in errors


def test_an_unknown_key_of_the_settings_file_ends_it_with_2(start: Start, tmp_path: Path) -> None:
    (tmp_path / "anjungan.toml").write_text('databas = "x"\n')
    process = start(config=str(tmp_path / "anjungan.toml"))

    _, errors = process.communicate(timeout=20)

    assert process.returncode == 2
    assert "database" in errors


def test_an_unknown_variable_is_logged_and_keeps_nobody_out(
    start: Start, url: str, tmp_path: Path
) -> None:
    start("--windowed", "540x960", database=url, databas="x")

    wait_for_log(tmp_path, "following the feed")

    logs = "".join(file.read_text() for file in (tmp_path / "logs").iterdir())
    assert "no setting ANJUNGAN_DATABAS; the nearest one is ANJUNGAN_DATABASE" in logs


def test_a_bad_printer_address_is_named_and_ends_it_with_2(start: Start, url: str) -> None:
    process = start("--windowed", "540x960", database=url, printer="teleport://somewhere")

    _, errors = process.communicate(timeout=40)

    assert process.returncode == 2
    assert "teleport" in errors


def test_a_second_one_at_the_same_station_gives_way(start: Start, url: str, tmp_path: Path) -> None:
    first = start("--windowed", "540x960", database=url)
    wait_for_log(tmp_path, "following the feed")

    second = start("--windowed", "540x960", database=url)
    _, errors = second.communicate(timeout=20)

    assert second.returncode == 2
    assert "K1" in errors
    assert first.poll() is None


def test_several_windows_share_a_station_where_they_may(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    with claim("anjungan-counter", "L1", 2) as first, claim("anjungan-counter", "L1", 2) as second:
        names = (first.station, second.station)
        with pytest.raises(AlreadyRunning), claim("anjungan-counter", "L1", 2):
            pass
    with claim("anjungan-counter", "L1", 2) as again:
        name_again = again.station

    assert names == ("L1", "L1-2")
    assert name_again == "L1"


def test_check_says_a_line_for_each_part(start: Start) -> None:
    process = start("--check")

    lines, _ = process.communicate(timeout=20)

    assert [line.split(":")[0] for line in lines.splitlines()] == ["screen", "fonts", "sound"]
    assert "fonts: ok" in lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("540x960", Geometry(540, 960)),
        ("1920x1080+10+20", Geometry(1920, 1080, 10, 20)),
    ],
)
def test_a_geometry_is_read(text: str, expected: Geometry) -> None:
    assert geometry(text) == expected


@pytest.mark.parametrize("text", ["540", "540x", "x960", "540x960+10", "-5x5", ""])
def test_what_is_no_geometry_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        geometry(text)


def test_nothing_asked_for_means_full_screen() -> None:
    options = parse("anjungan-kiosk", [])

    assert options.windowed is None
    assert not options.is_check
