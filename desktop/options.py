"""The command line that the three windows share."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass

_GEOMETRY = re.compile(r"(\d{2,5})x(\d{2,5})(?:\+(\d{1,5})\+(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Geometry:
    """A window on a desk: its size and perhaps its place, in pixels."""

    width: int
    height: int
    x: int | None = None
    y: int | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for; None leaves it to the settings."""

    windowed: Geometry | None = None
    language: str | None = None
    theme: str | None = None
    is_check: bool = False


def geometry(text: str) -> Geometry:
    """Read ``540x960`` or ``540x960+20+20``.

    Raises:
        argparse.ArgumentTypeError: It is neither.
    """
    match = _GEOMETRY.fullmatch(text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT or WIDTHxHEIGHT+X+Y")
    width, height, x, y = match.groups()
    place = (int(x), int(y)) if x is not None else (None, None)
    return Geometry(int(width), int(height), *place)


def parse(application: str, arguments: Sequence[str]) -> Options:
    """Read the arguments; ends the process with 2 where they are wrong, as argparse does."""
    parser = argparse.ArgumentParser(
        prog=application, description=f"{application}: settings come from ANJUNGAN_* variables."
    )
    parser.add_argument(
        "--windowed",
        type=geometry,
        metavar="WxH[+X+Y]",
        help="a window of this size instead of the full screen",
    )
    parser.add_argument("--language", choices=("id", "en"), help="language of the screen")
    parser.add_argument("--theme", help="code of the colours")
    parser.add_argument(
        "--check", action="store_true", help="say whether screen, fonts and sound work, and end"
    )
    found = parser.parse_args(arguments)
    return Options(
        windowed=found.windowed,
        language=found.language,
        theme=found.theme,
        is_check=found.check,
    )
