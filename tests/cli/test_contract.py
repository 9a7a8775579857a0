"""The contract for scripts: keys, exit codes, one document on standard output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from tests.support.command_line import ACTOR, Run, anjungan, environment

# One worker tells the story for all; a process takes seconds to start on a small machine.
pytestmark = [pytest.mark.xdist_group("cli-story"), pytest.mark.timeout(400)]
KK, SKCK = "DUKCAPIL.KK", "POLRI.SKCKB"
STEPS: Mapping[str, tuple[str, ...]] = {
    "init": ("init", "--demo", "--json"),
    "catalogue": ("catalogue", "--json"),
    "issue": ("issue", KK, "--json"),
    "issue two": ("issue", KK, SKCK, "--priority", "lansia", "--json"),
    "issue unknown": ("issue", KK, "NOPE.NOPE", "--json"),
    "next": ("call", "next", "--counter", "1", "--json"),
    "next at a busy counter": ("call", "next", "--counter", "1", "--json"),
    "in words": ("call", "next", "--counter", "1"),
    "finish what has not begun": ("call", "finish", "--counter", "1", "--json"),
    "recall": ("call", "recall", "--counter", "1", "--json"),
    "start": ("call", "start", "--counter", "1", "--json"),
    "next and finish": ("call", "next", "--counter", "1", "--finish", "--json"),
    "missed": ("call", "missed", "--counter", "1", "--json"),
    "nobody at the counter": ("call", "finish", "--counter", "1", "--json"),
    "nobody waiting": ("call", "next", "--counter", "1", "--json"),
    "unknown counter": ("call", "start", "--counter", "99", "--json"),
    "board": ("board", "--json"),
    "status": ("status", "--json"),
    "journal": ("journal", "--json"),
}
"""One story, told step by step on one store; each test looks at one or a few of its steps."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a SQLite file that isn't there yet."""
    return f"sqlite:///{tmp_path_factory.mktemp('cli') / 'hall.db'}"


@pytest.fixture(scope="module")
def story(url: str) -> dict[str, Run]:
    """What each step left behind."""
    return {name: anjungan(url, *arguments) for name, arguments in STEPS.items()}


def test_init_makes_the_sample_hall(story: dict[str, Run]) -> None:
    assert story["init"].code == 0
    assert story["init"].document == {
        "site": "CONTOH",
        "catalogue": "loaded",
        "agencies": 32,
        "services": 133,
        "counters": 24,
        "officers": 24,
    }


def test_catalogue_lists_agencies_services_and_counters(story: dict[str, Run]) -> None:
    document = story["catalogue"].document

    assert {"site", "agencies", "counters"} <= set(document)
    agency = next(each for each in document["agencies"] if each["code"] == "DUKCAPIL")
    assert {"code", "name", "services"} <= set(agency)
    services = {service["code"]: service for service in agency["services"]}
    assert services[KK]["name"].startswith("Kartu Keluarga")
    counter = document["counters"][0]
    assert counter["code"] == "1"
    assert KK in counter["services"]
    assert len(document["counters"]) == 24
    assert sum(len(each["services"]) for each in document["agencies"]) == 133


def test_issue_gives_a_number(story: dict[str, Run]) -> None:
    document = story["issue"].document

    assert list(document) == ["number", "ticket", "business_date", "issued_at", "turns"]
    assert document["number"] == "B-001"
    assert str(UUID(document["ticket"])) == document["ticket"]
    assert datetime.fromisoformat(document["issued_at"]).tzinfo is not None
    assert date.fromisoformat(document["business_date"])
    (turn,) = document["turns"]
    assert list(turn) == ["turn", "service", "status", "ahead"]
    assert (turn["service"], turn["status"], turn["ahead"]) == (KK, "waiting", 0)
    assert str(UUID(turn["turn"])) == turn["turn"]


def test_issue_gives_one_number_for_several_services(story: dict[str, Run]) -> None:
    document = story["issue two"].document

    assert document["number"] == "B-002"
    assert [turn["service"] for turn in document["turns"]] == [KK, SKCK]


@pytest.mark.parametrize(
    ("step", "number", "status"),
    [
        # Priority came within 40 minutes of the first visitor.
        ("next", "B-002", "called"),
        ("recall", "B-002", "called"),
        ("start", "B-002", "serving"),
        ("next and finish", "B-001", "called"),
        ("missed", "B-001", "missed"),
    ],
)
def test_an_act_gives_the_turn(story: dict[str, Run], step: str, number: str, status: str) -> None:
    assert story[step].code == 0
    document = story[step].document
    assert list(document) == ["number", "turn", "service", "counter", "status"]
    assert (document["number"], document["status"]) == (number, status)
    assert (document["service"], document["counter"]) == (KK, "1")


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("issue unknown", "UnknownService"),
        ("next at a busy counter", "IllegalMove"),
        ("finish what has not begun", "IllegalMove"),
        ("nobody at the counter", "NobodyAtCounter"),
        ("nobody waiting", "NobodyWaiting"),
        ("unknown counter", "UnknownCounter"),
    ],
)
def test_a_known_error_of_the_hall_is_4_and_a_document(
    story: dict[str, Run], step: str, error: str
) -> None:
    assert story[step].code == 4
    assert list(story[step].document) == ["error", "message"]
    assert story[step].document["error"] == error
    assert story[step].document["message"].endswith(".")
    assert story[step].err == ""


def test_without_json_an_error_is_words_on_standard_error(story: dict[str, Run]) -> None:
    run = story["in words"]

    assert run.code == 4
    assert run.out == ""
    assert "B-002" in run.err
    assert not re.search(r"IllegalMove|Traceback|\{", run.err)


def test_board_shows_the_calls_newest_first(story: dict[str, Run]) -> None:
    document = story["board"].document

    assert list(document) == ["seq", "calls"]
    assert [list(call) for call in document["calls"]] == [
        ["number", "counter", "service", "status", "called_at"]
    ] * 2
    assert [(call["number"], call["status"]) for call in document["calls"]] == [
        ("B-001", "missed"),
        ("B-002", "done"),
    ]
    assert document["seq"] == story["journal"].lines[-1]["seq"]


def test_status_counts_per_service(story: dict[str, Run]) -> None:
    services = {each["service"]: each for each in story["status"].document["services"]}

    assert len(services) == 133
    kk = services[KK]
    assert (kk["waiting"], kk["serving"], kk["done"], kk["missed"]) == (0, 0, 1, 1)
    assert services[SKCK]["waiting"] == 1


def test_journal_is_json_lines_in_order(story: dict[str, Run]) -> None:
    lines = story["journal"].lines

    assert all(
        list(line) == ["seq", "kind", "number", "turn", "counter", "actor", "at"] for line in lines
    )
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line["kind"] for line in lines] == [
        "CatalogueLoaded",
        "DemoPrepared",
        "TicketIssued",
        "TicketIssued",
        "TurnCalled",
        "TurnRecalled",
        "TurnStarted",
        "TurnFinished",
        "TurnCalled",
        "TurnMissed",
    ]
    assert {line["actor"] for line in lines} == {ACTOR}
    called = lines[4]
    assert (called["number"], called["counter"]) == ("B-002", "1")
    assert called["turn"] == story["next"].document["turn"]
    assert datetime.fromisoformat(called["at"]).tzinfo is not None


def test_success_says_nothing_on_standard_error(story: dict[str, Run]) -> None:
    assert {name: run.err for name, run in story.items() if run.code == 0 and run.err} == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ("board", "--json", "--nope"),
        ("call", "next", "--json"),
        ("nope", "--json"),
        ("issue", os.fsdecode(b"KK\xff"), "--json"),
        ("journal", "--after", str(2**63), "--json"),
    ],
)
def test_wrong_use_is_2_and_one_document(url: str, arguments: tuple[str, ...]) -> None:
    run = anjungan(url, *arguments)

    assert run.code == 2
    assert list(run.document) == ["error", "message"]
    assert run.err == ""


def test_wrong_use_without_json_is_words(url: str) -> None:
    run = anjungan(url, "board", "--nope")

    assert (run.code, run.out) == (2, "")
    assert "--nope" in run.err


def test_a_wrong_setting_is_wrong_use(url: str) -> None:
    run = anjungan(url, "board", "--json", ANJUNGAN_PAPER_WIDTH="70")

    assert run.code == 2
    assert run.document["error"] == "BadSetting"
    assert "paper_width" in run.document["message"]


def test_an_unknown_variable_is_a_warning_on_standard_error(
    story: dict[str, Run], url: str
) -> None:
    assert story["init"].code == 0
    run = anjungan(url, "board", "--json", ANJUNGAN_DATABSE="x")

    assert run.code == 0
    assert "calls" in run.document
    assert "ANJUNGAN_DATABASE" in run.err


def test_the_installed_script_is_the_same_program(story: dict[str, Run], url: str) -> None:
    script = Path(sys.executable).with_name("anjungan")
    if not script.exists():
        pytest.skip("not installed into this interpreter")

    done = subprocess.run(
        [script, "board", "--json"],
        env=environment(url),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == story["board"].out
    assert done.stderr == ""


def test_a_request_repeated_with_its_id_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hall.db'}"
    request = "01A20145-7905-75E8-870E-116B66D054A6"
    anjungan(url, "init", "--demo")

    first, again = (anjungan(url, "issue", KK, "--json", "--request", request) for _ in range(2))
    wrong = anjungan(url, "issue", KK, "--json", "--request", "1")

    assert first.document == again.document
    assert anjungan(url, "status", "--json").document["waiting"] == 1
    assert (wrong.code, wrong.document["error"]) == (4, "BadRequestId")
