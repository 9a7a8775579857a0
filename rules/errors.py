"""The hall's known situations, each a class with a code and fields.

The words for the person in front of the screen come from ``station/texts.py``;
here stand only names and facts, so that rules, db and hardware hold no sentences.
"""

from __future__ import annotations

from typing import ClassVar


class KnownError(Exception):
    """A situation that people can understand and act on; everything else is a bug.

    Args:
        fields: The facts that the words need, by name. Values are plain: str, int,
            float, bool, None, date or datetime.
    """

    code: ClassVar[str] = "KnownError"

    def __init__(self, **fields: object) -> None:
        self.fields = fields
        facts = ", ".join(f"{name}={value}" for name, value in fields.items())
        super().__init__(f"{self.code}({facts})")

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.code = cls.__name__

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.fields))


def _rebuild(kind: type[KnownError], fields: dict[str, object]) -> KnownError:
    return kind(**fields)


class HallError(KnownError):
    """A rule of the hall says no. The command line exits with 4."""


class UnknownService(HallError):
    """No service has this code. Fields: service."""


class ServiceClosed(HallError):
    """The service, or its agency, has been closed in the catalogue. Fields: service."""


class ServiceRepeated(HallError):
    """One ticket asks for the same service twice. Fields: service."""


class NoService(HallError):
    """A ticket was asked for without any service."""


class QueueClosed(HallError):
    """No numbers are given now.

    Fields: service, reason, scope (who said so: '' for the hall), note (the holiday's name),
    opens_at (aware datetime or None), opens_on (the same, where it isn't today any more).
    """


class QuotaReached(HallError):
    """The service's places are taken. Fields: service, pool, next_release_at, next_date.

    ``next_release_at`` (aware datetime) is today's next release that brings places, else None;
    ``next_date`` (date) the next day with places, where today brings none.
    """


class BadQuota(HallError):
    """A quota can't be set so. Fields: service, reason (pool, places, release, date)."""


class PersonalDataNeeded(HallError):
    """The service gives no number without this. Fields: service, field."""


class PersonalDataNotNeeded(HallError):
    """None of the services demands this, so it is neither taken nor kept. Fields: field."""


class BadPersonalData(HallError):
    """What was typed can't be right. Fields: field, reason; never what was typed."""


class AlreadyHasNumber(HallError):
    """The person holds an open number of today for the service. Fields: service, number."""


class UnknownPriority(HallError):
    """No priority class has this code. Fields: priority."""


class UnknownCounter(HallError):
    """No counter has this code. Fields: counter."""


class CounterClosed(HallError):
    """The counter has been closed in the catalogue. Fields: counter."""


class UnknownOfficer(HallError):
    """No officer has this code, or the PIN does not fit. Fields: officer.

    One error for both, so that a stranger can't learn which codes exist. After a PIN was
    looked at also: next_try_at (aware datetime), wait_s (whole seconds until then).
    """


class TryLater(HallError):
    """After wrong PINs no other is looked at yet. Fields: officer, next_try_at, wait_s."""


class OfficerLocked(HallError):
    """Too many wrong PINs: a supervisor has to open the officer's code. Fields: officer."""


class OfficerElsewhere(HallError):
    """The officer is signed in at another counter. Fields: officer, counter."""


class CounterTaken(HallError):
    """Another officer is signed in at the counter. Fields: counter, officer."""


class CounterBusy(HallError):
    """A visitor is at the desk, so the officer can't leave it. Fields: counter, number."""


class NotSignedIn(HallError):
    """Nobody is signed in at this counter. Fields: counter."""


class NobodyWaiting(HallError):
    """Nobody whom this counter could call is waiting. Fields: counter."""


class NobodyAtCounter(HallError):
    """No visitor has been called to this counter. Fields: counter."""


class UnknownTurn(HallError):
    """No turn has this key. Fields: turn."""


class UnknownTicket(HallError):
    """No ticket of today has this number or key. Fields: ticket."""


class VisitorElsewhere(HallError):
    """The visitor is at another counter now. Fields: number, counter."""


class IllegalMove(HallError):
    """The turn's state doesn't allow this. Fields: move, status, number, counter."""


class ClockWrong(HallError):
    """The clock jumped further than a hall ever rests. Fields: now, business_date.

    A supervisor has to confirm the date before numbers are given again.
    """


class CatalogueFault(HallError):
    """A catalogue file can't be loaded. Fields: file, faults (one line each, with its place)."""


class BadInput(HallError):
    """A value that no command or read can take. Fields: field, reason, perhaps its bounds.

    ``reason`` is ``type``, ``empty``, ``too_long`` (longest), ``characters``, ``range`` (least,
    most), ``choice`` or ``key``. The value itself is not among the fields: it may be a PIN, or
    a megabyte.
    """


class RequestReused(HallError):
    """A request id came again with another command. Fields: request, kind."""


class JournalBroken(HallError):
    """The journal, or what follows from it, was changed. Fields: reason, seq and others.

    ``reason`` is a ``db.walk.FaultKind``; the other fields are those of ``db.walk.Fault``.
    """


class PrunedTooSoon(HallError):
    """Events must be kept for longer than that. Fields: days, least_days."""


class DayUnknown(HallError):
    """The hall was never in this date, or its events are pruned. Fields: date (None: no day)."""


class ReasonNeeded(HallError):
    """Somebody who waits is called before his turn only for a reason. Fields: number."""


class NotServedHere(HallError):
    """The counter doesn't take this service, or the visitor was sent to another one.

    Fields: number, service, counter.
    """
