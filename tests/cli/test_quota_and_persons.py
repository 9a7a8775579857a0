"""`anjungan quota`, `person` and `purge`: documents, exit codes, and nothing in the clear."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.command_line import ROOT, Run, anjungan, command, environment
from tests.support.small_hall import KK, SIM, catalogue_content

NIK = "3578011202870001"

pytestmark = [pytest.mark.xdist_group("cli-quota"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small hall that is always open; driving licences demand the NIK."""
    folder = tmp_path_factory.mktemp("quota")
    content = catalogue_content(retention={"nik": 1})
    content["agencies"][0]["services"][0]["quota"] = {"kiosk": 2, "priority": 1}
    content["agencies"][1]["services"][1]["demands"] = ["nik"]
    file = folder / "katalog.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    url = f"sqlite:///{folder / 'hall.db'}"
    made = anjungan(url, "init", "--catalogue", str(file), "--json")
    assert made.code == 0, made
    with_hours_off(url)
    return url


def with_hours_off(url: str) -> None:
    from db.store import open_store

    store = open_store(url)
    with store.connected() as connection:
        connection.rows("UPDATE site SET is_always_open = true", {})
    store.close()


def typed(url: str, *arguments: str, line: str) -> Run:
    """Run a command that reads a line from standard input."""
    done = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=environment(url, ANJUNGAN_LANGUAGE="en"),
        input=f"{line}\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def test_a_quota_is_set_shown_reached_and_cleared(url: str) -> None:
    given = [anjungan(url, "issue", KK, "--json") for _ in range(3)]
    assert [run.code for run in given] == [0, 0, 4]
    assert given[2].document["error"] == "QuotaReached"

    done = anjungan(url, "quota", "set", KK, "--pool", "kiosk", "--places", "5", "--json")
    shown = anjungan(url, "quota", "show", "--json").document
    figures = anjungan(url, "status", "--json").document["services"]

    assert done.document == {
        "service": KK,
        "pool": "kiosk",
        "date": None,
        "places": 5,
        "release_at": None,
    }
    quota = next(line["quota"] for line in figures if line["service"] == KK)
    assert {"service": KK, **quota} == shown["services"][0]
    assert (quota["left"], quota["priority_left"]) == (3, 4)
    assert quota["pools"][0] == {
        "pool": "kiosk",
        "places": 5,
        "used": 2,
        "left": 3,
        "release_at": None,
        "is_released": False,
        "origin": "command",
    }
    assert "quota" not in next(line for line in figures if line["service"] == SIM)
    assert [line["origin"] for line in shown["lines"]] == ["catalogue", "command", "catalogue"]
    assert anjungan(url, "quota", "clear", KK, "--json").document["cleared"] == 1


def test_a_quota_that_cannot_be_is_refused(url: str) -> None:
    pool = ("--pool", "booking", "--places", "1")
    wrong = anjungan(url, "quota", "set", KK, *pool, "--release", "25.00", "--json")
    date = anjungan(url, "quota", "set", KK, *pool, "--date", "soon", "--json")
    use = anjungan(url, "quota", "set", KK, "--pool", "vip", "--places", "1", "--json")

    assert (wrong.code, wrong.document["error"]) == (4, "BadQuota")
    assert (date.code, date.document["error"]) == (4, "BadQuota")
    assert (use.code, use.document["error"]) == (2, "WrongUse")


def test_a_person_is_served_told_and_deleted_without_the_nik_being_shown(url: str) -> None:
    without = anjungan(url, "issue", SIM, "--json")
    bad = typed(url, "issue", SIM, "--nik", "-", "--json", line="3578011302870000")
    issued = typed(url, "issue", SIM, "--nik", "-", "--json", line=NIK)
    again = typed(url, "issue", SIM, "--nik", "-", line=NIK)
    held = typed(url, "person", "export", "--nik", "-", line=NIK)
    gone = typed(url, "person", "delete", "--nik", "-", "--json", line=NIK)
    nothing = typed(url, "person", "export", "--nik", "-", line=NIK)
    nobody = anjungan(url, "person", "export", "--json")
    journal = anjungan(url, "journal", "--json")

    assert (without.code, without.document["error"]) == (4, "PersonalDataNeeded")
    assert (bad.code, bad.document["error"]) == (4, "BadPersonalData")
    number = issued.document["number"]
    assert again.code == 4
    assert again.err.startswith(f"This person holds number {number} for {SIM} today.")
    assert [ticket["number"] for ticket in held.document["tickets"]] == [number]
    assert held.document["tickets"][0]["data"][0]["last_digits"] == "0001"
    assert gone.document == {"tickets": 1, "nik": 1, "phone": 0}
    assert nothing.document == {"tickets": []}
    assert (nobody.code, nobody.document["error"]) == (4, "PersonNotNamed")
    kinds = [line["kind"] for line in journal.lines]
    assert kinds.count("PersonalDataRead") == 2
    assert kinds.count("PersonalDataDeleted") == 1
    for run in (bad, issued, again, held, gone, nothing, journal):
        assert NIK not in run.out + run.err
    store_file = Path(url.removeprefix("sqlite:///"))
    for file in store_file.parent.glob("hall.db*"):
        assert NIK.encode() not in file.read_bytes()


def test_a_purge_says_what_was_due(url: str) -> None:
    assert anjungan(url, "purge", "--json").document == {"purged": {}}
