"""The call pads on this console: their presses become acts, their lamps follow the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal, Slot

from counter.desk import Refusal
from counter.presenter import DeskPresenter
from hardware.pad import Lamp, PadPort, PadPress, PadReply, PadState, PortSettings
from hardware.press import Reason
from rules.turn import TurnStatus

_LAMPS = {None: Lamp.IDLE, TurnStatus.CALLED: Lamp.CALLED, TurnStatus.SERVING: Lamp.SERVING}
_REASONS: dict[Refusal, Reason] = {
    Refusal.EMPTY: "EMPTY",
    Refusal.BUSY: "BUSY",
    Refusal.OFFLINE: "OFFLINE",
}


@dataclass(frozen=True, slots=True)
class PadsState:
    """Whether the pads are there: None without any, False if a port or a pad is away."""

    is_connected: bool | None = None
    detail: str = ""


class Pads(QObject):
    """Carries presses from the ports' threads to the desk, and answers back.

    ``stated`` carries a PadsState.

    Args:
        ports: From the mapping file; none is fine.
        presenter: The desk.
    """

    stated = Signal(object)
    _heard = Signal(object, object)
    _port_stated = Signal(object)

    def __init__(
        self,
        ports: Sequence[PortSettings],
        presenter: DeskPresenter,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._presenter = presenter
        self._states: dict[tuple[str, str], PadState] = {}
        self._shown: tuple[str, Lamp, str] | None = None
        self.state = PadsState()
        # One queued signal: the ports' threads never touch the desk.
        self._heard.connect(self._press, Qt.ConnectionType.QueuedConnection)
        self._port_stated.connect(self._take_state, Qt.ConnectionType.QueuedConnection)
        self._ports: dict[str, PadPort] = {}
        for settings in ports:
            self._ports[settings.name] = PadPort(
                settings, partial(self._heard.emit, settings.name), self._port_stated.emit
            )
        presenter.changed.connect(self._show)

    def start(self) -> None:
        """Open the ports, now or whenever they appear."""
        for port in self._ports.values():
            port.start()

    def stop(self) -> None:
        """End the ports' threads and wait for them."""
        for port in self._ports.values():
            port.stop()

    @Slot(object, object)
    def _press(self, name: str, press: PadPress) -> None:
        port = self._ports[name]
        view = self._presenter.state.view
        is_ours = view is not None and press.counter in (None, view.counter)
        if not is_ours:
            port.reply(press, self._reply(Refusal.OFFLINE))
            return
        self._presenter.press_intents(press.intents, partial(self._answer, port, press))

    def _answer(self, port: PadPort, press: PadPress, refusal: Refusal | None) -> None:
        port.reply(press, self._reply(refusal))

    def _reply(self, refusal: Refusal | None) -> PadReply:
        counter, lamp, number = self._desk()
        view = self._presenter.state.view
        del counter
        return PadReply(
            accepted=refusal is None,
            reason=_REASONS[refusal] if refusal is not None else "",
            number=number,
            lamp=lamp,
            waiting=len(view.waiting) if view is not None else 0,
        )

    @Slot()
    def _show(self) -> None:
        """Let every pad of this counter show the desk, whoever changed it."""
        shown = self._desk()
        if shown == self._shown:
            return
        last, self._shown = self._shown, shown
        counter, lamp, number = shown
        for port in self._ports.values():
            if last is not None and last[0] and last[0] != counter:
                self._light(port, last[0], Lamp.IDLE, "")
            if counter:
                self._light(port, counter, lamp, number)

    def _light(self, port: PadPort, counter: str, lamp: Lamp, number: str) -> None:
        for addr in port.addresses(counter):
            port.show(addr, lamp, number)

    def _desk(self) -> tuple[str, Lamp, str]:
        state = self._presenter.state
        if state.view is None:
            return ("", Lamp.IDLE, "")
        present = state.view.present
        return (state.view.counter, _LAMPS[state.status], present.number if present else "")

    @Slot(object)
    def _take_state(self, state: PadState) -> None:
        self._states[(state.pad, state.addr)] = state
        away = [each for each in self._states.values() if not each.is_connected]
        detail = ", ".join(f"{each.pad} {each.addr}".strip() for each in away)
        self.state = PadsState(is_connected=not away, detail=detail)
        self.stated.emit(self.state)
