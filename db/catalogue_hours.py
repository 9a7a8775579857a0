"""The hours of a catalogue file: days, weeks, dates and seasons; of the hall or a part of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date as date_type
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3])\.[0-5][0-9]$")]
LONGEST_SEASON_DAYS = 366
# A broken line, and what joins emoji and the letters of some scripts.
_NOT_PRINTED = re.compile("[\n\t\u200c\u200d]")


class Part(BaseModel):
    """A part of a catalogue file: an unknown key is a fault, and so is what can't be shown."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=4000)

    @model_validator(mode="after")
    def _can_be_shown(self) -> Part:
        for value in vars(self).values():
            for words in value if isinstance(value, tuple) else (value,):
                _require_shown(words)
        return self


def _require_shown(value: object) -> None:
    """Refuse what PostgreSQL can't store and no screen can show; lines may be broken."""
    if isinstance(value, dict):
        for words in value.values():
            _require_shown(words)
    elif isinstance(value, str) and not _NOT_PRINTED.sub("", value).isprintable():
        raise ValueError("there is a control character in the text")


class Break(Part):
    """A pause within a day; while a rotating one lasts, numbers are given all the same."""

    start: Clock
    end: Clock
    kind: Literal["closed", "rotating"] = "closed"


class Day(Part):
    """The hours of one day."""

    open: Clock
    close: Clock
    last_ticket: Clock
    breaks: tuple[Break, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Day:
        if not self.open < self.last_ticket <= self.close:
            raise ValueError(
                "open, last_ticket and close must follow one another, all before midnight"
            )
        for pause in self.breaks:
            if not self.open <= pause.start < pause.end <= self.close:
                raise ValueError(f"the break {pause.start}–{pause.end} is not within the day")
        return self


class Hours(Part):
    """A week; a day left out is closed."""

    monday: Day | None = None
    tuesday: Day | None = None
    wednesday: Day | None = None
    thursday: Day | None = None
    friday: Day | None = None
    saturday: Day | None = None
    sunday: Day | None = None

    def days(self) -> Iterator[tuple[int, Day]]:
        """Yield (weekday, hours), Monday = 0, for the days that open."""
        for weekday, name in enumerate(type(self).model_fields):
            day = getattr(self, name)
            if day is not None:
                yield weekday, day


class DateException(Part):
    """A date that differs, or a season: the days from ``from`` to ``to`` have another week.

    Without hours (or, for a season, a week) it is closed then.
    """

    date: date_type | None = None
    first: date_type | None = Field(default=None, alias="from")
    last: date_type | None = Field(default=None, alias="to")
    hours: Day | None = None
    week: Hours | None = None
    note: Annotated[str, StringConstraints(max_length=400, strip_whitespace=True)] = ""

    @model_validator(mode="after")
    def _date_or_season(self) -> DateException:
        if self.date is not None:
            if self.first is not None or self.last is not None or self.week is not None:
                raise ValueError("a date has hours or none; from, to and week are a season's")
            return self
        if self.first is None or self.last is None:
            raise ValueError("either date, or from and to")
        if not 0 <= (self.last - self.first).days < LONGEST_SEASON_DAYS:
            raise ValueError("to must come after from, by a year at most")
        if self.hours is not None and self.week is not None:
            raise ValueError("a season has hours for each day, or a week, not both")
        return self

    def season(self) -> Iterator[tuple[date_type, Day | None, str]]:
        """Yield (date, hours, note) of each day; a season's week closes the days it leaves out."""
        if self.first is None or self.last is None:
            return
        week = None if self.week is None else dict(self.week.days())
        for ahead in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=ahead)
            hours = self.hours if week is None else week.get(day.weekday())
            # A day off within a season's week is no holiday, and has no name.
            yield day, hours, "" if week is not None and hours is None else self.note


def _each_date_once(entries: tuple[DateException, ...]) -> tuple[DateException, ...]:
    dates = [entry.date for entry in entries if entry.date is not None]
    days = [day for entry in entries for day, _, _ in entry.season()]
    for kind, found in (("date", dates), ("season", days)):
        seen: set[date_type] = set()
        for day in found:
            if day in seen:
                raise ValueError(f"{day} stands in two entries ({kind})")
            seen.add(day)
    return entries


Exceptions = Annotated[tuple[DateException, ...], AfterValidator(_each_date_once)]
