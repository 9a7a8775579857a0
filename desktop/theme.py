"""The look of every window: palette, type scale, spacing and the one stylesheet.

A window makes one ``Look`` from its theme and size and builds its pages with it; when the
size, theme or language changes the pages are built anew, so no widget knows how to rescale.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont, QFontDatabase

import assets

FAMILY: Final = "Plus Jakarta Sans"
DEFAULT_THEME: Final = "garuda"
HIGH_CONTRAST: Final = "kontras"
AAA: Final = 7.0
_WHITE: Final = "#ffffff"


def mix(colour: str, other: str, share: float) -> str:
    """Return ``colour`` with ``share`` (0 to 1) of ``other`` in it, as ``#rrggbb``."""
    one, two = QColor(colour), QColor(other)
    parts = [
        round(a + (b - a) * share)
        for a, b in (
            (one.red(), two.red()),
            (one.green(), two.green()),
            (one.blue(), two.blue()),
        )
    ]
    return QColor(*parts).name()


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2, 0 to 1."""
    parts = []
    one = QColor(colour)
    for share in (one.redF(), one.greenF(), one.blueF()):
        parts.append(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(colour: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2, 1 to 21."""
    high, low = sorted((luminance(colour), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme, the derived ones too; all ``#rrggbb``.

    ``muted`` is text of second rank and still 7:1 on ``bg`` and ``surface``; ``faded`` is text
    of second rank on ``primary``; ``accent_line`` may be drawn on ``bg``, ``accent`` only filled.
    """

    code: str
    bg: str
    text: str
    primary: str
    on_primary: str
    accent: str
    on_accent: str
    surface: str
    line: str
    muted: str
    faded: str
    pressed: str
    primary_pressed: str
    accent_line: str
    has_motif: bool


def palette(code: str | None) -> Palette:
    """Return the colours of a theme; an unknown code gives the neutral theme."""
    known = {theme["code"]: theme for theme in assets.themes()}
    theme = known.get(code or DEFAULT_THEME, known[DEFAULT_THEME])
    bg, text, primary = theme["bg"], theme["text"], theme["primary"]
    is_dark = luminance(bg) < 0.2
    if is_dark:
        surface, line = mix(bg, text, 0.09), mix(bg, text, 0.55)
    elif luminance(bg) > 0.98:
        surface, line = mix(bg, mix(text, "#6b4a30", 0.5), 0.055), mix(bg, text, 0.14)
    else:
        surface, line = _WHITE, mix(bg, primary, 0.16)
    return Palette(
        code=theme["code"],
        bg=bg,
        text=text,
        primary=primary,
        on_primary=theme["on_primary"],
        accent=theme["accent"],
        on_accent=theme["on_accent"],
        surface=surface,
        line=line,
        muted=_readable(text, 0.34, bg, surface),
        faded=_readable(theme["on_primary"], 0.2, primary, primary),
        pressed=mix(surface, primary, 0.14),
        primary_pressed=mix(primary, theme["on_primary"], 0.16),
        accent_line=theme["accent"] if theme["contrast"]["accbg"] >= 3 else primary,
        has_motif=theme["code"] != HIGH_CONTRAST,
    )


def _readable(text: str, share: float, *grounds: str) -> str:
    """Fade ``text`` towards the first ground, but never under 7:1 on any of them."""
    while share > 0:
        faded = mix(text, grounds[0], share)
        if all(contrast(faded, ground) >= AAA for ground in grounds):
            return faded
        share -= 0.02
    return text


class Type(Enum):
    """The type scale: pixels at design size, weight, tracking in percent."""

    NUMBER = (236, 800, -2.0)
    HERO = (84, 800, -3.0)
    TITLE = (66, 800, -2.5)
    ACT = (58, 800, -1.5)
    LEAD = (44, 700, -1.0)
    HEADING = (37, 700, -1.0)
    STRONG = (33, 600, -0.5)
    BODY = (33, 400, -0.5)
    LABEL = (29, 500, 0.0)
    SMALL = (26, 400, 0.0)

    @property
    def size(self) -> int:
        """Pixels at design size."""
        return int(self.value[0])


@dataclass(frozen=True, slots=True)
class Look:
    """A palette and a scale. Everything that is measured goes through ``px``."""

    palette: Palette
    factor: float
    is_portrait: bool

    @classmethod
    def fit(cls, colours: Palette, window: QSize, portrait: QSize, landscape: QSize) -> Look:
        """Fit a design to a window: the design of its orientation, scaled to lie inside it."""
        is_portrait = window.height() >= window.width()
        design = portrait if is_portrait else landscape
        factor = min(window.width() / design.width(), window.height() / design.height())
        return cls(colours, max(0.2, factor), is_portrait)

    def px(self, design_px: float) -> int:
        """Return screen pixels, at least one for anything that is there at all."""
        scaled = round(design_px * self.factor)
        return max(1, scaled) if design_px > 0 else scaled

    def font(self, kind: Type, *, size: float | None = None, weight: int | None = None) -> QFont:
        """Return a font of the scale; ``size`` in design pixels replaces the scale's own."""
        design, own_weight, tracking = kind.value
        return text_font(
            self.px(size if size is not None else design),
            weight if weight is not None else int(own_weight),
            tracking,
        )

    @property
    def radius(self) -> int:
        """Corner of cards and large buttons."""
        return self.px(28)

    @property
    def line(self) -> int:
        """Width of a line."""
        return self.px(2)


def text_font(pixels: int, weight: int, tracking: float = 0.0) -> QFont:
    """Return our face with tabular figures.

    Args:
        pixels: Size on screen.
        weight: 400 to 800.
        tracking: Percent of the width of a space added between letters.
    """
    font = QFont([FAMILY, "Noto Sans", "DejaVu Sans"])
    font.setPixelSize(max(7, pixels))
    font.setWeight(QFont.Weight(weight))
    # Numbers that change must not make their neighbours jump.
    font.setFeature(QFont.Tag("tnum"), 1)
    if tracking:
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, pixels * tracking / 100)
    return font


def load_fonts() -> tuple[str, ...]:
    """Load the fonts of ``assets``; return the names of the files that Qt refused."""
    return tuple(
        file.name for file in assets.font_files() if QFontDatabase.addApplicationFont(str(file)) < 0
    )
