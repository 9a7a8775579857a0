"""A list for fingers: it follows the finger, and says in words that there is more below."""

# ruff: noqa: N802 - Qt's own names are overridden
from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QLayout,
    QScrollArea,
    QScroller,
    QScrollerProperties,
    QVBoxLayout,
    QWidget,
)

from desktop.theme import Look, Type
from desktop.touch import TouchButton


class TouchList(QScrollArea):
    """A scrolling area with kinetic scrolling, a thin mark and a "more" button below.

    Args:
        look: Of the page.
        content: What is scrolled.
        more: Words of the button that scrolls on, e.g. "Lihat lainnya"; "" for no button.
        to_top: Words of the same button at the end of the list.
    """

    def __init__(
        self,
        look: Look,
        content: QLayout,
        *,
        more: str = "",
        to_top: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._words = (more, to_top)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        inner.setLayout(content)
        self.setWidget(inner)
        self.verticalScrollBar().setSingleStep(look.px(40))
        self._mark = _Mark(look, self)
        self.verticalScrollBar().valueChanged.connect(self._follow)
        self.verticalScrollBar().rangeChanged.connect(self._follow)
        self._strip = 0
        self._more: TouchButton | None = None
        if more:
            self._more = TouchButton(
                look, more, "pill", icon="chevron-down", type_=Type.LABEL, height=80, parent=self
            )
            # It repeats what Tab and the finger do; the keyboard passes it over.
            self._more.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._more.clicked.connect(self._scroll_on)
            self._more.hide()
            self._gap = look.px(14)
        scroller = QScroller.scroller(self.viewport())
        properties = scroller.scrollerProperties()
        never = QScrollerProperties.OvershootPolicy.OvershootAlwaysOff
        for metric in (
            QScrollerProperties.ScrollMetric.HorizontalOvershootPolicy,
            QScrollerProperties.ScrollMetric.VerticalOvershootPolicy,
        ):
            properties.setScrollMetric(metric, never)
        scroller.setScrollerProperties(properties)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        inner.installEventFilter(self)

    def at(self) -> int:
        """Return how far the list is scrolled, in pixels."""
        return self.verticalScrollBar().value()

    def go_to(self, pixels: int) -> None:
        """Scroll there, once the list has its size."""
        QTimer.singleShot(0, self, lambda: self.verticalScrollBar().setValue(pixels))

    def focusNextPrevChild(self, is_next: bool) -> bool:
        """Bring what the keyboard reaches into view."""
        moved = super().focusNextPrevChild(is_next)
        focused = self.focusWidget()
        content = self.widget()
        if moved and focused is not None and content is not None and content.isAncestorOf(focused):
            self.ensureWidgetVisible(focused, 0, self.viewport().height() // 6)
        return moved

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the content's size."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button at the edge."""
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Place the button when the list is first seen."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._fit)

    def _needed(self) -> int:
        """Return the height of the whole content at the present width.

        It is asked of the layout, not of the scroll bar: the bar's range is behind while the
        list is being laid out, and the strip for the button must not come and go with it.
        """
        content = self.widget()
        layout = content.layout() if content is not None else None
        if layout is None:
            return 0
        least = layout.totalMinimumSize().height()
        if layout.hasHeightForWidth():
            return max(least, layout.totalHeightForWidth(self.viewport().width()))
        return least

    def _fit(self) -> None:
        """Make room for the button where the content is longer than the list."""
        button = self._more
        if button is not None:
            is_long = self._needed() > self.height()
            strip = button.height() + self._gap if is_long else 0
            if strip != self._strip:
                self._strip = strip
                self.setViewportMargins(0, 0, 0, strip)
            button.setVisible(is_long)
        self._follow()

    def _follow(self) -> None:
        """Let mark and button say where the list is."""
        bar, view = self.verticalScrollBar(), self.viewport()
        self._mark.setVisible(bar.maximum() > 0)
        width = self._mark.width()
        self._mark.setGeometry(self.width() - width, 0, width, view.height())
        self._mark.raise_()
        self._mark.update()
        button = self._more
        if button is None:
            return
        words = self._words[1 if bar.value() >= bar.maximum() - 2 else 0]
        if button.accessibleName() != words:
            button.set_words(words)
        button.resize(button.sizeHint())
        button.move((view.width() - button.width()) // 2, self.height() - button.height())
        button.raise_()

    def _scroll_on(self) -> None:
        bar = self.verticalScrollBar()
        if bar.value() >= bar.maximum() - 2:
            bar.setValue(0)
        else:
            bar.setValue(bar.value() + round(self.viewport().height() * 0.8))


class _Mark(QWidget):
    """How far the list is scrolled: a thin mark, nothing to press."""

    def __init__(self, look: Look, area: QScrollArea) -> None:
        super().__init__(area)
        self._look = look
        self._bar = area.verticalScrollBar()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedWidth(max(4, look.px(10)))
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the part that is seen."""
        del event
        whole = self._bar.maximum() + self._bar.pageStep()
        length = self.height() * self._bar.pageStep() / max(1, whole)
        top = self.height() * self._bar.value() / max(1, whole)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._look.palette.muted))
        radius = self.width() / 2
        painter.drawRoundedRect(QRectF(0, top, self.width(), length), radius, radius)
        painter.end()


def stacked(look: Look, spacing: float = 16) -> QVBoxLayout:
    """Make the layout of a plain list: full width, rows from the top, room for the bar."""
    layout = QVBoxLayout()
    layout.setContentsMargins(0, 0, look.px(32), 0)
    layout.setSpacing(look.px(spacing))
    layout.setAlignment(Qt.AlignmentFlag.AlignTop)
    return layout
