"""The declarations of `anjungan quota`; what they do is in ``cli.quotas``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.output import new_session
from rules.quota import MOST_PLACES, Pool

quota_app = typer.Typer(help="How many numbers of a service are given a day.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Service = Annotated[str, typer.Argument(help="A code such as IMIGRASI.PASPOR.")]
Date = Annotated[
    str | None, typer.Option("--date", help="Only this date, as 2026-12-31; else every day.")
]


@quota_app.command("set")
def quota_set(
    service: Service,
    pool: Annotated[Pool, typer.Option("--pool", help="Whom the places are for.")],
    places: Annotated[int, typer.Option("--places", min=0, max=MOST_PLACES, help="Numbers a day.")],
    date: Date = None,
    release: Annotated[
        str | None,
        typer.Option(
            "--release", help="From when on unused places are the kiosk's: HH.MM, or never."
        ),
    ] = None,
    is_json: Json = False,
) -> None:
    """Set a pool's places; goes before the catalogue until it is cleared."""
    from cli.quotas import set_places as run

    run(new_session(is_json=is_json), service, pool.value, places, date, release)


@quota_app.command("show")
def quota_show(
    service: Annotated[
        str | None, typer.Argument(help="One service; all with a quota by default.")
    ] = None,
    is_json: Json = False,
) -> None:
    """Print today's places, what was taken, what is left, and what is set for other dates."""
    from cli.quotas import show as run

    run(new_session(is_json=is_json), service)


@quota_app.command("clear")
def quota_clear(
    service: Service,
    pool: Annotated[Pool | None, typer.Option("--pool", help="Only this pool.")] = None,
    date: Date = None,
    is_json: Json = False,
) -> None:
    """Take away what was set by command; what the catalogue says holds again."""
    from cli.quotas import clear as run

    run(new_session(is_json=is_json), service, None if pool is None else pool.value, date)
