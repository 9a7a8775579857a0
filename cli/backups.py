"""Back up and restore: what the command line says, and a bar for whoever waits for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cli.output import Session
from db.backup import back_up, back_up_daily
from db.backup_file import Manifest, Progress, SiteState
from db.restore import restore as put_in_place


def backup(session: Session, file: Path | None, folder: Path | None, keep: int) -> None:
    """Write a file, or today's file of a folder."""
    t, url = session.texts.t, session.settings.database
    removed: tuple[Path, ...] = ()
    with _bar(session, t("Backing up")) as on_progress:
        if file is not None:
            manifest = back_up(url, file, on_progress)
        else:
            assert folder is not None  # noqa: S101 - the declaration has seen to it
            file, manifest, removed = back_up_daily(url, folder, keep, on_progress)
    document = {
        "file": str(file.absolute()),
        "bytes": file.stat().st_size,
        **_facts(manifest, manifest.sites),
        "removed": [str(path) for path in removed],
    }
    lines = [t("{file}: {size} kB", file=file, size=_kilobytes(session, file))]
    lines += [_state(session, site) for site in manifest.sites]
    lines += [t("Removed: {file}", file=path.name) for path in removed]
    session.give(document, "\n".join(lines))


def restore(session: Session, file: Path, *, force: bool, despite_faults: bool) -> None:
    """Put a backup in the store's place, and say what is in it and what is not."""
    t = session.texts.t
    with _bar(session, t("Unpacking")) as on_progress:
        restored = put_in_place(
            session.settings.database,
            file,
            force=force,
            despite_faults=despite_faults,
            on_progress=on_progress,
        )
    manifest = restored.manifest
    document = {
        "file": str(file.absolute()),
        **_facts(manifest, restored.sites),
        "faults": list(restored.faults),
        "missing_roles": list(restored.missing_roles),
    }
    zone = ZoneInfo(manifest.sites[0].time_zone)
    made_at = manifest.made_at.astimezone(zone)
    lines = [
        t(
            "Restored as it was on {date} at {time} {zone}.",
            date=session.texts.long_date(made_at),
            time=session.texts.time(made_at),
            zone=session.texts.zone(made_at),
        )
    ]
    lines += [_state(session, site) for site in restored.sites]
    if any(_is_today(site) for site in restored.sites):
        lines.append(
            t(
                "Numbers given since then are not in it and would be given once more. Before the "
                "kiosk opens, collect today's papers with higher numbers and give each of them "
                "again, in order, with “anjungan issue” (manual: After a restore)."
            )
        )
    if restored.faults:
        lines.append(t("The journal has faults:"))
        lines += restored.faults
    if restored.missing_roles:
        lines.append(
            t(
                "Nobody's rights were restored, since this server lacks the roles {roles}. "
                "Run “anjungan init --roles”.",
                roles=", ".join(restored.missing_roles),
            )
        )
    lines.append(t("Now start the programs of every PC anew."))
    session.give(document, "\n".join(lines))


def _facts(manifest: Manifest, sites: tuple[SiteState, ...]) -> dict[str, object]:
    return {
        "made_at": manifest.made_at,
        "schema": manifest.schema,
        "database": manifest.database,
        "sites": [
            {
                "site": site.site,
                "business_date": site.business_date,
                "seq": site.seq,
                "hash": site.hash,
                "last_event_at": site.last_event_at,
                "last_numbers": list(site.last_numbers),
            }
            for site in sites
        ],
    }


def _state(session: Session, site: SiteState) -> str:
    t = session.texts.t
    words = t(
        "{site}: journal at {seq}, date {date}",
        site=site.site,
        seq=site.seq,
        date=site.business_date,
    )
    if not site.last_numbers:
        return words
    return t("{state}, last numbers {numbers}", state=words, numbers=", ".join(site.last_numbers))


def _is_today(site: SiteState) -> bool:
    return site.business_date == datetime.now(ZoneInfo(site.time_zone)).date().isoformat()


def _kilobytes(session: Session, file: Path) -> str:
    return session.texts.number(-(-file.stat().st_size // 1000))


@contextmanager
def _bar(session: Session, words: str) -> Iterator[Progress | None]:
    """Draw a bar on standard error, for a person only."""
    if session.is_json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(words, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total or None)
