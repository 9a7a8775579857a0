"""Whether numbers are given now, as the kiosk reads it beside the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from db.calendar import opening_now, opening_of
from db.day import clock_state
from db.halls import Hall, hall, open_services
from db.store import Store, View
from rules.clock import ClockFault
from rules.hours import Opening


@dataclass(frozen=True, slots=True)
class Giving:
    """Whether the hall gives numbers now; ``is_partly_open`` where only some services do."""

    opening: Opening
    is_partly_open: bool = False
    clock: ClockFault | None = None


@dataclass(frozen=True, slots=True)
class HallNow:
    """The catalogue, and whether numbers are given now."""

    hall: Hall
    giving: Giving


def hall_now(store: Store) -> HallNow:
    """Read the catalogue, and whether numbers are given."""
    with store.read() as view:
        return HallNow(hall(view), _giving(view))


def read_giving(store: Store) -> Giving:
    """Read whether numbers are given."""
    with store.read() as view:
        return _giving(view)


def _giving(view: View) -> Giving:
    opening = opening_now(view)
    return Giving(
        opening,
        is_partly_open=not opening.is_open
        and any(opening_of(view, code).is_open for code in open_services(view)),
        clock=clock_state(view).fault,
    )
