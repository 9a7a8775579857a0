"""Where Qt's messages and our own bugs end up: in the log, whole; a bug ends the process.

An application that goes on after a bug shows people things that aren't true; systemd starts it
again within seconds.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from types import TracebackType
from typing import Final

from PySide6.QtCore import QCoreApplication, QMessageLogContext, QtMsgType, qInstallMessageHandler

EXIT_CRASHED: Final = 70
_GRACE_S: Final = 3.0

HARMLESS: Final = (
    # The offscreen platform, used by tests and the demo, has no input method.
    "This plugin does not support propagateSizeHints",
    "This plugin does not support raise()",
    "This plugin does not support grabbing the keyboard",
    # No session bus in a bare kiosk session: nothing of ours needs one.
    # https://bugreports.qt.io/browse/QTBUG-51371
    "Could not connect to the AT-SPI bus",
    # A call of newer at-spi2-core that Qt 6.11 doesn't know and AT-SPI does without.
    'does not implement "GetApplicationBusAddress"',
    # A screen reader asks for a control of the page that has just gone.
    "Could not find accessible on path",
    "QStandardPaths: XDG_RUNTIME_DIR not set",
    # A screen without Xkb extension (Xvfb with old keymaps) still types.
    "failed to compile a keymap",
)
"""Parts of Qt messages that mean nothing for us; logged as debug."""

_LEVELS: Final = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_qt_log = logging.getLogger("qt")
_log = logging.getLogger(__name__)


def take_qt_messages() -> None:
    """Send what Qt says to logging."""
    qInstallMessageHandler(_take)


def _take(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    level = _LEVELS.get(kind, logging.WARNING)
    if any(part in message for part in HARMLESS):
        level = logging.DEBUG
    category = getattr(context, "category", None)
    _qt_log.log(level, "%s: %s", category or "default", message)


def install_crash_hook() -> None:
    """Let a bug in any thread be logged whole and end the process with ``EXIT_CRASHED``."""
    sys.excepthook = _crash
    threading.excepthook = _crash_in_thread


def _crash(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        QCoreApplication.exit(0)
        return
    _log.critical("a bug ends this process", exc_info=(kind, fault, trace))
    # The event loop may be stuck in what went wrong: then the process ends without it.
    timer = threading.Timer(_GRACE_S, os._exit, args=(EXIT_CRASHED,))
    timer.daemon = True
    timer.start()
    QCoreApplication.exit(EXIT_CRASHED)


def _crash_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is SystemExit or args.exc_value is None:
        return
    _crash(args.exc_type, args.exc_value, args.exc_traceback)
