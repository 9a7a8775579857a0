"""The last page: the number from across the room, where to go, and the paper's fate."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from desktop.headline import Headline
from desktop.labels import card, column, icon_label, label, row
from desktop.theme import Type
from desktop.touch import TouchButton
from kiosk import flow, words
from kiosk.flow import Paper
from kiosk.pages.page import SIDE, Page, Scene
from kiosk.pages.qr import QrCode

ICONS = {
    Paper.PRINTING: "printer",
    Paper.PRINTED: "printer-check",
    Paper.FAILED: "printer-x",
    Paper.UNKNOWN: "printer-x",
}
ARROWS = {
    "left": "arrow-left",
    "right": "arrow-right",
    "straight": "arrow-up",
    "up": "arrow-up-right",
    "down": "arrow-down",
}


class DonePage(Page):
    """One page for one state of the paper: it is built anew when the paper has ended."""

    def __init__(self, scene: Scene, page: flow.Done) -> None:
        super().__init__(scene)
        self._page = page
        self._countdown = label(self.look, "", Type.SMALL, tone="muted", centred=True)
        self._finish = TouchButton(self.look, self.t("Finish"), "act", type_=Type.LEAD, height=144)
        self._finish.clicked.connect(scene.presenter.home)
        lines = self.sheet()
        side = self.look.px(SIDE)
        lines.setContentsMargins(side, self.look.px(44), side, self.look.px(40))
        if self.look.is_portrait:
            self._stand(lines)
        else:
            self._lie(lines)
        self.tick()

    def shows(self, page: flow.Page) -> bool:
        """Show this number with this paper only."""
        return page == self._page

    def arrive(self) -> None:
        """Enter ends."""
        self._finish.setFocus(Qt.FocusReason.OtherFocusReason)

    def tick(self) -> None:
        """Count down."""
        super().tick()
        seconds = self.presenter.seconds_left
        if self._page.paper is Paper.PRINTING:
            text = self.t("Your ticket is free of charge")
        else:
            back = self.scene.texts.n(
                "Back to the start in {count} second",
                "Back to the start in {count} seconds",
                seconds,
            )
            text = f"{back} · {self.t('Your ticket is free of charge')}"
        if self._countdown.text() != text:
            self._countdown.setText(text)

    def _stand(self, lines: QVBoxLayout) -> None:
        look = self.look
        lines.addStretch(2)
        lines.addLayout(self._headline())
        lines.addSpacing(look.px(56))
        lines.addWidget(self._number_card())
        lines.addSpacing(look.px(56))
        lines.addLayout(self._where())
        lines.addStretch(3)
        lines.addWidget(self._finish)
        lines.addSpacing(look.px(24))
        lines.addWidget(self._countdown)

    def _lie(self, lines: QVBoxLayout) -> None:
        look = self.look
        halves = row(look, spacing=72)
        left = column(look)
        left.addStretch()
        left.addLayout(self._headline())
        left.addSpacing(look.px(44))
        left.addWidget(self._number_card())
        left.addStretch()
        right = column(look)
        right.addStretch(2)
        right.addLayout(self._where())
        right.addStretch(2)
        right.addWidget(self._finish)
        right.addSpacing(look.px(24))
        right.addWidget(self._countdown)
        halves.addLayout(left, 12)
        halves.addLayout(right, 11)
        lines.addLayout(halves, 1)

    def _headline(self) -> QVBoxLayout:
        look, page = self.look, self._page
        title, note = self._paper_words()
        lines = column(look, spacing=16)
        is_well = page.paper in {Paper.PRINTING, Paper.PRINTED}
        colour = look.palette.primary if is_well else look.palette.accent_line
        lines.addWidget(
            icon_label(look, ICONS[page.paper], 116, colour), 0, Qt.AlignmentFlag.AlignHCenter
        )
        lines.addSpacing(look.px(12))
        lines.addWidget(Headline(look, title, size=62, is_centred=True))
        if note:
            lines.addWidget(label(look, note, Type.STRONG, wrap=True, centred=True))
        about = f"{page.issued.agency} · {page.issued.service}"
        lines.addWidget(label(look, about, Type.BODY, tone="muted", wrap=True, centred=True))
        return lines

    def _paper_words(self) -> tuple[str, str]:
        if self._page.paper is Paper.PRINTED:
            return self.t("Please take your ticket"), ""
        if self._page.paper is Paper.PRINTING:
            return self.t("Your ticket is being printed"), ""
        valid = self.t(
            "Your number is valid all the same. Take a photo of this screen, "
            "or ask for the paper at the information desk."
        )
        if self._page.paper is Paper.UNKNOWN:
            return self.t("Look for your ticket below"), valid
        return self.t("The ticket could not be printed"), valid

    def _number_card(self) -> QFrame:
        look, issued, texts = self.look, self._page.issued, self.scene.texts
        made = card()
        lines = column(look, margins=(32, 48, 32, 44))
        lines.addWidget(
            label(
                look, self.t("Your queue number"), Type.BODY, tone="muted", centred=True, weight=500
            )
        )
        number = label(
            look,
            issued.number,
            Type.NUMBER,
            tone="primary",
            centred=True,
            size=_number_size(issued.number) * (1.0 if look.is_portrait else 0.9),
        )
        lines.addWidget(number)
        if issued.is_priority:
            lines.addWidget(label(look, self.t("Priority"), Type.STRONG, centred=True))
        lines.addSpacing(look.px(24))
        facts = row(look, spacing=40)
        facts.addStretch()
        facts.addLayout(
            self._fact(self.t("Waiting ahead of you"), words.people(texts, issued.ahead))
        )
        if issued.wait is not None:
            facts.addSpacing(look.px(30))
            window = words.window_words(texts, issued.issued_at, issued.wait)
            facts.addLayout(self._fact(self.t("Expected call"), window))
        facts.addStretch()
        lines.addLayout(facts)
        made.setLayout(lines)
        return made

    def _fact(self, title: str, value: str) -> QVBoxLayout:
        lines = column(self.look, spacing=2)
        lines.addWidget(label(self.look, title, Type.SMALL, tone="muted"))
        lines.addWidget(label(self.look, value, Type.LEAD))
        return lines

    def _where(self) -> QVBoxLayout:
        look, issued = self.look, self._page.issued
        outer = column(look)
        line = row(look, spacing=44)
        line.addStretch(1)
        line.addWidget(
            QrCode(
                look, issued.qr, 296 if look.is_portrait else 272, self.t("QR code of your number")
            )
        )
        texts = column(look, spacing=6)
        texts.addStretch()
        head = row(look, spacing=14)
        if issued.direction in ARROWS:
            head.addWidget(icon_label(look, ARROWS[issued.direction], 44))
        head.addWidget(self._wrapped(issued.zone, Type.HEADING), 1)
        if issued.zone:
            texts.addLayout(head)
        counters = words.counters_words(self.scene.texts, issued.counters)
        if counters:
            texts.addWidget(self._wrapped(counters, Type.BODY))
        hint = self.t("Wait near your zone; your number is called on the screen.")
        texts.addWidget(label(look, hint, Type.LABEL, tone="muted", wrap=True))
        texts.addStretch()
        line.addLayout(texts, 8)
        line.addStretch(1)
        outer.addLayout(line)
        return outer

    def _wrapped(self, text: str, kind: Type) -> QLabel:
        return label(self.look, text, kind, wrap=True)


def _number_size(number: str) -> int:
    """Long numbers ("AA-1000") still fit the card."""
    return {5: 258, 6: 214, 7: 182}.get(len(number), 258 if len(number) < 5 else 156)
