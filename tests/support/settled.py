"""What a window shows once it has come to rest: tests must not bet on a single turn of events."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest

_TURNS = 5
_TURN_MS = 10


def settle() -> None:
    """Let pages that were just made be laid out and shown, and old ones be deleted."""
    for _ in range(_TURNS):
        QTest.qWait(_TURN_MS)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
