"""The search against the sample catalogue, with phrases as people type them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assets
from db.catalogue_file import read_catalogue
from rules.search import Entry, Index, words_of

# Phrase → the services that answer it; any of several is right.
PHRASES: Mapping[str, str] = {
    "ktp hilang": "DUKCAPIL.KTPC",
    "ktp ilang": "DUKCAPIL.KTPC",
    "KTP saya hilang": "DUKCAPIL.KTPC",
    "mau bikin ktp": "DUKCAPIL.KTPR",
    "ktp anak": "DUKCAPIL.KIA",
    "e-ktp rusak": "DUKCAPIL.KTPC",
    "kk": "DUKCAPIL.KK",
    "kartu keluarga": "DUKCAPIL.KK",
    "kartu kluarga": "DUKCAPIL.KK",
    "kk hilang": "DUKCAPIL.KK",
    "pisah kk": "DUKCAPIL.KK",
    "akta lahir anak": "DUKCAPIL.LAHIR",
    "akte kelahiran": "DUKCAPIL.LAHIR",
    "akta kelahiran bayi": "DUKCAPIL.LAHIR",
    "akte kematian": "DUKCAPIL.MATI",
    "surat pindah": "DUKCAPIL.PINDAH",
    "pindah rumah": "DUKCAPIL.PINDAH",
    "paspor": "IMIGRASI.PBARU",
    "passport": "IMIGRASI.PBARU",
    "pasport": "IMIGRASI.PBARU",
    "paspot": "IMIGRASI.PBARU",
    "perpanjang paspor": "IMIGRASI.PGANTI",
    "perpanjangan paspor": "IMIGRASI.PGANTI",
    "paspor hilang": "IMIGRASI.PHILANG",
    "kehilangan paspor": "IMIGRASI.PHILANG",
    "ambil paspor": "IMIGRASI.PAMBIL",
    "paspor umroh": "IMIGRASI.PBARU",
    "pajak motor": "SAMSAT.PKB1",
    "bayar pajak motor": "SAMSAT.PKB1",
    "pajak kendaraan": "SAMSAT.PKB1",
    "perpanjang stnk": "SAMSAT.PKB1",
    "stnk hilang": "SAMSAT.DUPSTNK",
    "ganti plat nomor": "SAMSAT.PKB5",
    "balik nama motor": "SAMSAT.BBN2",
    "skck": "POLRI.SKCKB",
    "bikin skck": "POLRI.SKCKB",
    "perpanjang skck": "POLRI.SKCKP",
    "sim a": "POLRI.SIMA",
    "sim c": "POLRI.SIMC",
    "perpanjang sim": "POLRI.SIMA POLRI.SIMC",
    "perpanjangan sim c": "POLRI.SIMC",
    "surat kehilangan": "POLRI.HILANG",
    "dompet hilang": "POLRI.HILANG",
    "ngurus bpjs bayi": "BPJSKES.DAFTAR",
    "daftar bpjs": "BPJSKES.DAFTAR",
    "bpjs mati": "BPJSKES.ALIH",
    "pindah faskes": "BPJSKES.UBAH",
    "cairkan jht": "BPJSTK.JHT",
    "npwp": "KPP.NPWP",
    "buat npwp baru": "KPP.NPWP",
    "lapor spt": "KPP.SPT",
    "lupa efin": "KPP.AKUN",
    "pbb": "BAPENDA.PBB",
    "pajak rumah": "BAPENDA.PBB",
    "sertifikat tanah hilang": "BPN.GANTI",
    "balik nama sertifikat": "BPN.BALIK",
    "izin usaha": "DPMPTSP.NIB",
    "ijin usaha": "DPMPTSP.NIB",
    "izin bangunan": "DPMPTSP.PBGT",
    "nikah": "KEMENAG.NIKAH",
    "mau nikah": "KEMENAG.NIKAH",
    "daftar haji": "KEMENAG.HAJI",
    "cerai": "PA.CERAI",
    "tilang": "KEJARI.TILANG",
    "listrik mati": "PLN.ADUPLN",
    "tambah daya listrik": "PLN.PD",
    "tagihan air": "PDAM.BAYAR",
    "kartu kuning": "DISNAKER.AK1",
    "lowongan kerja": "DISNAKER.LOKER",
    "surat tidak mampu": "DINSOS.SKTM",
    "sktm": "DINSOS.SKTM",
    "bebas narkoba": "BNN.SKHPN",
    "surat sehat": "DINKES.SEHAT",
    "imei": "BEACUKAI.IMEI",
    "materai": "POS.POSPAY",
    "komplain": "INFO MPP.ADUAN INFO.ADUAN",
    "lansia": "INFO.PRIO MPP.PRIO",
    "pinjaman usaha": "BANKDA.KUR",
    "kerja di luar negeri": "BP3MI.CPMI",
    # As people really type: slips of the finger, whole sentences.
    "pajk motor": "SAMSAT.PKB1",
    "skkc": "POLRI.SKCKB",
    "pasprr": "IMIGRASI.PBARU",
    "kelahran": "DUKCAPIL.LAHIR",
    "saya mau mengurus ktp yang hilang": "DUKCAPIL.KTPC",
    "bagaimana cara perpanjang paspor": "IMIGRASI.PGANTI",
    "anak saya belum punya akta": "DUKCAPIL.LAHIR",
    "motor saya pajaknya mati": "SAMSAT.PKB1",
    "orang tua meninggal": "DUKCAPIL.MATI",
    "ktpnya patah": "DUKCAPIL.KTPC",
    "mau buka warung": "DPMPTSP.NIB",
}
_UNHELPFUL = "zzzz qqqq"


@pytest.fixture(scope="module")
def search() -> Index:
    file = read_catalogue(assets.sample_catalogue())
    return Index(
        Entry(f"{a.code}.{s.code}", s.names["id"], a.names["id"], s.keywords)
        for a in file.agencies
        for s in a.services
    )


def places(search: Index) -> dict[str, int]:
    """Return for each phrase the place, from 1, of the first right hit; 99 for none."""
    found = {}
    for phrase, right in PHRASES.items():
        keys = [hit.key for hit in search.search(phrase)]
        ranks = [keys.index(key) + 1 for key in right.split() if key in keys]
        found[phrase] = min(ranks, default=99)
    return found


def test_most_phrases_find_the_right_service_first(search: Index) -> None:
    wrong = {phrase: place for phrase, place in places(search).items() if place > 1}

    assert len(wrong) <= 0.15 * len(PHRASES), wrong


def test_nearly_all_phrases_find_it_among_the_first_three(search: Index) -> None:
    wrong = {phrase: place for phrase, place in places(search).items() if place > 3}

    assert len(wrong) <= 0.05 * len(PHRASES), wrong


@pytest.mark.parametrize("phrase", ["ktp hilang", "paspor", "pajak motor"])
def test_the_phrases_of_the_brief_are_right_at_once(search: Index, phrase: str) -> None:
    assert search.search(phrase)[0].key == PHRASES[phrase]


def test_every_service_is_found_first_or_nearly_so_by_its_own_name(search: Index) -> None:
    file = read_catalogue(assets.sample_catalogue())
    missed = []
    for agency in file.agencies:
        for service in agency.services:
            hits = [hit.key for hit in search.search(service.names["id"], limit=3)]
            if f"{agency.code}.{service.code}" not in hits:
                missed.append(service.names["id"])

    assert missed == []


def test_while_typing_the_word_is_found_before_it_is_whole(search: Index) -> None:
    for typed in ("pasp", "paspo", "paspor"):
        assert search.search(typed)[0].key.startswith("IMIGRASI."), typed


def test_nothing_typed_and_nonsense_find_nothing(search: Index) -> None:
    for typed in ("", "   ", "!?", _UNHELPFUL):
        assert search.search(typed) == []


def test_fillers_alone_are_searched_rather_than_ignored() -> None:
    search = Index([Entry("A", "Surat Pengantar", "Kelurahan"), Entry("B", "KTP", "Dukcapil")])

    assert [hit.key for hit in search.search("surat")] == ["A"]


def test_hits_come_best_first_and_no_more_than_asked(search: Index) -> None:
    hits = search.search("bpjs", limit=5)

    assert len(hits) == 5
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.key for hit in hits}) == 5


@given(st.text(max_size=40))
def test_whatever_is_typed_breaks_nothing(text: str) -> None:
    search = Index([Entry("A", "Paspor Baru", "Imigrasi", ("paspor",))])

    assert len(search.search(text)) <= 1


def test_accents_and_capitals_make_no_difference() -> None:
    assert words_of("E-KTP Méréka") == ["ktp", "mereka"]
