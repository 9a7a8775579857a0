"""A plain window that says why an application can't start."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.headline import Headline
from desktop.labels import icon_label, label
from desktop.motif import Backdrop
from desktop.sheet import style_sheet
from desktop.theme import Look, Palette, Type

PORTRAIT = QSize(1080, 1920)
LANDSCAPE = QSize(1920, 1080)


class NoticeWindow(Backdrop):
    """Title, reason, and what to do; nothing to press.

    Args:
        colours: Of the theme.
        size: Of the window.
        title: What is wrong.
        words: Why, and what to do.
    """

    def __init__(
        self,
        colours: Palette,
        size: QSize,
        title: str,
        words: str,
        parent: QWidget | None = None,
    ) -> None:
        look = Look.fit(colours, size, PORTRAIT, LANDSCAPE)
        super().__init__(look, parent)
        self.setStyleSheet(style_sheet(look))
        self.setWindowTitle(title)
        lines = QVBoxLayout(self)
        side = look.px(80 if look.is_portrait else 320)
        lines.setContentsMargins(side, look.px(60), side, look.px(60))
        lines.setSpacing(look.px(28))
        lines.addStretch(2)
        lines.addWidget(icon_label(look, "triangle-alert", 120), 0, Qt.AlignmentFlag.AlignHCenter)
        lines.addWidget(Headline(look, title, is_centred=True))
        lines.addWidget(label(look, words, Type.BODY, tone="muted", wrap=True, centred=True))
        lines.addStretch(3)
