"""`anjungan report`: words, one JSON document, a file for a spreadsheet, and wrong dates."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.support.command_line import anjungan
from tests.support.small_hall import KK, SetClock, SmallHall, prepare

YESTERDAY = "2026-11-23"


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store in which one family card was served on a Monday."""
    address = f"sqlite:///{tmp_path / 'hall.db'}"
    prepare(address)
    hall = SmallHall(address, SetClock())
    hall.issue(KK, channel="kiosk")
    hall.clock.forward(minutes=12)
    hall.visit("1")
    hall.clock.set("2026-11-24T07:00")
    hall.issue(KK)
    hall.close()
    return address


def test_a_day_is_one_document(url: str) -> None:
    document = anjungan(url, "report", "day", YESTERDAY, "--json").document

    assert (document["first"], document["last"]) == (YESTERDAY, YESTERDAY)
    assert document["total"]["issued"] == document["total"]["served"] == 1
    assert document["total"]["wait_median_s"] == 720
    assert document["total"]["visit_p90_s"] == 0
    seal = document["seal"]
    assert anjungan(url, "verify", "--seal", f"{seal['seq']}:{seal['hash']}").code == 0
    assert document["by_counter"][0]["code"] == "1"
    assert document["by_hour"][0]["code"] == "08"


def test_words_are_in_the_language_and_times_in_the_sites_zone(url: str) -> None:
    run = anjungan(url, "report", "day", YESTERDAY)

    assert run.code == 0, run
    assert "Senin, 23 November 2026" in run.out
    assert "Menurut layanan" in run.out
    assert "DUKCAPIL.KK  Kartu Keluarga" in run.out
    assert "0:12" in run.out
    assert "Segel hari ini" in run.out
    assert "By service" in anjungan(url, "report", "day", YESTERDAY, ANJUNGAN_LANGUAGE="en").out


def test_a_month_is_one_document_and_names_its_days(url: str) -> None:
    document = anjungan(url, "report", "month", "2026-11", "--json").document

    assert (document["first"], document["last"]) == ("2026-11-01", "2026-11-30")
    assert [day["code"] for day in document["by_date"]] == ["2026-11-23", "2026-11-24"]
    assert document["total"]["unfinished"] == 1


def test_an_empty_period_says_so(url: str) -> None:
    run = anjungan(url, "report", "month", "2020-01")

    assert run.code == 0
    assert "Tidak ada nomor yang diberikan." in run.out


def test_a_spreadsheet_gets_every_line_and_empty_cells_for_what_is_unknown(
    url: str, tmp_path: Path
) -> None:
    file = tmp_path / "november.csv"

    run = anjungan(url, "report", "month", "2026-11", "--json", "--csv", str(file))

    assert run.document["tickets"] == 2
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    total = rows[0]
    assert (total["group"], total["issued"], total["served"]) == ("total", "2", "1")
    second_day = next(row for row in rows if row["code"] == "2026-11-24")
    assert (second_day["issued"], second_day["wait_median_s"]) == ("1", "")


@pytest.mark.parametrize(
    ("period", "text"),
    [
        ("day", "2026-13-01"),
        ("day", "20261124"),
        ("day", "x' OR 1=1"),
        ("day", "9" * 5000),
        ("month", "2026-00"),
        ("month", "2026-1"),
        ("month", "2026-11-01"),
        ("month", "🙂"),
    ],
)
def test_a_date_that_is_none_is_wrong_use(url: str, period: str, text: str) -> None:
    run = anjungan(url, "report", period, text)

    assert run.code == 2, run
    assert run.out == ""


def test_a_file_that_can_not_be_written_is_a_known_error(url: str, tmp_path: Path) -> None:
    run = anjungan(url, "report", "day", "--json", "--csv", str(tmp_path / "none" / "day.csv"))

    assert run.code == 4
    assert run.document["error"] == "ReportUnwritable"


def test_nothing_is_changed_by_a_report(url: str) -> None:
    before = anjungan(url, "journal", "--json").out

    anjungan(url, "report", "day")

    assert anjungan(url, "journal", "--json").out == before
