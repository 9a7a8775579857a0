"""When numbers are given: the Friday break, last tickets, seasons, holidays, the next opening."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.hours import (
    LOOK_AHEAD_DAYS,
    Break,
    Calendar,
    Closed,
    DateHours,
    DayHours,
    Hours,
    Opening,
    opening,
    refusal,
    scopes_of,
)

JAKARTA = ZoneInfo("Asia/Jakarta")
ZONES = [ZoneInfo(name) for name in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")]
NOON = (Break(time(12), time(13)),)
WORKDAY = DayHours(time(7, 30), time(15), time(14, 30), NOON)
FRIDAY = DayHours(time(7, 30), time(15), time(14, 30), (Break(time(11, 30), time(13)),))
MORNING = DayHours(time(8, 30), time(12), time(11, 30))
SATURDAY = DayHours(time(8), time(12), time(11, 30))
WEEK = {0: WORKDAY, 1: WORKDAY, 2: WORKDAY, 3: WORKDAY, 4: FRIDAY}
CHRISTMAS_EVE = DayHours(time(7, 30), time(11), time(10, 30))
HALL = Hours(
    scopes={
        "": Calendar(
            week=WEEK,
            dates={
                date(2026, 12, 24): DateHours(CHRISTMAS_EVE, "Malam Natal"),
                date(2026, 12, 25): DateHours(None, "Hari Raya Natal"),
            },
        ),
        "KEJARI": Calendar(week=dict.fromkeys(range(4), MORNING)),
        "POLRI.SKCK": Calendar(week={**WEEK, 5: SATURDAY}),
    },
    holidays={date(2027, 1, 1): "Tahun Baru Masehi"},
)


def at(text: str, zone: ZoneInfo = JAKARTA) -> datetime:
    """Return an instant. 2026-11-23 is a Monday, the 27th a Friday."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "reason", "opens_at"),
    [
        ("2026-11-23 07:29:59", Closed.NOT_YET, "2026-11-23 07:30"),
        ("2026-11-23 07:30:00", None, None),
        ("2026-11-23 11:59:59", None, None),
        ("2026-11-23 12:00:00", Closed.BREAK, "2026-11-23 13:00"),
        ("2026-11-23 13:00:00", None, None),
        ("2026-11-23 14:29:59", None, None),
        ("2026-11-23 14:30:00", Closed.LAST_TICKET, "2026-11-24 07:30"),
        ("2026-11-23 15:00:00", Closed.AFTER_HOURS, "2026-11-24 07:30"),
        ("2026-11-27 11:29:59", None, None),
        ("2026-11-27 11:30:00", Closed.FRIDAY_BREAK, "2026-11-27 13:00"),
        ("2026-11-27 12:59:59", Closed.FRIDAY_BREAK, "2026-11-27 13:00"),
        ("2026-11-27 16:00:00", Closed.AFTER_HOURS, "2026-11-30 07:30"),
        ("2026-11-28 09:00:00", Closed.DAY_OFF, "2026-11-30 07:30"),
        ("2026-12-24 10:30:00", Closed.LAST_TICKET, "2026-12-28 07:30"),
        ("2026-12-24 12:30:00", Closed.AFTER_HOURS, "2026-12-28 07:30"),
        ("2026-12-25 09:00:00", Closed.HOLIDAY, "2026-12-28 07:30"),
        ("2027-01-01 09:00:00", Closed.HOLIDAY, "2027-01-04 07:30"),
    ],
)
def test_the_hall_says_why_it_is_closed_and_when_it_opens(
    now: str, reason: Closed | None, opens_at: str | None
) -> None:
    found = opening(HALL, at(now))

    assert found.is_open is (reason is None)
    assert found.reason is reason
    assert found.opens_at == (at(opens_at) if opens_at else None)
    assert found.opens_today is (opens_at is not None and opens_at[:10] == now[:10])


@pytest.mark.parametrize(
    ("scope", "now", "reason", "opens_at", "said_by"),
    [
        # The prosecutor's desk: Monday to Thursday mornings, whatever the hall does.
        ("KEJARI", "2026-11-23 08:00", Closed.NOT_YET, "2026-11-23 08:30", "KEJARI"),
        ("KEJARI.TILANG", "2026-11-23 09:00", None, None, "KEJARI"),
        ("KEJARI.TILANG", "2026-11-23 13:30", Closed.AFTER_HOURS, "2026-11-24 08:30", "KEJARI"),
        ("KEJARI.TILANG", "2026-11-27 09:00", Closed.DAY_OFF, "2026-11-30 08:30", "KEJARI"),
        # One service of an agency on Saturday too; its others keep the hall's hours.
        ("POLRI.SKCK", "2026-11-28 09:00", None, None, "POLRI.SKCK"),
        ("POLRI.SIM", "2026-11-28 09:00", Closed.DAY_OFF, "2026-11-30 07:30", ""),
        # A date of the hall's goes before everybody's week.
        ("KEJARI.TILANG", "2026-12-24 07:45", None, None, ""),
        ("POLRI.SKCK", "2026-12-25 09:00", Closed.HOLIDAY, "2026-12-26 08:00", ""),
        ("POLRI.SKCK", "2027-01-01 09:00", Closed.HOLIDAY, "2027-01-02 08:00", ""),
    ],
)
def test_an_agency_and_a_service_have_hours_of_their_own(
    scope: str, now: str, reason: Closed | None, opens_at: str | None, said_by: str
) -> None:
    found = opening(HALL, at(now), scope)

    assert found.reason is reason
    assert found.opens_at == (at(opens_at) if opens_at else None)
    assert found.scope == said_by


def test_a_holiday_says_its_name() -> None:
    assert opening(HALL, at("2026-12-25 09:00")).note == "Hari Raya Natal"
    assert opening(HALL, at("2027-01-01 09:00")).note == "Tahun Baru Masehi"
    assert opening(HALL, at("2026-12-24 09:00")).note == "Malam Natal"


def test_a_date_of_any_scope_opens_on_the_countrys_holiday() -> None:
    day = date(2026, 8, 17)
    closed = Hours(scopes={"": Calendar(week=WEEK)}, holidays={day: "Kemerdekaan"})
    opened = Hours(
        scopes={"": Calendar(week=WEEK, dates={day: DateHours(MORNING)})},
        holidays=closed.holidays,
    )
    agency = Hours(
        scopes={"": Calendar(week=WEEK), "POS": Calendar(dates={day: DateHours(MORNING)})},
        holidays=closed.holidays,
    )

    assert opening(closed, at("2026-08-17 09:00")).reason is Closed.HOLIDAY
    assert opening(opened, at("2026-08-17 09:00")).is_open
    assert opening(agency, at("2026-08-17 09:00"), "POS.KIRIM").is_open
    assert not opening(agency, at("2026-08-17 09:00"), "BPN.CEK").is_open


def test_the_most_specific_date_goes_before_the_others() -> None:
    day = date(2026, 11, 24)
    hours = Hours(
        scopes={
            "": Calendar(week=WEEK, dates={day: DateHours(None, "Listrik padam")}),
            "POLRI": Calendar(dates={day: DateHours(MORNING)}),
            "POLRI.SIM": Calendar(dates={day: DateHours(None, "Server pusat")}),
        }
    )

    assert opening(hours, at("2026-11-24 09:00")).note == "Listrik padam"
    assert opening(hours, at("2026-11-24 09:00"), "POLRI.SKCK").is_open
    assert opening(hours, at("2026-11-24 09:00"), "POLRI.SIM").note == "Server pusat"
    assert opening(hours, at("2026-11-24 09:00"), "DUKCAPIL.KK").scope == ""


def test_a_season_changes_its_own_scopes_week_and_no_holiday() -> None:
    ramadan = DayHours(time(8), time(14), time(13, 30), (Break(time(12), time(12, 30)),))
    days = [date(2027, 2, 8) + timedelta(days=ahead) for ahead in range(30)]
    hours = Hours(
        scopes={
            "": Calendar(
                week=WEEK,
                seasons={
                    day: DateHours(ramadan, "Ramadan") if day.weekday() < 5 else DateHours()
                    for day in days
                },
            ),
            "KEJARI": Calendar(week=dict.fromkeys(range(4), MORNING)),
        },
        holidays={date(2027, 3, 8): "Nyepi"},
    )

    assert opening(hours, at("2027-02-05 14:00")).closes_at == at("2027-02-05 15:00")
    assert opening(hours, at("2027-02-08 07:45")).opens_at == at("2027-02-08 08:00")
    assert opening(hours, at("2027-02-08 09:00")).note == "Ramadan"
    assert opening(hours, at("2027-02-13 09:00")).reason is Closed.DAY_OFF
    assert opening(hours, at("2027-03-08 09:00")).note == "Nyepi"
    # An agency with a week of its own keeps it.
    assert opening(hours, at("2027-02-08 12:15"), "KEJARI").closes_at == at("2027-02-08 12:00")


def test_a_rotating_break_goes_on_giving_numbers_and_says_so() -> None:
    day = DayHours(time(8), time(16), time(15), (Break(time(12), time(13), is_rotating=True),))
    found = opening(Hours(scopes={"": Calendar(week={0: day})}), at("2026-11-23 12:15"))

    assert found.is_open
    assert found.rotating_until == at("2026-11-23 13:00")
    assert opening(HALL, at("2026-11-23 11:00")).rotating_until is None


def test_only_the_break_around_the_prayer_is_the_fridays() -> None:
    day = DayHours(
        time(8),
        time(16),
        time(15, 30),
        (Break(time(11, 30), time(13)), Break(time(14), time(14, 15))),
    )
    hours = Hours(scopes={"": Calendar(week={3: day, 4: day})})

    assert opening(hours, at("2026-11-27 12:00")).reason is Closed.FRIDAY_BREAK
    assert opening(hours, at("2026-11-27 14:00")).reason is Closed.BREAK
    assert opening(hours, at("2026-11-26 12:00")).reason is Closed.BREAK


def test_todays_end_is_told_while_open() -> None:
    found = opening(HALL, at("2026-11-23 09:00"))

    assert found.closes_at == at("2026-11-23 15:00")
    assert found.last_ticket_at == at("2026-11-23 14:30")


def test_a_demo_is_always_open() -> None:
    assert opening(Hours(is_always_open=True), at("2026-12-25 03:00")) == Opening(is_open=True)


def test_a_hall_without_hours_names_no_opening() -> None:
    found = opening(Hours(), at("2026-11-23 09:00"))

    assert found == Opening(is_open=False, reason=Closed.DAY_OFF)


def test_the_next_opening_is_looked_for_a_year_ahead_and_no_further() -> None:
    today = date(2026, 11, 23)
    for ahead, opens in ((LOOK_AHEAD_DAYS, True), (LOOK_AHEAD_DAYS + 1, False)):
        day = today + timedelta(days=ahead)
        hours = Hours(scopes={"": Calendar(dates={day: DateHours(WORKDAY)})})

        assert (opening(hours, at("2026-11-23 09:00")).opens_at is not None) is opens


def test_the_last_day_that_there_is_has_an_answer() -> None:
    found = opening(HALL, at("9999-12-31 23:00"))

    assert not found.is_open
    assert found.opens_at is None


def test_a_break_that_lasts_until_the_last_ticket_opens_the_next_day() -> None:
    day = DayHours(time(7, 30), time(13), time(12, 30), (Break(time(11, 30), time(13)),))

    found = opening(Hours(scopes={"": Calendar(week={0: day, 1: day})}), at("2026-11-23 12:00"))

    assert found.reason is Closed.BREAK
    assert found.opens_at == at("2026-11-24 07:30")
    assert not found.opens_today


def test_a_refusal_carries_the_whole_answer() -> None:
    today = refusal(opening(HALL, at("2026-11-27 11:45"), "BPN.CEK"), "BPN.CEK")
    later = refusal(opening(HALL, at("2026-12-25 09:00")))

    assert today.fields == {
        "service": "BPN.CEK",
        "reason": "friday_break",
        "opens_at": at("2026-11-27 13:00"),
        "opens_on": None,
        "scope": "",
        "note": "",
    }
    assert later.fields["opens_on"] == later.fields["opens_at"] == at("2026-12-28 07:30")
    assert later.fields["note"] == "Hari Raya Natal"


FIRST, LAST = date(2026, 11, 20), date(2026, 12, 10)
SCOPES = ("", "A", "A.B")
# Generated inputs are large, and the machine may be busy: nothing here is about time.
calm = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


@st.composite
def days(draw: st.DrawFn) -> DayHours:
    """Draw hours as the catalogue allows them, breaks that touch or overlap too."""
    start = draw(st.integers(0, 1200))
    last = start + draw(st.integers(1, 120))
    end = last + draw(st.integers(0, 119))
    breaks = []
    for _ in range(draw(st.integers(0, 2))):
        left = draw(st.integers(start, end - 1))
        right = draw(st.integers(left + 1, end))
        breaks.append(Break(clock(left), clock(right), draw(st.booleans())))
    return DayHours(clock(start), clock(end), clock(last), tuple(breaks))


@st.composite
def whole_halls(draw: st.DrawFn) -> Hours:
    """Draw a hall whose scopes share a few kinds of day."""
    pool = draw(st.lists(days(), min_size=1, max_size=3))
    kinds = st.sampled_from(pool)
    rows = st.builds(DateHours, st.none() | kinds, st.sampled_from(["", "Acara"]))
    by_date = st.dictionaries(st.dates(FIRST, LAST), rows, max_size=3)
    calendars = st.builds(
        Calendar,
        week=st.dictionaries(st.integers(0, 6), kinds, max_size=4),
        seasons=by_date,
        dates=by_date,
    )
    return Hours(
        scopes=draw(st.dictionaries(st.sampled_from(SCOPES), calendars)),
        holidays=draw(st.dictionaries(st.dates(FIRST, LAST), st.just("Libur"), max_size=3)),
    )


halls = whole_halls()
seconds = st.integers(0, 20 * 24 * 3600)
zones = st.sampled_from(ZONES)
scopes = st.sampled_from(SCOPES)


def moment(second: int, zone: ZoneInfo) -> datetime:
    return datetime(2026, 11, 20, tzinfo=zone) + timedelta(seconds=second)


def edges(hall: Hours, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield every instant in between at which anything of any scope begins or ends."""
    clocks: set[time] = {time()}
    for calendar in hall.scopes.values():
        rows = [row.hours for part in (calendar.seasons, calendar.dates) for row in part.values()]
        for day in (*calendar.week.values(), *rows):
            if day is not None:
                clocks |= {day.open_at, day.close_at, day.last_ticket_at}
                clocks |= {edge for part in day.breaks for edge in (part.start, part.end)}
    for ahead in range((end.date() - start.date()).days + 1):
        for edge in clocks:
            at_edge = datetime.combine(
                start.date() + timedelta(days=ahead), edge, tzinfo=start.tzinfo
            )
            if start < at_edge < end:
                yield at_edge


@calm
@given(halls, seconds, zones, scopes)
def test_a_reason_is_given_exactly_when_closed(
    hall: Hours, second: int, zone: ZoneInfo, scope: str
) -> None:
    found = opening(hall, moment(second, zone), scope)

    assert found.is_open is (found.reason is None)
    assert not (found.is_open and found.opens_at)
    assert found.scope in scopes_of(scope)
    if found.rotating_until is not None:
        assert found.is_open


@calm
@given(halls, seconds, zones, scopes)
def test_it_is_open_at_the_next_opening_and_at_no_edge_before(
    hall: Hours, second: int, zone: ZoneInfo, scope: str
) -> None:
    now = moment(second, zone)
    found = opening(hall, now, scope)

    if found.is_open:
        return
    opens_at = found.opens_at or now + timedelta(days=21)
    if found.opens_at is not None:
        assert found.opens_at > now
        assert opening(hall, found.opens_at, scope).is_open
    for edge in edges(hall, now, min(opens_at, now + timedelta(days=21))):
        later = opening(hall, edge, scope)
        assert not later.is_open
        # As time passes the promise stays the same.
        assert later.opens_at == found.opens_at or found.opens_at is None
    assert not opening(hall, opens_at - timedelta(microseconds=1), scope).is_open


@calm
@given(halls, seconds, zones, scopes)
def test_open_is_within_the_days_hours_and_before_its_last_ticket(
    hall: Hours, second: int, zone: ZoneInfo, scope: str
) -> None:
    now = moment(second, zone)
    found = opening(hall, now, scope)

    if found.is_open:
        assert found.last_ticket_at is not None
        assert found.closes_at is not None
        assert now < found.last_ticket_at <= found.closes_at
        assert opening(hall, found.last_ticket_at, scope).reason in (
            Closed.LAST_TICKET,
            Closed.AFTER_HOURS,
        )


@calm
@given(halls, seconds, scopes)
def test_the_answer_is_the_same_on_every_zones_clock(hall: Hours, second: int, scope: str) -> None:
    def told(zone: ZoneInfo) -> tuple[object, ...]:
        found = opening(hall, moment(second, zone), scope)
        opens_at = found.opens_at and found.opens_at.replace(tzinfo=None)
        return found.is_open, found.reason, opens_at, found.scope, found.note

    assert len({told(zone) for zone in ZONES}) == 1


@calm
@given(halls, seconds, days(), st.sampled_from([("A.B", "A"), ("A.B", ""), ("A", "")]))
def test_a_wider_scopes_date_never_touches_a_narrower_ones(
    hall: Hours, second: int, day: DayHours, pair: tuple[str, str]
) -> None:
    narrow, wide = pair
    now = moment(second, JAKARTA)
    own = hall.scopes.get(narrow, Calendar())
    held = Hours(
        scopes={
            **hall.scopes,
            narrow: Calendar(own.week, own.seasons, {**own.dates, now.date(): DateHours(day)}),
        },
        holidays=hall.holidays,
    )
    there = held.scopes.get(wide, Calendar())
    changed = Hours(
        scopes={
            **held.scopes,
            wide: Calendar(
                there.week, there.seasons, {**there.dates, now.date(): DateHours(None, "Tutup")}
            ),
        },
        holidays={**hall.holidays, now.date(): "Libur"},
    )

    before, after = opening(held, now, narrow), opening(changed, now, narrow)

    assert (before.is_open, before.reason, before.closes_at) == (
        after.is_open,
        after.reason,
        after.closes_at,
    )
    assert after.scope == narrow
