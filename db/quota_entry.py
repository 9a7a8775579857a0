"""The part ``quota`` of a service in a catalogue file: its pools, releases, dates that differ."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, NamedTuple

from pydantic import Field, model_validator

from db.catalogue_hours import Clock, Part
from rules.quota import MOST_PLACES, Pool

Places = Annotated[int, Field(ge=0, le=MOST_PLACES)]


class QuotaLine(NamedTuple):
    """A row of the table; ``day`` is '' for every day."""

    day: str
    pool: Pool
    places: int
    release_at: str | None


class Release(Part):
    """From when on the unused places of a pool are the kiosk's; the kiosk's own have none."""

    priority: Clock | None = None
    booking: Clock | None = None


class _Pools(Part):
    kiosk: Places | None = None
    priority: Places | None = None
    booking: Places | None = None
    release: Release = Release()

    def places(self, pool: Pool) -> int | None:
        """Return the places of a pool where this part names it."""
        found: int | None = getattr(self, pool.value)
        return found

    def release_at(self, pool: Pool) -> str | None:
        """Return the release time of a pool where this part names it."""
        found: str | None = getattr(self.release, pool.value, None)
        return found


class QuotaDate(_Pools):
    """A date that differs; what it doesn't name is as on every day."""

    date: date


class QuotaEntry(_Pools):
    """The places of every day; a pool that is not named has none."""

    dates: tuple[QuotaDate, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> QuotaEntry:
        if all(self.places(pool) is None for pool in Pool):
            raise ValueError("name the places of a pool: kiosk, priority or booking")
        days = [entry.date for entry in self.dates]
        for day in days:
            if days.count(day) > 1:
                raise ValueError(f"the date {day} stands here twice")
        for part in (self, *self.dates):
            for pool in Pool:
                if (
                    part.release_at(pool)
                    and part.places(pool) is None
                    and self.places(pool) is None
                ):
                    raise ValueError(f"a release of {pool.value}, which has no places")
        return self

    def lines(self) -> Iterator[QuotaLine]:
        """Yield the rows of this quota, those of dates whole."""
        for pool in Pool:
            places = self.places(pool)
            if places is not None:
                yield QuotaLine("", pool, places, self.release_at(pool))
        for entry in self.dates:
            for pool in Pool:
                own, release_at = entry.places(pool), entry.release_at(pool)
                if own is None and release_at is None:
                    continue
                every_day = self.places(pool)
                yield QuotaLine(
                    entry.date.isoformat(),
                    pool,
                    own if own is not None else every_day or 0,
                    release_at or self.release_at(pool),
                )
