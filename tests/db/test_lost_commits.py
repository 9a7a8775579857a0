"""A connection cut at COMMIT, before or after the server obeyed: every command is done once.

Each command has its scene here; a new one without a scene fails.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import db
from db import (
    anchors,
    calls,
    catalogue,
    day,
    desks,
    moves,
    officers,
    persons,
    printing,
    quota_settings,
    tickets,
)
from db.catalogue_file import CatalogueFile
from db.store import Store, new_request
from db.verify import verify
from rules.errors import UnknownOfficer
from tests.support import small_hall
from tests.support.postgresql import Cluster
from tests.support.small_hall import ACTOR, KK, PIN, SKCK, SetClock, SmallHall, prepare
from tests.support.wire import Wire

pytestmark = pytest.mark.postgresql
# Runs a command with a request id.
Act = Callable[[Store, str], Any]
Scene = Callable[[SmallHall], Act]
NIK = "3578011202870001"
# What isn't the same in two halls: keys and tokens made anew.
_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|token='[^']*'")


def act_of(command: Callable[..., Any], **fields: Any) -> Act:
    """Return what runs a command of the transaction."""
    if "actor" in inspect.signature(command).parameters:
        fields["actor"] = ACTOR
    return lambda store, request: store.run(lambda tx: command(tx, request=request, **fields))


def at_desk(command: Callable[..., Any], *, is_served: bool = False, **fields: Any) -> Scene:
    """Return the scene of a command on the visitor who is at counter 1."""

    def scene(hall: SmallHall) -> Act:
        hall.issue(KK)
        hall.issue(KK)
        hall.served("1") if is_served else hall.next("1")
        return act_of(command, counter="1", **fields)

    return scene


def waiting(command: Callable[..., Any], **fields: Any) -> Scene:
    """Return the scene of a command while somebody waits."""

    def scene(hall: SmallHall) -> Act:
        hall.issue(KK)
        return act_of(command, **fields)

    return scene


def about_turn(
    command: Callable[..., Any], before: Callable[..., Any] | None = None, **fields: Any
) -> Scene:
    """Return the scene of a command that names the turn on which ``before`` was done."""

    def scene(hall: SmallHall) -> Act:
        turn = hall.issue(KK).turns[0].turn
        if before is not None:
            hall.next("1")
            hall.act(before, counter="1")
        return act_of(command, turn=turn, **fields)

    return scene


def at_midnight(command: Callable[..., Any]) -> Scene:
    """Return the scene of a command that meets a new day."""

    def scene(hall: SmallHall) -> Act:
        hall.issue(KK)
        hall.clock.forward(days=1)
        return act_of(command)

    return scene


def copy_wanted(hall: SmallHall) -> Act:
    ticket = hall.issue(KK, station="kiosk-1", is_printed=True)
    return act_of(printing.queue_copy, ticket=ticket.ticket)


def job_sent(hall: SmallHall) -> Act:
    ticket = hall.issue(KK, station="kiosk-1", is_printed=True)
    return act_of(printing.record_print, job=ticket.job, state=printing.JobState.SENDING)


def signed_in(hall: SmallHall) -> Act:
    desks.sign_in(hall.store, request=new_request(), officer="ani", pin=PIN, counter="1")
    return act_of(desks.sign_out, counter="1")


def mistyped(hall: SmallHall) -> Act:
    with pytest.raises(UnknownOfficer):
        desks.sign_in(hall.store, request=new_request(), officer="ani", pin="0", counter="1")
    return act_of(officers.unlock_officer, code="ani")


def loading(hall: SmallHall) -> Act:
    file = small_hall.catalogue(name="MPP Uji Baru")
    return lambda store, request: catalogue.load_catalogue(
        store, file, actor=ACTOR, request=request
    )


def signing_in(hall: SmallHall) -> Act:
    def sign_in(store: Store, request: str) -> str | None:
        desk = desks.sign_in(store, request=request, officer="ani", pin=PIN, counter="1")
        return desk.officer

    return sign_in


def about_person(command: Callable[..., Any]) -> Scene:
    """Return the scene of a command about somebody whose NIK was demanded."""

    def scene(hall: SmallHall) -> Act:
        content = small_hall.catalogue_content()
        content["agencies"][0]["services"][0]["demands"] = ["nik"]
        file = CatalogueFile.model_validate(content)
        catalogue.load_catalogue(hall.store, file, actor=ACTOR)
        hall.issue(KK, personal={"nik": NIK})
        return act_of(command, nik=NIK)

    return scene


def quota_cleared(hall: SmallHall) -> Act:
    hall.act(quota_settings.set_quota, service=KK, pool="kiosk", places=5)
    return act_of(quota_settings.clear_quota, service=KK)


SCENES: dict[str, Scene] = {
    "issue_ticket": waiting(tickets.issue_ticket, services=[KK, SKCK], priority="lansia"),
    "call_next": at_desk(calls.call_next, is_served=True, finish=True),
    "call_turn": about_turn(calls.call_turn, calls.mark_missed, counter="2"),
    "recall": at_desk(calls.recall),
    "start": at_desk(calls.start),
    "finish": at_desk(calls.finish, is_served=True),
    "mark_missed": at_desk(calls.mark_missed),
    "hold": at_desk(calls.hold),
    "resume": about_turn(calls.resume, calls.hold, counter="1"),
    "undo_call": at_desk(calls.undo_call),
    "return_turn": about_turn(moves.return_turn, calls.mark_missed),
    "transfer": at_desk(moves.transfer, is_served=True, service=SKCK),
    "cancel": about_turn(moves.cancel),
    "close_day": at_midnight(day.close_day),
    "confirm_date": at_midnight(day.confirm_date),
    "queue_copy": copy_wanted,
    "record_print": job_sent,
    "open_session": lambda _: act_of(desks.open_session, officer="ani", counter="1"),
    "sign_in": signing_in,
    "sign_out": signed_in,
    "load_catalogue": loading,
    "anchor_here": waiting(anchors.anchor_here),
    "save_officer": waiting(
        officers.save_officer, code="dewi", name="Dewi", pin_hash=small_hall.pin_hash()
    ),
    "set_quota": waiting(quota_settings.set_quota, service=KK, pool="kiosk", places=5),
    "clear_quota": quota_cleared,
    "read_person": about_person(persons.read_person),
    "delete_person": about_person(persons.delete_person),
    "unlock_officer": mistyped,
    "remove_officer": waiting(officers.remove_officer, code="ani"),
}


def commands() -> set[str]:
    """Return the names of all commands of ``db``: public functions that take a request id."""
    modules = [
        importlib.import_module(f"db.{found.name}")
        for found in pkgutil.iter_modules(db.__path__)
        if not found.ispkg
    ]
    return {
        name
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and "request" in inspect.signature(function).parameters
    }


def shape(hall: SmallHall) -> dict[str, int]:
    """Return how many rows each table has."""
    return {table: len(rows) for table, rows in hall.dump().items()}


@pytest.fixture
def twin(tmp_path: Path, prepared_hall: Path) -> Iterator[SmallHall]:
    """A hall in which the same happens, and nothing is lost."""
    path = tmp_path / "hall.db"
    path.write_bytes(prepared_hall.read_bytes())
    opened = SmallHall(str(path), SetClock())

    yield opened

    opened.close()


@pytest.fixture(scope="module")
def prepared_hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared store, to copy."""
    path = tmp_path_factory.mktemp("prepared") / "hall.db"
    prepare(str(path))
    return path


@pytest.fixture
def wire(postgresql_cluster: Cluster) -> Iterator[Wire]:
    """A wire to the server that the test may cut."""
    with Wire(postgresql_cluster.port) as opened:
        yield opened


@pytest.fixture
def hall(postgresql_cluster: Cluster, wire: Wire) -> Iterator[SmallHall]:
    """The small hall, reached over the wire."""
    cluster = postgresql_cluster
    name = cluster.fresh_database(cluster.template("small_hall", prepare))
    opened = SmallHall(cluster.url(name).replace(f":{cluster.port}/", f":{wire.port}/"), SetClock())

    yield opened

    opened.close()
    cluster.drop(name)


def test_each_command_has_its_scene() -> None:
    assert commands() - SCENES.keys() == set()
    assert SCENES.keys() - commands() == set()


@pytest.mark.parametrize("name", SCENES)
def test_a_command_whose_commit_is_lost_twice_is_done_once(
    name: str, hall: SmallHall, twin: SmallHall, wire: Wire
) -> None:
    undisturbed = SCENES[name](twin)(twin.store, new_request())
    act = SCENES[name](hall)
    request = new_request()

    # The first try's COMMIT never arrives, the second's answer never does.
    wire.lose_commits(False, True)
    answer = act(hall.store, request)

    assert wire.commits_lost == 2
    assert _KEY.sub("", repr(answer)) == _KEY.sub("", repr(undisturbed))
    assert shape(hall) == shape(twin)
    assert [event.kind for event in hall.journal()] == [event.kind for event in twin.journal()]
    # Sent once more, even later: the same answer, and nothing changes.
    before = hall.dump()
    assert act(hall.store, request) == answer
    assert hall.dump() == before
    assert verify(hall.store).faults == ()
