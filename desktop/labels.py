"""Labels, cards and rules: the small pieces every page is laid out with."""

from __future__ import annotations

from typing import Literal, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from desktop import icons
from desktop.theme import Look, Type

Tone = Literal["text", "muted", "primary", "on_primary", "faded", "on_accent", "accent"]
CardKind = Literal["card", "primary", "accent", "panel"]
BoxT = TypeVar("BoxT", bound=QBoxLayout)


def label(
    look: Look,
    text: str,
    kind: Type = Type.BODY,
    *,
    tone: Tone = "text",
    wrap: bool = False,
    size: float | None = None,
    weight: int | None = None,
    centred: bool = False,
) -> QLabel:
    """Make a label of plain text; ``size`` is in design pixels."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(look.font(kind, size=size, weight=weight))
    made.setProperty("tone", tone)
    made.setWordWrap(wrap)
    if wrap:
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        made.setSizePolicy(policy)
    if centred:
        made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return made


def icon_label(look: Look, name: str, size: float, colour: str | None = None) -> QLabel:
    """Make a label that shows an icon and says nothing."""
    made = QLabel()
    edge = look.px(size)
    drawn = icons.pixmap(name, colour or look.palette.primary, edge, made.devicePixelRatioF())
    made.setPixmap(drawn)
    made.setFixedSize(edge, edge)
    return made


def logo_label(look: Look, size: float) -> QLabel:
    """Make a label that shows the site's logo."""
    made = QLabel()
    edge = look.px(size)
    made.setPixmap(icons.logo(look.palette.primary, edge, made.devicePixelRatioF()))
    made.setFixedSize(edge, edge)
    return made


def card(kind: CardKind = "card") -> QFrame:
    """Make a frame of the theme's surface, or filled with primary or accent."""
    made = QFrame()
    made.setProperty("kind", kind)
    return made


def rule() -> QFrame:
    """Make a thin line across."""
    made = QFrame()
    made.setProperty("kind", "rule")
    return made


def column(look: Look, *, spacing: float = 0, margins: tuple[float, ...] = (0,)) -> QVBoxLayout:
    """Make a vertical layout in design pixels; margins: all, or left, top, right, bottom."""
    return _spaced(QVBoxLayout(), look, spacing, margins)


def row(look: Look, *, spacing: float = 0, margins: tuple[float, ...] = (0,)) -> QHBoxLayout:
    """Make a horizontal layout in design pixels; margins: all, or left, top, right, bottom."""
    return _spaced(QHBoxLayout(), look, spacing, margins)


def _spaced(layout: BoxT, look: Look, spacing: float, margins: tuple[float, ...]) -> BoxT:
    layout.setSpacing(look.px(spacing))
    left, top, right, bottom = margins if len(margins) == 4 else margins * 4
    layout.setContentsMargins(look.px(left), look.px(top), look.px(right), look.px(bottom))
    return layout
