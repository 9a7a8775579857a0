"""One visitor walked through the hall on a virtual screen: tap, print, call by pad, board.

The windows are the real applications, worked from outside as a screen reader would work
them. Each step leaves a picture, and fails where the hall didn't do what it should.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cli.accessibility import Accessibility, AccessibilityFault
from cli.demo_hall import DESK, DemoHall, Place
from cli.installing import DEMO_PIN
from db import board, desks
from db.progress import progress
from hardware.paper import read
from rules.errors import KnownError
from rules.turn import TurnStatus
from station.texts import Texts
from station.virtual_screen import DesktopSession

T = TypeVar("T")

KIOSK, DISPLAY, COUNTER = "anjungan-kiosk", "anjungan-display", "anjungan-counter"
AGENCY = "Dinas Kependudukan dan Pencatatan Sipil"
SERVICE = "Akta Kelahiran"

_PLACES = {
    KIOSK: Place(1080, 1920, 0, 0),
    DISPLAY: Place(1920, 1080, 1080, 0),
    COUNTER: Place(1160, 840, 1080, 1080),
}
_LIMIT_S = 20.0
_SETTLE_S = 0.4


class StepFailed(Exception):
    """The hall didn't do what it should; the message says what was missing."""


def walk(hall: DemoHall, texts: Texts) -> bool:
    """Walk one visitor through; print a line for each step; return whether all went well."""
    hall.fill(40)
    with DesktopSession(3000, 1920) as screen:
        hall.open_windows(_PLACES, screen.environment)
        with Accessibility(screen.environment) as hands:
            steps = _Walk(hall, texts, screen, hands)
            try:
                steps.run()
                hall.close_windows()
            except (StepFailed, AccessibilityFault) as error:
                steps.say("FAILED", texts.t("Step {step} failed", step=steps.count + 1), str(error))
                screen.screenshot(hall.folder / "failed.png")
                return False
            except KnownError as error:
                steps.say("FAILED", texts.t("Step {step} failed", step=steps.count + 1),
                          texts.error(error))  # fmt: skip
                return False
    return True


class _Walk:
    """The steps, in order; each counts and leaves its pictures."""

    def __init__(
        self, hall: DemoHall, texts: Texts, screen: DesktopSession, hands: Accessibility
    ) -> None:
        self._hall = hall
        self._t = texts.t
        self._screen = screen
        self._hands = hands
        self.count = 0
        self._number = ""

    def run(self) -> None:
        """Walk through.

        Raises:
            StepFailed, AccessibilityFault: At the step that failed.
        """
        t, hands = self._t, self._hands
        hands.wait(KIOSK, AGENCY, timeout_s=60.0)
        hands.wait(DISPLAY, "Loket", timeout_s=60.0)
        self._done(t("The kiosk asks what the visitor needs"), KIOSK, "kiosk-home")
        self._done(t("The wall shows the hall at work"), DISPLAY, "display-before")
        hands.press(KIOSK, AGENCY)
        hands.wait(KIOSK, SERVICE, timeout_s=_LIMIT_S)
        self._done(t("Touch 1: the agency's services"), KIOSK, "kiosk-agency")
        hands.press(KIOSK, SERVICE)
        hands.wait(KIOSK, "Ambil Nomor", timeout_s=_LIMIT_S)
        self._done(t("Touch 2: what to bring, who waits, what it costs"), KIOSK, "kiosk-service")
        hands.press(KIOSK, "Ambil Nomor")
        self._number = self._until(self._newest_number, t("a number of the kiosk's"))
        hands.wait(KIOSK, self._number, timeout_s=_LIMIT_S)
        paper = self._until(self._paper, t("a paper with {number}", number=self._number))
        self._done(
            t("Touch 3: number {number} is on paper", number=self._number), KIOSK, "kiosk-done"
        )
        self.say("ok", t("The ticket as it came out, QR code read back"), str(paper))
        self._hall.arrive(30)
        self._sign_in()
        self._call()
        self._serve()

    def _sign_in(self) -> None:
        hands = self._hands
        hands.wait(COUNTER, "Masuk", timeout_s=60.0)
        self._done(self._t("The officer signs in"), COUNTER, "counter-sign-in")
        hands.type(COUNTER, "Kode petugas", f"petugas{DESK}")
        hands.type(COUNTER, "PIN", DEMO_PIN)
        hands.type(COUNTER, "Loket", DESK)
        hands.press(COUNTER, "Masuk")
        hands.wait(COUNTER, "Panggil Berikutnya", timeout_s=_LIMIT_S)
        self._done(
            self._t("Who waits for counter {counter}", counter=DESK), COUNTER, "counter-free"
        )

    def _call(self) -> None:
        """Press the pad's NEXT until the kiosk's visitor is called: others came before."""
        t = self._t
        self._until(lambda: self._press("NEXT") or None, t("an answer to the call pad"))
        while (called := self._until(self._present, t("a called visitor"))) != self._number:
            self._hands.wait(COUNTER, called, timeout_s=_LIMIT_S)
            if not (self._press("START") and self._press("FINISH") and self._press("NEXT")):
                raise StepFailed(t("the call pad was refused"))
        self._hands.wait(DISPLAY, self._number, timeout_s=_LIMIT_S)
        self._hands.wait(DISPLAY, f"Loket {DESK}", timeout_s=_LIMIT_S)
        self._hands.wait(COUNTER, self._number, timeout_s=_LIMIT_S)
        if not self._hall.pad.wait_for(lambda: self._hall.pad.display == self._number):
            raise StepFailed(t("the call pad's display shows {text}", text=self._hall.pad.display))
        self._done(
            t("The call pad's key calls {number}", number=self._number), COUNTER, "counter-called"
        )
        self._done(
            t("The wall: {number}, counter {counter}", number=self._number, counter=DESK),
            DISPLAY,
            "display-called",
        )

    def _serve(self) -> None:
        t = self._t
        if not self._press("START"):
            raise StepFailed(t("the call pad was refused"))
        self._hands.wait(COUNTER, "Selesai", timeout_s=_LIMIT_S)
        self._done(t("The visitor is served"), COUNTER, "counter-serving")
        if not self._press("FINISH"):
            raise StepFailed(t("the call pad was refused"))
        self._until(lambda: self._status() is TurnStatus.DONE or None, t("the visit's end"))
        self._done(t("The visit is over"), COUNTER, "counter-done")

    def _press(self, key: str) -> bool:
        answer = self._hall.pad.press(key)
        # The pad's own rules: a second press within 0.8 s counts as the same.
        time.sleep(0.9)
        return answer is not None and answer[0] == "A"

    def _newest_number(self) -> str | None:
        with self._hall.store.read() as view:
            row = view.one(
                "SELECT id FROM ticket WHERE site = :site AND channel = 'kiosk'",
                site=view.site.code,
            )
            return progress(view, row[0]).number if row else None

    def _present(self) -> str | None:
        with self._hall.store.read() as view:
            present = desks.desk(view, DESK).present
        return present.number if present else None

    def _status(self) -> TurnStatus | None:
        with self._hall.store.read() as view:
            found = [call for call in board.calls(view) if call.number == self._number]
        return found[0].status if found else None

    def _paper(self) -> Path | None:
        for data in self._hall.papers.glob(f"{self._number}-*.bin"):
            decoded = read(data.read_bytes())
            picture = data.with_suffix(".png")
            if picture.exists() and any(self._number in line for line in decoded.lines):
                return picture
        return None

    def _until(self, look: Callable[[], T | None], what: str) -> T:
        deadline = time.monotonic() + _LIMIT_S
        while (found := look()) is None:
            if time.monotonic() > deadline:
                raise StepFailed(self._t("waited in vain for {what}", what=what))
            if self._hall.ended():
                raise StepFailed(self._t("{names} ended", names=", ".join(self._hall.ended())))
            time.sleep(0.05)
        return found

    def _done(self, words: str, window: str, picture: str) -> None:
        """Take the window's picture, once it had the time to paint."""
        time.sleep(_SETTLE_S)
        place = _PLACES[window]
        self.count += 1
        file = self._hall.folder / f"{self.count:02d}-{picture}.png"
        corners = (place.x, place.y, place.x + place.width, place.y + place.height)
        self._screen.screenshot().crop(corners).save(file)
        self.say("ok", words, str(file))

    def say(self, verdict: str, words: str, what: str) -> None:
        """Print one line."""
        sys.stdout.write(f"{verdict:<7} {words}: {what}\n")
        sys.stdout.flush()
