"""Forget personal data whose time is over: at a day's end, and whenever ``purge`` is called."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from db.journal import Kind

if TYPE_CHECKING:
    from db.store import Store
    from db.transaction import Tx, View

BATCH = 500
"""Rows in one transaction: a batch holds the hall up for well under 100 ms."""


def purge(store: Store, *, actor: str, batch: int = BATCH) -> dict[str, int]:
    """Delete what is due, batch by batch; return how many data of each field were due.

    Where nothing is due, the lock isn't taken and nothing is written.

    Raises:
        ClockWrong: The date jumped further than a hall ever rests; nothing was deleted.
    """
    from db.store import new_request

    found = due(store)
    is_left = bool(found)
    while is_left:
        request = new_request()
        store.run(lambda tx, request=request: _purge(tx, request, actor, batch))  # type: ignore[misc]
        is_left = bool(due(store))
    return found


def due(store: Store) -> dict[str, int]:
    """Return how many data of each field are to be deleted now."""
    with store.read() as view:
        return _due(view)


def purge_due(tx: Tx, batch: int = BATCH) -> None:
    """Delete one batch of what is due in a transaction that is open; its event has no request."""
    _delete(tx, batch, carries_request=False)


def _purge(tx: Tx, request: str, actor: str, batch: int) -> None:
    if tx.open(request, actor, Kind.PERSONAL_DATA_PURGED) is None:
        _delete(tx, batch, carries_request=True)


def _delete(tx: Tx, batch: int, *, carries_request: bool) -> None:
    gone = tx.rows(
        tx.verbs.purge,
        site=tx.site.code,
        today=tx.business_date,
        batch=batch,
    )
    if gone:
        counts = Counter(str(row[0]) for row in gone)
        tx.event(Kind.PERSONAL_DATA_PURGED, data={**counts}, carries_request=carries_request)


def _due(view: View) -> dict[str, int]:
    rows = view.rows(
        "SELECT field, count(*) FROM personal_datum WHERE site = :site AND purge_on <= :today"
        " GROUP BY field ORDER BY field",
        site=view.site.code,
        today=view.business_date,
    )
    return {str(field): int(count) for field, count in rows}
