"""Known faults of the store itself. The command line exits with 3 on each of them."""

from __future__ import annotations

from rules.errors import KnownError


class StoreProblem(KnownError):
    """The store can't be used now; nothing was changed. Fields: url (without password)."""


class StoreMissing(StoreProblem):
    """There is no store at this address yet. Fields: url."""


class DatabaseMissing(StoreMissing):
    """The server answers, but has no such database. Fields: url."""


class StoreUnreachable(StoreProblem):
    """The database server doesn't answer, or the connection broke. Fields: url, detail."""


class StoreLocked(StoreProblem):
    """Somebody has held the store's lock for longer than the deadline.

    Fields: url, waited_s; program and process (its id), where the holder is known.
    """


class StoreReadOnly(StoreProblem):
    """The store can be read but not written. Fields: url."""


class StoreForbidden(StoreReadOnly):
    """The database's user lacks the right to do this. Fields: url, detail."""


class StoreFull(StoreProblem):
    """The disk of the store is full. Fields: url."""


class StoreVersion(StoreProblem):
    """The store's schema is of another version. Fields: url, found, expected, is_newer."""


class StoreEmpty(StoreProblem):
    """The store has no site yet. Fields: url."""


class StoreOnNetwork(StoreProblem):
    """A SQLite file lies on a network mount, where its locks don't hold. Fields: url, kind."""


class StoreUnsafe(StoreProblem):
    """This SQLite can corrupt a store that several write to. Fields: url, version."""


class StoreDamaged(StoreProblem):
    """The file is no SQLite database or is damaged. Fields: url, detail."""


class SiteUnknown(StoreProblem):
    """The store holds other sites than the one asked for. Fields: url, site, sites."""


class StoreAddressFault(StoreProblem):
    """The address is none that we understand. Fields: url."""


class RolesUnavailable(StoreProblem):
    """The database's roles can't be made. Fields: url, reason (``sqlite``, ``privilege``)."""


class CursorPruned(StoreProblem):
    """A reader slept for so long that the next event is gone: it takes a snapshot again.

    Fields: url, cursor, first (the first event that is kept).
    """


class StoreInUse(StoreProblem):
    """Programs have the store open, and would not see what takes its place. Fields: url, programs.

    ``programs`` is a tuple of words, one for each process or connection.
    """


class OldStoreAside(StoreProblem):
    """A restore that did not come to its end left the old store aside. Fields: url, schema."""


class StoreNotEmpty(StoreProblem):
    """A store with a hall in it would be overwritten. Fields: url, sites, seq."""


class DatabaseProgramMissing(StoreProblem):
    """A client program of PostgreSQL isn't installed here. Fields: url, program."""


class DatabaseProgramFailed(StoreProblem):
    """A client program of PostgreSQL gave up. Fields: url, program, detail."""


class BackupProblem(KnownError):
    """A backup's file can't be made or used; the store is as it was. Fields: file."""


class BackupNotWritten(BackupProblem):
    """The file can't be written there. Fields: file, detail."""


class BackupExists(BackupProblem):
    """A file has this name that is no older backup of the same hall. Fields: file."""


class BackupUnreadable(BackupProblem):
    """The file is no backup of ours, or can't be read. Fields: file, detail."""


class BackupDamaged(BackupProblem):
    """The file is not as it was written: checksum, size or content. Fields: file, detail."""


class BackupNewer(BackupProblem):
    """The backup is of a newer schema. Fields: file, found, expected."""


class BackupOfOtherDatabase(BackupProblem):
    """The backup is of the other kind of database. Fields: file, found, expected."""


class BackupInconsistent(BackupProblem):
    """What was restored does not pass the store's check. Fields: file, faults (tuple)."""
