"""Programs are killed at any instant, the server stopped: nothing lost, nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgresql import Cluster
from tests.support.reaper import Campaign
from tests.support.small_hall import prepare
from tests.support.soak import IS_SOAK

pytestmark = [pytest.mark.heavy, pytest.mark.soak, pytest.mark.timeout(600)]
ROOT = Path(__file__).parents[2]
KILLS = 150
"""On each database: 300 in all; 17 times as many in a soak."""
CAMPAIGNS = range(17) if IS_SOAK else range(1)
HALTS = 20 if IS_SOAK else 3


def toll_of(campaign: Campaign) -> dict[str, Any]:
    """Run a campaign in a process that forks before it opens anything."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.support.reaper", json.dumps(asdict(campaign))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    toll: dict[str, Any] = json.loads(done.stdout)
    sys.stdout.write(f"\n{campaign.url.partition(':')[0]}, seed {campaign.seed}: {toll}\n")
    assert done.stderr == ""
    return toll


@pytest.mark.parametrize("seed", CAMPAIGNS)
def test_who_is_killed_at_any_instant_loses_nothing_and_repeats_nothing(
    seed: int, store_url: str, tmp_path: Path
) -> None:
    prepare(store_url)

    toll = toll_of(Campaign(url=store_url, folder=str(tmp_path), kills=KILLS, seed=seed))

    assert toll["problems"] == []
    assert toll["kills"] >= KILLS
    # On a machine that is busy elsewhere a holder of the lock may be kept waiting itself.
    assert toll["faults"].keys() <= {"StoreLocked", "StoreUnreachable"}
    # Else the kills prove little: many fall between a request and its answer.
    assert toll["inside"] >= KILLS / 5
    assert toll["told"] >= KILLS


@pytest.fixture
def halting_url(durable_cluster: Cluster) -> Iterator[str]:
    """A store on a server that the test stops."""
    name = durable_cluster.fresh_database()
    prepare(durable_cluster.url(name))
    yield durable_cluster.url(name)
    durable_cluster.drop(name)


@pytest.mark.postgresql
def test_a_server_that_is_stopped_at_once_and_started_again_has_forgotten_nothing(
    halting_url: str, durable_cluster: Cluster, tmp_path: Path
) -> None:
    every = 8
    campaign = Campaign(
        url=halting_url,
        folder=str(tmp_path),
        kills=every * HALTS,
        seed=1,
        cluster=asdict(durable_cluster),
        halt_every=every,
    )

    toll = toll_of(campaign)

    assert toll["problems"] == []
    assert toll["halts"] >= HALTS
    # They were told, each repeated its request, and all went on by themselves.
    assert toll["faults"].keys() == {"StoreUnreachable"}
    assert toll["told"] >= HALTS
