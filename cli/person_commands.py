"""The declarations of `anjungan person` and `anjungan purge`; see ``cli.persons``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.output import new_session

person_app = typer.Typer(
    help="What is held of one person: told or deleted on request.", no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Nik = Annotated[str | None, typer.Option("--nik", help="The NIK; - reads it from standard input.")]
Phone = Annotated[
    str | None,
    typer.Option("--phone", help="The telephone number; - reads it from standard input."),
]
Ticket = Annotated[
    str | None, typer.Option("--ticket", help="A number of today (B-014), or a ticket's id.")
]


@person_app.command("export")
def person_export(
    nik: Nik = None, phone: Phone = None, ticket: Ticket = None, is_json: Json = False
) -> None:
    """Print all that is held of one person, as one JSON document."""
    from cli.persons import export as run

    run(new_session(is_json=is_json), nik, phone, ticket)


@person_app.command("delete")
def person_delete(
    nik: Nik = None, phone: Phone = None, ticket: Ticket = None, is_json: Json = False
) -> None:
    """Delete a person's data at once; the numbers stay, without a trace of whose they were."""
    from cli.persons import delete as run

    run(new_session(is_json=is_json), nik, phone, ticket)


def purge(is_json: Json = False) -> None:
    """Delete personal data whose time is over; a kiosk and each new day do it too."""
    from cli.persons import purge as run

    run(new_session(is_json=is_json))
