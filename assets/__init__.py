"""Fonts, icons, sounds, themes, translations and the sample catalogue, and how to open them.

Called by the applications, `desktop` and `station`; knows files, decides nothing.
"""

import json
from pathlib import Path
from typing import Final, TypedDict, cast

__all__ = [
    "Contrast",
    "Theme",
    "chime",
    "font_files",
    "icon",
    "icon_names",
    "locale_folder",
    "logo_for_paper",
    "logo_for_screen",
    "path",
    "sample_catalogue",
    "themes",
]

# The wheel is installed as plain files in an interpreter of its own, never run from a zip,
# and Qt, gettext and Pillow all want a real path: so a path is what this module gives.
_FOLDER: Final = Path(__file__).resolve().parent


class Contrast(TypedDict):
    """Contrast ratios of one theme as its designer computed them (WCAG 2, 1 to 21)."""

    text: float
    prim: float
    acc: float
    primbg: float
    accbg: float


class Theme(TypedDict):
    """One palette of `themes/themes.json`; colours are `#RRGGBB`.

    `accent` may carry text or lines on `bg` only where `contrast["accbg"]` is 3 or more;
    elsewhere it is a filled area under `on_accent`.
    """

    code: str
    name: str
    motifs: str
    bg: str
    text: str
    primary: str
    on_primary: str
    accent: str
    on_accent: str
    contrast: Contrast


def path(*parts: str) -> Path:
    """Give the file or folder of an asset.

    Args:
        parts: The names on the way below this folder, one each: `path("icons", "x.svg")`.

    Raises:
        FileNotFoundError: There is no such asset; the message names it.
    """
    name = "/".join(parts)
    # A name may come from a catalogue that somebody edits: it never leads out of this folder.
    is_inside = all(part == Path(part).name for part in parts)
    found = _FOLDER.joinpath(*parts)
    if not is_inside or not found.exists():
        raise FileNotFoundError(f"no such asset: {name}")
    return found


def font_files() -> tuple[Path, ...]:
    """Give every font file, in the order of their names."""
    return tuple(sorted(path("fonts").glob("*.ttf")))


def icon(name: str) -> Path:
    """Give the SVG of an icon by its Lucide name, `icon("id-card")`.

    The drawing is 24 by 24 with `stroke="currentColor"`; who paints it puts the colour in.

    Raises:
        FileNotFoundError: There is no such icon.
    """
    return path("icons", f"{name}.svg")


def icon_names() -> tuple[str, ...]:
    """Give the names that `icon` knows, sorted."""
    return tuple(sorted(file.stem for file in path("icons").glob("*.svg")))


def themes() -> list[Theme]:
    """Read every theme, in the order of the file."""
    text = path("themes", "themes.json").read_text(encoding="utf-8")
    return cast("list[Theme]", json.loads(text))


def logo_for_screen() -> Path:
    """Give the neutral site logo as an SVG with `currentColor`, for a window's header."""
    return path("logo", "logo.svg")


def logo_for_paper() -> Path:
    """Give the neutral site logo as a black and white PNG, 160 by 160 dots, for a ticket."""
    return path("logo", "logo.png")


def chime() -> Path:
    """Give the two-tone WAV that goes before a spoken call."""
    return path("sounds", "chime.wav")


def sample_catalogue() -> Path:
    """Give the YAML of the sample site (`format: 1`)."""
    return path("catalogue", "contoh.yaml")


def locale_folder() -> Path:
    """Give the folder of translations: `<language>/<package>.po`."""
    return path("locale")
