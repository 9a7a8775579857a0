"""Logging of a process: standard error and a rotating file, one line a record, ISO time.

Called first thing by every application's ``main``: before ``escpos`` is imported, whose import
would set up logging in its own way.
"""

from __future__ import annotations

import logging
import re
import sys
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final, TextIO

from station.settings import without_password

FILE_BYTES: Final = 2_000_000
FILE_COUNT: Final = 5

_log = logging.getLogger(__name__)
# NIK, family card and phone numbers: no record needs them, so none gets through.
_PERSONAL = re.compile(r"(?<![\w-])\d{10,16}(?![\w-])")
_NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


class OneLine(logging.Formatter):
    """A record as one line: time, level, logger, thread, message; a traceback follows escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Format, with line breaks escaped and what looks personal or secret left out."""
        at = datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        if record.stack_info:
            text = f"{text}\n{self.formatStack(record.stack_info)}"
        text = _PERSONAL.sub("[number]", without_password(text))
        text = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
        return f"{at} {record.levelname} {record.name} [{record.threadName}] {text}"


def log_file(folder: Path, application: str, station: str) -> Path:
    """Return the file of one application at one station; no two processes share one."""
    name = _NOT_IN_FILE_NAMES.sub("_", f"{application}-{station}")
    return folder / f"{name}.log"


def start_logs(
    application: str,
    *,
    station: str,
    level: str,
    folder: Path | None,
    stream: TextIO | None = None,
) -> None:
    """Send all records to standard error and, where it can be written, to the file.

    Args:
        application: E.g. "anjungan-kiosk"; names the file.
        station: The station's name, also in the file's name.
        level: The least level that is kept.
        folder: Folder of the file; None keeps none.
        stream: Instead of standard error.
    """
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old.formatter, OneLine):
            root.removeHandler(old)
            old.close()
    handlers: list[logging.Handler] = [logging.StreamHandler(stream or sys.stderr)]
    trouble: OSError | None = None
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handlers.append(
                RotatingFileHandler(
                    log_file(folder, application, station),
                    maxBytes=FILE_BYTES,
                    backupCount=FILE_COUNT,
                    encoding="utf-8",
                )
            )
        except OSError as error:
            # A full or read-only disk must not keep a hall from opening.
            trouble = error
    for handler in handlers:
        handler.setFormatter(OneLine())
        root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    if trouble is not None:
        _log.warning("no log file: %s", trouble)
