"""Where the hall stands, read from its rows in the shape of ``rules.replay``'s state.

For ``db.verify``, which compares the two, for anchors, and for a day that is opened again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.number import label

if TYPE_CHECKING:  # a command closes a day, and asks here what the next one holds
    from db.transaction import Tx, View

_TURNS = """
    SELECT t.id, t.ticket, k.prefix, k.number, t.service, t.lane, t.status, t.counter, t.officer,
      t.is_paused, t.queued_seq, t.queued_at, t.due_at, t.target_counter, t.called_seq,
      t.called_at, t.started_at, t.ended_at, t.calls
    FROM turn t JOIN ticket k ON k.id = t.ticket
    WHERE t.site = :site AND t.business_date = :date
"""
_JOBS = """
    SELECT j.ticket, j.copy, j.state FROM ticket k JOIN print_job j ON j.ticket = k.id
    WHERE k.site = :site AND k.business_date = :date
"""
_STANDING = "SELECT seq, hash, business_date FROM feed_head WHERE site = :site"


def head(view: Tx | View) -> tuple[int, str, str]:
    """Return the journal's last seq and hash, and the hall's date as it is stored."""
    seq, digest, date = view.rows(_STANDING, site=view.site.code)[0]
    return int(seq), str(digest), str(date)


def state(view: Tx | View, seq: int, date: str) -> dict[str, Any]:
    """Return where the hall stands by its rows, as ``Replay.state`` would give it.

    Args:
        view: A snapshot, or a command.
        seq: The journal's last seq.
        date: The hall's date as it is stored; a snapshot may already show the next one.
    """
    sessions = view.rows(
        "SELECT counter, officer FROM desk_session WHERE site = :site AND ended_at IS NULL",
        site=view.site.code,
    )
    return {
        "seq": seq,
        "date": date,
        "since": 0,
        "reopened": False,
        "series": series(view, date),
        "turns": turns(view, date),
        "sessions": {str(counter): str(officer) for counter, officer in sessions},
        "jobs": jobs(view, date),
    }


def series(view: Tx | View, date: str) -> dict[str, int]:
    """Return the last number of each series of a date."""
    rows = view.rows(
        "SELECT prefix, last FROM series WHERE site = :site AND business_date = :date",
        site=view.site.code,
        date=date,
    )
    return {str(prefix): int(last) for prefix, last in rows}


def turns(view: Tx | View, date: str, condition: str = "") -> dict[str, list[Any]]:
    """Return the turns of a date, each with its values in the order of ``TURN_FIELDS``."""
    rows = view.rows(_TURNS + condition, site=view.site.code, date=date)
    return {
        str(row[0]): [
            row[1],
            label(row[2], row[3]),
            *row[4:9],
            bool(row[9]),
            *row[10:17],
            # A turn that the day's end closed: its event names no turn and no instant.
            None if row[6] == "closed" else row[17],
            row[18],
        ]
        for row in rows
    }


def jobs(view: Tx | View, date: str, condition: str = "") -> dict[str, str]:
    """Return the states of the papers of a date's tickets."""
    rows = view.rows(_JOBS + condition, site=view.site.code, date=date)
    return {f"{ticket}.{copy}": str(state) for ticket, copy, state in rows}


def reopened(view: Tx | View) -> dict[str, Any]:
    """Return what a day that begins already holds, for its event; mostly nothing.

    A wrong clock had run ahead, and the date comes a second time: its numbers go on, and who
    was missed may still come back.
    """
    date = view.business_date
    held = series(view, date)
    if not held:
        return {}
    missed = " AND t.status = 'missed'"
    papers = (
        " AND EXISTS (SELECT 1 FROM turn t WHERE t.ticket = k.id"
        " AND t.business_date = :date AND t.status = 'missed')"
    )
    return {
        "reopened": {
            "series": held,
            "turns": turns(view, date, missed),
            "jobs": jobs(view, date, papers),
        }
    }
