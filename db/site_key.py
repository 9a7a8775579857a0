"""The site's secret key: what signs its tickets' tokens, and hides personal data."""

from __future__ import annotations

from db.transaction import Tx, View


def signing_key(view: Tx | View) -> bytes:
    """Return the key that signs the site's tokens; read once, since it never changes."""
    key: bytes | None = view.memory.get(("signing key", view.site.code))
    if key is None:
        row = view.rows("SELECT signing_key FROM site WHERE code = :site", site=view.site.code)[0]
        key = view.memory["signing key", view.site.code] = bytes.fromhex(row[0])
    return key
