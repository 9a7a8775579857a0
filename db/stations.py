"""What stations say of themselves: that they live, how a device is, which call was spoken.

No command and no event: the journal is the hall's, and a heartbeat each minute would drown it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.inputs import checked
from db.moment import to_datetime
from db.store import Store
from db.transaction import View


@dataclass(frozen=True, slots=True)
class DeviceView:
    """What a station said last of one of its devices."""

    station: str
    device: str
    state: str
    detail: str
    at: datetime


def beat(store: Store, *, station: str, device: str, state: str, detail: str = "") -> None:
    """Keep a station's word about one of its devices, in the place of the last.

    Args:
        store: The store.
        station: The station's name.
        device: ``display``, ``printer`` …
        state: A state's name, up to 32 characters.
        detail: More, where the state needs it.

    Raises:
        BadInput: The station's name or the detail can't be kept.
        StoreProblem: The store can't be written; on PostgreSQL also where another of its users
            wrote this station's word first (StoreReadOnly).
    """
    checked(station=station, detail=detail)
    _write(store, store.verbs.beat, station=station, device=device, state=state[:32], detail=detail)


def announced(store: Store, *, station: str, call_seq: int) -> None:
    """Keep that a station has spoken the call whose event is ``call_seq``."""
    checked(station=station)
    _write(store, store.verbs.announced, station=station, call_seq=call_seq)


def devices(view: View) -> tuple[DeviceView, ...]:
    """Return what stations said last, by station and device."""
    rows = view.rows(
        "SELECT station, device, state, detail, at FROM device_state WHERE site = :site"
        " ORDER BY station, device",
        site=view.site.code,
    )
    return tuple(DeviceView(row[0], row[1], row[2], row[3], to_datetime(row[4])) for row in rows)


def last_announced(view: View, station: str) -> int:
    """Return the seq of the last call that a station has spoken; 0 where it never did."""
    row = view.one(
        "SELECT max(call_seq) FROM announcement WHERE site = :site AND station = :station",
        site=view.site.code,
        station=station,
    )
    return 0 if row is None or row[0] is None else int(row[0])


def _write(store: Store, statements: tuple[str, ...], **values: object) -> None:
    with store.connected() as connection:
        try:
            at = connection.begin()
            connection.commit(
                [(sql, {"site": store.site, "at": at, **values}) for sql in statements]
            )
        except BaseException:
            connection.rollback()
            raise
