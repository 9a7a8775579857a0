"""The kiosk's page machine, without a window, a clock or a store."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from db.errors import StoreUnreachable
from kiosk.flow import (
    Agency,
    Done,
    Flow,
    Home,
    Issued,
    Issuing,
    Paper,
    Search,
    Service,
    Unavailable,
)
from rules.errors import QueueClosed
from rules.wait import WaitRange

AWAY = StoreUnreachable(url="", detail="gone")


def new_flow() -> Flow:
    """Return a flow whose store is there and whose requests are r1, r2 and so on."""
    numbers = count(1)
    flow = Flow(lambda: f"r{next(numbers)}", idle_s=30)
    flow.store_regained()
    return flow


def issued(ticket: str = "t1") -> Issued:
    """Return a number as the store would give it."""
    return Issued(
        ticket=ticket,
        number="B-001",
        qr="anjungan:X",
        agency="Dinas",
        service="Kartu Keluarga",
        ahead=0,
        wait=WaitRange(0, 15),
        issued_at=datetime(2026, 11, 23, 8, 42, tzinfo=ZoneInfo("Asia/Jakarta")),
        zone="Zona Barat",
        direction="left",
        counters=("2", "3"),
        is_priority=False,
    )


def test_three_touches_lead_from_home_to_a_number() -> None:
    flow = new_flow()

    flow.open_agency("DUKCAPIL")
    flow.open_service("DUKCAPIL.KK")
    order = flow.take_number()

    assert order is not None
    assert (order.service, order.priority) == ("DUKCAPIL.KK", None)
    assert isinstance(flow.page, Issuing)


def test_a_search_hit_leads_to_the_service() -> None:
    flow = new_flow()

    flow.open_search()
    flow.type("ktp hilang")
    flow.open_service("DUKCAPIL.KTPR")

    assert flow.page == Service("DUKCAPIL.KTPR")


def test_back_returns_to_what_was_typed() -> None:
    flow = new_flow()
    flow.open_search()
    flow.type("paspor")
    flow.open_service("IMIGRASI.PBARU")

    flow.back()

    assert flow.page == Search("paspor")


def test_back_leads_step_by_step_to_home() -> None:
    flow = new_flow()
    flow.open_agency("DUKCAPIL")
    flow.open_service("DUKCAPIL.KK")

    flow.back()
    first = flow.page
    flow.back()
    second = flow.page
    flow.back()

    assert (first, second, flow.page) == (Agency("DUKCAPIL"), Home(), Home())


def test_home_forgets_the_way_there() -> None:
    flow = new_flow()
    flow.open_agency("DUKCAPIL")
    flow.open_service("DUKCAPIL.KK")

    flow.home()
    flow.back()

    assert flow.page == Home()


def test_thirty_idle_seconds_lead_home() -> None:
    flow = new_flow()
    flow.touched(100.0)
    flow.open_agency("DUKCAPIL")

    assert not flow.tick(129.9)
    assert flow.tick(130.0)
    assert flow.page == Home()


def test_a_touch_starts_the_idle_time_again() -> None:
    flow = new_flow()
    flow.touched(100.0)
    flow.open_agency("DUKCAPIL")

    flow.touched(120.0)

    assert not flow.tick(149.0)
    assert flow.seconds_left(149.0) == pytest.approx(1.0)


def test_an_idle_home_page_is_a_fresh_visit() -> None:
    flow = new_flow()
    flow.touched(0.0)
    before = flow.visits

    flow.tick(31.0)

    assert flow.page == Home()
    assert flow.visits == before + 1


def test_a_double_tap_asks_once() -> None:
    flow = new_flow()
    flow.open_agency("DUKCAPIL")
    flow.open_service("DUKCAPIL.KK")

    first, second = flow.take_number(), flow.take_number()

    assert first is not None
    assert second is None


def test_nothing_leaves_the_page_while_a_number_is_asked_for() -> None:
    flow = new_flow()
    flow.open_agency("DUKCAPIL")
    flow.open_service("DUKCAPIL.KK")
    flow.take_number()

    flow.back()
    flow.home()
    flow.tick(1000.0)

    assert isinstance(flow.page, Issuing)


def test_a_retry_after_a_lost_store_sends_the_same_request() -> None:
    flow = new_flow()
    flow.open_agency("DUKCAPIL")
    flow.open_service("DUKCAPIL.KK")
    first = flow.take_number()
    assert first is not None

    flow.refused(first.request, AWAY, 1.0, is_final=False)
    again = flow.take_number()

    assert again == first


def test_a_retry_after_a_refusal_is_a_new_request() -> None:
    flow = new_flow()
    flow.open_agency("DUKCAPIL")
    flow.open_service("DUKCAPIL.KK")
    first = flow.take_number()
    assert first is not None

    flow.refused(first.request, QueueClosed(service="X"), 1.0, is_final=True)
    again = flow.take_number()

    assert again is not None
    assert again.request != first.request


def test_another_service_is_never_asked_for_with_an_old_request() -> None:
    flow = new_flow()
    flow.open_agency("DUKCAPIL")
    flow.open_service("DUKCAPIL.KK")
    first = flow.take_number()
    assert first is not None
    flow.refused(first.request, AWAY, 1.0, is_final=False)

    flow.back()
    flow.open_service("DUKCAPIL.KIA")
    other = flow.take_number()

    assert other is not None
    assert (other.request != first.request, other.service) == (True, "DUKCAPIL.KIA")


def test_a_refusal_says_why_on_the_service_page_and_keeps_the_choices() -> None:
    flow = new_flow()
    flow.open_agency("DUKCAPIL")
    flow.open_service("DUKCAPIL.KK")
    flow.choose_priority("lansia")
    flow.toggle_tick(2)
    order = flow.take_number()
    assert order is not None
    fault = QueueClosed(service="DUKCAPIL.KK")

    flow.refused(order.request, fault, 1.0, is_final=True)

    assert flow.page == Service("DUKCAPIL.KK", "lansia", frozenset({2}), fault)


def test_ticks_and_priority_can_be_taken_back() -> None:
    flow = new_flow()
    flow.open_agency("DUKCAPIL")
    flow.open_service("DUKCAPIL.KK")

    flow.toggle_tick(1)
    flow.toggle_tick(1)
    flow.choose_priority("lansia")
    flow.choose_priority(None)

    assert flow.page == Service("DUKCAPIL.KK")


def test_the_priority_goes_with_the_order() -> None:
    flow = new_flow()
    flow.open_agency("DUKCAPIL")
    flow.open_service("DUKCAPIL.KK")
    flow.choose_priority("lansia")

    order = flow.take_number()

    assert order is not None
    assert order.priority == "lansia"


def done(paper: Paper) -> Flow:
    """Return a flow that shows its number since second 100."""
    flow = new_flow()
    flow.open_agency("DUKCAPIL")
    flow.open_service("DUKCAPIL.KK")
    order = flow.take_number()
    assert order is not None
    flow.issued(order.request, issued(), paper, 100.0)
    return flow


def test_the_number_is_shown_while_its_paper_is_printed() -> None:
    flow = done(Paper.PRINTING)

    assert flow.page == Done(issued(), Paper.PRINTING)
    assert not flow.tick(129.0)


def test_the_countdown_begins_when_the_paper_is_out() -> None:
    flow = done(Paper.PRINTING)

    flow.paper_came("t1", Paper.PRINTED, 110.0)
    shown, seconds = flow.page, flow.seconds_left(110.0)
    flow.tick(125.0)

    assert (shown, seconds) == (Done(issued(), Paper.PRINTED), 15.0)
    assert flow.page == Home()


@pytest.mark.parametrize("paper", [Paper.FAILED, Paper.UNKNOWN])
def test_a_number_without_paper_stays_long_enough_for_a_photograph(paper: Paper) -> None:
    flow = done(Paper.PRINTING)

    flow.paper_came("t1", paper, 110.0)

    assert flow.seconds_left(110.0) == 45.0


def test_a_late_paper_of_another_ticket_changes_nothing() -> None:
    flow = done(Paper.PRINTING)

    flow.paper_came("another", Paper.FAILED, 110.0)

    assert flow.page == Done(issued(), Paper.PRINTING)


def test_back_from_a_number_leads_home_never_to_the_service() -> None:
    flow = done(Paper.PRINTED)

    flow.back()

    assert flow.page == Home()


def test_an_answer_to_a_request_that_nobody_waits_for_is_dropped() -> None:
    flow = new_flow()

    flow.issued("r99", issued(), Paper.PRINTING, 1.0)
    flow.refused("r99", AWAY, 1.0, is_final=False)

    assert flow.page == Home()


def test_the_kiosk_waits_until_the_store_is_there() -> None:
    flow = Flow(lambda: "r1")

    starting = flow.page
    flow.store_lost(AWAY)
    away = flow.page
    flow.store_regained()

    assert starting == Unavailable(None)
    assert away == Unavailable(AWAY)
    assert flow.page == Home()


def test_a_lost_store_leaves_a_reading_visitor_alone_until_home() -> None:
    flow = new_flow()
    flow.open_agency("DUKCAPIL")

    flow.store_lost(AWAY)
    reading = flow.page
    flow.home()

    assert reading == Agency("DUKCAPIL")
    assert flow.page == Unavailable(AWAY)


def test_no_page_opens_from_where_it_can_not_be_reached() -> None:
    flow = new_flow()
    flow.store_lost(AWAY)

    flow.open_agency("DUKCAPIL")
    flow.open_search()
    flow.open_service("DUKCAPIL.KK")

    assert flow.page == Unavailable(AWAY)
    assert flow.take_number() is None
