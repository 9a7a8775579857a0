"""How a command begins: the option --json, and the session that the settings make."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from cli.output import Session

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def open_session(*, is_json: bool) -> Session:
    """Read the settings, begin to log, and load the words."""
    from station.logs import start_logs
    from station.settings import Settings, warn_of_unknown
    from station.texts import Texts

    settings = Settings.load()
    start_logs("anjungan", station=settings.station, level="WARNING", folder=None)
    warn_of_unknown(os.environ)
    return Session(settings, Texts.load(settings.language), is_json)
