"""Whether what was told survives a power cut: what the database promises, read by ``doctor``."""

from __future__ import annotations

from db.store import Store

_SERVER_NEEDS = ("fsync", "full_page_writes", "synchronous_commit")
_SQLITE_NEEDS = {"journal_mode": "wal", "synchronous": "2"}


def weak_settings(store: Store) -> tuple[str, ...]:
    """Return the settings with which a power cut can lose a number, as ``name = value``.

    Raises:
        StoreProblem: The store can't be asked.
    """
    with store.connected() as connection:
        if store.is_sqlite:
            found = {
                name: str(connection.rows(f"PRAGMA {name}", {})[0][0]) for name in _SQLITE_NEEDS
            }
            weak = [name for name, value in found.items() if value != _SQLITE_NEEDS[name]]
        else:
            found = {name: str(connection.rows(f"SHOW {name}", {})[0][0]) for name in _SERVER_NEEDS}
            weak = [name for name, value in found.items() if value in ("off", "local")]
    return tuple(f"{name} = {found[name]}" for name in weak)
