"""The commands about the journal, as people type them: print, follow, seal, prune, verify."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.output import new_session

_LAST_SEQ = 2**63 - 1

journal_app = typer.Typer(
    help="The journal: printed, followed, sealed, pruned.", invoke_without_command=True
)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@journal_app.callback()
def journal(
    context: typer.Context,
    after: Annotated[
        int, typer.Option(min=0, max=_LAST_SEQ, help="Only events after this seq.")
    ] = 0,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until interrupted.")] = False,
    is_json: Json = False,
) -> None:
    """Print the journal; with --json one JSON document a line."""
    if context.invoked_subcommand is not None:
        return
    from cli.journal import journal as run

    run(new_session(is_json=is_json), after, follow=follow)


@journal_app.command()
def seal(
    date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="A business date; the last one that ended."),
    ] = None,
    is_json: Json = False,
) -> None:
    """Print a day's last seq and hash, to be kept where nobody can change the store."""
    from cli.verifying import seal as run

    run(new_session(is_json=is_json), date.date() if date else None)


@journal_app.command()
def prune(
    keep_days: Annotated[
        int, typer.Option(min=0, max=100_000, help="Days whose events are kept; 1826 at least.")
    ],
    is_json: Json = False,
) -> None:
    """Check the journal, then drop events of days that ended longer ago; tickets stay."""
    from cli.verifying import prune as run

    run(new_session(is_json=is_json), keep_days)


def verify(
    from_start: Annotated[
        bool, typer.Option("--from-start", help="From the first event, not the last anchor.")
    ] = False,
    seal: Annotated[
        list[str] | None, typer.Option(help="SEQ:HASH, as `journal seal` printed it.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, readable=True, help="A file with such seals."),
    ] = None,
    is_json: Json = False,
) -> None:
    """Walk the journal: its chain, its order, and whether the hall's rows follow from it."""
    from cli.verifying import verify as run

    run(new_session(is_json=is_json), seal or [], against, from_start=from_start)
