"""Whatever a caller hands to the store: a known error, nothing stored, the next is served."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from db import board, calls, day, desks, feed, halls, moves, officers, printing, progress, tickets
from db.catalogue import load_catalogue
from db.catalogue_file import CatalogueFile
from db.inputs import checked
from db.pins import hash_pin
from db.printing import JobState
from db.schema import Base
from db.store import Tx, new_request
from rules.errors import BadInput, CatalogueFault, KnownError
from tests.support.small_hall import KK, SmallHall, catalogue_content

NO_KEY = "01900000-0000-7000-8000-000000000000"
MEGABYTE = 1_000_000

# What no command takes, whatever the field.
WRONG: list[object] = [
    0, -1, 2**31, 10**30, True, 1.5, float("nan"), float("inf"), b"1", [], {}, object(),
    ["1", "2"], ("1",), {"1"},
    "x" * MEGABYTE, "\x00", "1\x00", "a\nb", "\x1b[2J", "\ud800", "x\udfffy", "\u202e1",
]  # fmt: skip
NO_NUMBER: list[object] = [None, True, 1.0, float("nan"), "1", b"1", [], "x" * MEGABYTE, 10**30]
# Texts like any other, that name nothing here.
STRANGE = [
    "'; DROP TABLE turn; --", '" OR 1=1 --', "%s", ":site", "$1", "\\", "😀", "é́", "ＡＢ",
    "NULL", "None", "B-999999", "B-0", "-1", "0", "../../etc/passwd", NO_KEY, NO_KEY.upper(),
]  # fmt: skip

wrong = st.sampled_from(WRONG)
strange = st.sampled_from(STRANGE) | st.text(st.characters(codec="utf-8"), max_size=40)
no_request = wrong | strange.filter(lambda text: len(text) != 36) | st.none() | st.just("")

Fields = Mapping[str, st.SearchStrategy[Any]]


def bad(*more: object) -> st.SearchStrategy[Any]:
    """Return values that a field can't take, or that name nothing."""
    return wrong | strange | st.sampled_from(["", *more])


Case = tuple[Callable[..., Any], Mapping[str, object], Fields]


def _alike(good: Mapping[str, object], fields: Fields, *acts: Callable[..., Any]) -> list[Case]:
    return [(act, good, fields) for act in acts]


COMMANDS: list[Case] = [
    (
        tickets.issue_ticket,
        {"services": [KK]},
        {
            "services": wrong.filter(lambda value: value != [])
            | st.lists(bad(None), min_size=1, max_size=3)
            | st.sampled_from([[], [KK, KK], KK, [KK] * 1000, None]),
            "priority": bad(),
            "language": wrong | st.sampled_from(["", None, "indonesia"]),
            "channel": wrong | st.sampled_from(["", None, "x" * 17]),
            "party_size": st.sampled_from([*NO_NUMBER, 0, -1, 1000, 2**31]),
            "station": wrong | st.sampled_from([None, "x" * 65]),
            "is_printed": st.sampled_from([0, 1, "yes", None, [], 10**30]),
        },
    ),
    *_alike(
        {"counter": "1"},
        {"counter": bad(None), "turn": bad(), "officer": bad()},
        calls.call_next, calls.recall, calls.start, calls.finish, calls.mark_missed,
        calls.hold, calls.undo_call,
    ),
    (calls.call_next, {"counter": "1"}, {"finish": st.sampled_from([0, 1, "no", None, []])}),
    *_alike(
        {"counter": "1", "turn": NO_KEY},
        {"counter": bad(None), "turn": bad(None)},
        calls.call_turn, calls.resume,
    ),
    (moves.return_turn, {"turn": NO_KEY}, {"turn": bad(None)}),
    (moves.cancel, {"turn": NO_KEY}, {"turn": bad(None)}),
    (
        moves.transfer,
        {"counter": "1", "service": KK},
        {
            "counter": bad(None), "service": bad(None), "target_counter": bad(), "turn": bad(),
            "officer": bad(),
        },
    ),
    (desks.sign_out, {"counter": "1"}, {"counter": bad(None)}),
    (
        officers.save_officer,
        {"code": "dewi", "name": "Dewi", "pin_hash": "$argon2id$", "role": "officer"},
        {
            "code": wrong | st.sampled_from(["", None, "x" * 33]),
            "name": wrong | st.sampled_from(["", None]),
            "pin_hash": wrong | st.sampled_from(["", None]),
            "role": bad(None, "king"),
        },
    ),
    (officers.remove_officer, {"code": "ani"}, {"code": bad(None)}),
    (printing.queue_copy, {"ticket": NO_KEY}, {"ticket": bad(None), "station": wrong}),
    (
        printing.record_print,
        {"job": f"{NO_KEY}.0", "state": JobState.SENDING},
        {
            "job": bad(None),
            "state": st.sampled_from([None, "sending", "no", 1, JobState]),
            "detail": wrong,
        },
    ),
    (day.close_day, {}, {}),
    (day.confirm_date, {}, {}),
]  # fmt: skip

READS: list[Case] = [
    (desks.desk, {}, {"counter": bad(None)}),
    (progress.progress, {}, {"ticket": bad(None)}),
    (tickets.find_ticket, {}, {"reference": bad(None)}),
    (halls.service_queue, {}, {"service": bad(None)}),
    (
        feed.events_after,
        {"cursor": 0, "limit": 10},
        {
            "cursor": st.sampled_from([*NO_NUMBER, -1, 2**63]),
            "limit": st.sampled_from([*NO_NUMBER, -1, 0, 2**31]),
        },
    ),
    (board.calls, {}, {"last": st.sampled_from([*NO_NUMBER, 0, 2**31])}),
]

few = settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def _known(hall: SmallHall, command: Callable[[Tx], object]) -> None:
    """Run a command that is refused with a known error, and find the lock free after it."""
    with pytest.raises(KnownError) as refused:
        hall.store.run(command)
    # No part of what came in is carried on: it may be a PIN, or a megabyte.
    assert len(str(refused.value)) < 2000
    for lent in hall.store._idle:
        lent.connection.begin()
        lent.connection.rollback()


def _refused(hall: SmallHall, act: Callable[[], object]) -> KnownError:
    """Return the known error of an act; nothing is stored."""
    before = hall.dump()
    with pytest.raises(KnownError) as refused:
        act()
    assert hall.dump() == before
    return refused.value


def test_a_command_refuses_what_it_cannot_take(hall: SmallHall) -> None:
    for command, good, fields in COMMANDS:
        _try_command(hall, command, good, fields)

    assert hall.issue(KK).number == "B-001"


def _try_command(
    hall: SmallHall, command: Callable[..., Any], good: Mapping[str, object], fields: Fields
) -> None:
    actor = wrong | st.sampled_from(["", None, "x" * 81])

    @few
    @given(st.data())
    def check(data: st.DataObject) -> None:
        before = hall.dump()
        for name, values in {**fields, "request": no_request, "actor": actor}.items():
            chosen = {"request": new_request(), "actor": "cli:test", **good}
            chosen[name] = data.draw(values, f"{command.__name__}({name})")
            _known(hall, lambda tx, chosen=chosen: command(tx, **chosen))  # type: ignore[misc]
        assert hall.dump() == before

    check()


def test_a_read_refuses_what_it_cannot_take(hall: SmallHall) -> None:
    for read, good, fields in READS:
        _try_read(hall, read, good, fields)

    assert hall.issue(KK).number == "B-001"


def _try_read(
    hall: SmallHall, read: Callable[..., Any], good: Mapping[str, object], fields: Fields
) -> None:
    @few
    @given(st.data())
    def check(data: st.DataObject) -> None:
        for name, values in fields.items():
            chosen = {**good, name: data.draw(values, f"{read.__name__}({name})")}
            with pytest.raises(KnownError), hall.store.read() as view:
                read(view, **chosen)

    check()


def test_nobody_signs_in_with_what_is_no_officer_pin_or_counter(hall: SmallHall) -> None:
    good: dict[str, Any] = {"officer": "ani", "pin": "246810", "counter": "1"}

    # Few: each known officer's PIN is hashed, slowly by design.
    for name, values in {
        "officer": [*WRONG, "", None],
        "pin": [*WRONG, None, "246810\x00"],
        "counter": [*WRONG, "", None, "'; --"],
        "request": [*WRONG, "", None],
    }.items():
        for value in values:
            fields = {"request": new_request(), **good, name: value}
            _refused(hall, lambda: desks.sign_in(hall.store, **fields))  # noqa: B023

    with pytest.raises(BadInput):
        hash_pin(246810)  # type: ignore[arg-type]
    assert desks.sign_in(hall.store, request=new_request(), **good).officer == "ani"


def test_an_officer_taken_away_meanwhile_opens_no_session(hall: SmallHall) -> None:
    hall.act(officers.remove_officer, code="ani")

    error = _refused(
        hall,
        lambda: hall.store.run(
            lambda tx: desks.open_session(tx, request=new_request(), officer="ani", counter="1")
        ),
    )

    assert error.code == "UnknownOfficer"


def test_a_catalogue_that_contradicts_itself_is_refused_whole(hall: SmallHall) -> None:
    contents = [catalogue_content() for _ in range(4)]
    contents[0]["counters"][0]["services"] = ["POLRI.NONE"]
    contents[1]["counters"][0]["zone"] = "Z"
    contents[2]["agencies"].append(contents[2]["agencies"][0])
    contents[3]["agencies"][1]["prefix"] = "B"

    for content in contents:
        file = CatalogueFile.model_validate(content)
        error = _refused(hall, lambda: load_catalogue(hall.store, file, actor="cli:t"))  # noqa: B023
        assert isinstance(error, CatalogueFault)


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[2J", "x" * MEGABYTE, "\ud800"])
def test_a_catalogue_with_text_that_cannot_be_shown_is_refused(text: str) -> None:
    for place in ("motto", "name"):
        with pytest.raises(ValueError):
            CatalogueFile.model_validate(catalogue_content(**{place: text}))
    content = catalogue_content()
    content["agencies"][0]["services"][0]["names"]["id"] = text
    with pytest.raises(ValueError):
        CatalogueFile.model_validate(content)


@pytest.mark.parametrize(
    "fields",
    [
        {"file": {}}, {"file": None}, {"actor": ""}, {"actor": "x" * MEGABYTE},
        {"request": "no"}, {"request": ""}, {"always_open": 1}, {"always_open": "yes"},
    ],
)  # fmt: skip
def test_a_load_that_is_asked_for_wrongly_changes_nothing(
    hall: SmallHall, fields: dict[str, Any]
) -> None:
    content = catalogue_content(motto="Lain")
    good: dict[str, Any] = {"file": CatalogueFile.model_validate(content), "actor": "cli:test"}

    _refused(hall, lambda: load_catalogue(hall.store, **(good | fields)))


COLUMNS = {
    "actor": "feed_event.actor",
    "counter": "counter.code",
    "target_counter": "turn.target_counter",
    "officer": "officer.code",
    "code": "officer.code",
    "service": "service.code",
    "priority": "ticket.priority",
    "language": "ticket.language",
    "channel": "ticket.channel",
    "station": "ticket.station",
    "role": "officer.role",
}


@pytest.mark.parametrize("field", COLUMNS)
def test_a_text_may_be_as_long_as_its_column(field: str) -> None:
    table, column = COLUMNS[field].split(".")
    longest = Base.metadata.tables[table].columns[column].type.length  # type: ignore[attr-defined]

    if field != "role":
        checked(**{field: "x" * longest})
    with pytest.raises(BadInput) as refused:
        checked(**{field: "x" * (longest + 1)})

    assert refused.value.fields == {"field": field, "reason": "too_long", "longest": longest}
