"""The sample site: complete, consistent, and searched with the words that people type."""

import re
from typing import Any

import pytest
import yaml

import assets

CHANNELS = {"direct", "mobile", "self", "electronic"}
# Spellings that the standard dictionary does not have; people may type them, we don't show them.
NON_STANDARD = re.compile(r"\b(antri|antrian|nomer|silahkan|ijin|akte|plat)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def catalogue() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(assets.sample_catalogue().read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def services(catalogue: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{agency['code']}.{service['code']}": service
        for agency in catalogue["agencies"]
        for service in agency["services"]
    }


@pytest.fixture(scope="module")
def served(catalogue: dict[str, Any], services: dict[str, Any]) -> dict[str, set[str]]:
    """Which services each counter serves, agencies spelled out."""
    found: dict[str, set[str]] = {}
    for counter in catalogue["counters"]:
        names = [name if isinstance(name, str) else name["service"] for name in counter["services"]]
        found[counter["code"]] = {
            key for key in services for name in names if name in (key, key.partition(".")[0])
        }
    return found


def test_sample_has_the_promised_size(catalogue: dict[str, Any]) -> None:
    listed = [service for agency in catalogue["agencies"] for service in agency["services"]]

    assert catalogue["format"] == 1
    assert catalogue["site"]["is_sample"] is True
    assert len(catalogue["agencies"]) == 32
    assert len(listed) == 133
    assert len(catalogue["zones"]) == 3
    assert [counter["code"] for counter in catalogue["counters"]] == [
        str(number) for number in range(1, 25)
    ]


def test_codes_and_prefixes_are_unique(
    catalogue: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    codes = [agency["code"] for agency in catalogue["agencies"]]
    prefixes = [agency["prefix"] for agency in catalogue["agencies"]]

    assert len(set(codes)) == 32
    assert len(services) == 133
    assert len(set(prefixes)) == 32
    assert all(re.fullmatch(r"[A-Z]{1,2}", prefix) for prefix in prefixes)
    assert all(re.fullmatch(r"[A-Z0-9]+\.[A-Z0-9]+", key) for key in services)


def test_site_names_a_theme_that_exists(catalogue: dict[str, Any]) -> None:
    assert catalogue["site"]["theme"] in {theme["code"] for theme in assets.themes()}


def test_week_has_the_long_friday_break_and_a_free_weekend(catalogue: dict[str, Any]) -> None:
    hours = catalogue["hours"]

    assert list(hours) == ["monday", "tuesday", "wednesday", "thursday", "friday"]
    assert hours["monday"]["breaks"] == [{"start": "12.00", "end": "13.00"}]
    assert hours["friday"]["breaks"] == [{"start": "11.30", "end": "13.00"}]


def test_times_are_text_in_the_order_of_the_day(catalogue: dict[str, Any]) -> None:
    for day in catalogue["hours"].values():
        pause = day["breaks"][0]
        times = [day["open"], pause["start"], pause["end"], day["last_ticket"], day["close"]]

        assert all(re.fullmatch(r"[0-2]\d\.[0-5]\d", time) for time in times)
        assert times == sorted(times)


def test_priorities_are_those_of_the_law(catalogue: dict[str, Any]) -> None:
    assert [priority["code"] for priority in catalogue["priorities"]] == [
        "lansia",
        "disabilitas",
        "hamil_menyusui",
        "membawa_balita",
        "sakit",
        "korban_bencana",
    ]


def test_everything_is_named_in_both_languages(
    catalogue: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    named = [
        *catalogue["priorities"],
        *catalogue["zones"],
        *catalogue["counters"],
        *catalogue["agencies"],
        *services.values(),
    ]

    for thing in named:
        assert set(thing["names"]) == {"id", "en"}, thing["code"]
        assert all(name.strip() for name in thing["names"].values()), thing["code"]


def test_agency_has_a_short_name_for_the_wall_and_an_icon(catalogue: dict[str, Any]) -> None:
    for agency in catalogue["agencies"]:
        assert all(0 < len(name) <= 16 for name in agency["short_names"].values()), agency["code"]
        assert assets.icon(agency["icon"]).is_file()

    for language in ("id", "en"):
        short = {agency["short_names"][language] for agency in catalogue["agencies"]}
        assert len(short) == 32


def test_counters_stand_in_zones_that_exist(catalogue: dict[str, Any]) -> None:
    zones = {zone["code"] for zone in catalogue["zones"]}

    assert {counter["zone"] for counter in catalogue["counters"]} == zones
    assert {zone["direction"] for zone in catalogue["zones"]} <= {
        "left",
        "right",
        "straight",
        "up",
        "down",
    }


def test_counters_name_only_what_exists_and_nothing_twice(
    catalogue: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    known = {agency["code"] for agency in catalogue["agencies"]} | set(services)

    for counter in catalogue["counters"]:
        names = [name if isinstance(name, str) else name["service"] for name in counter["services"]]
        assert set(names) <= known, counter["code"]
        # A service beside its whole agency would leave open which weight holds.
        assert not [name for name in names if "." in name and name.partition(".")[0] in names]
        assert len(names) == len(set(names))


def test_every_service_is_served_somewhere(
    services: dict[str, dict[str, Any]], served: dict[str, set[str]]
) -> None:
    assert set().union(*served.values()) == set(services)


def test_busy_agencies_have_several_counters(served: dict[str, set[str]]) -> None:
    for agency in ("DUKCAPIL", "IMIGRASI", "POLRI", "SAMSAT", "BPJSKES"):
        counters = [code for code, keys in served.items() if any(agency in key for key in keys)]

        assert len(counters) >= 2, agency


def test_what_no_desk_gives_is_explained_at_the_information_desk(
    services: dict[str, dict[str, Any]], served: dict[str, set[str]]
) -> None:
    without_desk = {key for key, service in services.items() if not service["channels"]["direct"]}

    assert without_desk
    assert without_desk <= served["1"]
    assert "MPP.INFO" in served["1"]


def test_service_carries_what_the_kiosk_shows(services: dict[str, dict[str, Any]]) -> None:
    for key, service in services.items():
        assert isinstance(service["has_priority"], bool), key
        assert isinstance(service["is_free"], bool), key
        assert 0 < service["duration_min"] <= 60, key
        assert service["duration_status"] in {"estimate", "published"}, key
        assert set(service["channels"]) == CHANNELS, key
        assert all(isinstance(service[field], str) for field in ("completion", "fee", "source"))
        assert all(len(line) <= 60 for line in service["requirements"]), key
        assert service.get("excludes", "Antrean ini tidak melayani x.").endswith("."), key


def test_keywords_are_four_to_twelve_in_small_letters_and_none_twice(
    services: dict[str, dict[str, Any]],
) -> None:
    for key, service in services.items():
        words = service["keywords"]
        assert 4 <= len(words) <= 12, key
        assert len(set(words)) == len(words), key
        assert all(isinstance(word, str) and word == word.lower().strip() for word in words), key


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("ktp hilang", "DUKCAPIL.KTPC"),
        ("ktp ilang", "DUKCAPIL.KTPC"),
        ("paspor", "IMIGRASI.PBARU"),
        ("bikin paspor", "IMIGRASI.PBARU"),
        ("pajak motor", "SAMSAT.PKB1"),
        ("perpanjang stnk", "SAMSAT.PKB1"),
        ("sim a", "POLRI.SIMA"),
        ("ngurus bpjs bayi", "BPJSKES.DAFTAR"),
        ("surat kelakuan baik", "POLRI.SKCKB"),
        ("kartu kuning", "DISNAKER.AK1"),
    ],
)
def test_need_as_people_type_it_belongs_to_one_service(
    services: dict[str, dict[str, Any]], typed: str, wanted: str
) -> None:
    found = [key for key, service in services.items() if typed in service["keywords"]]

    assert found == [wanted]


def test_spoken_name_can_be_said_without_guessing(services: dict[str, dict[str, Any]]) -> None:
    for key, service in services.items():
        said = service["spoken_name"]["id"]
        # Capitals only as single letters: "K T P"; no signs that a voice would spell out.
        assert re.fullmatch(r"[A-Za-z ,]+", said), key
        assert not re.search(r"[A-Z]{2,}", said), key


def test_sensitive_service_is_called_by_a_neutral_name(
    services: dict[str, dict[str, Any]],
) -> None:
    assert "rehab" not in services["BNN.REHAB"]["spoken_name"]["id"]
    assert "cerai" not in services["PA.CERAI"]["spoken_name"]["id"]
    assert "cerai" not in services["PA.AKTACERAI"]["spoken_name"]["id"]


def test_shown_words_are_spelled_by_the_dictionary(
    catalogue: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    shown = [
        text
        for service in services.values()
        for text in (
            service["names"]["id"],
            service["spoken_name"]["id"],
            service.get("excludes", ""),
            *service["requirements"],
        )
    ]
    shown += [agency["names"]["id"] for agency in catalogue["agencies"]]

    assert [text for text in shown if NON_STANDARD.search(text)] == []


def test_file_says_at_its_top_that_it_is_sample_data() -> None:
    top = assets.sample_catalogue().read_text(encoding="utf-8").partition("\nformat: 1\n")[0]

    assert "DATA CONTOH" in top
    assert "WAJIB diperiksa" in top
    assert all(line.startswith("#") for line in top.splitlines() if line)
