"""What was measured, as rows: printed as a table, and written to docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

HEADINGS = ("What", "Measured", "Floor", "Ratio", "Bound", "Kept")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; ``is_kept`` is None where there is no bound.

    Args:
        what: What was measured, beginning with the database where it matters.
        value: The measure with its unit.
        floor: What the same machine does at its barest.
        ratio: Ours over the floor's.
        bound: What we hold ourselves to.
        is_kept: Whether we do.
    """

    what: str
    value: str
    floor: str = ""
    ratio: float | None = None
    bound: str = ""
    is_kept: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The line's cells, in the order of ``HEADINGS``."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        kept = {None: "", True: "yes", False: "NO"}[self.is_kept]
        return (self.what, self.value, self.floor, ratio, self.bound, kept)


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together, and how they were measured."""

    title: str
    method: str
    rows: tuple[Row, ...]


def table(rows: Iterable[Row]) -> str:
    """Return a Markdown table, without empty columns, that reads well as plain text too."""
    cells = [row.cells for row in rows]
    used = [any(column) for column in zip(*cells, strict=True)]
    lines = [tuple(compress(line, used)) for line in (HEADINGS, *cells)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = tuple("-" * width for width in widths)
    padded = (
        [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        for line in (lines[0], rule, *lines[1:])
    )
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)


def unkept(sections: Iterable[Section]) -> tuple[Row, ...]:
    """Return the rows whose bound isn't kept."""
    return tuple(row for section in sections for row in section.rows if row.is_kept is False)


def verdict(sections: Sequence[Section]) -> str:
    """Return in words which bounds aren't kept."""
    broken = unkept(sections)
    if not broken:
        return "Every bound is kept."
    lines = [f"- {row.what}: {_outcome(row)}, bound {row.bound}" for row in broken]
    return "\n".join(["Bounds that are not kept:", "", *lines])


def write(file: Path, machine: Sequence[tuple[str, str]], sections: Sequence[Section]) -> None:
    """Write the whole report as a Markdown page."""
    parts = [
        "# Benchmarks",
        "Written by `make bench`: the last run, on this machine. Other machines give other"
        " figures; the ratios to a floor of the same run travel further than the rates.",
        "\n".join(f"- {name}: {words}" for name, words in machine),
        verdict(sections),
    ]
    for section in sections:
        parts += [f"## {section.title}", section.method, table(section.rows)]
    file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _outcome(row: Row) -> str:
    return row.value if row.ratio is None else f"{row.ratio:.2f} of the floor"
