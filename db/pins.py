"""Officers' PINs: hashed with argon2id, looked at outside the lock, guarded against guessing.

A guard's row is kept for whatever code was typed, an officer's or not, so that a stranger
can't tell the two apart; of codes that are nobody's only a digest is kept, for a day, since
people type PINs into the wrong field.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from db.inputs import checked
from db.journal import Kind
from db.moment import to_datetime
from db.store import Store
from db.transaction import Tx, View
from db.verbs import POSTGRESQL
from rules.errors import HallError, OfficerLocked, TryLater, UnknownOfficer
from rules.pin_guard import Guard, is_officer_code

# RFC 9106's second recommended option (64 MiB, 3 passes, 4 lanes): above the least that OWASP
# asks for (19 MiB, 2 passes, 1 lane), and about 0.1 s on a counter's PC. It slows down who
# types; of a stolen hash six digits are found in a day or so, whatever the parameters.
_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
# Looked at where there is no such officer, so that the answer takes as long.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$"
    "RdescudvJCsgt3ub+b0dWRWJTmaaJObG9dJ1zVdPXNU"
)
_STRANGER = "?"
_STRANGERS_KEPT = 500
_STRANGERS_KEPT_FOR = timedelta(days=1)
_LONGEST_PIN = 128
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Tried:
    """One try: the code as typed, the guard's key for it, and what was found of the PIN.

    ``pin_hash`` is the officer's at that time, None for no officer; ``new_hash`` takes its
    place where its parameters are outdated. Whether the PIN fits is told by ``fits`` only,
    under the lock.
    """

    officer: str
    key: str
    shown: str
    pin_hash: str | None
    new_hash: str | None
    is_right: bool

    @property
    def actor(self) -> str:
        """Who acts, for the journal: nobody has shown yet that he is the officer."""
        return f"officer:{self.officer if self.is_right else _STRANGER}"

    def require_open(self, tx: Tx | View) -> None:
        """Refuse a locked code, and a try that comes too early.

        Raises:
            OfficerLocked, TryLater: As the guard says at this instant.
        """
        _require_open(_guard(tx, self.key), self.officer, tx.clock)

    def fits(self, tx: Tx) -> bool:
        """Say whether the PIN is the officer's; no, where he got a new one meanwhile."""
        return self.is_right and _hash_of(tx, self.officer) == self.pin_hash

    def refused(self, tx: Tx) -> HallError:
        """Return the refusal of a try that was counted already."""
        return _refusal(_guard(tx, self.key), self.officer, tx.clock)


def hash_pin(pin: str) -> str:
    """Return the argon2id hash of a PIN, salted, with its parameters in it."""
    checked(pin=pin)
    return _HASHER.hash(pin)


def try_pin(store: Store, officer: str, pin: str) -> Tried:
    """Look at a PIN, where the guard allows it now; takes as long for a code of nobody's.

    Raises:
        OfficerLocked, TryLater: The PIN was not looked at.
    """
    checked(code=officer, pin=pin)
    with store.read() as view:
        pin_hash = _hash_of(view, officer) if is_officer_code(officer) else None
        key = officer if pin_hash else _stranger(view.site.code, officer)
        _require_open(_guard(view, key), officer, view.clock)
    is_right = _verify(pin_hash or _NOBODY, pin) and pin_hash is not None
    return Tried(
        officer=officer,
        key=key,
        shown=officer if pin_hash else _STRANGER,
        pin_hash=pin_hash,
        new_hash=hash_pin(pin) if is_right and _is_outdated(pin_hash) else None,
        is_right=is_right,
    )


def count_failure(tx: Tx, tried: Tried, counter: str) -> HallError:
    """Count a wrong PIN, write it into the journal, and return the refusal.

    Neither the PIN nor a code that is nobody's goes into the journal; ``counter`` does where
    there is such a counter.
    """
    guard = _guard(tx, tried.key).after_failure(tx.clock)
    _sweep_strangers(tx)
    tx.write(
        "INSERT INTO officer_guard (site, officer, failures, next_try_at, is_locked) VALUES"
        " (:site, :officer, :failures, :next_try_at, :is_locked)"
        " ON CONFLICT (site, officer) DO UPDATE SET failures = excluded.failures,"
        " next_try_at = excluded.next_try_at, is_locked = excluded.is_locked",
        site=tx.site.code,
        officer=tried.key,
        failures=guard.failures,
        next_try_at=guard.next_try_at,
        is_locked=guard.is_locked,
    )
    where = _counter(tx, counter)
    data: dict[str, object] = {"officer": tried.shown, "failures": guard.failures}
    tx.event(Kind.OFFICER_REFUSED, counter=where, data=data)
    if guard.is_locked:
        tx.event(Kind.OFFICER_LOCKED, counter=where, data=data, carries_request=False)
    return _refusal(guard, tried.officer, tx.clock)


def forget_failures(tx: Tx, officer: str) -> bool:
    """Begin to count anew for an officer; say whether the code was locked."""
    guard = _guard(tx, officer)
    if guard.failures:
        tx.write(
            "DELETE FROM officer_guard WHERE site = :site AND officer = :officer",
            site=tx.site.code,
            officer=officer,
        )
    return guard.is_locked


def keep_hash(tx: Tx, tried: Tried) -> None:
    """Write the hash anew where its parameters were outdated; only now the PIN is known.

    A counter's own user of the database may not change officers: there the next ``officer
    add`` does it.
    """
    if tried.new_hash is None:
        return
    if tx.verbs is POSTGRESQL and not tx.rows(_MAY_WRITE_HASHES)[0][0]:
        return
    tx.write(
        "UPDATE officer SET pin_hash = :pin_hash WHERE site = :site AND code = :officer",
        pin_hash=tried.new_hash,
        site=tx.site.code,
        officer=tried.officer,
    )


_MAY_WRITE_HASHES = "SELECT has_column_privilege('officer', 'pin_hash', 'UPDATE')"


def _guard(seen: Tx | View, key: str) -> Guard:
    row = seen.one(
        "SELECT failures, next_try_at, is_locked FROM officer_guard"
        " WHERE site = :site AND officer = :officer",
        site=seen.site.code,
        officer=key,
    )
    return Guard() if row is None else Guard(row[0], row[1], bool(row[2]))


def _require_open(guard: Guard, officer: str, now: int) -> None:
    if guard.is_locked:
        raise OfficerLocked(officer=officer)
    if guard.wait_us(now):
        raise TryLater(officer=officer, **_waiting(guard, now))


def _refusal(guard: Guard, officer: str, now: int) -> HallError:
    if guard.is_locked:
        return OfficerLocked(officer=officer)
    return UnknownOfficer(officer=officer, **_waiting(guard, now))


def _waiting(guard: Guard, now: int) -> dict[str, object]:
    wait_s = -(-guard.wait_us(now) // _MICROSECONDS)
    return {"next_try_at": to_datetime(guard.next_try_at), "wait_s": wait_s}


def _hash_of(seen: Tx | View, officer: str) -> str | None:
    row = seen.one(
        "SELECT pin_hash FROM officer WHERE site = :site AND code = :officer AND is_open",
        site=seen.site.code,
        officer=officer,
    )
    return None if row is None else str(row[0])


def _stranger(site: str, typed: str) -> str:
    """Return the guard's key for a code that is nobody's: no officer's code begins so."""
    if not is_officer_code(typed):
        # No officer can ever have it, so that all of them may wait for each other.
        return _STRANGER
    return _STRANGER + hashlib.sha256(f"{site} {typed}".encode()).hexdigest()[:31]


def _sweep_strangers(tx: Tx) -> None:
    """Keep the codes that are nobody's few and short: a stranger shall not fill the store."""
    which = f"site = :site AND officer LIKE '{_STRANGER}%'"
    tx.write(
        f"DELETE FROM officer_guard WHERE {which} AND (next_try_at < :old OR officer IN"
        f" (SELECT officer FROM officer_guard WHERE {which} ORDER BY next_try_at DESC"
        f" LIMIT 10000 OFFSET {_STRANGERS_KEPT - 1}))",
        site=tx.site.code,
        old=tx.clock - _STRANGERS_KEPT_FOR // timedelta(microseconds=1),
    )


def _counter(tx: Tx, counter: str) -> str | None:
    """Return the counter's code where there is such a counter; what was typed may be anything."""
    if len(counter) > 32 or not counter.isprintable():
        return None
    row = tx.one(
        "SELECT code FROM counter WHERE site = :site AND code = :counter",
        site=tx.site.code,
        counter=counter,
    )
    return None if row is None else str(row[0])


def _verify(pin_hash: str, pin: str) -> bool:
    try:
        typed = pin.encode()
    except UnicodeEncodeError:
        typed = b""
    # Whatever was typed, the answer takes as long.
    is_possible = 0 < len(typed) <= _LONGEST_PIN
    try:
        return _HASHER.verify(pin_hash, typed if is_possible else b"") and is_possible
    except (VerificationError, InvalidHashError):
        return False


def _is_outdated(pin_hash: str | None) -> bool:
    return pin_hash is not None and _HASHER.check_needs_rehash(pin_hash)
