"""The command line `anjungan`: its commands, its options, its exit codes.

Exit 0: success. 2: wrong use. 3: the store can't be used. 4: a known error of the hall.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import backup_commands
from cli.journal_commands import journal_app, verify
from cli.output import SUCCESS, WRONG_USE, note, refuse, to_json, write
from cli.output import new_session as _session
from cli.person_commands import Nik, Phone, person_app, purge
from cli.quota_commands import quota_app
from cli.report_commands import report_app
from rules.errors import KnownError
from rules.reason import CallReason

app = typer.Typer(
    name="anjungan",
    help="The queue of a Mal Pelayanan Publik: store, tickets, calls, journal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
call_app = typer.Typer(help="Call, recall, start, finish, or mark as missed.", no_args_is_help=True)
app.add_typer(call_app, name="call")
day_app = typer.Typer(help="The business date.", no_args_is_help=True)
app.add_typer(day_app, name="day")
app.add_typer(journal_app, name="journal")
app.command()(verify)
app.add_typer(report_app, name="report")

# Typer carries its own click since 0.26; its family of wrong uses is BadParameter's parent.
_MISUSE: type[Exception] = typer.BadParameter.__mro__[1]

officer_app = typer.Typer(help="Officers: who may sign in at the counters.", no_args_is_help=True)
app.add_typer(officer_app, name="officer")
app.command("backup")(backup_commands.backup)
app.command("restore")(backup_commands.restore)

app.add_typer(quota_app, name="quota")
app.add_typer(person_app, name="person")
app.command("purge")(purge)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Request = Annotated[
    str | None,
    typer.Option("--request", help="A UUID of yours: a repeat with it changes nothing."),
]
Counter = Annotated[str, typer.Option("--counter", help="The counter's code.")]


@app.command()
def init(
    catalogue: Annotated[
        Path | None, typer.Option(help="Load this catalogue instead of the sample.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Always open; officers petugas1… with PIN 123456.")
    ] = False,
    roles: Annotated[
        bool,
        typer.Option(
            "--roles", help="Make PostgreSQL's roles for kiosk, display, counter, administrator."
        ),
    ] = False,
    is_json: Json = False,
) -> None:
    """Create or upgrade the store; load a catalogue (the sample into an empty store only)."""
    from cli.installing import init as run

    run(_session(is_json=is_json), catalogue, is_demo=demo, with_roles=roles)


@app.command("catalogue")
def show_catalogue(is_json: Json = False) -> None:
    """Print the open agencies, services and counters."""
    from cli.hall import catalogue as run

    run(_session(is_json=is_json))


@app.command()
def issue(
    services: Annotated[list[str], typer.Argument(help="Codes such as DUKCAPIL.KK.")],
    priority: Annotated[str | None, typer.Option(help="A priority class, e.g. lansia.")] = None,
    is_printed: Annotated[
        bool, typer.Option("--print", help="Let the station in ANJUNGAN_STATION print it.")
    ] = False,
    nik: Nik = None,
    phone: Phone = None,
    request: Request = None,
    is_json: Json = False,
) -> None:
    """Give one number for one or more services."""
    from cli.persons import personal_of
    from cli.queue import issue as run

    session = _session(is_json=is_json)
    run(
        session,
        services,
        priority,
        is_printed=is_printed,
        request=request,
        personal=personal_of(session, nik, phone),
    )


@call_app.command("next")
def call_next(
    counter: Counter,
    finish: Annotated[
        bool, typer.Option("--finish", help="Finish the visit at the desk first.")
    ] = False,
    request: Request = None,
    is_json: Json = False,
) -> None:
    """Call the visitor whose turn it is."""
    from cli.queue import call_next as run

    run(_session(is_json=is_json), counter, finish=finish, request=request)


@call_app.command("turn")
def call_turn(
    number: Annotated[str, typer.Argument(help="A number of today (B-014), or a ticket's id.")],
    counter: Counter,
    reason: Annotated[
        CallReason | None, typer.Option(help="Why; only a missed visitor needs no reason.")
    ] = None,
    request: Request = None,
    is_json: Json = False,
) -> None:
    """Call one visitor out of order; the reason stands in the journal."""
    from cli.queue import call_turn as run

    run(_session(is_json=is_json), number, counter, reason, request=request)


@call_app.command("recall")
def call_recall(counter: Counter, request: Request = None, is_json: Json = False) -> None:
    """Call the visitor once more."""
    _act("recall", counter, request, is_json=is_json)


@call_app.command("start")
def call_start(counter: Counter, request: Request = None, is_json: Json = False) -> None:
    """The visitor is at the desk."""
    _act("start", counter, request, is_json=is_json)


@call_app.command("finish")
def call_finish(counter: Counter, request: Request = None, is_json: Json = False) -> None:
    """The visit is over."""
    _act("finish", counter, request, is_json=is_json)


@call_app.command("missed")
def call_missed(counter: Counter, request: Request = None, is_json: Json = False) -> None:
    """The visitor did not come."""
    _act("missed", counter, request, is_json=is_json)


@app.command()
def reprint(
    ticket: Annotated[str, typer.Argument(help="A number of today (B-014), or a ticket's id.")],
    station: Annotated[
        str | None, typer.Option(help="The station that prints; the ticket's own by default.")
    ] = None,
    is_json: Json = False,
) -> None:
    """Print a ticket once more: the same number, marked SALINAN."""
    from cli.queue import reprint as run

    run(_session(is_json=is_json), ticket, station)


@app.command()
def board(is_json: Json = False) -> None:
    """Print today's last calls, newest first."""
    from cli.hall import board as run

    run(_session(is_json=is_json))


@app.command()
def status(is_json: Json = False) -> None:
    """Print how many wait, are served and were served, by service."""
    from cli.hall import status as run

    run(_session(is_json=is_json))


@app.command()
def hours(
    service: Annotated[
        str, typer.Argument(help="DUKCAPIL.KK, an agency's code, or nothing for the hall.")
    ] = "",
    at: Annotated[
        str | None, typer.Option(help="A time of the hall's: 2026-11-27 11.45; now by default.")
    ] = None,
    is_json: Json = False,
) -> None:
    """Say whether numbers are given: open or not, why not, and when next."""
    from cli.hours import hours as run

    run(_session(is_json=is_json), service, at)


@day_app.command("close")
def day_close(is_json: Json = False) -> None:
    """Move on to a new date where one has begun; any first command of a day does it too."""
    from cli.queue import close_day as run

    run(_session(is_json=is_json))


@day_app.command("confirm")
def day_confirm(is_json: Json = False) -> None:
    """Confirm the clock's date after it jumped further than a hall ever rests."""
    from cli.queue import confirm_date as run

    run(_session(is_json=is_json))


@officer_app.command("add")
def officer_add(
    code: Annotated[str, typer.Argument(help="What the officer types to sign in.")],
    name: Annotated[str, typer.Option("--name", help="The name on the console.")],
    is_supervisor: Annotated[
        bool, typer.Option("--supervisor", help="A supervisor, not an officer.")
    ] = False,
    is_json: Json = False,
) -> None:
    """Add an officer, or give one a new name and PIN; the PIN is read from standard input."""
    from cli.officers import add as run

    run(_session(is_json=is_json), code, name, is_supervisor=is_supervisor)


@officer_app.command("remove")
def officer_remove(code: str, is_json: Json = False) -> None:
    """Let an officer sign in no more."""
    from cli.officers import remove as run

    run(_session(is_json=is_json), code)


@officer_app.command("unlock")
def officer_unlock(code: str, is_json: Json = False) -> None:
    """Let an officer try again after too many wrong PINs."""
    from cli.officers import unlock as run

    run(_session(is_json=is_json), code)


@officer_app.command("list")
def officer_list(is_json: Json = False) -> None:
    """Print who may sign in, and where they are signed in now."""
    from cli.officers import show as run

    run(_session(is_json=is_json))


@officer_app.command("sign-out")
def officer_sign_out(counter: Counter, is_json: Json = False) -> None:
    """End the session at a counter, where somebody left without signing out."""
    from cli.officers import sign_out as run

    run(_session(is_json=is_json), counter)


@app.command()
def doctor(is_json: Json = False) -> None:
    """Check store, migrations, clock, printer, call pads and screen: a line each."""
    from cli.doctor import doctor as run

    run(_session(is_json=is_json))


@app.command()
def demo(
    output: Annotated[
        Path, typer.Option(help="Folder for the store, the papers and the pictures.")
    ] = Path("demo-output"),
    headless: Annotated[
        bool, typer.Option("--headless", help="Walk a visitor through on a virtual screen.")
    ] = False,
) -> None:
    """Show the whole hall: three windows on a fresh demo store, with visitors arriving."""
    from cli.demo import demo as run

    run(output, is_headless=headless)


def main() -> None:
    """Run the command line; never returns."""
    is_json = "--json" in sys.argv[1:]
    try:
        _require_text(sys.argv[1:])
        result: Any = app(standalone_mode=False)
    except _MISUSE as error:
        if is_json:
            write(to_json({"error": "WrongUse", "message": str(error)}))
        else:
            note(str(error) or app.info.help or "")
        raise SystemExit(WRONG_USE) from None
    except (typer.Abort, KeyboardInterrupt):
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader has gone (head, less): no fault, but nothing more to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(SUCCESS) from None
    except KnownError as error:
        from station.texts import Texts

        refuse(error, Texts.load(_language()), is_json=is_json)
    raise SystemExit(result if isinstance(result, int) else SUCCESS)


def _require_text(arguments: list[str]) -> None:
    """Refuse bytes that are no UTF-8: no database and no JSON takes them."""
    for argument in arguments:
        if not argument.isprintable() and any("\ud800" <= char <= "\udfff" for char in argument):
            raise typer.BadParameter(f"not UTF-8: {argument!a}")


def _act(name: str, counter: str, request: str | None, *, is_json: bool) -> None:
    from cli.queue import act

    act(_session(is_json=is_json), name, counter, request=request)


def _language() -> str:
    """Return the language for a fault, which may be in the settings themselves."""
    return "en" if os.environ.get("ANJUNGAN_LANGUAGE") == "en" else "id"


if __name__ == "__main__":
    main()
