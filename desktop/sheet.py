"""The one stylesheet: colours, lines and corners of plain widgets, from a ``Look``.

Fonts are set on the widgets themselves (``Look.font``): a stylesheet can't ask for
tabular figures or tracking.
"""

from __future__ import annotations

from string import Template

from desktop.theme import Look

_SHEET = Template("""
QWidget { color: $text; }
QToolTip { color: $text; background: $surface; border: 1px solid $line; }
QLabel { background: transparent; }
QLabel[tone="muted"] { color: $muted; }
QLabel[tone="primary"] { color: $primary; }
QLabel[tone="on_primary"] { color: $on_primary; }
QLabel[tone="faded"] { color: $faded; }
QLabel[tone="on_accent"] { color: $on_accent; }
QLabel[tone="accent"] { color: $accent_line; }

QFrame[kind="card"] {
    background: $surface; border: ${line_px}px solid $line; border-radius: ${radius}px;
}
QFrame[kind="primary"] { background: $primary; border: none; border-radius: ${radius}px; }
QFrame[kind="accent"] { background: $accent; border: none; }
QFrame[kind="panel"] { background: $surface; border: none; }
QFrame[kind="rule"] {
    background: $line; border: none; max-height: ${line_px}px; min-height: ${line_px}px;
}

QPushButton[kind] { outline: none; text-align: center; }
QPushButton[kind="plain"] {
    background: $surface; border: ${line_px}px solid $line; border-radius: ${radius}px;
    padding: 0 ${pad}px;
}
QPushButton[kind="field"] {
    background: $surface; color: $muted; border: ${line_bold}px solid $primary;
    border-radius: ${radius}px; padding: 0 ${pad}px; text-align: left;
}
QPushButton[kind="pill"] {
    background: $surface; border: ${line_px}px solid $line; padding: 0 ${pad_pill}px;
}
QPushButton[kind="act"] {
    background: $primary; color: $on_primary; border: none; border-radius: ${radius}px;
    padding: 0 ${pad}px;
}
QPushButton[kind="quiet"] { background: transparent; border: none; color: $primary; }
QPushButton[kind="plain"]:pressed, QPushButton[kind="field"]:pressed,
QPushButton[kind="pill"]:pressed { background: $pressed; }
QPushButton[kind="act"]:pressed { background: $primary_pressed; }
QPushButton[kind="pill"]:checked {
    background: $primary; color: $on_primary; border-color: $primary;
}
QPushButton[kind]:disabled {
    color: $muted; background: transparent; border: ${line_px}px solid $line;
}

QLineEdit {
    background: $surface; color: $text; border: ${line_px}px solid $line;
    border-radius: ${radius_small}px; padding: 0 ${pad_small}px;
    placeholder-text-color: $muted;
    selection-background-color: $primary; selection-color: $on_primary;
}
QLineEdit:focus { border: ${line_bold}px solid $primary; }

QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: ${bar}px; margin: 0; }
QScrollBar::handle:vertical {
    background: $muted; border-radius: ${bar_radius}px; min-height: ${bar_min}px;
}
QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical { height: 0; }
QScrollBar::add-page:vertical, QScrollBar::sub-page:vertical { background: transparent; }
""")


def style_sheet(look: Look) -> str:
    """Build the stylesheet of a window."""
    colours = look.palette
    bar = max(4, look.px(10))
    return _SHEET.substitute(
        text=colours.text,
        surface=colours.surface,
        line=colours.line,
        muted=colours.muted,
        primary=colours.primary,
        on_primary=colours.on_primary,
        faded=colours.faded,
        accent=colours.accent,
        accent_line=colours.accent_line,
        on_accent=colours.on_accent,
        pressed=colours.pressed,
        primary_pressed=colours.primary_pressed,
        line_px=look.line,
        line_bold=max(2, look.px(4)),
        radius=look.radius,
        radius_small=look.px(22),
        pad=look.px(32),
        pad_pill=look.px(28),
        pad_small=look.px(24),
        bar=bar,
        bar_radius=bar // 2,
        bar_min=look.px(80),
    )
