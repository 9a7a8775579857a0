"""The sign-in page: officer, PIN, counter; what is wrong stands under the field."""

from __future__ import annotations

import math
import time
from datetime import timedelta
from typing import Final

from PySide6.QtCore import QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetrics, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QVBoxLayout, QWidget

from counter.pieces import KeyButton
from counter.words import running
from desktop.labels import label, logo_label
from desktop.motif import Backdrop
from desktop.theme import Look, Type
from hardware.press import counter_code
from rules.errors import KnownError
from station.texts import Texts

FIELD_OF: Final = {
    "UnknownOfficer": "pin",
    "TryLater": "pin",
    "OfficerLocked": "officer",
    "OfficerElsewhere": "officer",
    "UnknownCounter": "counter",
    "CounterClosed": "counter",
    "CounterTaken": "counter",
}
"""Under which field an error's words stand; any other under the button."""


_WIDE: Final = 460
_WAIT_STEP_MS: Final = 250
_SIDE: Final = 34


class _Field(QWidget):
    """A labelled line with room for what is wrong with it."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wide = look.px(_WIDE) - 2 * look.px(_SIDE)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(look.px(5))
        caption = label(look, name, size=16, weight=600)
        self.edit = QLineEdit()
        self.edit.setAccessibleName(name)
        self.edit.setFont(look.font(Type.BODY, size=20, weight=500))
        self.edit.setFixedHeight(look.px(50))
        self.edit.setMaxLength(40)
        caption.setBuddy(self.edit)
        self.fault = label(look, "", size=14.5, weight=600, tone="primary", wrap=True)
        self.fault.hide()
        for part in (caption, self.edit, self.fault):
            lines.addWidget(part)

    def say(self, words: str) -> None:
        """Show what is wrong, "" for nothing."""
        _fill(self.fault, words, self._wide)


def _fill(fault: QLabel, words: str, wide: int) -> None:
    """Show words in the height that they need: a centred card asks nobody for it."""
    box = QFontMetrics(fault.font()).boundingRect(
        QRect(0, 0, wide, 10_000), int(Qt.TextFlag.TextWordWrap), words
    )
    fault.setFixedHeight(box.height() + 4)
    fault.setText(words)
    fault.setVisible(bool(words))


class SignInPage(Backdrop):
    """Where an officer begins.

    ``submitted`` carries officer, PIN and counter.

    Args:
        look: Of the window.
        texts: Of the screen.
        site: Name of the hall, "" while it isn't known.
        counter: The station's own counter, filled in.
    """

    submitted = Signal(str, str, str)

    def __init__(
        self, look: Look, texts: Texts, site: str, counter: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(look, parent)
        self._texts = texts
        whole = QVBoxLayout(self)
        whole.addStretch(1)
        card = QFrame()
        card.setProperty("kind", "card")
        card.setFixedWidth(look.px(_WIDE))
        lines = QVBoxLayout(card)
        side = look.px(_SIDE)
        lines.setContentsMargins(side, look.px(26), side, look.px(28))
        lines.setSpacing(look.px(12))
        lines.addWidget(logo_label(look, 44))
        lines.addWidget(label(look, texts.t("Sign in at the counter"), size=26, weight=700))
        self._site = label(look, site, size=16, tone="muted", wrap=True)
        lines.addWidget(self._site)
        self.show_site(site)
        self.officer = _Field(look, texts.t("Officer code"))
        self.pin = _Field(look, texts.t("PIN"))
        self.pin.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.counter = _Field(look, texts.t("Counter"))
        self.counter.edit.setText(counter)
        self._fields = {"officer": self.officer, "pin": self.pin, "counter": self.counter}
        for field in self._fields.values():
            lines.addWidget(field)
            field.edit.returnPressed.connect(self._entered)
        self.button = KeyButton(
            look, texts.t("Sign in"), is_filled=True, size=20, height=58, is_centred=True
        )
        self.button.clicked.connect(self.submit)
        self._wait = QTimer(self)
        self._wait.setInterval(_WAIT_STEP_MS)
        self._wait.timeout.connect(self._count_down)
        self._waits_until, self._waits_for = 0.0, ""
        self.officer.edit.textEdited.connect(self._end_wait)
        lines.addSpacing(look.px(2))
        lines.addWidget(self.button)
        self.fault: QLabel = label(look, "", size=14.5, weight=600, tone="primary", wrap=True)
        self.fault.hide()
        lines.addWidget(self.fault)
        whole.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        whole.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        """Let the officer type at once."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._focus_first)

    def show_site(self, site: str) -> None:
        """Name the hall."""
        self._site.setText(site)
        self._site.setVisible(bool(site))

    def texts_entered(self) -> tuple[str, str, str]:
        """Return officer, PIN and counter as typed."""
        return (self.officer.edit.text(), self.pin.edit.text(), self.counter.edit.text())

    def fill(self, officer: str, pin: str, counter: str) -> None:
        """Fill the fields in, when the page was built anew."""
        for field, text in zip(self._fields.values(), (officer, pin, counter), strict=True):
            field.edit.setText(text)

    def submit(self) -> None:
        """Send what was typed, or say what is missing."""
        self._clear_faults()
        texts = self._texts
        missing = {
            "officer": texts.t("Enter your officer code."),
            "pin": texts.t("Enter your PIN."),
            "counter": texts.t("Enter the number of the counter."),
        }
        first: _Field | None = None
        for name, field in self._fields.items():
            if not field.edit.text().strip():
                field.say(missing[name])
                first = first or field
        if first is not None:
            first.edit.setFocus()
            return
        self.button.setEnabled(False)
        self.submitted.emit(
            self.officer.edit.text().strip(),
            self.pin.edit.text(),
            counter_code(self.counter.edit.text()),
        )

    def show_fault(self, fault: KnownError) -> None:
        """Say why signing in failed, where it can be mended."""
        self._clear_faults()
        self.button.setEnabled(True)
        wait_s = fault.fields.get("wait_s")
        if isinstance(wait_s, int) and wait_s > 0:
            # The seconds run on the button; in a sentence they would stand still.
            fault = type(fault)(officer=fault.fields.get("officer"))
            self._wait_for(wait_s, fault)
        words = self._texts.error(fault)
        field = self._fields.get(FIELD_OF.get(fault.code, ""))
        if field is None:
            _fill(self.fault, words, self.button.width())
            return
        field.say(words)
        field.edit.setFocus()
        field.edit.selectAll()

    def _wait_for(self, wait_s: int, fault: KnownError) -> None:
        """Count down until the store looks at the next PIN; it waits, whatever we do here."""
        self._waits_until = time.monotonic() + wait_s
        self._waits_for = fault.code
        self.button.setEnabled(False)
        self._wait.start()
        self._count_down()

    @Slot()
    def _count_down(self) -> None:
        left_s = math.ceil(self._waits_until - time.monotonic())
        if left_s > 0:
            left = running(timedelta(seconds=left_s))
            self.button.set_words(self._texts.t("Sign in again in {time}", time=left))
            return
        self._end_wait()

    @Slot()
    def _end_wait(self) -> None:
        """Let the officer try again; or another one, for whom nobody has to wait."""
        if not self._wait.isActive():
            return
        self._wait.stop()
        self.button.set_words(self._texts.t("Sign in"))
        self.button.setEnabled(True)
        if self._waits_for == "TryLater":
            self._clear_faults()

    def _entered(self) -> None:
        """Enter goes to the next empty field, or signs in."""
        for field in self._fields.values():
            if not field.edit.text().strip() and field.edit is not self.sender():
                field.edit.setFocus()
                return
        if self.button.isEnabled():
            self.submit()

    def _clear_faults(self) -> None:
        self.fault.hide()
        for field in self._fields.values():
            field.say("")

    def _focus_first(self) -> None:
        for field in self._fields.values():
            if not field.edit.text():
                field.edit.setFocus()
                return
        self.officer.edit.setFocus()
