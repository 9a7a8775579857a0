"""The opaque, signed token that a ticket's QR code carries; no name, no number in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

SCHEME = "anjungan:"
_RANDOM_BYTES = 10
_MAC_BYTES = 10


def make(key: bytes) -> str:
    """Return a new token: 80 random bits and 80 bits of HMAC-SHA256 over them, base32."""
    body = secrets.token_bytes(_RANDOM_BYTES)
    return base64.b32encode(body + _mac(key, body)).decode("ascii")


def is_genuine(key: bytes, token: str) -> bool:
    """Say whether the site that holds ``key`` made this token."""
    try:
        raw = base64.b32decode(token.strip().upper())
    except ValueError:
        return False
    body, mac = raw[:_RANDOM_BYTES], raw[_RANDOM_BYTES:]
    return hmac.compare_digest(mac, _mac(key, body))


def qr_text(token: str) -> str:
    """Return what the QR code says."""
    return SCHEME + token


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()[:_MAC_BYTES]
