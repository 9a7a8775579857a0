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


def lengthen(store: Store, count: int) -> int:
    """Add events that change nothing, chained as they should be; return the last seq.

    Much faster than a command for each: for readers that are far behind.
    """
    with store.connected() as connection:
        begun, last, at = connection.rows(
            "SELECT seq, hash, at FROM feed_head WHERE site = :site", {"site": store.site}
        )[0]
        seq = int(begun)
        statements: list[tuple[str, dict[str, object]]] = []
        while seq < begun + count:
            rows = []
            for seq in range(seq + 1, min(seq + 1000, begun + count) + 1):  # noqa: B020
                values = {
                    **dict.fromkeys(_COLUMNS),
                    "site": store.site,
                    "seq": seq,
                    "kind": "OfficerSaved",
                    "actor": "cli:test",
                    "data": "{}",
                    "at": at,
                }
                last = chained(last, values)
                rows.append(
                    f"('{store.site}', {seq}, 'OfficerSaved', 'cli:test', '{{}}', {at}, '{last}')"
                )
            statements.append(
                (
                    "INSERT INTO feed_event (site, seq, kind, actor, data, at, hash) VALUES "
                    + ", ".join(rows),
                    {},
                )
            )
        # Only now: a transaction that stands idle is ended by the server.
        connection.begin()
        head = "UPDATE feed_head SET seq = :seq, hash = :hash WHERE site = :site"
        statements.append((head, {"seq": seq, "hash": last, "site": store.site}))
        connection.commit(statements)
    return seq
