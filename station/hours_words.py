"""The hours in one line: open until when, or closed, why, and when next; and a wrong clock.

Used by display, counter and command line; the kiosk tells visitors in whole sentences.
"""

from __future__ import annotations

from rules.clock import ClockFault, ClockState
from rules.hours import Closed, Opening
from station.texts import Texts


def opening_words(texts: Texts, opening: Opening | None) -> str:
    """Return for example "Closed: Friday break, opens at 13:00"; instants are in site time."""
    if opening is None:
        return ""
    if not opening.is_open:
        when = _when(texts, opening)
        why = _why(texts, opening)
        if not when:
            return texts.t("Closed: {why}", why=why)
        return texts.t("Closed: {why}, {when}", why=why, when=when)
    if opening.rotating_until is not None:
        return texts.t(
            "Open; desks take turns to rest until {time}", time=texts.time(opening.rotating_until)
        )
    if opening.closes_at is None or opening.last_ticket_at is None:
        return texts.t("Open")
    return texts.t(
        "Open until {closes}, last number at {last}",
        closes=texts.time(opening.closes_at),
        last=texts.time(opening.last_ticket_at),
    )


def clock_words(texts: Texts, clock: ClockState | None) -> str:
    """Say what is wrong with the clock and what to do, to staff; "" while it is believed."""
    if clock is None or clock.fault is None:
        return ""
    shown, hall = texts.long_date(clock.clock_at.date()), texts.long_date(clock.business_date)
    if clock.fault is ClockFault.AHEAD:
        return texts.t(
            "The clock shows {date}, far ahead of the hall ({hall}): no numbers and no calls"
            " until it is set right or confirmed with “anjungan day confirm”.",
            date=shown,
            hall=hall,
        )
    if clock.fault is ClockFault.BEHIND_DATE:
        return texts.t(
            "The clock shows {date}, but the hall is in {hall} already: set it right, or confirm"
            " it with “anjungan day confirm”.",
            date=shown,
            hall=hall,
        )
    return texts.t(
        "The clock shows {time}, but the last entry is of {last}: set it right, or confirm it"
        " with “anjungan day confirm”. Until then the hall's time stands still.",
        time=texts.time(clock.clock_at),
        last=texts.time(clock.last_at),
    )


def _why(texts: Texts, opening: Opening) -> str:
    words = {
        Closed.NOT_YET: texts.t("not open yet"),
        Closed.BREAK: texts.t("break"),
        Closed.FRIDAY_BREAK: texts.t("Friday break"),
        Closed.LAST_TICKET: texts.t("the last number has been given"),
        Closed.AFTER_HOURS: texts.t("over for today"),
        Closed.HOLIDAY: opening.note or texts.t("holiday"),
        Closed.DAY_OFF: texts.t("no service today"),
    }
    return words[opening.reason or Closed.DAY_OFF]


def _when(texts: Texts, opening: Opening) -> str:
    at = opening.opens_at
    if at is None:
        return ""
    if opening.opens_today:
        return texts.t("opens at {time}", time=texts.time(at))
    return texts.t("opens {day} at {time}", day=texts.long_date(at.date()), time=texts.time(at))
