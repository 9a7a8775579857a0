"""Pruning by age, its anchors, and a day's seal, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from db.anchors import Anchor
from db.day import confirm_date
from db.journal import Kind, marked
from db.pruning import AUDIT_DAYS, Pruned, prune
from db.seals import DaySeal, day_seal
from db.verify import Seal, Verification, verify
from db.walk import FaultKind
from rules.errors import DayUnknown, JournalBroken, PrunedTooSoon
from tests.support.journals import lengthen, rewrite
from tests.support.small_hall import ACTOR, KK, SKCK, SmallHall


def a_day(hall: SmallHall) -> None:
    """Let a few visitors come, and one wait in vain."""
    for services in ((KK, SKCK), (KK,), (SKCK,)):
        hall.issue(*services)
    hall.visit("1")
    hall.served("3")


def six_years(hall: SmallHall) -> None:
    """Let two days pass, then years without any, then two more days."""
    a_day(hall)
    hall.clock.forward(days=1)
    a_day(hall)
    hall.clock.forward(days=6 * 365)
    hall.act(confirm_date)
    a_day(hall)
    hall.clock.forward(days=1)
    a_day(hall)


def pruned(hall: SmallHall) -> Pruned:
    """Prune what may be pruned."""
    return prune(hall.store, keep_days=AUDIT_DAYS, actor=ACTOR)


def seal_of(hall: SmallHall, day: date | None = None) -> DaySeal:
    """Return a day's seal."""
    with hall.store.read() as view:
        return day_seal(view, day)


def kinds(found: Verification) -> list[FaultKind]:
    """Return the kinds of what is wrong."""
    return [fault.kind for fault in found.faults]


def change(hall: SmallHall, statement: str) -> None:
    """Change rows behind the hall's back."""
    with hall.store.connected() as connection:
        connection.rows(statement, {})


def test_old_days_are_dropped_behind_an_anchor_and_the_rest_verifies(hall: SmallHall) -> None:
    six_years(hall)
    tickets = hall.rows("SELECT count(*) FROM ticket")
    before = hall.journal()
    ends = [event.seq for event in before if event.kind == "DayClosed"]

    found = pruned(hall)

    # The second day was closed by the first command after the years: only now.
    assert found == Pruned(anchor=ends[0], events=ends[0])
    assert hall.journal()[:-1] == before[ends[0] :]
    assert hall.journal()[-1].kind == "JournalPruned"
    assert hall.rows("SELECT count(*) FROM ticket") == tickets
    for from_start in (False, True):
        walked = verify(hall.store, from_start=from_start)
        assert walked.faults == ()
        assert walked.is_replayed
        assert walked.first == ends[0] + 1
    hall.issue(KK)
    hall.visit("2")
    assert verify(hall.store).faults == ()


def test_pruning_again_drops_nothing_more(hall: SmallHall) -> None:
    six_years(hall)
    first = pruned(hall)

    again = pruned(hall)

    assert again.events == 0
    assert again.anchor == first.anchor
    assert verify(hall.store, from_start=True).faults == ()


def test_a_later_pruning_takes_the_place_of_an_earlier_one(hall: SmallHall) -> None:
    six_years(hall)
    pruned(hall)
    hall.clock.forward(days=6 * 365)
    hall.act(confirm_date)
    hall.issue(KK)

    found = pruned(hall)

    assert found.events > 0
    assert hall.rows("SELECT seq FROM feed_anchor") == [(found.anchor,)]
    assert verify(hall.store, from_start=True).faults == ()


def test_events_that_audits_need_are_never_dropped(hall: SmallHall) -> None:
    six_years(hall)
    before = hall.dump()

    with pytest.raises(PrunedTooSoon):
        prune(hall.store, keep_days=AUDIT_DAYS - 1, actor=ACTOR)
    assert prune(hall.store, keep_days=7 * 365, actor=ACTOR) == Pruned(anchor=None, events=0)

    assert hall.dump() == before


def test_a_journal_that_was_changed_is_not_pruned(hall: SmallHall) -> None:
    six_years(hall)
    change(hall, "UPDATE feed_event SET actor = 'cli:nobody' WHERE seq = 4")

    with pytest.raises(JournalBroken) as refused:
        pruned(hall)

    assert refused.value.fields["seq"] == 4
    assert hall.journal()[0].seq == 1
    assert hall.rows("SELECT count(*) FROM feed_anchor") == [(0,)]


def test_a_pruning_that_was_killed_half_way_is_sound_and_taken_up_again(hall: SmallHall) -> None:
    six_years(hall)
    kept = {
        event.seq: hall.rows(f"SELECT * FROM feed_event WHERE seq = {event.seq}")
        for event in hall.journal()[:6]
    }
    found = pruned(hall)
    assert found.anchor is not None
    names = "abcdefghijk"
    marks = ", ".join(f":{name}" for name in names)
    with hall.store.connected() as connection:
        for rows in list(kept.values())[3:]:
            connection.rows(
                f"INSERT INTO feed_event VALUES ({marks})",
                dict(zip(names, rows[0], strict=True)),
            )

    # The seqs 4 to 6 are still there, as if the deletion had stopped after 3.
    assert verify(hall.store, from_start=True).faults == ()
    assert pruned(hall).events >= 3
    assert hall.journal()[0].seq == found.anchor + 1


@pytest.mark.parametrize("column", ["hash", "state"])
def test_a_changed_anchor_is_named(hall: SmallHall, column: str) -> None:
    six_years(hall)
    anchor = pruned(hall).anchor
    change(
        hall,
        "UPDATE feed_anchor SET hash = 'x' || substr(hash, 2)"
        if column == "hash"
        else "UPDATE feed_anchor SET state = replace(state, 'series', 'seriez')",
    )

    found = verify(hall.store)

    assert kinds(found)[0] is FaultKind.ANCHOR_DIFFERS
    assert found.faults[0].seq == anchor


def test_an_anchor_that_nobody_vouches_for_is_named(hall: SmallHall) -> None:
    six_years(hall)
    forged = Anchor(seq=3, hash="0" * 64, state="null")
    change(
        hall,
        "INSERT INTO feed_anchor (site, seq, hash, state, at) VALUES"
        f" ('{hall.store.site}', {forged.seq}, '{forged.hash}', 'null', 1)",
    )
    change(hall, "DELETE FROM feed_event WHERE seq <= 3")

    assert kinds(verify(hall.store))[0] is FaultKind.ANCHOR_DIFFERS


def test_an_anchor_that_is_gone_is_named(hall: SmallHall) -> None:
    six_years(hall)
    pruned(hall)
    change(hall, "DELETE FROM feed_anchor")

    assert FaultKind.ANCHOR_DIFFERS in kinds(verify(hall.store))


def test_two_events_that_changed_places_are_named(hall: SmallHall) -> None:
    a_day(hall)
    change(hall, "UPDATE feed_event SET seq = -seq WHERE seq IN (5, 6)")
    change(hall, "UPDATE feed_event SET seq = 11 + seq WHERE seq IN (-5, -6)")

    found = verify(hall.store)

    assert kinds(found)[0] is FaultKind.CHAIN_BROKEN
    assert found.faults[0].seq == 5


def test_a_series_that_lacks_a_number_is_named_also_years_later(hall: SmallHall) -> None:
    six_years(hall)
    pruned(hall)
    change(
        hall,
        "UPDATE series SET last = last + 1 WHERE prefix = 'B' AND business_date ="
        " (SELECT min(business_date) FROM series)",
    )

    found = verify(hall.store)

    assert kinds(found) == [FaultKind.SERIES_DIFFERS]
    assert found.faults[0].key == "2026-11-23 B"


def test_a_row_of_a_past_day_that_was_changed_is_named(hall: SmallHall) -> None:
    a_day(hall)
    hall.clock.forward(days=1)
    a_day(hall)
    change(
        hall,
        "UPDATE turn SET started_at = started_at - 60000000 WHERE status = 'done'"
        " AND business_date = '2026-11-23'",
    )

    found = verify(hall.store)

    assert kinds(found) == [FaultKind.ROW_DIFFERS]
    assert (found.faults[0].what, found.faults[0].field) == ("turn", "started_at")


def test_a_day_has_a_seal_that_stays(hall: SmallHall) -> None:
    a_day(hall)
    open_seal = seal_of(hall, date(2026, 11, 23))
    with pytest.raises(DayUnknown):
        seal_of(hall)
    hall.clock.forward(days=1)
    a_day(hall)

    closed = seal_of(hall)

    events = {event.seq: event for event in hall.journal()}
    assert not open_seal.is_closed
    assert closed.is_closed
    assert closed.date == date(2026, 11, 23)
    assert events[closed.seq].kind == "DayClosed"
    assert (events[closed.seq].hash, events[open_seal.seq].hash) == (closed.hash, open_seal.hash)
    with pytest.raises(DayUnknown):
        seal_of(hall, date(2020, 1, 1))
    for seal in (open_seal, closed):
        assert verify(hall.store, seals=[Seal(seal.seq, seal.hash)]).faults == ()


def test_days_ends_and_anchors_are_found_without_walking_the_journal(hall: SmallHall) -> None:
    lengthen(hall.store, 3000)
    if not hall.store.is_sqlite:
        change(hall, "ANALYZE")
    explain = "EXPLAIN QUERY PLAN" if hall.store.is_sqlite else "EXPLAIN"
    for kinds_wanted in ((Kind.DAY_CLOSED,), (Kind.JOURNAL_ANCHORED, Kind.JOURNAL_PRUNED)):
        with hall.store.read() as view:
            plan = view.rows(
                f"{explain} SELECT hash, data FROM feed_event WHERE site = :site"
                f" AND {marked(*kinds_wanted)} ORDER BY seq DESC",
                site=hall.store.site,
            )
        words = " ".join(str(line) for line in plan)
        assert "ix_feed_event_marks" in words, words
        assert "SCAN feed_event" not in words, words
        assert "(site=?)" not in words, words
        assert "using pk_feed_event on feed_event m" not in words, words


def quieter(values: dict[str, Any]) -> None:
    """Make an officer's recall somebody else's."""
    if values["kind"] == "TurnStarted":
        values["actor"] = "cli:nobody"


def test_a_journal_that_was_computed_anew_is_found_by_its_seal_only(hall: SmallHall) -> None:
    a_day(hall)
    hall.clock.forward(days=1)
    hall.issue(KK)
    seal = seal_of(hall)

    rewrite(hall.store, quieter)

    assert verify(hall.store).faults == ()
    found = verify(hall.store, seals=[Seal(seal.seq, seal.hash)])
    assert kinds(found) == [FaultKind.SEAL_DIFFERS]
    assert found.faults[0].seq == seal.seq


def test_a_seal_of_a_journal_that_was_cut_short_is_missed(hall: SmallHall) -> None:
    a_day(hall)
    end = hall.journal()[-1]

    found = verify(hall.store, seals=[Seal(end.seq + 1, "0" * 64)])

    assert kinds(found) == [FaultKind.SEAL_DIFFERS]


def test_a_seal_before_the_anchor_can_not_be_checked(hall: SmallHall) -> None:
    six_years(hall)
    old = Seal(3, hall.journal()[2].hash)
    at_anchor = hall.journal()
    anchor = pruned(hall).anchor
    assert anchor is not None

    assert kinds(verify(hall.store, seals=[old])) == [FaultKind.SEAL_PRUNED]
    assert verify(hall.store, seals=[Seal(anchor, at_anchor[anchor - 1].hash)]).faults == ()


def test_a_walk_says_how_far_it_is(hall: SmallHall) -> None:
    last = lengthen(hall.store, 1200)
    steps: list[tuple[int, int]] = []

    found = verify(hall.store, on_progress=lambda done, total: steps.append((done, total)))

    assert found.faults == ()
    assert steps[0] == (0, last)
    assert steps[-1] == (last, last)
    assert len(steps) > 2


def test_a_walk_that_pruning_overtakes_begins_again(hall: SmallHall) -> None:
    six_years(hall)
    steps: list[int] = []

    def prune_at_once(done: int, total: int) -> None:
        steps.append(total)
        if len(steps) == 1:
            assert done == 0
            pruned(hall)

    found = verify(hall.store, from_start=True, on_progress=prune_at_once)

    assert found.faults == ()
    assert found.first > 1
    assert len(set(steps)) == 2
