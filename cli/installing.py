"""`anjungan init`: create or upgrade the store, load a catalogue, prepare a demo.

Apart from the other commands, since only this one needs the schema and Alembic.
"""

from __future__ import annotations

from pathlib import Path

import assets
from cli.output import Session
from db import desks, halls
from db.catalogue import Loaded, drop_unused_sample, load_catalogue, sites
from db.catalogue_file import read_catalogue
from db.install import install, installed
from db.journal import Kind
from db.roles import create_roles
from db.store import Store, Tx, new_request
from rules.errors import HallError
from station.texts import Texts

DEMO_PIN = "123456"


class DemoOnRealHall(HallError):
    """Demo officers with a known PIN don't belong into a real hall. Fields: site."""


def init(session: Session, file: Path | None, *, is_demo: bool, with_roles: bool = False) -> None:
    """Create or upgrade the store, and load a catalogue where one is due.

    The sample goes into an empty store only: an upgrade never touches a real hall's
    catalogue unless a file is named.
    """
    # Read before anything is made: a faulty file leaves no half-done store behind.
    named = read_catalogue(file) if file else None
    install(session.settings.database)
    store = installed(session.settings.database, session.settings.site or "")
    try:
        present = sites(store)
        if present and is_demo:
            # Before anything is written: naming a catalogue must be no way around.
            store.site = session.settings.site or present[0]
            _refuse_real_hall(store)
        if named is not None and present and named.site.code not in present:
            drop_unused_sample(store)
            present = sites(store)
        loaded: Loaded | None = None
        if named is not None or not present:
            content = named or read_catalogue(assets.sample_catalogue())
            loaded = load_catalogue(
                store, content, actor=session.actor, always_open=True if is_demo else None
            )
        else:
            store.site = session.settings.site or present[0]
        officers = _add_demo(session, store) if is_demo else 0
        roles = create_roles(store) if with_roles else ()
        with store.read() as view:
            found = halls.hall(view)
    finally:
        store.close()
    document: dict[str, object] = {
        "site": found.site.code,
        "catalogue": "loaded" if loaded and loaded.changed else "unchanged",
        "agencies": len(found.agencies),
        "services": sum(len(agency.services) for agency in found.agencies),
        "counters": len(found.counters),
        "officers": officers,
    }
    if roles:
        document["roles"] = roles
    words = _init_words(session.texts, found, loaded, officers)
    if roles:
        words += "\n" + session.texts.t(
            "Roles: {roles}. Make a user for each station, as a member of one of them.",
            roles=", ".join(roles),
        )
    session.give(document, words)


def _init_words(texts: Texts, found: halls.Hall, loaded: Loaded | None, officers: int) -> str:
    lines = [
        texts.t(
            "{name} {place}: {agencies} agencies, {services} services, {counters} counters.",
            name=found.site.name,
            place=found.site.place,
            agencies=len(found.agencies),
            services=sum(len(agency.services) for agency in found.agencies),
            counters=len(found.counters),
        )
    ]
    if loaded is None:
        lines.append(texts.t("The catalogue stays as it is; name a file to change it."))
    if found.site.is_sample:
        lines.append(texts.t("This is sample data: fees and durations need a check."))
    if officers:
        lines.append(
            texts.t(
                "For trying out: officers petugas1 to petugas{count}, PIN {pin}; always open.",
                count=officers,
                pin=DEMO_PIN,
            )
        )
    return "\n".join(lines)


def _refuse_real_hall(store: Store) -> None:
    """Let a demo into a demo, or into the sample as long as nobody works with it.

    Raises:
        DemoOnRealHall: Anything else: a PIN that everybody knows has no place there.
    """
    with store.read() as view:
        site = halls.hall(view).site
        used = view.rows(
            "SELECT (SELECT count(*) FROM officer WHERE site = :site),"
            " (SELECT count(*) FROM series WHERE site = :site)",
            site=view.site.code,
        )[0]
    if not site.is_always_open and (not site.is_sample or any(used)):
        raise DemoOnRealHall(site=site.code)


def _add_demo(session: Session, store: Store) -> int:
    with store.read() as view:
        found = halls.hall(view)
    pin_hash = desks.hash_pin(DEMO_PIN)
    request = new_request()
    count = len(found.counters)

    def add(tx: Tx) -> None:
        if tx.open(request, session.actor, Kind.DEMO_PREPARED) is not None:
            return
        tx.write("UPDATE site SET is_always_open = true WHERE code = :site", site=tx.site.code)
        for number in range(1, count + 1):
            desks.add_officer(
                tx, code=f"petugas{number}", name=f"Petugas {number}", pin_hash=pin_hash
            )
        tx.event(Kind.DEMO_PREPARED, data={"officers": count})

    store.run(add)
    return count
