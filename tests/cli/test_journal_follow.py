"""`anjungan journal --follow`: lines as they happen, and a clean end by Ctrl+C."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from tests.support.command_line import ROOT, command, environment
from tests.support.small_hall import KK, SetClock, SmallHall, prepare


def test_follow_gives_each_event_as_it_happens_and_ends_cleanly(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hall.db'}"
    prepare(url)
    hall = SmallHall(url, SetClock())
    hall.issue(KK)
    process = subprocess.Popen(
        command("journal", "--after", "2", "--follow", "--json"),
        cwd=ROOT,
        env=environment(url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None

    try:
        lines = [json.loads(process.stdout.readline())]
        hall.issue(KK)
        lines.append(json.loads(process.stdout.readline()))
        hall.next("1")
        lines.append(json.loads(process.stdout.readline()))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    hall.close()

    assert [(line["seq"], line["kind"], line["number"]) for line in lines] == [
        (3, "TicketIssued", "B-001"),
        (4, "TicketIssued", "B-002"),
        (5, "TurnCalled", "B-001"),
    ]
    assert process.returncode == 0
    assert (out, err) == ("", "")


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hall.db'}"
    prepare(url)
    process = subprocess.Popen(
        command("journal", "--json"),
        cwd=ROOT,
        env=environment(url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None

    # As `anjungan journal | head -0` does, before the first line comes.
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    process.wait(30)

    assert err == b""
