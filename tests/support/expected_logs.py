"""The warnings that a test expects; every other one fails it (see ``tests/conftest.py``)."""

from __future__ import annotations

import logging


class LogRecorder(logging.Handler):
    """Keeps the records of WARNING and above that one test caused."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self.is_expected = False

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    @property
    def text(self) -> str:
        """All messages, one a line."""
        return "\n".join(
            f"{record.levelname} {record.name}: {record.getMessage()}" for record in self.records
        )
