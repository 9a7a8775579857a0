"""Each kind of event folded into where the hall stands, and what can't follow."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from db.journal import Kind
from rules.replay import DoesNotFollow, Flaw, Line, Replay

NUMBER = "B-001"


class Story:
    """Events told one after another, each with what its turn says after it."""

    def __init__(self) -> None:
        self.replay = Replay()
        self.said: dict[str, dict[str, Any]] = {}

    def tell(self, kind: str, data: dict[str, Any], **keys: str | None) -> None:
        """Apply an event with the next seq."""
        line = Line(
            seq=self.replay.seq + 1,
            kind=kind,
            ticket=keys.get("ticket"),
            turn=keys.get("turn"),
            counter=keys.get("counter"),
            data=data,
        )
        self.replay.apply(line)

    def issue(self, *turns: str, number: str = NUMBER, job: str | None = None) -> None:
        """Give a number; the ticket is named after it."""
        data = {
            "number": number,
            "turns": [[turn, f"S.{turn}"] for turn in turns],
            "lane": "ordinary",
            "queued_at": 10,
            "due_at": 70,
            "job": job,
        }
        for turn in turns:
            self.said[turn] = {
                "number": number,
                "service": f"S.{turn}",
                "counter": None,
                "status": "waiting",
                "lane": "ordinary",
                "queued_at": 10,
                "called_at": None,
                "started_at": None,
                "calls": 0,
            }
        self.tell("TicketIssued", data, ticket=f"k{number}", turn=turns[0])

    def move(self, kind: str, turn: str = "t1", **changes: Any) -> None:
        """Move a turn; ``changes`` is what its event says anew."""
        said = {**self.said.get(turn, {"number": NUMBER}), **changes}
        self.tell(
            kind,
            said,
            ticket=f"k{said['number']}",
            turn=turn,
            counter=said.get("counter"),
        )
        self.said[turn] = {name: said[name] for name in self.said[turn]}

    def call(self, turn: str = "t1", counter: str = "1", kind: str = "TurnCalled") -> None:
        """Call a turn."""
        calls = self.said[turn]["calls"] + 1
        self.move(kind, turn, counter=counter, status="called", called_at=20, calls=calls)


@pytest.fixture
def story() -> Story:
    """One visitor who wants two services."""
    told = Story()
    told.tell("OfficerSignedIn", {"officer": "ani"}, counter="1")
    told.issue("t1", "t2")
    return told


def refused(act: Callable[[], None]) -> Flaw:
    """Return why an event does not follow."""
    with pytest.raises(DoesNotFollow) as flaw:
        act()
    return flaw.value.flaw


def test_every_kind_that_is_followed_is_one_of_the_journals() -> None:
    assert Replay().kinds <= {kind.value for kind in Kind}


def test_a_kind_that_changes_nothing_passes(story: Story) -> None:
    before = {**story.replay.state(), "seq": 0}
    story.tell("CatalogueLoaded", {"agencies": 3})
    story.tell("SomethingOfALaterVersion", {})

    assert {**story.replay.state(), "seq": 0} == before
    assert story.replay.seq == 4


def test_a_number_is_given(story: Story) -> None:
    turn = story.replay.turns["t1"]

    assert story.replay.series == {"B": 1}
    assert (turn.number, turn.status, turn.due_at, turn.queued_seq) == ("B-001", "waiting", 70, 2)
    assert refused(lambda: story.issue("t9", number="B-003")) is Flaw.NUMBER_NOT_NEXT


def test_a_turn_is_not_given_twice(story: Story) -> None:
    assert refused(lambda: story.issue("t1", number="B-002")) is Flaw.TURN_REPEATED


def test_a_visit_from_call_to_finish(story: Story) -> None:
    story.call()
    assert story.replay.turns["t1"].officer == "ani"
    story.call(kind="TurnRecalled")
    story.move("TurnStarted", status="serving", started_at=30)
    story.move("TurnFinished", status="done", ended_at=40)

    turn = story.replay.turns["t1"]
    assert (turn.status, turn.counter, turn.calls) == ("done", "1", 2)
    assert (turn.called_seq, turn.started_at, turn.ended_at) == (4, 30, 40)


def test_a_missed_visitor_pauses_his_other_turns_until_he_is_back(story: Story) -> None:
    story.call()
    story.move("TurnMissed", status="missed", ended_at=25)
    assert story.replay.turns["t2"].is_paused
    assert not story.replay.turns["t1"].is_paused

    story.move("TurnReturned", status="waiting", counter=None, lane="returned", due_at=99)

    turn = story.replay.turns["t1"]
    assert (turn.lane, turn.due_at, turn.queued_seq, turn.ended_at) == ("returned", 99, 5, None)
    assert not story.replay.turns["t2"].is_paused


@pytest.mark.parametrize("turn", ["t1", "t2"])
def test_a_late_comer_is_called_and_nothing_is_paused_any_more(story: Story, turn: str) -> None:
    story.call()
    story.move("TurnMissed", status="missed", ended_at=25)

    story.call(turn)

    assert not any(each.is_paused for each in story.replay.turns.values())
    assert story.replay.turns[turn].ended_at is None


def test_a_visitor_is_held_and_resumed_elsewhere(story: Story) -> None:
    story.call()
    story.move("TurnHeld", status="held")
    story.issue("t3", number="B-002")
    story.call("t3")
    story.call("t1", counter="2", kind="TurnResumed")

    assert story.replay.turns["t1"].counter == "2"
    assert story.replay.turns["t1"].officer is None


def test_a_call_is_taken_back(story: Story) -> None:
    story.call()
    story.move("TurnUndone", status="waiting", counter=None, called_at=None)

    turn = story.replay.turns["t1"]
    assert (turn.status, turn.counter, turn.called_seq, turn.calls) == ("waiting", None, None, 1)
    story.call("t2")


def test_a_visitor_is_sent_on(story: Story) -> None:
    story.call()
    story.move("TurnStarted", status="serving", started_at=30)
    story.move(
        "TurnTransferred",
        status="done",
        ended_at=40,
        next=["t3", "S.t3", "priority", 10, 30, "4"],
    )

    sent = story.replay.turns["t3"]
    assert (sent.service, sent.lane, sent.target_counter, sent.queued_seq) == (
        "S.t3",
        "priority",
        "4",
        5,
    )
    assert sent.number == NUMBER


def test_a_turn_is_cancelled(story: Story) -> None:
    story.move("TurnCancelled", status="cancelled", ended_at=12)

    assert story.replay.turns["t1"].status == "cancelled"
    assert refused(story.call) is Flaw.ILLEGAL_MOVE


def test_two_visitors_are_not_at_one_counter(story: Story) -> None:
    story.issue("t3", number="B-002")
    story.call()

    assert refused(lambda: story.call("t3")) is Flaw.COUNTER_TAKEN


def test_one_visitor_is_not_at_two_counters(story: Story) -> None:
    story.call()

    assert refused(lambda: story.call("t2", counter="2")) is Flaw.VISITOR_ELSEWHERE


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("TurnStarted", {"status": "serving", "started_at": 30, "counter": "2"}),
        ("TurnStarted", {"status": "serving", "started_at": 30, "calls": 7}),
        ("TurnStarted", {"status": "done", "started_at": 30}),
        ("TurnHeld", {"status": "held", "lane": "priority"}),
        ("TurnHeld", {"status": "held", "number": "B-002"}),
    ],
)
def test_what_an_event_says_of_its_turn_must_be_so(
    story: Story, kind: str, changes: dict[str, Any]
) -> None:
    story.call()

    assert refused(lambda: story.move(kind, **changes)) is Flaw.TURN_DIFFERS


def test_an_unknown_turn_and_an_unreadable_event_are_named(story: Story) -> None:
    assert refused(lambda: story.move("TurnStarted", "t9")) is Flaw.TURN_UNKNOWN
    assert refused(lambda: story.tell("TicketIssued", {}, ticket="k")) is Flaw.UNREADABLE


def test_seq_has_no_gap(story: Story) -> None:
    def skip() -> None:
        story.replay.apply(Line(7, "CatalogueLoaded", None, None, None, {}))

    assert refused(skip) is Flaw.SEQ_GAP


def test_the_days_end_closes_what_is_open_and_numbers_begin_anew(story: Story) -> None:
    story.call()
    end = {"date": "2026-11-23", "next": "2026-11-24", "closed": 2}
    story.tell("DayClosed", end)

    assert story.replay.date == "2026-11-24"
    assert (story.replay.turns, story.replay.series) == ({}, {})
    assert story.replay.sessions == {"1": "ani"}
    story.issue("t1", number="B-001")
    story.call()


def test_a_days_end_must_close_what_was_open_and_end_the_present_date(story: Story) -> None:
    few = {"date": "2026-11-23", "next": "2026-11-24", "closed": 1}
    assert refused(lambda: story.tell("DayClosed", few)) is Flaw.CLOSED_DIFFERS

    told = Story()
    told.tell("DayConfirmed", {"date": "2026-11-23"})
    other = {"date": "2026-11-22", "next": "2026-11-24", "closed": 0}
    assert refused(lambda: told.tell("DayClosed", other)) is Flaw.DATE_DIFFERS


def test_a_date_that_comes_again_goes_on_with_its_numbers_and_its_missed(story: Story) -> None:
    story.call()
    story.move("TurnMissed", status="missed", ended_at=25)
    kept = story.replay.state()["turns"]["t1"]
    story.tell("DayClosed", {"date": "2026-11-23", "next": "2026-11-25", "closed": 1})

    again = {"series": {"B": 1}, "turns": {"t1": kept}, "jobs": {}}
    back = {"date": "2026-11-25", "next": "2026-11-23", "closed": 0, "reopened": again}
    story.tell("DayClosed", back)

    assert story.replay.is_reopened
    assert refused(lambda: story.issue("t8", number="B-001")) is Flaw.NUMBER_NOT_NEXT
    story.issue("t9", number="B-002")
    story.call("t1")


def test_officers_sign_in_and_out(story: Story) -> None:
    def sign(kind: str, officer: str, counter: str) -> None:
        story.tell(kind, {"officer": officer}, counter=counter)

    sign("OfficerSignedIn", "ani", "1")
    assert refused(lambda: sign("OfficerSignedIn", "budi", "1")) is Flaw.SESSION_DIFFERS
    assert refused(lambda: sign("OfficerSignedIn", "ani", "2")) is Flaw.SESSION_DIFFERS
    sign("OfficerSignedOut", "ani", "1")
    assert story.replay.sessions == {}
    assert refused(lambda: sign("OfficerSignedOut", "ani", "1")) is Flaw.SESSION_DIFFERS


def test_papers_go_their_way(story: Story) -> None:
    story.issue("t3", number="B-002", job="kB-002.0")
    ticket = "kB-002"
    for state in ("sending", "printed"):
        story.tell("PrintRecorded", {"job": "kB-002.0", "state": state}, ticket=ticket)
    story.tell("CopyQueued", {"job": "kB-002.1"}, ticket=ticket)
    assert story.replay.jobs == {"kB-002.0": "printed", "kB-002.1": "queued"}

    again = {"job": "kB-002.0", "state": "sending"}
    assert refused(lambda: story.tell("PrintRecorded", again, ticket=ticket)) is Flaw.JOB_DIFFERS
    copy = {"job": "kB-002.1"}
    assert refused(lambda: story.tell("CopyQueued", copy, ticket=ticket)) is Flaw.JOB_DIFFERS


def test_a_paper_of_an_earlier_day_passes(story: Story) -> None:
    story.tell("PrintRecorded", {"job": "old.0", "state": "unknown"}, ticket="old")
    story.tell("CopyQueued", {"job": "old.1"}, ticket="old")

    assert story.replay.jobs == {}


def test_a_state_that_was_kept_as_text_goes_on_alike(story: Story) -> None:
    story.call()
    restored = Replay.from_state(json.loads(json.dumps(story.replay.state())))

    assert restored.state() == story.replay.state()
    story.replay = restored
    assert refused(lambda: story.call("t2", counter="2")) is Flaw.VISITOR_ELSEWHERE
    story.replay = Replay.from_state(story.replay.state())
