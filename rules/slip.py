"""The words of a printed ticket, composed from plain facts and a translator passed in.

``hardware`` prints a ``Slip`` and knows no words; the content follows domain.md 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from rules.token import qr_text
from rules.wait import WaitRange


class Words(Protocol):
    """What a slip needs of a translator; ``station.texts.Texts`` is one."""

    def t(self, message: str, **fields: object) -> str:
        """Translate."""

    def n(self, one: str, many: str, count: int, **fields: object) -> str:
        """Translate by number."""

    def long_date(self, day: date) -> str:
        """Format a date."""

    def time(self, at: datetime) -> str:
        """Format a time of day."""

    def zone(self, at: datetime) -> str:
        """Name the time zone."""


@dataclass(frozen=True, slots=True)
class SlipLine:
    """One line; ``scale`` magnifies the characters 1 to 8 times. Long lines are wrapped."""

    text: str
    align: Literal["left", "center"] = "left"
    bold: bool = False
    scale: int = 1


@dataclass(frozen=True, slots=True)
class Slip:
    """A ticket to print; ``key`` is the print job's id, ``qr`` the QR code's text."""

    key: str
    number: str
    header: tuple[SlipLine, ...]
    before: tuple[SlipLine, ...]
    after: tuple[SlipLine, ...]
    qr: str
    footer: tuple[SlipLine, ...]
    has_logo: bool = True


@dataclass(frozen=True, slots=True)
class SlipTurn:
    """One service on the paper, its names already in the ticket's language."""

    agency: str
    service: str
    ahead: int
    wait: WaitRange | None
    place: str
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SlipFacts:
    """The facts of a ticket; ``issued_at`` is aware, in the site's time zone."""

    key: str
    number: str
    token: str
    site_name: str
    site_place: str
    motto: str
    issued_at: datetime
    turns: Sequence[SlipTurn]
    is_priority: bool = False
    copy: int = 0


def compose(facts: SlipFacts, words: Words) -> Slip:
    """Compose the ticket; ``facts.copy`` over 0 marks it SALINAN."""
    header = [SlipLine(f"{facts.site_name} {facts.site_place}".strip(), "center", bold=True)]
    if facts.motto:
        header.append(SlipLine(facts.motto, "center"))
    if facts.copy:
        header.append(SlipLine(words.t("COPY"), "center", bold=True, scale=2))
    first = facts.turns[0]
    before = [SlipLine(first.agency, "center"), SlipLine(first.service, "center", bold=True)]
    after: list[SlipLine] = []
    if facts.is_priority:
        after.append(SlipLine(words.t("PRIORITY"), "center", bold=True, scale=2))
    clock = f"{words.time(facts.issued_at)} {words.zone(facts.issued_at)}"
    after.append(SlipLine(f"{words.long_date(facts.issued_at.date())}  {clock}", "center"))
    for position, turn in enumerate(facts.turns):
        if position:
            after += [SlipLine(f"+ {turn.service}", bold=True), SlipLine(f"  {turn.agency}")]
        after += _turn_lines(turn, facts.issued_at, words)
    footer = (
        SlipLine(words.t("Missed your number? Report to the counter."), "center"),
        SlipLine(words.t("This ticket is free of charge."), "center"),
    )
    return Slip(
        key=facts.key,
        number=facts.number,
        header=tuple(header),
        before=tuple(before),
        after=tuple(after),
        qr=qr_text(facts.token),
        footer=footer,
    )


def call_window(issued_at: datetime, wait: WaitRange) -> tuple[datetime, datetime]:
    """Return between which instants the call is expected, rounded down to whole minutes."""
    start = issued_at.replace(second=0, microsecond=0)
    return start + timedelta(minutes=wait.low_min), start + timedelta(minutes=wait.high_min)


def _turn_lines(turn: SlipTurn, issued_at: datetime, words: Words) -> list[SlipLine]:
    ahead = words.n("{count} person", "{count} people", turn.ahead)
    lines = [SlipLine(words.t("Waiting ahead of you: {people}", people=ahead))]
    if turn.wait is not None:
        if turn.wait.is_at_once:
            lines.append(SlipLine(words.t("Expected call: right away")))
        else:
            low, high = call_window(issued_at, turn.wait)
            span = f"{words.time(low)}–{words.time(high)}"
            lines.append(SlipLine(words.t("Expected call: {span}", span=span)))
    if turn.place:
        lines.append(SlipLine(turn.place, bold=True))
    if turn.requirements:
        lines.append(SlipLine(words.t("Have ready:")))
        lines += [SlipLine(f"- {requirement}") for requirement in turn.requirements]
    return lines
