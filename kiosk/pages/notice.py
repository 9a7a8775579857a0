"""What the kiosk shows while it can't give numbers; it goes away by itself."""

from __future__ import annotations

from PySide6.QtCore import Qt

from desktop.headline import Headline
from desktop.labels import icon_label, label
from desktop.theme import Type
from kiosk import flow
from kiosk.pages.page import SIDE, Page, Scene


class NoticePage(Page):
    """At the first moments after the start it only asks for patience."""

    def __init__(self, scene: Scene, page: flow.Unavailable) -> None:
        super().__init__(scene)
        self._page = page
        look = self.look
        is_starting = page.fault is None
        lines = self.sheet()
        side = look.px(SIDE)
        lines.setContentsMargins(side, look.px(44), side, look.px(40))
        lines.addLayout(self.header())
        lines.addStretch(4)
        icon = "hourglass" if is_starting else "wifi-off"
        lines.addWidget(icon_label(look, icon, 132), 0, Qt.AlignmentFlag.AlignHCenter)
        lines.addSpacing(look.px(36))
        if is_starting:
            title, note = self.t("One moment…"), ""
        else:
            title = self.t("No numbers can be given right now")
            note = self.t(
                "Please ask at the information desk. "
                "This screen comes back by itself as soon as it can."
            )
        lines.addWidget(Headline(look, title, is_centred=True))
        if note:
            lines.addSpacing(look.px(20))
            lines.addWidget(label(look, note, Type.BODY, wrap=True, centred=True))
        lines.addStretch(5)
        if page.fault is not None:
            since = scene.texts.time(scene.presenter.now())
            staff = self.t(
                "For staff, since {time}: {words}", time=since, words=scene.texts.error(page.fault)
            )
            lines.addWidget(label(look, staff, Type.SMALL, tone="muted", wrap=True, centred=True))

    def shows(self, page: flow.Page) -> bool:
        """Show this state only; the first fault's time stays."""
        return isinstance(page, flow.Unavailable) and (page.fault is None) == (
            self._page.fault is None
        )
