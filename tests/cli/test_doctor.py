"""`anjungan doctor` with real faults: a dead printer, a wrong pad file, no store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from db.stations import beat
from db.store import open_store
from hardware.simulators.printer import SimulatedPrinter
from tests.support.command_line import Run, anjungan

CORE = ("store", "migrations", "durability", "clock", "printer")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('doctor') / 'hall.db'}"
    assert anjungan(url, "init", "--demo").code == 0
    return url


def checks(run: Run) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in run.document["checks"]}


def test_a_station_in_order_is_told_so(store: str) -> None:
    with SimulatedPrinter() as printer:
        run = anjungan(store, "doctor", "--json", ANJUNGAN_PRINTER=printer.url)

    found = checks(run)
    assert run.code == 0, run
    assert {name: found[name]["state"] for name in CORE} == {
        "store": "ok",
        "migrations": "ok",
        "durability": "ok",
        "clock": "ok",
        "printer": "ok",
    }
    # The kiosk itself was asked.
    assert {"screen", "fonts", "sound"} <= found.keys()


def test_a_printer_without_paper_is_a_fault_with_what_to_do(store: str) -> None:
    with SimulatedPrinter() as printer:
        printer.scene = "paper_out"
        run = anjungan(store, "doctor", "--json", ANJUNGAN_PRINTER=printer.url)

    assert run.code == 4
    assert checks(run)["printer"] == {
        "name": "printer",
        "state": "fault",
        "message": "Kertas habis; pasang gulungan baru.",
    }


def test_a_pad_that_is_not_plugged_in_is_named(store: str, tmp_path: Path) -> None:
    pads = tmp_path / "pads.yaml"
    pads.write_text(f'ports:\n  - {{name: meja, url: "{tmp_path}/none", protocol: ant-1}}\n')

    run = anjungan(store, "doctor", "--json", ANJUNGAN_PADS=str(pads))

    assert run.code == 4
    assert checks(run)["pad meja"]["state"] == "fault"
    assert str(tmp_path / "none") in checks(run)["pad meja"]["message"]


def test_without_a_store_the_rest_is_still_checked(tmp_path: Path) -> None:
    run = anjungan(f"sqlite:///{tmp_path / 'none.db'}", "doctor")

    assert run.code == 3
    lines = run.out.splitlines()
    assert lines[0].startswith("FAULT    store: ")
    assert any("printer: " in line for line in lines)


def test_a_display_that_fell_silent_is_named(store: str) -> None:
    opened = open_store(store)
    beat(opened, station="tv-1", device="display", state="ready")
    beat(opened, station="tv-2", device="display", state="ready")
    with opened.connected() as connection:
        connection.begin()
        connection.commit(
            [("UPDATE device_state SET at = at - 600000000 WHERE station = 'tv-2'", {})]
        )
    opened.close()

    found = checks(anjungan(store, "doctor", "--json"))

    assert found["display tv-1"]["state"] == "ok"
    assert found["display tv-2"]["state"] == "warning"
    assert "10 menit" in found["display tv-2"]["message"]
