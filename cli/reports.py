"""Reports as a person reads them, as JSON, and as a file for a spreadsheet."""

from __future__ import annotations

import calendar
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from cli.output import Session
from cli.queue import opened
from db.reports import Figures, Line, Report, report
from rules.errors import HallError
from rules.statistics import Spread
from station.texts import Texts


class ReportUnwritable(HallError):
    """The file for the spreadsheet can't be written. Fields: file, detail."""


def report_day(session: Session, day: str | None, csv_file: Path | None) -> None:
    """Report one business date; the present one where none is given."""
    given = None if day is None else _day(day)
    with opened(session) as store:
        if given is None:
            with store.read() as view:
                given = date.fromisoformat(view.business_date)
        found = report(store, given, given)
    _give(session, found, csv_file, is_day=True)


def report_month(session: Session, month: str | None, csv_file: Path | None) -> None:
    """Report one month; the present one where none is given."""
    first = None if month is None else _day(f"{month}-01")
    with opened(session) as store:
        if first is None:
            with store.read() as view:
                first = date.fromisoformat(view.business_date).replace(day=1)
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        found = report(store, first, last)
    _give(session, found, csv_file, is_day=False)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"no such date: {text!a}") from None
    if day.isoformat() != text:
        # Python also takes 20261124, and weeks; a month's "-01" would not fit behind them.
        raise typer.BadParameter(f"no such date: {text!a}")
    return day


def _give(session: Session, found: Report, csv_file: Path | None, *, is_day: bool) -> None:
    if csv_file is not None:
        _write_csv(csv_file, found, session.texts)
    words = "\n".join(_words(found, session.texts, is_day=is_day))
    session.give(_document(found, session.texts), words)


@dataclass(frozen=True, slots=True)
class _Part:
    """One table of a report; ``group`` names it for machines."""

    group: str
    title: str
    lines: tuple[Line, ...]


def _parts(found: Report, texts: Texts) -> list[_Part]:
    return [
        _Part("agency", texts.t("By agency"), found.by_agency),
        _Part("service", texts.t("By service"), found.by_service),
        _Part("counter", texts.t("By counter"), found.by_counter),
        _Part("priority", texts.t("With and without priority"), found.by_priority),
        _Part("channel", texts.t("By where the number was given"), found.by_channel),
        _Part("hour", texts.t("By the hour of joining"), found.by_hour),
        _Part("date", texts.t("By date"), found.by_date),
    ]


def _document(found: Report, texts: Texts) -> dict[str, object]:
    document: dict[str, object] = {
        "site": found.site,
        "first": found.first,
        "last": found.last,
        "made_at": found.made_at,
        "tickets": found.tickets,
        "total": _figures(found.total),
        "seal": None,
    }
    if found.seal is not None:
        document["seal"] = {
            "seq": found.seal.seq,
            "hash": found.seal.hash,
        }
    for part in _parts(found, texts):
        document[f"by_{part.group}"] = [
            {"code": line.code, "name": _name(part, line, texts), **_figures(line.figures)}
            for line in part.lines
        ]
    return document


def _figures(figures: Figures) -> dict[str, object]:
    return {
        "issued": figures.issued,
        "served": figures.served,
        "missed": figures.missed,
        "cancelled": figures.cancelled,
        "closed_unserved": figures.closed,
        "unfinished": figures.unfinished,
        **_spread("wait", figures.wait),
        **_spread("visit", figures.visit),
    }


def _spread(name: str, found: Spread) -> dict[str, int | None]:
    return {
        f"{name}_median_s": found.median,
        f"{name}_p90_s": found.ninth_decile,
        f"{name}_longest_s": found.longest,
    }


def _write_csv(file: Path, found: Report, texts: Texts) -> None:
    """Write one line for each group; what wasn't measured stays empty.

    Raises:
        ReportUnwritable: The file can't be written.
    """
    heads = ["group", "code", "name", *_figures(found.total)]
    rows = [["total", "", found.site_name, *_figures(found.total).values()]]
    rows += [
        [part.group, line.code, _name(part, line, texts), *_figures(line.figures).values()]
        for part in _parts(found, texts)
        for line in part.lines
    ]
    try:
        # With a byte order mark: spreadsheets take it for UTF-8 then.
        with file.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(heads)
            writer.writerows([_plain_cell(cell) for cell in row] for row in rows)
    except OSError as error:
        raise ReportUnwritable(file=str(file), detail=error.strerror or "") from error


def _plain_cell(cell: object) -> object:
    """Keep a name from being taken for a formula."""
    is_formula = isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@"}
    return f"'{cell}" if is_formula else cell


def _words(found: Report, texts: Texts, *, is_day: bool) -> Iterator[str]:
    made_at = found.made_at.astimezone(ZoneInfo(found.time_zone))
    yield found.site_name
    if is_day:
        yield texts.long_date(found.first)
    else:
        yield texts.t(
            "{first} to {last}",
            first=texts.long_date(found.first),
            last=texts.long_date(found.last),
        )
    yield texts.t(
        "Made on {date} at {time}",
        date=texts.long_date(made_at.date()),
        time=f"{texts.time(made_at)} {texts.zone(made_at)}",
    )
    yield ""
    if not found.total.issued:
        yield texts.t("No numbers were given.")
        return
    yield texts.n("{count} ticket", "{count} tickets", found.tickets)
    yield texts.t("Waiting and serving times are medians, nine in ten, longest; hours:minutes.")
    for part in _parts(found, texts):
        if is_day and part.group == "date":
            continue
        yield ""
        yield from _table(part, found, texts)
    if is_day:
        yield ""
        yield from _seal(found, texts)


def _table(part: _Part, found: Report, texts: Texts) -> Iterator[str]:
    heads = [
        texts.t("issued"),
        texts.t("finished visits"),
        texts.t("not present"),
        texts.t("withdrawn"),
        texts.t("unserved"),
        texts.t("still open"),
    ]
    spreads = [texts.t("waiting time"), texts.t("serving time")]
    names = [_label(part, line, texts) for line in part.lines]
    width = max(len(name) for name in [part.title, texts.t("Total"), *names])
    widths = [max(8, len(head)) for head in heads]
    cells = " ".join(head.rjust(size) for head, size in zip(heads, widths, strict=True))
    yield f"{part.title:<{width}} {cells}  " + "  ".join(f"{head:>19}" for head in spreads)
    for name, figures in [
        *zip(names, (line.figures for line in part.lines), strict=True),
        (texts.t("Total"), found.total),
    ]:
        counts = (
            figures.issued,
            figures.served,
            figures.missed,
            figures.cancelled,
            figures.closed,
            figures.unfinished,
        )
        cells = " ".join(
            texts.number(count).rjust(size) for count, size in zip(counts, widths, strict=True)
        )
        times = "  ".join(_times(each) for each in (figures.wait, figures.visit))
        yield f"{name:<{width}} {cells}  {times}"


def _times(found: Spread) -> str:
    return " ".join(
        f"{'–' if seconds is None else _clock(seconds):>6}"
        for seconds in (found.median, found.ninth_decile, found.longest)
    ).rjust(19)


def _clock(seconds: int) -> str:
    """Return hours and minutes, to the nearest minute."""
    minutes = (seconds + 30) // 60
    return f"{minutes // 60}:{minutes % 60:02}"


def _seal(found: Report, texts: Texts) -> Iterator[str]:
    if found.seal is None:
        yield texts.t("The day isn't closed yet, or its journal was pruned: no hash to keep.")
        return
    # As `verify --seal` takes it.
    yield texts.t("Seal of the day, to be kept elsewhere:")
    yield f"{found.seal.seq}:{found.seal.hash}"


def _label(part: _Part, line: Line, texts: Texts) -> str:
    name = _name(part, line, texts)
    return line.code if not name or name == line.code else f"{line.code}  {name}"


def _name(part: _Part, line: Line, texts: Texts) -> str:
    if part.group == "priority":
        return texts.t("Priority") if line.code == "priority" else texts.t("Ordinary")
    if part.group == "hour":
        return f"{line.code}.00–{line.code}.59"
    return texts.name(line.names)
