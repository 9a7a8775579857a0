"""`anjungan init`: what it makes, what it leaves alone, what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from db.catalogue import load_catalogue
from db.catalogue_file import read_catalogue
from db.desks import sign_in
from db.install import install, installed
from db.store import new_request, open_store
from rules.errors import UnknownOfficer
from tests.support.command_line import anjungan
from tests.support.small_hall import PIN, SetClock, SmallHall, add_officers, catalogue_content


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A real hall's catalogue."""
    path = tmp_path / "katalog.yaml"
    path.write_text(yaml.safe_dump(catalogue_content()), encoding="utf-8")
    return path


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store that isn't there yet."""
    return f"sqlite:///{tmp_path / 'store' / 'hall.db'}"


def make_real_hall(url: str, file: Path) -> None:
    """Do what `anjungan init --catalogue` does, without the start of a process."""
    install(url)
    store = installed(url, "")
    load_catalogue(store, read_catalogue(file), actor="cli:test")
    store.close()


def test_a_named_catalogue_is_loaded_and_a_later_init_leaves_it_alone(url: str, file: Path) -> None:
    loaded = anjungan(url, "init", "--catalogue", str(file), "--json")
    again = anjungan(url, "init", "--json")

    assert loaded.document == {
        "site": "UJI",
        "catalogue": "loaded",
        "agencies": 2,
        "services": 5,
        "counters": 4,
        "officers": 0,
    }
    # The sample goes into an empty store only.
    assert again.document == {**loaded.document, "catalogue": "unchanged"}


def test_a_faulty_catalogue_leaves_no_store_behind(url: str, file: Path, tmp_path: Path) -> None:
    file.write_text(file.read_text().replace("Asia/Jakarta", "Mars/Base"), encoding="utf-8")

    run = anjungan(url, "init", "--catalogue", str(file), "--json")

    assert run.code == 4
    assert run.document["error"] == "CatalogueFault"
    assert "Mars/Base" in run.document["message"]
    assert "line " in run.document["message"]
    assert not (tmp_path / "store").exists()


def test_demo_officers_are_refused_in_a_real_hall(url: str, file: Path) -> None:
    make_real_hall(url, file)
    hall = SmallHall(url, SetClock())
    add_officers(hall.store)
    before = hall.dump()

    runs = [
        anjungan(url, "init", "--demo", "--json"),
        # Naming the catalogue again must not open a way around.
        anjungan(url, "init", "--demo", "--catalogue", str(file), "--json"),
    ]

    after = hall.dump()
    hall.close()
    assert [(run.code, run.document["error"]) for run in runs] == [(4, "DemoOnRealHall")] * 2
    assert after == before


def test_demo_is_refused_in_a_real_hall_that_has_no_officers_yet(url: str, file: Path) -> None:
    make_real_hall(url, file)

    run = anjungan(url, "init", "--demo", "--json")

    assert run.code == 4
    assert run.document["error"] == "DemoOnRealHall"


def test_demo_officers_can_sign_in_with_the_known_pin(url: str, file: Path) -> None:
    run = anjungan(url, "init", "--catalogue", str(file), "--demo", "--json")

    assert run.document["officers"] == 4
    store = open_store(url)
    try:
        desk = sign_in(store, request=new_request(), officer="petugas4", pin="123456", counter="4")
        assert desk.officer == "petugas4"
        with pytest.raises(UnknownOfficer):
            sign_in(store, request=new_request(), officer="petugas1", pin=PIN, counter="1")
    finally:
        store.close()
