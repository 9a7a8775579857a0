"""`anjungan doctor`: one line for each part of a station, and what to do where it is not well."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from cli.output import HALL_FAULT, STORE_FAULT, Session
from db.address import is_sqlite, parse, sqlite_path
from db.day import clock_state
from db.durability import weak_settings
from db.errors import StoreProblem
from db.moment import local_date, to_datetime
from db.stations import devices
from db.store import Store, open_store
from db.version import VERSIONS
from rules.errors import KnownError
from station.hours_words import clock_words

_WINDOW_CHECK_S = 30.0
_CLOCK_TOLERANCE_S = 5.0
_ENOUGH_BYTES = 500_000_000
_BACKUP_AGE = timedelta(days=2)
_SILENT, _FORGOTTEN = timedelta(minutes=5), timedelta(days=2)
# The machine's clock can't be right before this program was written.
_WRITTEN_AT = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Check:
    """One line: ``message`` says what was found and, where not well, what to do."""

    name: str
    state: Literal["ok", "warning", "fault"]
    message: str


def doctor(session: Session) -> None:
    """Check everything that can be checked from here; exit 3 or 4 where a part is not well."""
    checks = [*_store(session), _printer(session), *_pads(session), *_screen(session)]
    marks = {"ok": "ok     ", "warning": "warning", "fault": "FAULT  "}
    lines = [f"{marks[check.state]}  {check.name}: {check.message}" for check in checks]
    session.give({"checks": [asdict(check) for check in checks]}, "\n".join(lines))
    faults = {check.name for check in checks if check.state == "fault"}
    if "store" in faults:
        raise SystemExit(STORE_FAULT)
    if faults:
        raise SystemExit(HALL_FAULT)


def _store(session: Session) -> Iterator[Check]:
    t = session.texts.t
    began = time.perf_counter()
    try:
        store = open_store(session.settings.database, site=session.settings.site)
    except StoreProblem as error:
        yield Check("store", "fault", session.texts.error(error))
        yield _clock(session, None)
        return
    try:
        with store.read() as view:
            seq = view.seq
        took_ms = round((time.perf_counter() - began) * 1000)
        yield Check("store", "ok", t("{url}, answers in {ms} ms", url=store.url, ms=took_ms))
        yield Check("migrations", "ok", t("schema {version}, journal at {seq}",
                                          version=VERSIONS[-1], seq=seq))  # fmt: skip
        yield _durability(session, store)
        yield _clock(session, store)
        yield _disk(session)
        yield _backup(session)
        yield from _rights(session)
        yield from _displays(session, store)
    finally:
        store.close()


def _durability(session: Session, store: Store) -> Check:
    t = session.texts.t
    weak = weak_settings(store)
    if not weak:
        return Check("durability", "ok", t("each number is on the disk before it is told"))
    return Check("durability", "fault", t("A power cut can lose numbers or damage the store "
                                          "({settings}). Switch this on in the server's "
                                          "postgresql.conf, and restart the server.",
                                          settings=", ".join(weak)))  # fmt: skip


def _clock(session: Session, store: Store | None) -> Check:
    t = session.texts.t
    here = datetime.now(UTC)
    if here < _WRITTEN_AT:
        return Check("clock", "fault", t("The PC's clock is in the past; set it, and check the "
                                         "battery of the PC's board."))  # fmt: skip
    if store is None:
        return Check("clock", "ok", here.astimezone().isoformat(timespec="seconds"))
    with store.read() as view:
        there, zone = view.clock, view.site.time_zone
        state = clock_state(view)
    if state.fault is not None:
        return Check("clock", "fault", clock_words(session.texts, state))
    apart = abs((to_datetime(there) - datetime.now(UTC)).total_seconds())
    if apart > _CLOCK_TOLERANCE_S:
        return Check("clock", "warning", t("The PC and the database server are {seconds} s apart; "
                                           "set both by time server.",
                                           seconds=round(apart)))  # fmt: skip
    today = local_date(there, zone).isoformat()
    return Check("clock", "ok", t("{today}, {zone}", today=today, zone=zone))


def _disk(session: Session) -> Check:
    t = session.texts.t
    address = parse(session.settings.database)
    folder = sqlite_path(address).parent if is_sqlite(address) else Path("/")
    free = shutil.disk_usage(folder).free
    state: Literal["ok", "warning"] = "ok" if free > _ENOUGH_BYTES else "warning"
    words = t("{megabytes} MB free", megabytes=session.texts.number(free // 1_000_000))
    return Check("disk", state, words)


def _backup(session: Session) -> Check:
    """Say when the last daily backup was made, where this PC makes them."""
    from db.backup import newest

    t, folder = session.texts.t, session.settings.backup_folder
    if folder is None:
        if is_sqlite(parse(session.settings.database)):
            return Check("backup", "warning", t("None is made; set ANJUNGAN_BACKUP_FOLDER to a "
                                                "folder and start the daily timer."))  # fmt: skip
        return Check("backup", "ok", t("Not made on this PC (ANJUNGAN_BACKUP_FOLDER is not set)."))
    try:
        last = newest(folder)
    except KnownError as error:
        return Check("backup", "warning", session.texts.error(error))
    if last is None:
        return Check("backup", "warning", t("There is none in {folder} yet; start the daily timer.",
                                            folder=folder))  # fmt: skip
    made_at = last.made_at.astimezone(ZoneInfo(last.sites[0].time_zone))
    date = session.texts.long_date(made_at)
    if datetime.now(UTC) - last.made_at > _BACKUP_AGE:
        return Check("backup", "warning", t("The last one is of {date}; look at the daily timer.",
                                            date=date))  # fmt: skip
    return Check("backup", "ok", t("last one {date}, {time}",
                                   date=date, time=session.texts.time(made_at)))  # fmt: skip


def _rights(session: Session) -> Iterator[Check]:
    """Look whether other users of this PC can read a SQLite store."""
    address = parse(session.settings.database)
    if is_sqlite(address) and sqlite_path(address).stat().st_mode & 0o077:
        yield Check("rights", "warning", session.texts.t(
            "Other users of this PC may read or write the store; run “anjungan init”, which "
            "gives it to its owner only."))  # fmt: skip


def _displays(session: Session, store: Store) -> Iterator[Check]:
    """Say which display was alive when; one that was taken away is soon forgotten."""
    t = session.texts.t
    with store.read() as view:
        now, seen = to_datetime(view.clock), devices(view)
    for device in seen:
        silent = now - device.at
        if device.device != "display" or silent > _FORGOTTEN:
            continue
        name = f"display {device.station}"
        if silent > _SILENT:
            words = t("Silent for {count} minutes; look whether it is on.",
                      count=int(silent.total_seconds() // 60))  # fmt: skip
            yield Check(name, "warning", words)
        else:
            yield Check(name, "ok", t("alive"))


def _printer(session: Session) -> Check:
    t, settings = session.texts.t, session.settings
    if settings.printer is None:
        return Check("printer", "warning", t("None is set; set ANJUNGAN_PRINTER to its URL."))
    from hardware.printer import PrinterSettings, PrinterState, open_printer

    try:
        printer = open_printer(
            PrinterSettings(settings.printer, settings.paper_width, settings.printer_qr)
        )
    except KnownError as error:
        return Check("printer", "fault", session.texts.error(error))
    try:
        state = printer.state()
    finally:
        printer.close()
    words = {
        PrinterState.READY: t("ready"),
        PrinterState.PAPER_LOW: t("The paper ends soon; have a new roll ready."),
        PrinterState.PAPER_OUT: t("No paper; put a new roll in."),
        PrinterState.COVER_OPEN: t("The cover is open; close it."),
        PrinterState.CUTTER_ERROR: t("The cutter is stuck; switch off, free it, switch on."),
        PrinterState.OVERHEATED: t("The print head is hot; it goes on by itself."),
        PrinterState.OFFLINE: t("Offline; press its FEED or ONLINE button."),
        PrinterState.MUTE: t("It takes data but answers no question; jobs end as “sent”."),
        PrinterState.UNREACHABLE: t("It can't be reached; check power, cable and the URL {url}.",
                                    url=settings.printer),
    }  # fmt: skip
    fine = {PrinterState.READY, PrinterState.PAPER_LOW, PrinterState.MUTE}
    message = words.get(state, t("It answers strangely; switch it off and on."))
    if state is PrinterState.READY:
        return Check("printer", "ok", message)
    return Check("printer", "warning" if state in fine else "fault", message)


def _pads(session: Session) -> Iterator[Check]:
    t, settings = session.texts.t, session.settings
    if settings.pads is None:
        yield Check("pads", "ok", t("None are set (ANJUNGAN_PADS)."))
        return
    from hardware.pad import load_pads, probe

    try:
        pads = load_pads(settings.pads)
    except KnownError as error:
        yield Check("pads", "fault", session.texts.error(error))
        return
    for port in pads.ports:
        reason = probe(port)
        if "exclusively lock" in reason:
            # The console holds it, which is what it is for.
            yield Check(f"pad {port.name}", "ok", t("{url}, in use", url=port.url))
        elif reason:
            words = t("{url}: {reason}", url=port.url, reason=reason)
            yield Check(f"pad {port.name}", "fault", words)
        else:
            yield Check(f"pad {port.name}", "ok", port.url)


def _screen(session: Session) -> Iterator[Check]:
    """Let the kiosk itself look at screen, fonts and sound: this program knows no Qt."""
    t = session.texts.t
    kiosk = Path(sys.executable).with_name("anjungan-kiosk")
    try:
        answer = subprocess.run(  # noqa: S603 - our own program
            [str(kiosk), "--check"],
            capture_output=True,
            text=True,
            timeout=_WINDOW_CHECK_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        yield Check("screen", "fault", t("The kiosk can't be started: {detail}",
                                         detail=str(error)))  # fmt: skip
        return
    for line in answer.stdout.splitlines():
        name, _, rest = line.partition(": ")
        verdict, _, message = rest.partition(": ")
        if verdict == "ok":
            yield Check(name, "ok", message)
        elif verdict == "fault":
            # A station without a screen of its own (a server) is no fault of the hall.
            yield Check(name, "warning", message)
