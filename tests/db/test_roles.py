"""What each role of PostgreSQL may do, and what the server itself refuses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy.engine import make_url

from db import calls, desks, stations
from db.board import board
from db.catalogue import load_catalogue
from db.day import confirm_date
from db.errors import RolesUnavailable, StoreForbidden, StoreUnreachable
from db.halls import hall as read_hall
from db.journal import Kind, chained
from db.persons import delete_person
from db.purge import purge
from db.quota_settings import set_quota
from db.roles import ADMIN, COUNTER, DISPLAY, KIOSK, create_roles
from db.store import Store, Tx, new_request, open_store
from db.tickets import issue_ticket
from db.verify import verify
from rules.chain import GENESIS
from rules.errors import QuotaReached, UnknownOfficer
from tests.support.roles import station_users
from tests.support.small_hall import KK, PIN, SetClock, SmallHall, catalogue, prepare

pytestmark = pytest.mark.postgresql


@pytest.fixture
def users(fresh_database_url: str) -> Iterator[Mapping[str, str]]:
    """The small hall with its roles: its address as each of them, and as "owner"."""
    prepare(fresh_database_url)
    owner = open_store(fresh_database_url)
    create_roles(owner)
    owner.close()
    with station_users(fresh_database_url) as found:
        yield {**found, "owner": fresh_database_url}


@pytest.fixture
def stores(users: Mapping[str, str]) -> Iterator[Mapping[str, Store]]:
    opened = {role: open_store(url) for role, url in users.items()}
    yield opened
    for store in opened.values():
        store.close()


def issue(store: Store, actor: str = "kiosk:kios-1") -> str:
    return store.run(
        lambda tx: issue_ticket(tx, request=new_request(), actor=actor, services=[KK])
    ).number


def refuses(store: Store, statement: str) -> None:
    with pytest.raises(StoreForbidden), store.connected() as connection:
        connection.rows(statement, {})


def test_each_station_does_its_work_as_its_own_user(stores: Mapping[str, Store]) -> None:
    number = issue(stores[KIOSK])
    desks.sign_in(stores[COUNTER], request=new_request(), officer="ani", pin=PIN, counter="1")
    called = stores[COUNTER].run(
        lambda tx: calls.call_next(tx, request=new_request(), actor="officer:ani", counter="1")
    )
    with stores[DISPLAY].read() as view:
        shown = board(view).calls
    stations.beat(stores[DISPLAY], station="tv", device="display", state="ready")
    stations.announced(stores[DISPLAY], station="tv", call_seq=shown[0].call_seq)
    stores[ADMIN].run(lambda tx: confirm_date(tx, request=new_request(), actor="cli:siti"))
    with stores[ADMIN].read() as view:
        seen = stations.devices(view)
        spoken = stations.last_announced(view, "tv")

    assert (called.number, shown[0].number) == (number, number)
    assert {device.device for device in seen} == {"display", "announcer"}
    assert spoken == shown[0].call_seq


def test_nobody_touches_the_head_a_series_or_the_past(
    stores: Mapping[str, Store], users: Mapping[str, str]
) -> None:
    issue(stores["owner"], "cli:test")
    owned = SmallHall(users["owner"], SetClock())
    before = owned.dump()

    for statement in (
        "UPDATE feed_head SET seq = 0",
        "UPDATE feed_head SET business_date = '2020-01-01'",
        "SELECT * FROM feed_head FOR UPDATE",
        "UPDATE series SET last = 0",
        "INSERT INTO series (site, business_date, prefix, last, last_at)"
        " VALUES ('UJI', 'x', 'Q', 1, 1)",
        "DELETE FROM series",
        "UPDATE feed_event SET actor = 'somebody else'",
        "DELETE FROM feed_event",
        "INSERT INTO feed_event (site, seq, kind, actor, data, at, hash)"
        " VALUES ('UJI', 99, 'X', 'x', '{}', 1, 'x')",
        "UPDATE ticket SET number = 7",
        "INSERT INTO feed_right VALUES ('x', '*', '')",
        "UPDATE site SET signing_key = ''",
        "TRUNCATE feed_event",
        "CREATE TABLE public.mine (id int)",
    ):
        for role in (KIOSK, DISPLAY, COUNTER, ADMIN):
            refuses(stores[role], statement)

    assert owned.dump() == before
    owned.close()


def test_quota_pins_catalogue_and_officers_are_within_the_roles(
    stores: Mapping[str, Store], users: Mapping[str, str]
) -> None:
    stores[ADMIN].run(
        lambda tx: set_quota(
            tx, request=new_request(), actor="cli:siti", service=KK, pool="kiosk", places=1
        )
    )
    issue(stores[KIOSK])
    with pytest.raises(QuotaReached):
        issue(stores[KIOSK])
    with pytest.raises(UnknownOfficer):
        desks.sign_in(
            stores[COUNTER], request=new_request(), officer="ani", pin="111111", counter="1"
        )
    load_catalogue(stores[ADMIN], catalogue(name="MPP Baru"), actor="cli:siti")

    with stores[DISPLAY].read() as view:
        assert read_hall(view).site.name == "MPP Baru"
    owner = open_store(users["owner"])
    assert verify(owner).faults == ()
    owner.close()


def test_a_new_day_is_begun_by_whichever_station_comes_first(
    stores: Mapping[str, Store], users: Mapping[str, str]
) -> None:
    issue(stores[KIOSK])
    yesterday = (datetime.now(ZoneInfo("Asia/Jakarta")) - timedelta(days=1)).date().isoformat()
    with stores["owner"].connected() as connection:
        for table in ("feed_head", "ticket", "turn", "series"):
            connection.rows(f"UPDATE {table} SET business_date = '{yesterday}'", {})

    number = issue(stores[KIOSK])

    owned = SmallHall(users["owner"], SetClock())
    assert number == "B-001"
    assert owned.rows("SELECT status FROM turn ORDER BY queued_seq") == [("closed",), ("waiting",)]
    owned.close()


_FORBIDDEN = {
    KIOSK: (
        "SELECT pin_hash FROM officer",
        "SELECT name FROM officer",
        "UPDATE service SET is_open = false",
        "INSERT INTO zone SELECT * FROM zone",
        "UPDATE turn SET status = 'done'",
        "SELECT last_digits FROM personal_datum",
    ),
    DISPLAY: (
        "SELECT signing_key FROM site",
        "SELECT code FROM officer",
        "INSERT INTO announcement VALUES ('UJI', 'tv', 1, 1)",
        "UPDATE device_state SET state = 'x'",
        "SELECT anjungan_open('UJI', NULL)",
    ),
    COUNTER: (
        "UPDATE officer SET role = 'supervisor'",
        "UPDATE officer SET pin_hash = ''",
        "SELECT signing_key FROM site",
        "UPDATE turn SET ticket = id",
        "UPDATE service SET is_open = false",
        "SELECT digest FROM personal_datum",
    ),
    ADMIN: ("SELECT signing_key FROM feed_head, site FOR UPDATE OF feed_head",),
}


def test_a_role_has_no_more_than_it_needs(stores: Mapping[str, Store]) -> None:
    for role, statements in _FORBIDDEN.items():
        for statement in statements:
            refuses(stores[role], statement)


_FORGERIES = (
    (KIOSK, Kind.TURN_CALLED, "kiosk:kios-1"),
    (KIOSK, Kind.DAY_CONFIRMED, "kiosk:kios-1"),
    (KIOSK, Kind.TICKET_ISSUED, "officer:ani"),
    (COUNTER, Kind.OFFICER_SAVED, "officer:ani"),
    (COUNTER, Kind.TICKET_ISSUED, "officer:ani"),
    (COUNTER, Kind.TURN_CALLED, "cli:root"),
)


def test_the_journal_takes_only_what_a_role_does_under_its_own_name(
    stores: Mapping[str, Store],
) -> None:
    for role, kind, actor in _FORGERIES:
        with pytest.raises(StoreForbidden):
            stores[role].run(partial(forge, kind, actor))


def forge(kind: Kind, actor: str, tx: Tx) -> None:
    tx.open(new_request(), actor, kind)
    tx.event(kind, data={})


_ASTRAY = (
    # A seq that isn't next, a time before the last event, a time to come.
    "anjungan_append('UJI', h.seq + 2, 'PrintRecorded', NULL, NULL, NULL, NULL, 'kiosk:a',"
    " '{}', h.at)",
    "anjungan_append('UJI', h.seq + 1, 'PrintRecorded', NULL, NULL, NULL, NULL, 'kiosk:a',"
    " '{}', h.at - 1)",
    "anjungan_append('UJI', h.seq + 1, 'PrintRecorded', NULL, NULL, NULL, NULL, 'kiosk:a',"
    " '{}', anjungan_clock() + 60000000)",
    # A number that isn't next, on another date, or again from the first.
    "anjungan_give_number('UJI', h.business_date, 'B', 3, h.at, gen_random_uuid(),"
    " gen_random_uuid(), 'id', 'kiosk', 1, NULL, 'a')",
    "anjungan_give_number('UJI', '2020-01-01', 'B', 1, h.at, gen_random_uuid(),"
    " gen_random_uuid(), 'id', 'kiosk', 1, NULL, 'a')",
    "anjungan_give_number('UJI', h.business_date, 'B', 1, h.at, gen_random_uuid(),"
    " gen_random_uuid(), 'id', 'kiosk', 1, NULL, 'a')",
    # A place of a quota that there isn't.
    "anjungan_take_place('UJI', h.business_date, 'DUKCAPIL.KK', 'kiosk')",
    # A day that isn't over.
    "anjungan_begin_day('UJI', h.business_date, '2031-01-01', h.at)",
)


def test_a_kiosk_cannot_lead_the_functions_astray(
    stores: Mapping[str, Store], users: Mapping[str, str]
) -> None:
    issue(stores[KIOSK])
    owned = SmallHall(users["owner"], SetClock())
    before = owned.dump()

    for call in _ASTRAY:
        with (
            pytest.raises((StoreUnreachable, psycopg.errors.UniqueViolation)),
            stores[KIOSK].connected() as connection,
        ):
            connection.rows(f"SELECT {call} FROM feed_head h WHERE h.site = 'UJI'", {})

    assert owned.dump() == before
    owned.close()


def test_places_and_personal_data_pass_through_kiosk_and_administrator(
    stores: Mapping[str, Store],
) -> None:
    nik = "3578011202870001"

    def take(store: Store, nik: str) -> str:
        request = new_request()
        return store.run(
            lambda tx: issue_ticket(
                tx, request=request, actor="cli:siti", services=[KK], personal={"nik": nik}
            )
        ).number

    with stores["owner"].connected() as connection:
        connection.rows("UPDATE service SET demands = :d", {"d": '["nik"]'})
    stores[ADMIN].run(
        lambda tx: set_quota(
            tx,
            request=new_request(),
            actor="cli:siti",
            service=KK,
            pool="kiosk",
            places=2,
        )
    )

    numbers = [take(stores[ADMIN], nik), take(stores[ADMIN], "3273056010900009")]
    with pytest.raises(QuotaReached):
        take(stores[ADMIN], "3602041211870001")
    gone = stores[ADMIN].run(
        lambda tx: delete_person(tx, request=new_request(), actor="cli:siti", nik=nik)
    )
    with stores["owner"].connected() as connection:
        connection.rows("UPDATE personal_datum SET purge_on = '2020-01-01'", {})
    purged = purge(stores[KIOSK], actor="kiosk:kios-1")

    assert numbers == ["B-001", "B-002"]
    assert gone == {"tickets": 1, "nik": 1, "phone": 0}
    assert purged == {"nik": 1}
    # Its key would tell the NIK behind each of them: there aren't so many.
    refuses(stores[KIOSK], "SELECT digest FROM personal_datum")
    refuses(stores[KIOSK], "SELECT last_digits FROM personal_datum")
    refuses(stores[KIOSK], "INSERT INTO personal_datum SELECT * FROM personal_datum")
    refuses(stores[KIOSK], "DELETE FROM personal_datum")
    refuses(stores[KIOSK], "UPDATE quota_used SET used = 0")


def test_a_display_writes_its_own_heartbeat_and_nobody_elses(stores: Mapping[str, Store]) -> None:
    stations.beat(stores[KIOSK], station="kios-1", device="printer", state="ready")

    with pytest.raises(StoreForbidden):
        stations.beat(stores[DISPLAY], station="kios-1", device="printer", state="paper_out")

    stations.beat(stores[DISPLAY], station="tv", device="display", state="ready")
    stations.beat(stores[DISPLAY], station="tv", device="display", state="away")
    with stores["owner"].read() as view:
        states = {(d.station, d.device): d.state for d in stations.devices(view)}
    assert states == {("kios-1", "printer"): "ready", ("tv", "display"): "away"}


def test_what_the_owner_wrote_before_there_were_users_is_the_stations_now(
    stores: Mapping[str, Store],
) -> None:
    stations.beat(stores["owner"], station="tv", device="display", state="ready")

    stations.beat(stores[DISPLAY], station="tv", device="display", state="away")

    with pytest.raises(StoreForbidden):
        stations.beat(stores[KIOSK], station="tv", device="display", state="ready")


def test_a_stranger_to_the_groups_may_call_no_function(
    users: Mapping[str, str], stores: Mapping[str, Store]
) -> None:
    stranger = f"{make_url(users['owner']).database}_stranger"
    with stores["owner"].connected() as connection:
        connection.rows(f"CREATE ROLE {stranger} LOGIN", {})
        functions = connection.rows(
            "SELECT p.proname FROM pg_proc p WHERE p.proname LIKE 'anjungan%' AND"
            f" has_function_privilege('{stranger}', p.oid, 'EXECUTE')",
            {},
        )
        connection.rows(f"DROP ROLE {stranger}", {})

    assert functions == []


def test_an_event_that_is_no_json_is_refused(stores: Mapping[str, Store]) -> None:
    with (
        pytest.raises(psycopg.errors.InvalidTextRepresentation),
        stores[KIOSK].connected() as connection,
    ):
        connection.rows(
            "SELECT anjungan_append('UJI', h.seq + 1, 'PrintRecorded', NULL, NULL, NULL, NULL,"
            " 'kiosk:a', 'x', h.at) FROM feed_head h WHERE h.site = 'UJI'",
            {},
        )


def test_only_the_owner_sets_a_tests_clock(stores: Mapping[str, Store]) -> None:
    with stores[KIOSK].connected() as connection:
        connection.rows("SET anjungan.clock = '1'", {})
        kiosk = connection.rows("SELECT anjungan_clock()", {})[0][0]
        connection.rows("RESET anjungan.clock", {})
    with stores["owner"].connected() as connection:
        connection.rows("SET anjungan.clock = '1'", {})
        owner = connection.rows("SELECT anjungan_clock()", {})[0][0]
        connection.rows("RESET anjungan.clock", {})

    assert kiosk > 1_700_000_000_000_000
    assert owner == 1


def test_roles_are_made_again_without_harm(users: Mapping[str, str]) -> None:
    owner = open_store(users["owner"])
    create_roles(owner)
    kiosk = open_store(users[KIOSK])

    assert issue(kiosk) == "B-001"
    refuses(kiosk, "UPDATE series SET last = 0")
    kiosk.close()
    owner.close()


def test_a_user_without_createrole_is_told_so(users: Mapping[str, str]) -> None:
    kiosk = open_store(users[KIOSK])

    with pytest.raises(RolesUnavailable) as refused:
        create_roles(kiosk)

    assert refused.value.fields["reason"] == "privilege"
    kiosk.close()


_ACTORS = ("kiosk:kios-1", 'kiosk:Béla "Ünal"\\', "kiosk:日本🎫")


def test_the_servers_chain_is_the_one_that_we_compute(
    stores: Mapping[str, Store],
) -> None:
    for actor in _ACTORS:
        issue(stores[KIOSK], actor)

    with stores["owner"].read() as view:
        rows = view.rows(
            "SELECT site, seq, kind, request, ticket, turn, counter, actor, data, at, hash"
            " FROM feed_event ORDER BY seq"
        )
    previous = GENESIS
    for row in rows:
        previous = chain_of(previous, row)
        assert previous == row[-1]


def chain_of(previous: str, row: tuple[object, ...]) -> str:
    names = ("site", "seq", "kind", "request", "ticket", "turn", "counter", "actor", "data", "at")
    return chained(previous, dict(zip(names, row, strict=False)))
