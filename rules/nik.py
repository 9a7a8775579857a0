"""What can be told of a NIK or a telephone number by looking at it; and how it is shown.

A NIK (Nomor Induk Kependudukan) has no check digit: region of first registration, date of
birth (women: day + 40), running number. So only its structure can be wrong.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Final

_NIK = re.compile(r"[0-9]{16}")
_GAPS = re.compile(r"[ .\-()]")
# 10 to 14 digits: there are mobile numbers of 13 digits in their form with 0 (0895…).
_PHONE = re.compile(r"62[1-9][0-9]{7,11}")
_PROVINCES: Final = frozenset(
    f"{code}"
    for first, last in ((11, 19), (21, 21), (31, 36), (51, 53), (61, 65), (71, 76), (81, 82))
    for code in range(first, last + 1)
) | frozenset(f"{code}" for code in range(91, 97))
_WOMAN = 40
LONGEST_INPUT = 40
"""Longer than anybody types a number, with gaps and brackets."""


class NikFault(StrEnum):
    """Why sixteen digits, or other than sixteen, are no NIK."""

    DIGITS = "digits"
    REGION = "region"
    DATE = "date"
    SERIAL = "serial"


class NikDoubt(StrEnum):
    """What is odd about a NIK, but no reason to refuse it."""

    PROVINCE = "province"


def nik_of(typed: str) -> str:
    """Return what was typed without the gaps that people leave between groups of digits."""
    return _GAPS.sub("", typed.strip()) if len(typed) <= LONGEST_INPUT else typed


def nik_fault(nik: str) -> NikFault | None:
    """Return what makes it no NIK; None where its structure is sound.

    Args:
        nik: Digits only, as ``nik_of`` returns them.
    """
    if not _NIK.fullmatch(nik):
        return NikFault.DIGITS
    if nik[2:4] == "00":
        return NikFault.REGION
    if not _is_birthday(int(nik[6:8]), int(nik[8:10]), int(nik[10:12])):
        return NikFault.DATE
    return NikFault.SERIAL if nik[12:] == "0000" else None


def nik_doubts(nik: str) -> frozenset[NikDoubt]:
    """Return what is odd about a sound NIK; provinces are divided from time to time."""
    return frozenset() if nik[:2] in _PROVINCES else frozenset({NikDoubt.PROVINCE})


def phone_of(typed: str) -> str | None:
    """Return an Indonesian telephone number as ``62…``; None where it can't be one."""
    if len(typed) > LONGEST_INPUT:
        return None
    digits = _GAPS.sub("", typed.strip()).removeprefix("+")
    if digits.startswith("0"):
        digits = f"62{digits[1:]}"
    return digits if _PHONE.fullmatch(digits) else None


def masked(number: str) -> str:
    """Return a number as screens may show it: ``3578••••••••0001``."""
    hidden = max(0, len(number) - 8)
    return f"{number[:4]}{'•' * hidden}{number[-4:]}" if hidden else "•" * len(number)


def _is_birthday(day: int, month: int, year: int) -> bool:
    """Say whether the date exists in 19YY or 20YY; a woman's day is 40 higher."""
    if day > _WOMAN:
        day -= _WOMAN
    for century in (1900, 2000):
        try:
            date(century + year, month, day)
        except ValueError:
            continue
        return True
    return False
