"""Print the journal, and follow it."""

from __future__ import annotations

from cli.output import Session, to_json, write
from cli.queue import opened
from db.feed import FeedReader, events_after
from db.journal import Event
from db.store import Store


def journal(session: Session, after: int, *, follow: bool) -> None:
    """Print events after a seq; with ``follow`` go on until interrupted."""
    with opened(session) as store:
        cursor = _catch_up(session, store, after)
        if follow:
            _follow(session, store, cursor)


def _catch_up(session: Session, store: Store, after: int) -> int:
    cursor = after
    while True:
        with store.read() as view:
            events = events_after(view, cursor)
        for event in events:
            write(_line(session, event))
        if not events:
            return cursor
        cursor = events[-1].seq


def _follow(session: Session, store: Store, cursor: int) -> None:
    reader = FeedReader(store, cursor)
    try:
        while True:
            for event in reader.wait(60):
                write(_line(session, event))
    except KeyboardInterrupt:
        # The usual way to stop following.
        return
    finally:
        reader.close()


def _line(session: Session, event: Event) -> str:
    if session.is_json:
        return to_json(
            {
                "seq": event.seq,
                "kind": event.kind,
                "number": event.number,
                "turn": event.turn,
                "counter": event.counter,
                "actor": event.actor,
                "at": event.at,
            }
        )
    fields = [event.at.isoformat(timespec="seconds"), event.kind, event.number or "-"]
    fields += [event.counter or "-", event.actor]
    return f"{event.seq:>6}  " + "  ".join(fields)
