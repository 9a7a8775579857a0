"""Slips to print in tests."""

from __future__ import annotations

from rules.slip import Slip, SlipLine

QR = "anjungan:v1.AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEfGh"


def slip(key: str = "job-1", number: str = "B-014", **changes: object) -> Slip:
    """Return a ticket with a bit of everything on it."""
    parts: dict[str, object] = {
        "key": key,
        "number": number,
        "header": (
            SlipLine("MPP Kota Contoh", "center", bold=True),
            SlipLine("Cepat · Mudah · Terjangkau · Aman · Nyaman", "center"),
        ),
        "before": (
            SlipLine("Dinas Kependudukan dan Pencatatan Sipil", "center"),
            SlipLine("Akta Kelahiran", "center", bold=True),
        ),
        "after": (
            SlipLine("PRIORITAS", "center", bold=True, scale=2),
            SlipLine("Senin, 23 November 2026  08.42 WIB", "center"),
            SlipLine("Menunggu di depan Anda: 6 orang"),
            SlipLine("Perkiraan dipanggil: 09.35–09.55"),
            SlipLine("Siapkan:"),
            SlipLine("- KK asli dan fotokopi KTP-el kedua orang tua"),
        ),
        "qr": QR,
        "footer": (SlipLine("Nomor terlewat? Lapor ke loket.", "center"),),
    }
    return Slip(**(parts | changes))  # type: ignore[arg-type]
