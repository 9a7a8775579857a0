"""Every fault of a catalogue file is named with its line and place, all in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

import assets
from db.catalogue_file import read_catalogue
from rules.errors import CatalogueFault

GOOD = """\
format: 1
site:
  code: UJI
  name: MPP Uji
  time_zone: Asia/Jakarta
hours:
  monday: {open: "07.30", close: "15.00", last_ticket: "14.30"}
zones:
  - {code: A, names: {id: Zona A}}
counters:
  - {code: "1", names: {id: Loket 1}, zone: A, services: [DUKCAPIL, POLRI.SKCK]}
agencies:
  - code: DUKCAPIL
    prefix: B
    names: {id: Kependudukan}
    services:
      - {code: KK, names: {id: Kartu Keluarga}}
      - {code: KTP, names: {id: KTP-el}}
  - code: POLRI
    prefix: D
    names: {id: Kepolisian}
    services:
      - {code: SKCK, names: {id: SKCK}}
"""


def faults_of(tmp_path: Path, content: str) -> tuple[str, ...]:
    path = tmp_path / "katalog.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CatalogueFault) as refused:
        read_catalogue(path)
    assert refused.value.fields["file"] == str(path)
    faults = refused.value.fields["faults"]
    assert isinstance(faults, tuple)
    return faults


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "katalog.yaml"
    path.write_text(GOOD, encoding="utf-8")

    found = read_catalogue(path)

    assert [agency.code for agency in found.agencies] == ["DUKCAPIL", "POLRI"]
    assert [weekday for weekday, _ in found.hours.days()] == [0]


def test_the_sample_is_a_good_file() -> None:
    found = read_catalogue(assets.sample_catalogue())

    assert found.site.is_sample
    assert found.digest() == read_catalogue(assets.sample_catalogue()).digest()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        # A key twice: YAML alone would keep the last and say nothing.
        ("  name: MPP Uji\n", "  name: MPP Uji\n  name: Lain\n", 5, "key name stands here twice"),
        ("  name: MPP Uji\n", "  name: MPP Uji\n  nmae: x\n", 5, "site.nmae"),
        ("Asia/Jakarta", "Asia/Jakata", 3, "unknown time zone Asia/Jakata"),
        ("  name: MPP Uji\n", "", 3, "site.name: Field required"),
        ("services: [DUKCAPIL, POLRI.SKCK]", "services: [POLRI.SIM]", 11, "POLRI.SIM"),
        ("services: [DUKCAPIL, POLRI.SKCK]", "services: [POLISI]", 11, "POLISI"),
        ("services: [DUKCAPIL, POLRI.SKCK]", "services: []", 11, "counters.0.services"),
        ("zone: A,", "zone: C,", 11, "no zone C"),
        ("prefix: D", "prefix: B", 19, "prefix B belongs to DUKCAPIL already"),
        ("prefix: D", "prefix: d", 20, "agencies.1.prefix"),
        ("prefix: D", "prefix: 7", 20, "agencies.1.prefix"),
        (
            "{code: KTP, names: {id: KTP-el}}",
            "{code: KTP, prefix: D, names: {id: KTP-el}}",
            19,
            "prefix D belongs to DUKCAPIL already",
        ),
        ("{id: Kartu Keluarga}", "{en: Family Card}", 17, "Indonesian name (id) is missing"),
        ("{id: Kartu Keluarga}", '{id: ""}', 17, "names.id"),
        ("{id: Kartu Keluarga}", "Kartu Keluarga", 17, "agencies.0.services.0.names"),
        ("code: KTP,", "code: KK,", 13, "service KK stands here twice"),
        ("code: POLRI", "code: DUKCAPIL", 19, "DUKCAPIL stands here twice"),
        ('open: "07.30"', 'open: "7.30"', 7, "hours.monday.open"),
        ('open: "07.30"', 'open: "07:30"', 7, "hours.monday.open"),
        ('open: "07.30"', 'open: "24.00"', 7, "hours.monday.open"),
        ('open: "07.30"', 'open: "16.00"', 7, "must follow one another"),
        ('last_ticket: "14.30"', 'last_ticket: "15.30"', 7, "must follow one another"),
        (
            'last_ticket: "14.30"',
            'last_ticket: "14.30", breaks: [{start: "06.00", end: "07.00"}]',
            7,
            "06.00–07.00 is not within the day",
        ),
        ("  monday:", "  senin:", 7, "hours.senin"),
        ("format: 1", "format: 2", 1, "format"),
        ("  code: UJI", "  code: uji kota", 3, "site.code"),
        (
            "{code: KK, names",
            "{code: KK, duration_min: 0, names",
            17,
            "duration_min",
        ),
        ("{code: KK, names", "{code: KK, colour: red, names", 17, "colour"),
        ("{code: A, names", "{code: A, direction: north, names", 9, "zones.0.direction"),
        ('{code: "1",', "{code: 1,", 11, "counters.0.code"),
    ],
)
def test_a_fault_is_named_with_its_line_and_place(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in GOOD

    faults = faults_of(tmp_path, GOOD.replace(old, new, 1))

    assert any(fault.startswith(f"line {line}: ") and words in fault for fault in faults), faults


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    content = GOOD.replace("Asia/Jakarta", "Mars/Base").replace('"07.30"', '"7"')

    faults = faults_of(tmp_path, content.replace("format: 1", "format: 1\nextra: 1"))

    assert len(faults) == 3


@pytest.mark.parametrize("content", ["", "[]", "just words", "a: b: c", "format: [1", "\t- x"])
def test_what_is_no_catalogue_at_all_is_told(tmp_path: Path, content: str) -> None:
    assert faults_of(tmp_path, content)


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00katalog")

    for path in (tmp_path / "none.yaml", tmp_path, binary):
        with pytest.raises(CatalogueFault):
            read_catalogue(path)


def test_yaml_builds_nothing_but_plain_values(tmp_path: Path) -> None:
    content = GOOD.replace("MPP Uji", "!!python/object/apply:os.system [true]")

    assert faults_of(tmp_path, content)


@pytest.mark.parametrize("key", ["? [1, 2]\n: x", "? {a: b}\n: x", "1: x", "null: x"])
def test_odd_keys_break_nothing(tmp_path: Path, key: str) -> None:
    assert faults_of(tmp_path, f"{GOOD}{key}\n")


def test_anchors_and_merges_are_allowed(tmp_path: Path) -> None:
    content = GOOD.replace("monday: {", "monday: &day {").replace(
        "zones:\n", '  tuesday: *day\n  wednesday: {<<: *day, close: "16.00"}\nzones:\n'
    )
    path = tmp_path / "katalog.yaml"
    path.write_text(content, encoding="utf-8")

    assert [weekday for weekday, _ in read_catalogue(path).hours.days()] == [0, 1, 2]


def with_hours(agency: str = "", service: str = "") -> str:
    """Return the good catalogue with lines for the police and its service."""
    before, after = GOOD.split("    services:\n      - {code: SKCK")
    lines = "".join(f"    {line}\n" for line in agency.splitlines())
    return f"{before}{lines}    services:\n      - {{code: SKCK{service}{after}"


def test_an_agency_and_a_service_have_hours_and_exceptions_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "katalog.yaml"
    path.write_text(
        with_hours(
            'hours: {saturday: {open: "08.00", close: "12.00", last_ticket: "11.30"}}\n'
            "exceptions: [{date: 2026-12-24, note: Rapat}]",
            ", exceptions: [{from: 2027-02-08, to: 2027-02-14, note: Ramadan, week:"
            ' {monday: {open: "08.00", close: "14.00", last_ticket: "13.30"}}}]',
        ),
        encoding="utf-8",
    )

    police = read_catalogue(path).agencies[1]

    assert police.hours is not None
    assert [weekday for weekday, _ in police.hours.days()] == [5]
    assert [entry.note for entry in police.exceptions] == ["Rapat"]
    season = [*police.services[0].exceptions[0].season()]
    assert len(season) == 7
    assert [day.isoformat() for day, hours, note in season if hours and note == "Ramadan"] == [
        "2027-02-08"
    ]
    # Days off within a season have no name: they are no holidays.
    assert {note for _, hours, note in season if hours is None} == {""}


@pytest.mark.parametrize(
    ("agency", "words"),
    [
        ('hours: {monday: {open: "08.00", close: "02.00", last_ticket: "01.00"}}', "midnight"),
        ('hours: {monday: {open: "08.00"}}', "agencies.1.hours.monday.close"),
        ("exceptions: [{note: Rapat}]", "either date, or from and to"),
        ("exceptions: [{from: 2027-02-08}]", "either date, or from and to"),
        ("exceptions: [{from: 2027-02-08, to: 2027-02-01}]", "to must come after from"),
        ("exceptions: [{from: 2027-02-08, to: 2029-02-01}]", "by a year at most"),
        ("exceptions: [{date: 2027-02-08, to: 2027-02-09}]", "a date has hours or none"),
        ("exceptions: [{date: 2027-02-08}, {date: 2027-02-08}]", "stands in two entries"),
        (
            "exceptions: [{from: 2027-02-08, to: 2027-02-09}, {from: 2027-02-09, to: 2027-02-10}]",
            "2027-02-09 stands in two entries",
        ),
        ("exceptions: [{date: 2027-02-30}]", "agencies.1.exceptions.0.date"),
    ],
)
def test_a_fault_in_an_agencys_hours_is_named_with_its_line(
    tmp_path: Path, agency: str, words: str
) -> None:
    faults = faults_of(tmp_path, with_hours(agency))

    assert any(fault.startswith("line 22: ") and words in fault for fault in faults), faults
