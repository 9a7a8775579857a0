"""The console's words and keys: buttons, the visitor's lines, figures. No Qt."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from counter.desk import Act
from db.desks import Desk, WaitingTurn
from rules.reason import CallReason
from rules.turn import Lane, TurnStatus
from station.texts import Texts

KEYS: Final = {
    Act.CALL_NEXT: "F2",
    Act.RECALL: "F3",
    Act.FINISH: "F4",
    Act.START: "F5",
    Act.MISSED: "F6",
    Act.HOLD: "F7",
    Act.TRANSFER: "F8",
    Act.UNDO: "F9",
}
BAR_KEY: Final = "F12"


def act_words(texts: Texts, act: Act) -> str:
    """Return what an act's button says."""
    words = {
        Act.CALL_NEXT: texts.t("Call next"),
        Act.RECALL: texts.t("Call again"),
        Act.START: texts.t("Start serving"),
        Act.FINISH: texts.t("Finish"),
        Act.MISSED: texts.t("Not here"),
        Act.HOLD: texts.t("Hold"),
        Act.TRANSFER: texts.t("Send on …"),
        Act.UNDO: texts.t("Take the call back"),
        Act.RESUME: texts.t("Call"),
        Act.CALL_MISSED: texts.t("Call"),
        Act.CALL_WAITING: texts.t("Call"),
        Act.RETURN: texts.t("Return to the queue"),
    }
    return words[act]


def out_of_order_words(texts: Texts, number: str) -> str:
    """Return what a waiting visitor's number is pressed for."""
    return texts.t("Call {number} out of order", number=number)


def reason_words(texts: Texts, reason: CallReason) -> str:
    """Return why somebody is called out of order."""
    words = {
        CallReason.LATECOMER: texts.t("Came late"),
        CallReason.URGENT: texts.t("Urgent: health or safety"),
        CallReason.ASSISTANCE: texts.t("Needs assistance"),
        CallReason.DOCUMENTS_READY: texts.t("Back with the missing documents"),
        CallReason.OFFICER_ERROR: texts.t("Our own mistake"),
        CallReason.OTHER: texts.t("Another reason"),
    }
    return words[reason]


def state_words(texts: Texts, status: TurnStatus | None) -> str:
    """Return the caption over the visitor at the desk."""
    if status is TurnStatus.SERVING:
        return texts.t("Being served")
    if status is TurnStatus.CALLED:
        return texts.t("Called")
    return texts.t("The counter is free")


def visitor_words(texts: Texts, view: Desk) -> str:
    """Return the quiet line under the visitor's service."""
    present = view.present
    if present is None:
        return ""
    called_at = present.called_at or view.now
    minutes = _minutes(called_at - present.queued_at)
    parts = [texts.t("Priority")] if present.lane is Lane.PRIORITY else []
    parts.append(texts.n("Waited {count} minute", "Waited {count} minutes", minutes))
    if present.calls > 1:
        parts.append(texts.t("called {count} times", count=present.calls))
    if view.next_on_paper:
        following = ", ".join(texts.name(names) for names in view.next_on_paper)
        parts.append(texts.t("next on this paper: {services}", services=following))
    return " · ".join(parts)


def free_words(texts: Texts, view: Desk, now: datetime) -> str:
    """Return what a free desk says of those who wait."""
    if not view.waiting:
        return texts.t("Nobody is waiting for this counter")
    longest = max(_minutes(now - row.queued_at) for row in view.waiting)
    count = texts.n("{count} person is waiting", "{count} people are waiting", len(view.waiting))
    return texts.t("{people}, the longest for {minutes} min", people=count, minutes=longest)


def figures_words(texts: Texts, view: Desk) -> str:
    """Return the day's figures: "14 dilayani, median 6 menit"."""
    done = texts.n("{count} served", "{count} served", view.done_today)
    if view.median_service_s is None:
        return done
    minutes = max(1, round(view.median_service_s / 60))
    return texts.t("{done}, median {minutes} min", done=done, minutes=minutes)


def place_words(texts: Texts, view: Desk) -> str:
    """Return whose counter it is, and where."""
    zone = texts.name(view.zone_names)
    if len(view.agency_names) == 1:
        return f"{texts.name(view.agency_names[0])} · {zone}"
    agencies = texts.n("{count} agency", "{count} agencies", len(view.agency_names))
    return f"{zone} · {agencies}" if view.agency_names else zone


def waited_words(texts: Texts, row: WaitingTurn, now: datetime) -> str:
    """Return how long somebody has waited."""
    return texts.t("{minutes} min", minutes=_minutes(now - row.queued_at))


def missed_words(texts: Texts, row: WaitingTurn) -> str:
    """Return how often somebody was called in vain."""
    return texts.t("called {count} times", count=max(1, row.calls))


def clock_words(texts: Texts, view: Desk, at: datetime) -> str:
    """Return an instant as the site's time of day."""
    return texts.time(at.astimezone(ZoneInfo(view.time_zone)))


def running(span: timedelta) -> str:
    """Return ``03.12``, and ``1.02.03`` from an hour on."""
    seconds = max(0, int(span.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours}.{minutes:02d}.{seconds:02d}"
    return f"{minutes:02d}.{seconds:02d}"


def _minutes(span: timedelta) -> int:
    return max(0, int(span.total_seconds() // 60))
