"""An on-screen keyboard of our own: capital letters and digits into a given line edit.

Plain on purpose: what a visitor types is a need or a word of a service's name, never a text.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from desktop.theme import Look, Type
from desktop.touch import TouchButton

ROWS: Final = ("1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
_REPEAT_DELAY_MS: Final = 500
_REPEAT_EVERY_MS: Final = 90


class Keyboard(QWidget):
    """Keys in four rows and a space bar.

    Args:
        look: Of the page.
        field: Where it types; it keeps the focus, keys take none.
        words: Words for ``space``, ``delete`` and ``clear``, already translated.
    """

    def __init__(
        self,
        look: Look,
        field: QLineEdit,
        *,
        space: str,
        delete: str,
        clear: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._field = field
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(look.px(10))
        for index, letters in enumerate(ROWS):
            line = self._line()
            inset = (0, 0, 1, 2)[index]
            line.addStretch(inset)
            for letter in letters:
                line.addWidget(self._key(letter, partial(field.insert, letter)), 2)
            if index == len(ROWS) - 1:
                key = self._key(delete, field.backspace, icon="delete")
                key.setAutoRepeat(True)
                key.setAutoRepeatDelay(_REPEAT_DELAY_MS)
                key.setAutoRepeatInterval(_REPEAT_EVERY_MS)
                line.addWidget(key, 4)
            line.addStretch(inset if index < len(ROWS) - 1 else 0)
            lines.addLayout(line)
        bottom = self._line()
        bottom.addWidget(self._key(clear, field.clear), 5)
        bottom.addWidget(self._key(space, partial(field.insert, " ")), 15)
        lines.addLayout(bottom)

    def _line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(self._look.px(10))
        return line

    def _key(self, words: str, press: object, icon: str | None = None) -> TouchButton:
        key = TouchButton(
            self._look,
            "" if icon else words,
            "plain",
            icon=icon,
            type_=Type.HEADING if len(words) == 1 else Type.LABEL,
            height=100,
        )
        key.setAccessibleName(words)
        key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        key.setMinimumWidth(self._look.px(56))
        key.setStyleSheet(f"padding: 0; border-radius: {self._look.px(18)}px;")
        key.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        key.clicked.connect(press)
        return key
