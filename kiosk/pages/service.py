"""One service: what it costs and takes, what to bring, and the one large act."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from db.errors import StoreProblem
from desktop.headline import Headline
from desktop.labels import card, column, icon_label, label, row, rule
from desktop.lists import TouchList
from desktop.theme import Type
from desktop.touch import TouchButton, chip
from kiosk import flow, words
from kiosk.pages.checklist import CheckRow
from kiosk.pages.page import BAR, SIDE, Page, Scene
from kiosk.presenter import Found
from rules.clock import ClockFault
from rules.errors import ClockWrong, KnownError, QuotaReached


class ServicePage(Page):
    """Stays the same widget while a number is being asked for."""

    def __init__(self, scene: Scene, code: str) -> None:
        super().__init__(scene)
        self._code = code
        self._waiting = label(scene.look, "–", Type.HEADING)
        self._wait = label(scene.look, "–", Type.HEADING)
        self._chips: dict[str, TouchButton] = {}
        self._checks: list[CheckRow] = []
        self._closed = card()
        self._closed_words = label(scene.look, "", Type.BODY, wrap=True)
        self._rest = label(scene.look, "", Type.STRONG)
        self._rest.hide()
        self._fault = card()
        self._fault_words = label(scene.look, "", Type.BODY, wrap=True)
        self._act = TouchButton(
            scene.look, self.t("Take a Number"), "act", icon="ticket", type_=Type.ACT, height=184
        )
        self._act.clicked.connect(scene.presenter.take_number)
        found = scene.presenter.found(code)
        if found is not None:
            self._build(found)
        self.refresh()

    def shows(self, page: flow.Page) -> bool:
        """Show this service, and the wait for its number."""
        if isinstance(page, flow.Issuing):
            return page.order.service == self._code
        return isinstance(page, flow.Service) and page.code == self._code

    def arrive(self) -> None:
        """The act is what Enter presses."""
        self._act.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Show ticks, the chosen priority, the queue, and whether numbers are given."""
        page = self.presenter.flow.page
        is_asking = isinstance(page, flow.Issuing)
        shown = page.page if isinstance(page, flow.Issuing) else page
        if not isinstance(shown, flow.Service):
            return
        for place, check in enumerate(self._checks):
            check.setChecked(place in shown.ticked)
        for code, button in self._chips.items():
            button.setChecked(code == shown.priority)
        self._show_queue()
        closed = self._no_number(is_priority=shown.priority is not None)
        is_open = not closed
        self._act.setVisible(is_open)
        self._closed.setVisible(not is_open)
        self._closed_words.setText(closed)
        # It stays pressable, so that the keyboard's focus stays: the flow takes one press only.
        self._act.set_words(self.t("One moment…") if is_asking else self.t("Take a Number"))
        self._fault.setVisible(shown.fault is not None and is_open)
        if shown.fault is not None:
            self._fault_words.setText(self._why(shown.fault))

    def _no_number(self, *, is_priority: bool) -> str:
        """Return why this visitor can have no number here now; '' where one can."""
        queue, texts = self.presenter.queue, self.scene.texts
        opening = queue.opening if queue else self.presenter.opening
        closed = words.closed_words(texts, opening, self.presenter.clock_fault)
        if closed:
            return closed
        found = self.presenter.found(self._code)
        if found is not None and found.service.demands:
            return self.t(
                "This service asks for an identity number or a telephone number, so an officer "
                "gives the queue number. Please go to the information desk."
            )
        quota = queue.quota if queue is not None and queue.service == self._code else None
        if quota is None:
            return ""
        left = quota.left(is_priority=is_priority)
        if left.places:
            return ""
        return texts.error(
            QuotaReached(next_release_at=left.next_release_at, next_date=left.next_date)
        )

    def _why(self, fault: KnownError) -> str:
        if isinstance(fault, StoreProblem):
            # Databases and servers are nothing to a visitor.
            return self.t(
                "No number could be given just now. "
                "Please try again, or ask at the information desk."
            )
        if isinstance(fault, ClockWrong):
            return words.closed_words(self.scene.texts, None, ClockFault.AHEAD)
        return self.scene.texts.error(fault)

    def _show_queue(self) -> None:
        queue, texts = self.presenter.queue, self.scene.texts
        if queue is None or queue.service != self._code:
            return
        self._waiting.setText(words.people(texts, queue.people))
        self._wait.setText(words.wait_words(texts, queue.wait))
        page = self.presenter.flow.page
        shown = page.page if isinstance(page, flow.Issuing) else page
        is_priority = isinstance(shown, flow.Service) and shown.priority is not None
        count = queue.quota.left(is_priority=is_priority).places if queue.quota else 0
        self._rest.setVisible(count > 0)
        self._rest.setText(texts.t("Numbers left today: {count}", count=count))

    def _build(self, found: Found) -> None:
        look = self.look
        lines = self.sheet()
        self.put(lines, self.header())
        lines.addSpacing(look.px(44))
        facts = column(look, margins=(0, 0, BAR, 20))
        facts.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._add_facts(facts, found)
        scroll = TouchList(look, facts, more=self.t("See more"), to_top=self.t("To the top"))
        acts = self._acts(found)
        if look.is_portrait:
            lines.addWidget(scroll, 1)
            lines.addSpacing(look.px(20))
            self.put(lines, acts)
        else:
            halves = row(look, spacing=SIDE)
            halves.addWidget(scroll, 17)
            side = column(look)
            side.addStretch()
            self.put(side, acts)
            side.addSpacing(look.px(28))
            self.put(side, self.ways_back())
            halves.addLayout(side, 12)
            lines.addLayout(halves, 1)
            return
        lines.addSpacing(look.px(28))
        self.put(lines, self.ways_back())

    def _add_facts(self, lines: QVBoxLayout, found: Found) -> None:
        look, texts, service = self.look, self.scene.texts, found.service
        lines.addWidget(
            label(look, texts.name(found.agency.names), Type.BODY, tone="muted", wrap=True)
        )
        lines.addSpacing(look.px(6))
        lines.addWidget(Headline(look, texts.name(service.names)))
        lines.addSpacing(look.px(32))
        fee, full_fee = words.fee_words(texts, service.fee, is_free=service.is_free)
        cards = row(look, spacing=22)
        cards.addWidget(self._card("users", self.t("Waiting"), self._waiting), 1)
        cards.addWidget(self._card("clock", self.t("Expected wait"), self._wait), 1)
        fee_label = label(look, fee, Type.HEADING)
        cards.addWidget(self._card("wallet", self.t("Fee"), fee_label), 1)
        lines.addLayout(cards)
        lines.addSpacing(look.px(28))
        for icon, text in self._notes(found, full_fee):
            lines.addLayout(self._note(icon, text))
            lines.addSpacing(look.px(12))
        if service.requirements:
            lines.addSpacing(look.px(20))
            lines.addWidget(label(look, self.t("Do you have these with you?"), Type.HEADING))
            lines.addSpacing(look.px(6))
            for place, words_ in enumerate(service.requirements):
                check = CheckRow(look, words_)
                check.clicked.connect(partial(self.presenter.toggle_tick, place))
                self._checks.append(check)
                lines.addWidget(check)
                lines.addWidget(rule())
        if service.excludes:
            lines.addSpacing(look.px(32))
            lines.addWidget(self._box("info", label(look, service.excludes, Type.LABEL, wrap=True)))
        lines.addStretch()

    def _notes(self, found: Found, full_fee: str) -> list[tuple[str, str]]:
        service, texts = found.service, self.scene.texts
        notes = []
        if full_fee:
            notes.append(("banknote", texts.t("Fee: {fee}. It may change.", fee=full_fee)))
        takes = texts.t("About {minutes} minutes at the counter", minutes=service.duration_min)
        if service.completion:
            ready = texts.t("Ready: {completion}", completion=service.completion)
            takes = f"{takes} · {ready}"
        notes.append(("timer", takes))
        if service.zone is not None:
            place = words.place_words(
                texts, texts.name(service.zone.names), service.zone.floor, service.counters
            )
            notes.append(("map-pin", place))
        return notes

    def _note(self, icon: str, text: str) -> QHBoxLayout:
        line = row(self.look, spacing=18)
        line.addWidget(
            icon_label(self.look, icon, 34, self.look.palette.muted), 0, Qt.AlignmentFlag.AlignTop
        )
        line.addWidget(label(self.look, text, Type.LABEL, tone="muted", wrap=True), 1)
        return line

    def _card(self, icon: str, title: str, value: QLabel) -> QFrame:
        made = card()
        lines = column(self.look, spacing=4, margins=(26, 26, 20, 24))
        lines.addWidget(icon_label(self.look, icon, 48))
        lines.addSpacing(self.look.px(8))
        lines.addWidget(label(self.look, title, Type.SMALL, tone="muted"))
        lines.addWidget(value)
        made.setLayout(lines)
        return made

    def _box(self, icon: str, text: QLabel, colour: str | None = None) -> QFrame:
        made = card()
        line = row(self.look, spacing=24, margins=(30, 26, 30, 26))
        line.addWidget(icon_label(self.look, icon, 44, colour or self.look.palette.accent_line))
        line.addWidget(text, 1)
        made.setLayout(line)
        return made

    def _acts(self, found: Found) -> QVBoxLayout:
        look = self.look
        lines = column(look)
        if found.service.has_priority and self.presenter.hall is not None:
            lines.addWidget(label(look, self.t("Should you go first?"), Type.STRONG))
            lines.addSpacing(look.px(14))
            lines.addLayout(self._priorities())
            lines.addSpacing(look.px(28))
        for box, text, icon in (
            (self._fault, self._fault_words, "circle-alert"),
            (self._closed, self._closed_words, "clock"),
        ):
            line = row(look, spacing=24, margins=(30, 26, 30, 26))
            line.addWidget(icon_label(look, icon, 48, look.palette.accent_line))
            line.addWidget(text, 1)
            box.setLayout(line)
            box.hide()
            lines.addWidget(box)
            lines.addSpacing(look.px(16))
        lines.addWidget(self._rest)
        lines.addSpacing(look.px(8))
        lines.addWidget(self._act)
        return lines

    def _priorities(self) -> QVBoxLayout:
        look, hall = self.look, self.presenter.hall
        lines = column(look, spacing=14)
        line, used = row(look, spacing=16), 0
        room = look.px(968 if look.is_portrait else 720)
        for priority in hall.priorities if hall else ():
            button = chip(look, self.scene.texts.name(priority.names))
            button.clicked.connect(partial(self._choose, priority.code))
            self._chips[priority.code] = button
            width = button.sizeHint().width() + look.px(16)
            if used and used + width > room:
                line.addStretch()
                lines.addLayout(line)
                line, used = row(look, spacing=16), 0
            line.addWidget(button)
            used += width
        line.addStretch()
        lines.addLayout(line)
        return lines

    def _choose(self, code: str) -> None:
        page = self.presenter.flow.page
        chosen = isinstance(page, flow.Service) and page.priority == code
        self.presenter.choose_priority(None if chosen else code)
        self.refresh()
