"""What a command prints: one JSON document, or words; and the exit code of each fault."""

from __future__ import annotations

import getpass
import json
import os
import sys
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from rules.errors import KnownError
    from station.settings import Settings
    from station.texts import Texts

SUCCESS, WRONG_USE, STORE_FAULT, HALL_FAULT = 0, 2, 3, 4


@dataclass(slots=True)
class Session:
    """One run of the command line: its settings, its words, and how it prints."""

    settings: Settings
    texts: Texts
    is_json: bool

    @property
    def actor(self) -> str:
        """Who acts: ``cli:<user>``."""
        return f"cli:{user_name()}"

    def give(self, document: object, words: str) -> None:
        """Print the result: the JSON document, or the words."""
        write(to_json(document) if self.is_json else words)


def new_session(*, is_json: bool) -> Session:
    """Begin one run of the command line: settings, logs, words."""
    from station.logs import start_logs
    from station.settings import Settings, warn_of_unknown
    from station.texts import Texts

    settings = Settings.load()
    start_logs("anjungan", station=settings.station, level="WARNING", folder=None)
    warn_of_unknown(os.environ)
    return Session(settings, Texts.load(settings.language), is_json)


def user_name() -> str:
    """Return the user's name; a number where the system knows no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def to_json(document: object) -> str:
    """Return one line of JSON; instants are ISO 8601 with offset."""
    return json.dumps(document, ensure_ascii=False, default=_plain)


def write(line: str) -> None:
    """Write a line to standard output."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def note(line: str) -> None:
    """Write a line for a person to standard error."""
    sys.stderr.write(line + "\n")


def refuse(error: KnownError, texts: Texts, *, is_json: bool) -> NoReturn:
    """Say what happened and what to do, and exit with the code of the fault's family."""
    message = texts.error(error)
    if is_json:
        write(to_json({"error": error.code, "message": message}))
    else:
        note(message)
    raise SystemExit(exit_code(error))


def exit_code(error: KnownError) -> int:
    """Return 3 for the store, 4 for the hall's rules, 2 for wrong use of this PC."""
    from db.errors import StoreProblem
    from station.errors import StationError

    if isinstance(error, StoreProblem):
        return STORE_FAULT
    return WRONG_USE if isinstance(error, StationError) else HALL_FAULT


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    raise TypeError(f"no JSON for {type(value).__name__}")
