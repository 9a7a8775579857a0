"""Eight kiosks on one quota, on both databases: never exceeded, exactly used up."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from db.quota_settings import set_quota
from db.store import new_request, open_store
from db.verify import verify
from rules.number import parse
from tests.support.rush import KIOSKS
from tests.support.small_hall import ACTOR, KK, SIM, SKCK, SetClock, SmallHall, prepare

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(200)]
ROOT = Path(__file__).parents[2]
PLACES = {
    (KK, "kiosk"): 90,
    (KK, "priority"): 20,
    (KK, "booking"): 25,
    (SKCK, "kiosk"): 30,
    (SIM, "kiosk"): 10,
}


def test_eight_kiosks_use_a_quota_up_and_never_exceed_it(store_url: str) -> None:
    prepare(store_url)
    store = open_store(store_url, clock=SetClock())
    for (service, pool), places in PLACES.items():
        # What wasn't booked was released long ago.
        more = {"release_at": "08.00"} if pool == "booking" else {}
        store.run(
            lambda tx, service=service, pool=pool, places=places, more=more: set_quota(  # type: ignore[misc]
                tx,
                request=new_request(),
                actor=ACTOR,
                service=service,
                pool=pool,
                places=places,
                **more,
            )
        )
    store.close()

    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.support.rush", store_url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert [kiosk["fault"] for kiosk in told if "fault" in kiosk] == []
    assert len(told) == KIOSKS
    numbers = [number for kiosk in told for number in kiosk["numbers"]]
    parsed = sorted(parse(number) or ("", 0) for number in numbers)
    assert parsed == [("B", place) for place in range(1, 136)]
    hall = SmallHall(store_url, SetClock())
    used = {
        (row[0], row[1]): row[2] for row in hall.rows("SELECT service, pool, used FROM quota_used")
    }
    taken = Counter(
        (service, pool)
        for event in hall.journal()
        if event.kind == "TicketIssued"
        for service, pool in event.data["places"].items()
    )
    turns = dict(hall.rows("SELECT service, count(*) FROM turn GROUP BY service"))
    found = verify(hall.store)
    hall.close()
    assert found.faults == ()
    assert used == PLACES == taken
    assert turns == {KK: 135, SKCK: 30, SIM: 10}
