"""Quota, demands and retention in a catalogue file: read, or refused with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.catalogue_file import read_catalogue
from db.quota_entry import QuotaEntry, QuotaLine
from rules.errors import CatalogueFault
from rules.quota import Pool
from tests.db.test_catalogue_file import GOOD

KK = "      - {code: KK, names: {id: Kartu Keluarga}}\n"


def read(tmp_path: Path, service: str, site: str = "") -> list[QuotaLine]:
    path = tmp_path / "katalog.yaml"
    content = GOOD.replace(
        KK, f"      - code: KK\n        names: {{id: Kartu Keluarga}}\n{service}"
    )
    path.write_text(content.replace("  name: MPP Uji\n", f"  name: MPP Uji\n{site}"))
    quota = read_catalogue(path).agencies[0].services[0].quota
    return [] if quota is None else list(quota.lines())


def test_a_quota_has_pools_releases_and_dates_that_differ(tmp_path: Path) -> None:
    lines = read(
        tmp_path,
        """\
        demands: [nik, phone]
        quota:
          kiosk: 35
          booking: 100
          priority: 20
          release: {booking: "10.00", priority: "13.00"}
          dates:
            - {date: 2026-12-21, kiosk: 60}
            - {date: 2026-12-22, booking: 0}
            - {date: 2026-12-23, release: {booking: "09.00"}}
""",
        site="  retention: {nik: 0, phone: 30}\n",
    )

    assert lines == [
        QuotaLine("", Pool.KIOSK, 35, None),
        QuotaLine("", Pool.PRIORITY, 20, "13.00"),
        QuotaLine("", Pool.BOOKING, 100, "10.00"),
        QuotaLine("2026-12-21", Pool.KIOSK, 60, None),
        QuotaLine("2026-12-22", Pool.BOOKING, 0, "10.00"),
        QuotaLine("2026-12-23", Pool.BOOKING, 100, "09.00"),
    ]


def test_without_a_quota_there_is_no_line(tmp_path: Path) -> None:
    assert read(tmp_path, "") == []
    assert list(QuotaEntry(kiosk=0).lines()) == [QuotaLine("", Pool.KIOSK, 0, None)]


@pytest.mark.parametrize(
    ("service", "site", "fault"),
    [
        ("        quota: {}\n", "", "line 19: agencies.0.services.0.quota: name the places"),
        ("        quota: {kiosk: -1}\n", "", "line 19: agencies.0.services.0.quota.kiosk: "),
        ("        quota: {kiosk: 100001}\n", "", "line 19: agencies.0.services.0.quota.kiosk: "),
        ("        quota: {online: 9}\n", "", "line 19: agencies.0.services.0.quota.online: "),
        (
            '        quota: {kiosk: 9, release: {kiosk: "10.00"}}\n',
            "",
            "line 19: agencies.0.services.0.quota.release.kiosk: ",
        ),
        (
            "        quota: {booking: 9, release: {booking: 10.00}}\n",
            "",
            "line 19: agencies.0.services.0.quota.release.booking: ",
        ),
        (
            '        quota: {kiosk: 9, release: {booking: "10.00"}}\n',
            "",
            "line 19: agencies.0.services.0.quota: a release of booking, which has no places",
        ),
        (
            "        quota:\n          kiosk: 9\n          dates:\n"
            "            - {date: 2026-12-21, kiosk: 1}\n            - {date: 2026-12-21}\n",
            "",
            "line 20: agencies.0.services.0.quota: the date 2026-12-21 stands here twice",
        ),
        ("        demands: [name]\n", "", "line 19: agencies.0.services.0.demands.0: "),
        ("", "  retention: {nik: 31}\n", "line 5: site.retention.nik: "),
        ("", "  retention: {nik: -1}\n", "line 5: site.retention.nik: "),
        ("", "  retention: {name: 1}\n", "line 5: site.retention.name"),
    ],
)
def test_a_fault_is_named_with_its_line(
    tmp_path: Path, service: str, site: str, fault: str
) -> None:
    with pytest.raises(CatalogueFault) as refused:
        read(tmp_path, service, site)

    faults = refused.value.fields["faults"]
    assert isinstance(faults, tuple)
    assert faults[0].startswith(fault)
    assert len(faults) == 1
