"""Sentences for known errors: what happened and what to do, for the person at the screen.

Read by ``station.texts``, translated in ``errors.po``. A key is an error's code, or code and
reason. Of several sentences the first is taken whose fields the error carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

GENERAL_WORDS: Final = (
    "That could not be done ({code}). Please try again, and tell the supervisor if it stays so."
)

ERROR_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    # The hall.
    "UnknownService": (
        "There is no service with code {service}. Choose one from the list of services.",
    ),
    "ServiceClosed": (
        "The service {service} is no longer offered here. Please ask at the information desk.",
    ),
    "ServiceRepeated": (
        "The service {service} was chosen twice. One number per service is enough.",
    ),
    "NoService": ("No service has been chosen. Choose at least one.",),
    "QueueClosed": (
        "No numbers are given for this service now. It opens again on {opens_at}.",
        "No numbers are given for this service now. Please ask at the information desk.",
    ),
    "QueueClosed.not_yet": (
        "No numbers are given for this service now. It opens again on {opens_on}.",
        "Numbers for this service are given from {opens_at_time}.",
    ),
    "QueueClosed.friday_break": (
        "The service is having its Friday break. Numbers are given again on {opens_on}.",
        "The service is having its Friday break. Numbers are given again from {opens_at_time}.",
    ),
    "QueueClosed.break": (
        "The service is having its break. Numbers are given again on {opens_on}.",
        "The service is having its break. Numbers are given again from {opens_at_time}.",
    ),
    "QueueClosed.last_ticket": (
        "The last number for today has been given. Please come again on {opens_at}.",
    ),
    "QueueClosed.after_hours": (
        "The service is closed for today. Please come again on {opens_at}.",
    ),
    "QueueClosed.holiday": (
        "The service is closed today: {note}. Please come again on {opens_at}.",
        "The service is closed today, a holiday. Please come again on {opens_at}.",
    ),
    "QueueClosed.day_off": ("The service is not open today. Please come again on {opens_at}.",),
    "QuotaReached": (
        "All numbers that this service gives for now have been taken. "
        "More are given today from {next_release_at_time}.",
        "All numbers of this service for today have been taken. "
        "Numbers are given again on {next_date}.",
        "All numbers of this service for today have been taken. "
        "Please ask at the information desk when there will be more.",
    ),
    "BadQuota": ("The quota of {service} can't be set so.",),
    "BadQuota.pool": ("The places of {service} are in the pools kiosk, priority and booking.",),
    "BadQuota.places": ("The places of {service} must be a number from 0 to 100000.",),
    "BadQuota.release": (
        "A release of {service} is a time like 10.00, or never, of the pool booking or priority.",
    ),
    "BadQuota.date": ("The date of a quota of {service} can't be past. Write it like 2026-12-31.",),
    "PersonalDataNeeded": (
        "The service {service} gives a number only with this: {field}. Please ask an officer.",
    ),
    "PersonalDataNotNeeded": (
        "The service needs no {field}, so none is taken. Ask again without it.",
        "The service needs no such data, so none are taken. Ask again without them.",
    ),
    "BadPersonalData": (
        "What was typed as {field} can't be right. Check it and type it again.",
        "What was typed can't be right. Check it and type it again.",
    ),
    "BadPersonalData.nik_digits": ("A NIK has exactly 16 digits. Check it and type it again.",),
    "BadPersonalData.nik_region": (
        "There is no region with digits 3 and 4 of this NIK. Check it and type it again.",
    ),
    "BadPersonalData.nik_date": (
        "Digits 7 to 12 of this NIK are no date of birth. Check it and type it again.",
    ),
    "BadPersonalData.nik_serial": (
        "The last four digits of a NIK can't be 0000. Check it and type it again.",
    ),
    "BadPersonalData.phone": (
        "This is no Indonesian telephone number, such as 0812 3456 7890. "
        "Check it and type it again.",
    ),
    "AlreadyHasNumber": (
        "This person holds number {number} for {service} today. One number is enough.",
    ),
    "PersonNotNamed": ("Say whose data: --nik -, --phone - or --ticket B-014.",),
    "UnknownPriority": ("There is no priority class with code {priority}.",),
    "UnknownCounter": ("There is no counter {counter}. Check the counter's number.",),
    "CounterClosed": ("Counter {counter} is not in use. Sign in at another counter.",),
    "UnknownOfficer": (
        "The officer code or the PIN is wrong. Check both and try again in {wait_s} s.",
        "The officer code or the PIN is wrong. Check both and try again.",
    ),
    "TryLater": (
        "Wrong PINs were typed for this code. The next try is possible in {wait_s} s.",
        "Wrong PINs were typed for this code. Wait a little before the next try.",
    ),
    "OfficerLocked": (
        "The code {officer} is locked after too many wrong PINs. Ask the supervisor to open it.",
    ),
    "OfficerElsewhere": (
        "You are still signed in at counter {counter}. Sign out there first.",
        "You are still signed in at another counter. Sign out there first.",
    ),
    "CounterTaken": (
        "Counter {counter} is taken by officer {officer}. Choose another counter.",
        "Counter {counter} is taken. Choose another counter.",
    ),
    "CounterBusy": (
        "Number {number} is still at counter {counter}. Finish that visit first.",
        "A visitor is still at the counter. Finish that visit first.",
    ),
    "NotSignedIn": ("Nobody is signed in at counter {counter}. Sign in first.",),
    "NobodyWaiting": ("Nobody is waiting for counter {counter} now.", "Nobody is waiting now."),
    "NobodyAtCounter": (
        "No visitor has been called to counter {counter}. Call the next number first.",
    ),
    "UnknownTurn": ("This turn does not exist any more. Look at the list again.",),
    "UnknownTicket": ("There is no number {ticket} today. Check the number on the paper.",),
    "VisitorElsewhere": (
        "The visitor with number {number} is at counter {counter} now. Call another number.",
    ),
    "IllegalMove": (
        "Number {number} is {status}, so it can't be {move}.",
        "The turn is {status}, so it can't be {move}.",
        "That can't be done with this number now.",
    ),
    "ClockWrong": (
        "This PC's clock shows {now}, but the hall is at {business_date}. "
        "Set the clock right, or let the supervisor confirm the date.",
        "The clock of this PC is wrong. Set it right, or let the supervisor confirm the date.",
    ),
    "CatalogueFault": (
        "The catalogue {file} can't be loaded. Mend this first:\n{faults}",
        "The catalogue can't be loaded. Mend this first:\n{faults}",
    ),
    "ReportUnwritable": (
        "The report can't be written to {file}: {detail}. Name a file in a folder of yours.",
    ),
    "BadInput": ("The value of “{field}” can't be used. Nothing was changed; check it.",),
    "BadInput.type": ("The value of “{field}” is of the wrong kind. Nothing was changed.",),
    "BadInput.empty": ("“{field}” is empty. Fill it in and try again.",),
    "BadInput.too_long": ("“{field}” is too long: at most {longest}. Shorten it and try again.",),
    "BadInput.characters": (
        "“{field}” holds characters that can't be shown or printed. Type it anew.",
    ),
    "BadInput.range": ("“{field}” must be a whole number from {least} to {most}.",),
    "BadInput.key": ("“{field}” is no request id: it is a UUID, made once for each request.",),
    "RequestReused": ("The same request came again with another content. Please start again.",),
    "ReasonNeeded": ("Number {number} is still waiting. Name a reason to call it out of order.",),
    "NotServedHere": (
        "Number {number} is not for counter {counter}. Call a number of this counter's services.",
    ),
    "CursorPruned": ("The journal's events up to {first} were pruned. Follow it from there.",),
    "PrunedTooSoon": (
        "Events are kept for {least_days} days at least; {days} is too few. Nothing was dropped.",
    ),
    "DayUnknown": (
        "The hall has no closed day {date} in its journal.",
        "The hall has no closed day in its journal yet.",
    ),
    "JournalBroken.seq_missing": (
        "Event {seq} is missing from the journal; the next one is {found}. "
        "Keep a copy of the store, and compare it with a backup.",
    ),
    "JournalBroken.chain_broken": (
        "Event {seq} ({what}) was changed, or stands in another's place. "
        "Keep a copy of the store, and compare it with a backup.",
    ),
    "JournalBroken.does_not_follow": (
        "Event {seq} ({key}) can't have happened: {what}, expected {expected}, found {found}.",
        "Event {seq} ({key}) can't have happened: {what}.",
    ),
    "JournalBroken.head_differs": (
        "The journal's end is not where the store says: {found}, its events lead to {expected}.",
    ),
    "JournalBroken.anchor_differs": (
        "The anchor at event {seq} was changed or is gone. "
        "Keep a copy of the store, and compare it with a backup.",
    ),
    "JournalBroken.seal_differs": (
        "Event {seq} does not have the hash that was written down ({expected}): the journal's "
        "past was written anew. Keep a copy of the store, and compare it with a backup.",
    ),
    "JournalBroken.seal_pruned": (
        "Event {seq} was pruned, so its seal can't be checked any more. Use a later seal.",
    ),
    "JournalBroken.row_differs": (
        "The table {what} was changed behind the journal's back: {key}, {field} is {found}, "
        "by the events {expected}.",
        "The table {what} was changed behind the journal's back: {key} {field}.",
        "The table {what} was changed behind the journal's back: {key}.",
    ),
    "JournalBroken.series_differs": (
        "The numbers of {key} are not 1 to the last, each once: {found} instead of {expected} "
        "(least, greatest, count).",
    ),
    "JournalBroken.active_twice": ("Two visitors are called at the same time for {what} {key}.",),
    "JournalBroken": (
        "The journal is broken at event {seq} ({reason}). "
        "Keep a copy of the store, and compare it with a backup.",
        "The journal is broken ({reason}). Keep a copy of the store, and compare it with a backup.",
    ),
    "HallError": ("That is not possible in this hall now ({code}).",),
    # The store.
    "StoreMissing": ('There is no store at {url} yet. Make one with "anjungan init".',),
    "DatabaseMissing": (
        "The server has no database for {url}. Create it on the server first (createdb), "
        'then run "anjungan init".',
    ),
    "BadRequestId": ("{request} is no request id: it is a UUID, made once for each request.",),
    "BadPin": (
        "A PIN has 6 to 12 digits, typed the same way twice. Nothing was changed; try again.",
    ),
    "BadOfficerCode": (
        "{code} can't be an officer's code: use up to 32 letters, digits, dots or dashes.",
    ),
    "StoreUnreachable": (
        "The store {url} can't be reached. Check the network and the server. ({detail})",
        "The store {url} can't be reached. Check the network and the server.",
    ),
    "StoreLocked": (
        "The store has been held for {waited_s} seconds by the program {program} (process "
        "{process}). Try again; if it stays so, end or restart that program.",
        "The store has been held by another program for {waited_s} seconds. "
        "Try again; if it stays so, restart that program.",
        "The store is held by another program. Try again; if it stays so, restart that program.",
    ),
    "StoreReadOnly": (
        "The store {url} can be read but not written. Give this user the right to write.",
    ),
    "StoreForbidden": (
        "The database's user of this station may not do that ({detail}). Give it the role of "
        "what it does; anjungan init --roles makes the roles.",
    ),
    "RolesUnavailable.sqlite": (
        "A SQLite file knows no roles: whoever can open it can change it. Roles need PostgreSQL.",
    ),
    "RolesUnavailable": (
        "The database's roles can't be made: the user in {url} needs the right CREATEROLE.",
    ),
    "StoreFull": ("The disk of the store {url} is full. Make room, then try again.",),
    "StoreVersion": (
        'The store is of version {found}, this program of {expected}. Use "anjungan init" to '
        "upgrade an older store; for a newer one install the newer program.",
    ),
    "StoreEmpty": ('The store {url} holds no hall yet. Load one with "anjungan init".',),
    "StoreOnNetwork": (
        "The file {url} lies on a network folder ({kind}), where it can be damaged. "
        "Use a local disk, or PostgreSQL for several PCs.",
    ),
    "StoreUnsafe": (
        "SQLite {version} can damage the store. Install the program again with its own SQLite.",
    ),
    "StoreDamaged": (
        "The store {url} is damaged or is no database. Restore the last backup. ({detail})",
        "The store {url} is damaged or is no database. Restore the last backup.",
    ),
    "SiteUnknown": (
        "The store holds no site {site}, only: {sites}. Set ANJUNGAN_SITE to one of these.",
        "The store holds several sites: {sites}. Set ANJUNGAN_SITE to one of these.",
        "The store holds other sites. Set ANJUNGAN_SITE to one of them.",
    ),
    "StoreAddressFault": (
        "The store's address {url} can't be understood. Name a SQLite file, "
        "or postgresql://user@host/name.",
    ),
    "StoreInUse": (
        "The store {url} is open in: {programs}. Close the hall's programs on every PC first. "
        "Only a sound SQLite store can be replaced under them, with --force; then start them anew.",
    ),
    "OldStoreAside": (
        "A restore of {url} is at work, or was killed before it had checked what it restored. "
        "The old store lies in the schema {schema}, and may be the only good one. The manual "
        "says how to put it back or to give it up (Backup).",
    ),
    "StoreNotEmpty": (
        "There is a store at {url} already ({sites}, journal at {seq}). Back it up, then say "
        "--force to put the backup in its place.",
    ),
    "DatabaseProgramMissing": (
        "The program {program} is not installed here. Install PostgreSQL's client programs in "
        "the server's version (on Debian: postgresql-client).",
    ),
    "DatabaseProgramFailed": (
        "{program} gave up, and nothing was changed: {detail}. Where it speaks of versions, "
        "install the client programs of the server's version.",
        "{program} gave up, and nothing was changed.",
    ),
    "StoreProblem": ("The store can't be used now ({code}). Call the technician.",),
    # Backups.
    "BackupNotWritten": (
        "{file} can't be written: {detail}. Name a folder on a disk with enough room.",
    ),
    "BackupExists": (
        "{file} is there already and is no older backup of this hall. Name another file.",
    ),
    "BackupUnreadable": (
        "{file} is no backup that this program can read ({detail}).",
        "{file} is no backup that this program can read.",
    ),
    "BackupDamaged": (
        "The backup {file} is damaged ({detail}), and nothing was changed. Take an earlier one.",
    ),
    "BackupNewer": (
        "The backup {file} is of version {found}, this program of {expected}. Install the newer "
        "program first.",
    ),
    "BackupOfOtherDatabase": (
        "The backup {file} is of a store in {found}, and this store is in {expected}. Restore it "
        "into a store of its own kind.",
    ),
    "BackupInconsistent": (
        "What the backup {file} holds does not pass the check, and nothing was changed. Take an "
        "earlier one, or say --despite-faults.\n{faults}",
    ),
    "BackupProblem": ("The backup {file} can't be used ({code}).",),
    # Devices.
    "BadDeviceUrl": (
        "The device address {url} can't be understood: {reason}. "
        "Write for example tcp://192.168.1.9:9100.",
        "The device address {url} can't be understood. Write for example tcp://192.168.1.9:9100.",
    ),
    "BadLogo": ("The logo {file} can't be printed: {reason}. Name a picture in black and white.",),
    "PadFileFault": ("The call pad file {file} can't be used. Mend this first:\n{faults}",),
    "DeviceProblem": ("A device can't be used as it is set up ({code}). Check the settings.",),
    # The station.
    "UnknownSetting": ("There is no setting {key} ({place}). Did you mean {nearest}?",),
    "BadSetting": ("The setting {key} ({place}) can't be “{value}”. {wanted}",),
    "BadSettingsFile": ("The settings file {place} can't be read: {detail}",),
    "AlreadyRunning": (
        "{application} is already running at station {station} (process {pid}). "
        "Close that window first.",
        "{application} is already running at station {station}. Close that window first.",
    ),
    "StationError": ("The program can't start here ({code}). Call the technician.",),
    "SettingsFault": ("The settings can't be used ({code}). Check the settings file.",),
    "DemoOnRealHall": (
        "The site {site} is a real hall: demo officers, whose PIN all know, don't belong there.",
    ),
    "AccessibilityFault": ("A window can't be worked from outside: {message}",),
    "VirtualScreenFault": ("The virtual screen can't start: {program}: {detail}",),
}

STATUS_WORDS: Final[Mapping[str, str]] = {
    "waiting": "still waiting",
    "called": "called",
    "serving": "being served",
    "held": "on hold",
    "done": "done",
    "missed": "marked as missed",
    "cancelled": "cancelled",
    "closed": "closed at the end of the day",
}

FIELD_WORDS: Final[Mapping[str, str]] = {
    "nik": "NIK",
    "phone": "telephone number",
}

MOVE_WORDS: Final[Mapping[str, str]] = {
    "call": "called to a counter",
    "recall": "called again",
    "start": "served",
    "finish": "finished",
    "missed": "marked as not present",
    "return": "returned to the queue",
    "hold": "put on hold",
    "resume": "resumed",
    "undo": "put back",
    "transfer": "transferred",
    "cancel": "cancelled now",
    "close": "closed",
}
