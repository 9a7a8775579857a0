"""The words of a ticket, in both languages: what must stand on it, and what must not."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from rules.slip import Slip, SlipFacts, SlipTurn, call_window, compose
from rules.wait import WaitRange
from station.texts import Texts

TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ISSUED = datetime(2026, 11, 23, 8, 42, 31, tzinfo=ZoneInfo("Asia/Jakarta"))
KK = SlipTurn(
    agency="Dinas Kependudukan dan Pencatatan Sipil",
    service="Kartu Keluarga baru",
    ahead=6,
    wait=WaitRange(55, 75),
    place="Lantai 1 Zona A Loket 1, 2",
    requirements=("KTP-el asli", "Buku nikah atau akta perkawinan"),
)
SKCK = SlipTurn("Polres", "SKCK baru", 0, WaitRange(0, 0), "Lantai 2 Loket 9")


def ticket(language: str = "id", turns: tuple[SlipTurn, ...] = (KK,), **more: object) -> Slip:
    facts = SlipFacts(
        key="job-1",
        number="B-014",
        token=TOKEN,
        site_name="Mal Pelayanan Publik",
        site_place="Kota Contoh",
        motto="Cepat · Mudah",
        issued_at=ISSUED,
        turns=turns,
        **more,  # type: ignore[arg-type]
    )
    return compose(facts, Texts.load(language))


def words_of(slip: Slip) -> list[str]:
    lines = (*slip.header, *slip.before, *slip.after, *slip.footer)
    return [slip.number, *(line.text for line in lines)]


def test_an_indonesian_ticket_says_what_the_visitor_needs() -> None:
    slip = ticket()

    assert slip.number == "B-014"
    assert [line.text for line in slip.header] == [
        "Mal Pelayanan Publik Kota Contoh",
        "Cepat · Mudah",
    ]
    assert [line.text for line in slip.before] == [KK.agency, KK.service]
    assert [line.text for line in slip.after] == [
        "Senin, 23 November 2026  08.42 WIB",
        "Antrean di depan Anda: 6 orang",
        "Perkiraan dipanggil: 09.37–09.57",
        "Lantai 1 Zona A Loket 1, 2",
        "Siapkan:",
        "- KTP-el asli",
        "- Buku nikah atau akta perkawinan",
    ]
    assert [line.text for line in slip.footer] == [
        "Nomor terlewat? Lapor ke loket.",
        "Nomor antrean ini gratis.",
    ]


def test_an_english_ticket_is_english_throughout() -> None:
    slip = ticket("en")

    texts = "\n".join(words_of(slip))
    assert "Waiting ahead of you: 6 people" in texts
    assert "Expected call: 09:37–09:57" in texts
    assert "Have ready:" in texts
    assert "This ticket is free of charge." in texts
    assert not re.search(r"Siapkan|Perkiraan|gratis|orang", texts)


@pytest.mark.parametrize(("language", "mark"), [("id", "SALINAN"), ("en", "COPY")])
def test_only_a_copy_is_marked_as_one(language: str, mark: str) -> None:
    first, second = ticket(language), ticket(language, copy=1)

    assert mark not in words_of(first)
    line = next(line for line in second.header if line.text == mark)
    assert line.bold
    assert line.scale > 1


def test_a_copy_differs_in_nothing_but_its_mark() -> None:
    first, copied = ticket(), ticket(copy=2)

    assert copied.number == first.number
    assert copied.qr == first.qr
    assert [line for line in copied.header if line.text != "SALINAN"] == list(first.header)
    assert (copied.before, copied.after) == (first.before, first.after)


@pytest.mark.parametrize(("language", "mark"), [("id", "PRIORITAS"), ("en", "PRIORITY")])
def test_priority_is_marked_without_its_reason(language: str, mark: str) -> None:
    assert mark in words_of(ticket(language, is_priority=True))
    assert mark not in words_of(ticket(language))
    assert not re.search(
        r"lansia|disabilitas|hamil|elder|disab|pregnan",
        "\n".join(words_of(ticket(language, is_priority=True))),
        re.IGNORECASE,
    )


def test_the_qr_code_holds_the_token_and_nothing_else() -> None:
    assert ticket().qr == f"anjungan:{TOKEN}"


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_name_and_no_nik_can_get_onto_paper(language: str) -> None:
    # The facts hold no visitor's name; sixteen digits in a row would be a NIK.
    assert not {"name", "nik", "visitor"} & set(SlipFacts.__dataclass_fields__)
    texts = " ".join([*words_of(ticket(language, turns=(KK, SKCK))), ticket(language).qr])
    assert not re.search(r"\d{16}", texts)


def test_a_second_service_follows_with_its_own_wait_and_place() -> None:
    slip = ticket(turns=(KK, SKCK))

    texts = [line.text for line in slip.after]
    place = texts.index("+ SKCK baru")
    assert texts[place + 1] == "  Polres"
    assert texts[place + 2 :] == [
        "Antrean di depan Anda: 0 orang",
        "Perkiraan dipanggil: segera",
        "Lantai 2 Loket 9",
    ]
    assert slip.number == "B-014"


@pytest.mark.parametrize(
    ("zone", "words"),
    [("Asia/Jakarta", "WIB"), ("Asia/Makassar", "WITA"), ("Asia/Jayapura", "WIT")],
)
def test_the_time_is_the_sites_own(zone: str, words: str) -> None:
    facts = SlipFacts(
        "job", "A-001", TOKEN, "MPP", "", "", ISSUED.astimezone(ZoneInfo(zone)), (SKCK,)
    )

    slip = compose(facts, Texts.load("id"))

    assert slip.after[0].text.endswith(words)
    assert [line.text for line in slip.header] == ["MPP"]


def test_an_unknown_wait_is_left_out_rather_than_guessed() -> None:
    silent = SlipTurn("Polres", "SKCK", 3, None, "")

    texts = [line.text for line in ticket(turns=(silent,)).after]

    assert len(texts) == 2
    assert texts[1] == "Antrean di depan Anda: 3 orang"


def test_the_expected_call_is_told_in_whole_minutes_from_the_issue() -> None:
    low, high = call_window(ISSUED, WaitRange(5, 20))

    assert (low.hour, low.minute, low.second) == (8, 47, 0)
    assert (high.hour, high.minute, high.second) == (9, 2, 0)


def test_a_slip_fits_any_paper_since_it_breaks_no_line_itself() -> None:
    # 58 and 80 mm have 32 and 48 columns: words are wrapped by the printer's side, so a slip
    # holds no line feed and no run of dots or spaces that would be cut.
    for line in (*ticket().header, *ticket().before, *ticket().after, *ticket().footer):
        assert "\n" not in line.text
        assert "   " not in line.text
        assert 1 <= line.scale <= 8
