"""`anjungan hours` and what `doctor` says of a clock that the journal contradicts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db import address
from db.catalogue import load_catalogue
from db.catalogue_file import CatalogueFile
from db.store import Store
from tests.support.command_line import anjungan
from tests.support.small_hall import ACTOR, SetClock, catalogue_content, prepare


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small hall, with hours that hold; its police has a meeting on a date."""
    url = f"sqlite:///{tmp_path_factory.mktemp('hours') / 'hall.db'}"
    prepare(url)
    content = catalogue_content()
    content["agencies"][1]["exceptions"] = [{"date": "2026-11-24", "note": "Rapat"}]
    store = Store(address.parse(url), "UJI", SetClock())
    load_catalogue(store, CatalogueFile.model_validate(content), actor=ACTOR, always_open=False)
    store.close()
    return url


def test_the_friday_break_is_told_as_such(url: str) -> None:
    run = anjungan(url, "hours", "--at", "2026-11-27 11.45", TZ="America/Los_Angeles")

    assert run.code == 0, run
    assert run.out == "Tutup: istirahat Jumat, buka pukul 13.00\n"


def test_a_closed_service_says_who_closed_it_and_when_it_opens(url: str) -> None:
    run = anjungan(url, "hours", "POLRI.SKCK", "--at", "2026-11-24T09:00", "--json")

    assert run.code == 0, run
    assert run.document == {
        "service": "POLRI.SKCK",
        "at": "2026-11-24T09:00:00+07:00",
        "is_open": False,
        "reason": "holiday",
        "note": "Rapat",
        "said_by": "POLRI",
        "opens_at": "2026-11-25T07:30:00+07:00",
        "closes_at": None,
        "last_ticket_at": None,
        "rotating_until": None,
    }


def test_an_open_hall_says_until_when_and_days_ahead_are_named(url: str) -> None:
    in_time = anjungan(url, "hours", "--at", "2026-11-23 09.00", ANJUNGAN_LANGUAGE="en")
    saturday = anjungan(url, "hours", "DUKCAPIL", "--at", "2026-11-28 09.00")

    assert in_time.out == "Open until 15:00, last number at 14:30\n"
    assert saturday.out == (
        "Tutup: tidak ada layanan hari ini, buka Senin, 30 November 2026 pukul 07.30\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("NOPE.NOPE",), 4, "UnknownService"),
        (("--at", "besok"), 2, "WrongUse"),
        (("--at", "9999-12-31 23.59"), 2, "WrongUse"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    url: str, arguments: tuple[str, ...], code: int, error: str
) -> None:
    run = anjungan(url, "hours", *arguments, "--json")

    assert (run.code, run.document["error"]) == (code, error)


def test_doctor_says_that_the_clock_is_behind_the_journal(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hall.db'}"
    prepare(url, SetClock(datetime.now(UTC) + timedelta(days=2)))

    # The PC's own time zone plays no part.
    run = anjungan(url, "doctor", "--json", TZ="America/Los_Angeles")

    clock = next(check for check in run.document["checks"] if check["name"] == "clock")
    assert run.code == 4
    assert clock["state"] == "fault"
    assert "anjungan day confirm" in clock["message"]
