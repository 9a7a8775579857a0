"""`anjungan officer`: a real hall's people, without a PIN on any command line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from db.desks import sign_in
from db.store import new_request, open_store
from rules.errors import OfficerLocked, UnknownOfficer
from tests.support.command_line import ROOT, anjungan, command, environment


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('officers') / 'hall.db'}"
    assert anjungan(url, "init").code == 0
    return url


def add(url: str, code: str, pin: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("officer", "add", code, "--name", "Sri Lestari", "--json"),
        cwd=ROOT,
        env=environment(url),
        input=f"{pin}\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_officer_is_added_signs_in_is_signed_out_and_removed(url: str) -> None:
    added = add(url, "sri", "864209")
    assert added.returncode == 0, added
    store = open_store(url)
    try:
        desk = sign_in(store, request=new_request(), officer="sri", pin="864209", counter="2")
        listed = anjungan(url, "officer", "list", "--json").document
        freed = anjungan(url, "officer", "sign-out", "--counter", "2", "--json")
        removed = anjungan(url, "officer", "remove", "sri", "--json")

        assert desk.officer_name == "Sri Lestari"
        assert listed == {
            "officers": [
                {
                    "officer": "sri",
                    "name": "Sri Lestari",
                    "role": "officer",
                    "counter": "2",
                    "is_locked": False,
                }
            ]
        }
        assert freed.code == 0
        assert removed.code == 0
        with pytest.raises(UnknownOfficer):
            sign_in(store, request=new_request(), officer="sri", pin="864209", counter="2")
    finally:
        store.close()
    journal = anjungan(url, "journal").out
    assert "OfficerSaved" in journal
    assert "Sri" not in journal


def test_a_locked_officer_is_listed_and_opened(url: str) -> None:
    add(url, "tono", "864209")
    store = open_store(url)
    with store.connected() as connection:
        connection.rows("INSERT INTO officer_guard SELECT code, 'tono', 10, 0, true FROM site", {})
    try:
        with pytest.raises(OfficerLocked):
            sign_in(store, request=new_request(), officer="tono", pin="864209", counter="3")
        listed = anjungan(url, "officer", "list", "--json").document["officers"]
        opened = anjungan(url, "officer", "unlock", "tono", "--json")
        nobody = anjungan(url, "officer", "unlock", "nobody", "--json")
        desk = sign_in(store, request=new_request(), officer="tono", pin="864209", counter="3")
    finally:
        store.close()

    assert [each["is_locked"] for each in listed if each["officer"] == "tono"] == [True]
    assert (opened.code, opened.document) == (0, {"officer": "tono"})
    assert (nobody.code, nobody.document["error"]) == (4, "UnknownOfficer")
    assert desk.officer == "tono"


def test_a_pin_that_is_too_short_changes_nothing(url: str) -> None:
    refused = add(url, "budi", "1234")

    assert refused.returncode == 4
    assert '"BadPin"' in refused.stdout
    assert anjungan(url, "officer", "remove", "budi", "--json").code == 4


def test_a_real_catalogue_takes_the_place_of_an_unused_sample(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hall.db'}"
    anjungan(url, "init")
    # Somebody has tried to sign in meanwhile: that is no work.
    tried = open_store(url)
    with pytest.raises(UnknownOfficer):
        sign_in(tried, request=new_request(), officer="siti", pin="123456", counter="1")
    tried.close()
    file = tmp_path / "katalog.yaml"
    file.write_text(
        "format: 1\n"
        "site: {code: NYATA, name: MPP Nyata, time_zone: Asia/Makassar}\n"
        "hours: {}\n"
        "zones: [{code: A, names: {id: Zona A}}]\n"
        'counters: [{code: "1", names: {id: Loket 1}, zone: A, services: [X]}]\n'
        "agencies: [{code: X, prefix: A, names: {id: Instansi X},"
        " services: [{code: Y, names: {id: Layanan Y}}]}]\n"
    )

    loaded = anjungan(url, "init", "--catalogue", str(file), "--json")

    assert loaded.document["site"] == "NYATA"
    assert anjungan(url, "catalogue", "--json").document["site"]["code"] == "NYATA"
