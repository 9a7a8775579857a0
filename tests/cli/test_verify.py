"""`verify`, `journal seal` and `journal prune`, and a call out of order, as scripts see them."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
from datetime import date
from pathlib import Path

import pysqlite3.dbapi2 as sqlite3
import pytest

from tests.support.command_line import LIMIT_S, ROOT, Run, anjungan, command, environment

pytestmark = pytest.mark.timeout(400)
KK = "DUKCAPIL.KK"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the sample hall, with two visitors who wait."""
    address = f"sqlite:///{tmp_path_factory.mktemp('verify') / 'hall.db'}"
    anjungan(address, "init", "--demo", "--json")
    for _ in range(2):
        assert anjungan(address, "issue", KK, "--json").code == 0
    return address


@pytest.fixture(scope="module")
def seal(url: str) -> Run:
    """The seal of today, taken before anything else happens."""
    today = anjungan(url, "status", "--json")
    assert today.code == 0
    return anjungan(url, "journal", "seal", "--date", str(hall_date(url)), "--json")


def hall_date(url: str) -> date:
    """Return the hall's business date."""
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return date.fromisoformat(
            connection.execute("SELECT business_date FROM feed_head").fetchone()[0]
        )


def test_a_sound_store_is_told_in_one_document_and_in_one_line(url: str, seal: Run) -> None:
    document = anjungan(url, "verify", "--json").document
    words = anjungan(url, "verify", "--from-start")

    assert document["is_sound"] is True
    assert document["is_replayed"] is True
    assert document["faults"] == []
    assert document["events"] == document["last"]
    assert words.code == 0
    assert "utuh" in words.out
    assert document["hash"] in words.out


def test_a_bar_shows_how_far_it_is_where_somebody_looks(url: str) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        command("verify"),
        cwd=ROOT,
        env=environment(url, TERM="xterm"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        timeout=LIMIT_S,
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)

    assert done.returncode == 0
    assert "Membaca jurnal" in shown
    assert "100%" in shown


def test_a_seal_is_checked_as_words_and_as_a_file(url: str, seal: Run, tmp_path: Path) -> None:
    document = seal.document
    assert list(document) == ["site", "date", "seq", "hash", "is_closed"]
    kept = tmp_path / "seals.txt"
    kept.write_text(f"{seal.out}2026-11-23  {document['seq']}:{document['hash']}\n")

    right = anjungan(url, "verify", "--against", str(kept), "--json")
    wrong = anjungan(url, "verify", "--seal", f"{document['seq']}:{'0' * 64}", "--json")

    assert right.code == 0
    assert wrong.code == 4
    assert wrong.document["error"] == "JournalBroken"
    assert wrong.document["faults"][0]["kind"] == "seal_differs"
    for nonsense in ("12", "12:xyz", ""):
        assert anjungan(url, "verify", "--seal", nonsense, "--json").code == 2


def test_a_call_out_of_order_needs_a_reason_and_the_journal_keeps_it(url: str) -> None:
    refused = anjungan(url, "call", "turn", "B-002", "--counter", "1", "--json")
    wrong = anjungan(url, "call", "turn", "B-002", "--counter", "1", "--reason", "bored")
    called = anjungan(
        url, "call", "turn", "b2", "--counter", "1", "--reason", "assistance", "--json"
    )

    assert (refused.code, refused.document["error"]) == (4, "ReasonNeeded")
    assert wrong.code == 2
    assert called.code == 0
    assert (called.document["number"], called.document["status"]) == ("B-002", "called")
    assert anjungan(url, "verify", "--json").code == 0


def test_too_few_days_and_unknown_days_are_refused(url: str) -> None:
    soon = anjungan(url, "journal", "prune", "--keep-days", "365", "--json")
    never = anjungan(url, "journal", "seal", "--date", "2020-01-01", "--json")
    nothing = anjungan(url, "journal", "prune", "--keep-days", "1826", "--json")

    assert (soon.code, soon.document["error"]) == (4, "PrunedTooSoon")
    assert (never.code, never.document["error"]) == (4, "DayUnknown")
    assert nothing.document == {"events": 0, "anchor": None}


def test_a_store_that_is_not_there_is_no_broken_journal(tmp_path: Path) -> None:
    assert anjungan(f"sqlite:///{tmp_path / 'none.db'}", "verify", "--json").code == 3


def test_what_was_changed_is_named_in_words_and_in_fields(url: str, tmp_path: Path) -> None:
    changed = tmp_path / "changed.db"
    changed.write_bytes(Path(url.removeprefix("sqlite:///")).read_bytes())
    with contextlib.closing(sqlite3.connect(changed)) as connection:
        connection.execute("UPDATE feed_event SET actor = 'cli:nobody' WHERE seq = 3")
        connection.commit()

    words = anjungan(f"sqlite:///{changed}", "verify")
    fields = anjungan(f"sqlite:///{changed}", "verify", "--json")

    assert words.code == fields.code == 4
    assert "Kejadian 3" in words.err
    assert (fields.document["faults"][0]["kind"], fields.document["faults"][0]["seq"]) == (
        "chain_broken",
        3,
    )
    assert json.loads(fields.out)["message"] in words.err
