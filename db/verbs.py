"""The few statements that a command is made of, as each database wants them.

On SQLite they are plain SQL. On PostgreSQL they call functions that run with the owner's rights
(``db/migrations/functions.py``), since no application may hold UPDATE on the head of the journal
or on a series. Both take the same named values; each uses those that it needs.
"""

from __future__ import annotations

from dataclasses import dataclass

FACTS = (
    "h.seq, h.hash, h.business_date, h.at, s.time_zone, s.is_always_open, s.catalogue_hash,"
    " s.ordinary_min, s.priority_min, s.booked_min, s.returned_min"
)
"""What every command and every read know of their site first."""

_PRIOR = "e.seq, e.kind, e.request, e.ticket, e.turn, e.counter, e.actor, e.data, e.at, e.hash"
_HEAD = "FROM feed_head h JOIN site s ON s.code = h.site"


@dataclass(frozen=True, slots=True)
class Verbs:
    """One database's statements.

    Attributes:
        open: The site's facts, then the event that an earlier try of the request left, or
            nulls; on PostgreSQL it takes the site's lock and gives the clock as last column.
        look: The site's facts for a read; on PostgreSQL with the clock as last column.
        append: Write one event. On PostgreSQL the hash is made there, and the head moves on.
        give_number: Take the next number of a series and write its ticket.
        begin_day: Close what is open of the business date and move on to ``:next``.
        move_head: Write the head at the commit; '' where ``append`` did it.
        take_place: Take a place of a quota's pool on the business date.
        purge: Delete personal data whose time is over, ``:batch`` at most; gives their fields.
        beat: Keep a station's word about one of its devices.
        announced: Keep that a station has spoken a call.
    """

    open: str
    look: str
    append: str
    give_number: tuple[str, ...]
    begin_day: tuple[str, ...]
    move_head: str
    take_place: str
    purge: str
    beat: tuple[str, ...]
    announced: tuple[str, ...]


_TICKET = (
    "INSERT INTO ticket (id, site, business_date, prefix, number, request, language, channel,"
    " party_size, priority, station, issued_at) VALUES (:ticket, :site, :business_date, :prefix,"
    " :number, :request, :language, :channel, :party_size, :priority, :station, :at)"
)

SQLITE = Verbs(
    open=f"SELECT {FACTS}, {_PRIOR} {_HEAD} LEFT JOIN feed_event e ON e.site = h.site"
    " AND e.request = :request WHERE h.site = :site",
    look=f"SELECT {FACTS} {_HEAD} WHERE h.site = :site",
    append="INSERT INTO feed_event"
    " (site, seq, kind, request, ticket, turn, counter, actor, data, at, hash) VALUES"
    " (:site, :seq, :kind, :request, :ticket, :turn, :counter, :actor, :data, :at, :hash)",
    give_number=(
        "INSERT INTO series (site, business_date, prefix, last, last_at)"
        " VALUES (:site, :business_date, :prefix, :number, :at)"
        " ON CONFLICT DO UPDATE SET last = excluded.last, last_at = excluded.last_at",
        _TICKET,
    ),
    begin_day=(
        "UPDATE turn SET status = 'closed', outcome = 'closed', ended_at = :at WHERE site = :site"
        " AND business_date = :old AND status IN ('waiting', 'called', 'serving', 'held')",
        "UPDATE feed_head SET business_date = :next WHERE site = :site",
    ),
    move_head="UPDATE feed_head SET seq = :seq, hash = :hash, at = :at WHERE site = :site",
    take_place="INSERT INTO quota_used (site, business_date, service, pool, used)"
    " VALUES (:site, :today, :service, :pool, 1)"
    " ON CONFLICT (site, business_date, service, pool) DO UPDATE SET used = quota_used.used + 1",
    purge="DELETE FROM personal_datum WHERE site = :site AND purge_on <= :today"
    " AND (ticket, field) IN (SELECT ticket, field"
    " FROM personal_datum WHERE site = :site AND purge_on <= :today"
    " ORDER BY purge_on, ticket, field LIMIT :batch) RETURNING field",
    beat=(
        "INSERT INTO device_state (site, station, device, state, detail, at)"
        " VALUES (:site, :station, :device, :state, :detail, :at)"
        " ON CONFLICT DO UPDATE SET state = excluded.state, detail = excluded.detail,"
        " at = excluded.at",
    ),
    announced=(
        "INSERT INTO announcement (site, station, call_seq, at)"
        " VALUES (:site, :station, :call_seq, :at) ON CONFLICT DO NOTHING",
        "DELETE FROM announcement WHERE site = :site AND station = :station"
        " AND call_seq < :call_seq - 10000",
    ),
)

POSTGRESQL = Verbs(
    open="SELECT * FROM anjungan_open(:site, :request)",
    look=f"SELECT {FACTS}, anjungan_clock() {_HEAD} WHERE h.site = :site",
    append="SELECT anjungan_append(:site, :seq, :kind, :request, :ticket, :turn, :counter,"
    " :actor, :data, :at)",
    give_number=(
        "SELECT anjungan_give_number(:site, :business_date, :prefix, :number, :at, :ticket,"
        " :request, :language, :channel, :party_size, :priority, :station)",
    ),
    begin_day=("SELECT anjungan_begin_day(:site, :old, :next, :at)",),
    move_head="",
    take_place="SELECT anjungan_take_place(:site, :today, :service, :pool)",
    purge="SELECT * FROM anjungan_purge(:site, :today, :batch)",
    beat=("SELECT anjungan_beat(:site, :station, :device, :state, :detail)",),
    announced=("SELECT anjungan_announced(:site, :station, :call_seq)",),
)
