"""Signs of life over a real notify socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.watchdog import Heartbeats, ServiceNotifier, Watchdog
from tests.support.expected_logs import LogRecorder


class Clock:
    """Seconds that a test moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(5)
        yield line


def notifier(tmp_path: Path, **more: str) -> ServiceNotifier:
    return ServiceNotifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), **more})


def test_systemd_hears_ready_status_and_stopping(manager: socket.socket, tmp_path: Path) -> None:
    service = notifier(tmp_path)

    service.ready()
    service.status("serving\nB-014")
    service.stopping()

    assert [manager.recv(100) for _ in range(3)] == [
        b"READY=1",
        b"STATUS=serving B-014",
        b"STOPPING=1",
    ]


def test_a_socket_of_the_abstract_namespace_is_reached() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind("")
        line.settimeout(5)
        name = line.getsockname()[1:].decode()

        ServiceNotifier({"NOTIFY_SOCKET": f"@{name}"}).ready()

        assert line.recv(100) == b"READY=1"


def test_without_systemd_nothing_is_sent() -> None:
    service = ServiceNotifier({})

    service.ready()

    assert not service.is_listening
    assert service.watchdog_s is None


def test_a_manager_that_went_away_is_no_crash(tmp_path: Path) -> None:
    notifier(tmp_path).ready()


def test_the_watchdog_of_another_process_is_not_ours(tmp_path: Path) -> None:
    assert notifier(tmp_path, WATCHDOG_USEC="3000000").watchdog_s == 3.0
    assert notifier(tmp_path, WATCHDOG_USEC="3000000", WATCHDOG_PID="1").watchdog_s is None


def test_one_silent_part_stops_the_pings_until_it_beats_again(
    manager: socket.socket, tmp_path: Path, expected_logs: LogRecorder
) -> None:
    clock = Clock()
    beats = Heartbeats(clock)
    watchdog = Watchdog(beats, notifier(tmp_path))
    window = beats.register("window", limit_s=5)
    printer = beats.register("printer", limit_s=20)

    clock.now = 4
    watchdog.check()
    assert manager.recv(100) == b"WATCHDOG=1"

    clock.now = 10
    printer()
    watchdog.check()
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.recv(100)
    assert beats.silent() == ("window",)

    window()
    watchdog.check()
    assert manager.recv(100) == b"WATCHDOG=1"


def test_a_part_that_ended_is_expected_no_more() -> None:
    clock = Clock()
    beats = Heartbeats(clock)
    beat = beats.register("printer", limit_s=1)

    beats.remove("printer")
    beat()
    clock.now = 100

    assert beats.silent() == ()


def test_the_thread_pings_by_itself(manager: socket.socket, tmp_path: Path) -> None:
    watchdog = Watchdog(Heartbeats(), notifier(tmp_path, WATCHDOG_USEC="30000"))

    watchdog.start()

    assert manager.recv(100) == b"WATCHDOG=1"
    assert manager.recv(100) == b"WATCHDOG=1"
    watchdog.stop()
