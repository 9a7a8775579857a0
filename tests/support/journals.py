"""A journal written anew behind the hall's back: what somebody with all rights could do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from db.journal import chained
from db.store import Store
from rules.chain import GENESIS, canonical

_COLUMNS = ("site", "seq", "kind", "request", "ticket", "turn", "counter", "actor", "data", "at")


def rewrite(store: Store, change: Callable[[dict[str, Any]], None], after: int = 0) -> None:
    """Change events and compute every hash anew, the head's too.

    Args:
        store: The store; its site's journal is written.
        change: Changes an event's values in place; ``data`` is decoded.
        after: The seq behind which to begin.
    """
    with store.connected() as connection:
        rows = connection.rows(
            f"SELECT {', '.join(_COLUMNS)}, hash FROM feed_event WHERE site = :site"
            " AND seq >= :after ORDER BY seq",
            {"site": store.site, "after": after},
        )
        last = GENESIS
        connection.begin()
        statements: list[tuple[str, dict[str, object]]] = []
        for row in rows:
            values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=False))
            if values["seq"] == after:
                last = row[-1]
                continue
            values["data"] = json.loads(values["data"])
            change(values)
            values["data"] = canonical(values["data"])
            last = chained(last, values)
            columns = ", ".join(f"{name} = :{name}" for name in (*_COLUMNS[2:], "hash"))
            statements.append(
                (
                    f"UPDATE feed_event SET {columns} WHERE site = :site AND seq = :seq",
                    {**values, "hash": last},
                )
            )
        statements.append(
            (
                "UPDATE feed_head SET hash = :hash WHERE site = :site",
                {"hash": last, "site": store.site},
            )
        )
        connection.commit(statements)
