"""The kiosk's sentences that are put together from facts: waits, places, fees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rules.clock import ClockFault
from rules.hours import Opening, refusal
from rules.slip import call_window
from rules.wait import WaitRange
from station.texts import Texts

SHORT_FEE = 16
"""Longer fees don't fit a card; they are told in full below it."""


def people(texts: Texts, count: int) -> str:
    """Return "6 orang"."""
    return texts.n("{count} person", "{count} people", count)


def closed_words(texts: Texts, opening: Opening | None, clock: ClockFault | None) -> str:
    """Say why no numbers are given and when again; "" while they are."""
    if clock is ClockFault.AHEAD:
        return texts.t(
            "No numbers can be given until the hall's clock is set right. "
            "Please ask at the information desk."
        )
    return "" if opening is None or opening.is_open else texts.error(refusal(opening))


def wait_words(texts: Texts, wait: WaitRange) -> str:
    """Return "20–35 menit", "2–4 jam", or that it is one's turn at once."""
    if wait.is_at_once:
        return texts.t("any moment now")
    if wait.is_long:
        low, high = wait.hours
        return texts.t("{low}–{high} hours", low=low, high=high)
    return texts.t("{low}–{high} minutes", low=wait.low_min, high=wait.high_min)


def window_words(texts: Texts, issued_at: datetime, wait: WaitRange) -> str:
    """Return "09.05–09.20"."""
    if wait.is_at_once:
        return texts.t("any moment now")
    low, high = call_window(issued_at, wait)
    return f"{texts.time(low)}–{texts.time(high)}"


def counters_words(texts: Texts, counters: Sequence[str]) -> str:
    """Return "Loket 5", "Loket 5 sampai 8" or "Loket 2, 5, 9"; "" for none."""
    if not counters:
        return ""
    if len(counters) == 1:
        return texts.t("Counter {counter}", counter=counters[0])
    if all(code.isdecimal() for code in counters):
        numbers = sorted(int(code) for code in counters)
        if numbers[-1] - numbers[0] == len(numbers) - 1:
            return texts.t("Counters {first} to {last}", first=numbers[0], last=numbers[-1])
        counters = [str(number) for number in numbers]
    return texts.t("Counters {list}", list=", ".join(counters))


def zone_words(texts: Texts, zone: str, floor: int | None) -> str:
    """Return "Lantai 1 · Zona Timur"."""
    parts = [] if floor is None else [texts.t("Floor {floor}", floor=floor)]
    return " · ".join([*parts, zone] if zone else parts)


def place_words(texts: Texts, zone: str, floor: int | None, counters: Sequence[str]) -> str:
    """Return "Lantai 1 · Zona Timur · Loket 5 sampai 8"."""
    parts = (zone_words(texts, zone, floor), counters_words(texts, counters))
    return " · ".join(part for part in parts if part)


def fee_words(texts: Texts, fee: str, *, is_free: bool) -> tuple[str, str]:
    """Return the fee for a card and, where that is too short, in full; else ""."""
    if is_free:
        plain = texts.t("Free")
        return plain, "" if fee.strip().lower() in {"", "gratis", "free"} else fee
    if fee and len(fee) <= SHORT_FEE:
        return fee, ""
    return texts.t("Not free"), fee
