"""`anjungan report`: the declarations of its commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.output import new_session

report_app = typer.Typer(
    help="What a day or a month was like: who came, who was served, how long it took.",
    no_args_is_help=True,
)

_Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
_Csv = Annotated[Path | None, typer.Option("--csv", help="Write the figures to this file as well.")]


@report_app.command("day")
def report_day(
    day: Annotated[
        str | None, typer.Argument(help="A date such as 2026-11-24; today where left out.")
    ] = None,
    csv: _Csv = None,
    is_json: _Json = False,
) -> None:
    """Report a day, with the journal's hash at its end."""
    from cli.reports import report_day as run

    run(new_session(is_json=is_json), day, csv)


@report_app.command("month")
def report_month(
    month: Annotated[
        str | None, typer.Argument(help="A month such as 2026-11; this one where left out.")
    ] = None,
    csv: _Csv = None,
    is_json: _Json = False,
) -> None:
    """Report a month; read day by day, so that the hall isn't slowed down."""
    from cli.reports import report_month as run

    run(new_session(is_json=is_json), month, csv)
