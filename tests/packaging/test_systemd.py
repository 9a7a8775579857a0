"""The daily backup's units are what systemd takes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "packaging" / "systemd"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/opt/anjungan/.venv/bin/anjungan", "/bin/true")
        (tmp_path / unit.name).write_text(text)

    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def test_the_timer_starts_the_service_of_its_name_as_any_user() -> None:
    names = {unit.name for unit in UNITS.iterdir()}
    service = (UNITS / "anjungan-backup.service").read_text()

    assert {"anjungan-backup.service", "anjungan-backup.timer"} <= names
    assert "\nUser=" not in service
    assert "anjungan backup --keep" in service
