"""The opaque, signed token that a ticket's QR code carries; no name, no number in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

SCHEME = "anjungan:"
_KEY_BYTES = 16
_MAC_BYTES = 8


def make(key: bytes, ticket: str) -> str:
    """Return a ticket's token: its random key and 64 bits of HMAC-SHA256 over it.

    32 characters, so that with the scheme it fits a QR code of version 3, level M.

    Args:
        key: The site's signing key.
        ticket: The ticket's UUID as text.
    """
    body = UUID(ticket).bytes
    return base64.urlsafe_b64encode(body + _mac(key, body)).decode("ascii")


def ticket_of(key: bytes, token: str) -> str | None:
    """Return the ticket that a token or a QR code's text names; None if it is not genuine."""
    try:
        raw = base64.b64decode(token.strip().removeprefix(SCHEME), altchars=b"-_", validate=True)
    except ValueError:
        return None
    body, mac = raw[:_KEY_BYTES], raw[_KEY_BYTES:]
    if len(body) != _KEY_BYTES or not hmac.compare_digest(mac, _mac(key, body)):
        return None
    return str(UUID(bytes=body))


def qr_text(token: str) -> str:
    """Return what the QR code says."""
    return SCHEME + token


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)[:_MAC_BYTES]
