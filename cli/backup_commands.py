"""`anjungan backup` and `anjungan restore`: their declarations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.output import new_session

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def backup(
    file: Annotated[Path | None, typer.Argument(help="The file to write.")] = None,
    daily: Annotated[
        Path | None,
        typer.Option(help="A folder of dated files instead; old ones make room."),
    ] = None,
    keep: Annotated[
        int, typer.Option(min=1, max=3660, help="So many daily files stay, and one a month.")
    ] = 14,
    is_json: Json = False,
) -> None:
    """Back the store up while the hall runs; without FILE into the folder of the settings."""
    from cli.backups import backup as run

    if file is not None and daily is not None:
        raise typer.BadParameter("name a FILE or --daily FOLDER, not both")
    session = new_session(is_json=is_json)
    folder = daily or (session.settings.backup_folder if file is None else None)
    if file is None and folder is None:
        raise typer.BadParameter("name a FILE, or --daily FOLDER, or set ANJUNGAN_BACKUP_FOLDER")
    run(session, file, folder, keep)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `anjungan backup` has written.")],
    force: Annotated[
        bool, typer.Option("--force", help="Also over a store with a hall in it.")
    ] = False,
    despite_faults: Annotated[
        bool, typer.Option("--despite-faults", help="Also where its journal has been changed.")
    ] = False,
    is_json: Json = False,
) -> None:
    """Check a backup and put it in the store's place; close the hall's programs first."""
    from cli.backups import restore as run

    run(new_session(is_json=is_json), file, force=force, despite_faults=despite_faults)
