"""The search: a field, what it finds, and a keyboard of our own below."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from desktop.keyboard import Keyboard
from desktop.labels import column, icon_label, label, row
from desktop.lists import TouchList
from desktop.theme import Type
from desktop.touch import Tile, chip
from kiosk import flow, words
from kiosk.pages.page import BAR, Page, Scene
from kiosk.presenter import Found


class SearchPage(Page):
    """What is typed lives in the flow, so that "back" brings it back."""

    def __init__(self, scene: Scene, page: flow.Search) -> None:
        super().__init__(scene)
        look = self.look
        self._shown = "\0"
        self._field = QLineEdit(page.text)
        self._field.setAccessibleName(self.t("Search"))
        self._field.setPlaceholderText(self.t("Type what you need"))
        self._field.setFont(look.font(Type.LEAD, weight=600))
        self._field.setFixedHeight(look.px(122))
        self._field.setMaxLength(60)
        self._field.setInputMethodHints(Qt.InputMethodHint.ImhNoPredictiveText)
        self._field.setStyleSheet(f"QLineEdit {{ padding-left: {look.px(104)}px; }}")
        lens = icon_label(look, "search", 48)
        lens.setParent(self._field)
        lens.show()
        lens.move(look.px(36), look.px((122 - 48) / 2))
        self._results = QWidget()
        self._results_lines = column(look)
        self._results.setLayout(self._results_lines)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._results.setSizePolicy(policy)
        keyboard = Keyboard(
            look,
            self._field,
            space=self.t("Space"),
            delete=self.t("Delete"),
            clear=self.t("Clear"),
        )
        lines = self.sheet()
        self.put(lines, self.header())
        lines.addSpacing(look.px(40))
        if look.is_portrait:
            self._stand(lines, keyboard)
        else:
            self._lie(lines, keyboard)
        self._field.textChanged.connect(scene.presenter.type)
        self._field.returnPressed.connect(self._open_first)
        self.refresh()

    def shows(self, page: flow.Page) -> bool:
        """Show any search."""
        return isinstance(page, flow.Search)

    def arrive(self) -> None:
        """Let a real keyboard type at once."""
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Show what the text finds."""
        page = self.presenter.flow.page
        if not isinstance(page, flow.Search) or page.text == self._shown:
            return
        self._shown = page.text
        if self._field.text() != page.text:
            self._field.setText(page.text)
        while (item := self._results_lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if not page.text.strip():
            self._results_lines.addWidget(self._invitation())
            return
        found = self.presenter.hits(page.text)
        self._results_lines.addWidget(self._list(found) if found else self._nothing())

    def _stand(self, lines: QVBoxLayout, keyboard: Keyboard) -> None:
        look = self.look
        self.put(lines, self._field)
        lines.addSpacing(look.px(28))
        lines.addWidget(self._results, 1)
        lines.addSpacing(look.px(24))
        self.put(lines, keyboard)
        lines.addSpacing(look.px(28))
        self.put(lines, self.ways_back())

    def _lie(self, lines: QVBoxLayout, keyboard: Keyboard) -> None:
        look = self.look
        halves = row(look, spacing=48)
        left = column(look, spacing=28)
        left.addWidget(self._field)
        left.addWidget(keyboard)
        left.addStretch()
        left.addLayout(self.ways_back())
        halves.addLayout(left, 11)
        halves.addWidget(self._results, 10)
        lines.addLayout(halves, 1)

    def _list(self, found: tuple[Found, ...]) -> TouchList:
        look, texts = self.look, self.scene.texts
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, look.px(BAR), 0)
        grid.setSpacing(look.px(16))
        grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        for place, one in enumerate(found):
            fee, _ = words.fee_words(texts, one.service.fee, is_free=one.service.is_free)
            about = f"{texts.name(one.agency.names)} · {fee}"
            tile = Tile(
                look, texts.name(one.service.names), about, icon=one.agency.icon, is_row=True
            )
            tile.clicked.connect(partial(self.presenter.open_service, one.service.code))
            grid.addWidget(tile, place, 0)
        return TouchList(look, grid, more=self.t("See more"), to_top=self.t("To the top"))

    def _invitation(self) -> QWidget:
        """Before anything is typed: what others look for."""
        look = self.look
        examples = (
            self.t("lost ID card"),
            self.t("passport"),
            self.t("motorcycle tax"),
            self.t("birth certificate"),
            self.t("police record"),
            self.t("business permit"),
        )
        made = QWidget()
        lines = column(look, spacing=20)
        made.setLayout(lines)
        lines.addWidget(label(look, self.t("Often asked for"), Type.LABEL, weight=600))
        line = row(look, spacing=18)
        room = look.px(968 if look.is_portrait else 800)
        used = 0
        for words_ in examples:
            button = chip(look, words_)
            button.setCheckable(False)
            button.clicked.connect(partial(self._field.setText, words_.upper()))
            width = button.sizeHint().width() + look.px(18)
            if used + width > room:
                line.addStretch()
                lines.addLayout(line)
                line, used = row(look, spacing=18), 0
            line.addWidget(button)
            used += width
        line.addStretch()
        lines.addLayout(line)
        lines.addStretch()
        return made

    def _nothing(self) -> QWidget:
        look = self.look
        made = QWidget()
        lines = column(look, spacing=18, margins=(0, 40, 0, 0))
        made.setLayout(lines)
        lines.addWidget(icon_label(look, "circle-question-mark", 84))
        lines.addWidget(label(look, self.t("Nothing found"), Type.HEADING))
        lines.addWidget(
            label(
                look,
                self.t(
                    "Try another word, choose an agency on the first page, "
                    "or ask at the information desk."
                ),
                Type.BODY,
                tone="muted",
                wrap=True,
            )
        )
        lines.addStretch()
        return made

    def _open_first(self) -> None:
        found = self.presenter.hits(self._field.text())
        if found:
            self.presenter.open_service(found[0].service.code)
