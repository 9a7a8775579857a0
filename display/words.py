"""The wall's picture in words: what each line says, in the language of the screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from display.board import Picture
from display.hero import CallRow
from display.lists import WaitRow
from rules.hours import Opening
from station.hours_words import opening_words
from station.texts import Texts

if TYPE_CHECKING:
    from db.board import AgencyWaiting, BoardCall


@dataclass(frozen=True, slots=True)
class SiteWords:
    """The site as the wall names it."""

    name: str = ""
    place: str = ""


def call_row(texts: Texts, call: BoardCall, picture: Picture) -> CallRow:
    """Return a call's line."""
    agencies = {agency.agency: agency.short_names for agency in picture.waiting}
    name = texts.name(call.counter_names) or texts.t("Counter {counter}", counter=call.counter)
    return CallRow(
        number=call.number,
        counter=name,
        zone=texts.name(call.zone_names),
        direction=call.direction,
        agency=texts.name(agencies.get(call.agency, {})),
    )


def waiting_rows(texts: Texts, picture: Picture) -> tuple[WaitRow, ...]:
    """Return a line for each agency for which somebody waits, the most first."""
    busy = [agency for agency in picture.waiting if agency.waiting > 0]
    busy.sort(key=lambda agency: (-agency.waiting, agency.agency))
    return tuple(_wait_row(texts, agency) for agency in busy)


def stale_words(texts: Texts, picture: Picture, local: datetime | None) -> str:
    """Return what the wall says of its age; "" while the store answers.

    Args:
        texts: Of the screen.
        picture: The present one.
        local: ``picture.stale_since`` in the site's zone.
    """
    if local is None:
        return ""
    if not picture.is_known:
        return texts.t("Connecting to the server …")
    return texts.t(
        "Data as of {time} – the connection to the server is lost", time=texts.time(local)
    )


def info_words(texts: Texts, opening: Opening | None) -> str:
    """Return the quiet line: what holds today, and that a number costs nothing.

    The instants of ``opening`` are in the site's zone.
    """
    free = texts.t("Tickets are free of charge. Missed your number? Report to the counter.")
    if opening is None:
        return free
    closes, last = opening.closes_at, opening.last_ticket_at
    if opening.is_open and closes is not None and last is not None:
        return f"{opening_words(texts, opening)}. {free}"
    if opening.is_open or opening.opens_at is None:
        return free
    return f"{opening_words(texts, opening)}. {free if opening.opens_today else ''}".rstrip()


def _wait_row(texts: Texts, agency: AgencyWaiting) -> WaitRow:
    wait = agency.wait
    if wait.is_at_once:
        words = texts.t("right away")
    elif wait.is_long:
        low, high = wait.hours
        words = texts.t("{low}–{high} hr", low=low, high=high)
    else:
        words = texts.t("{low}–{high} min", low=wait.low_min, high=wait.high_min)
    return WaitRow(
        texts.name(agency.short_names) or texts.name(agency.names),
        texts.number(agency.waiting),
        words,
    )
