"""Qt's messages reach the log; harmless ones stay quiet there."""

from __future__ import annotations

import logging

import pytest
from PySide6.QtCore import QMessageLogContext, QtMsgType

from desktop import faults


@pytest.fixture
def qt_records(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The records of Qt's logger, all levels; they don't reach the root's own check."""
    logger = logging.getLogger("qt")
    logger.addHandler(caplog.handler)
    logger.propagate = False
    caplog.set_level(logging.DEBUG, logger="qt")
    return caplog


@pytest.fixture(autouse=True)
def _restored() -> object:
    logger = logging.getLogger("qt")
    yield
    logger.handlers.clear()
    logger.propagate = True
    return None


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        (QtMsgType.QtDebugMsg, logging.DEBUG),
        (QtMsgType.QtInfoMsg, logging.INFO),
        (QtMsgType.QtWarningMsg, logging.WARNING),
        (QtMsgType.QtCriticalMsg, logging.ERROR),
    ],
)
def test_a_message_keeps_its_weight(
    qt_records: pytest.LogCaptureFixture, kind: QtMsgType, level: int
) -> None:
    faults._take(kind, QMessageLogContext(), "something of Qt's")

    assert [(record.levelno, record.name) for record in qt_records.records] == [(level, "qt")]


@pytest.mark.parametrize("message", faults.HARMLESS)
def test_a_harmless_message_is_only_for_debugging(
    qt_records: pytest.LogCaptureFixture, message: str
) -> None:
    faults._take(QtMsgType.QtWarningMsg, QMessageLogContext(), f"x {message} y")

    assert [record.levelno for record in qt_records.records] == [logging.DEBUG]
