"""Words, dates and known errors in the language of the screen."""

from __future__ import annotations

import gettext
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Message

from rules.errors import (
    HallError,
    IllegalMove,
    KnownError,
    QueueClosed,
    UnknownService,
)
from station.error_words import ERROR_WORDS
from station.errors import UnknownSetting
from station.texts import Texts, fields_of, translation_faults
from tests.support.expected_logs import LogRecorder

MORNING = datetime(2026, 11, 23, 8, 42, tzinfo=ZoneInfo("Asia/Jakarta"))


class FrozenTranslations(gettext.NullTranslations):
    """Translations from a dictionary, to try faulty ones."""

    def __init__(self, words: dict[str, str]) -> None:
        super().__init__()
        self._words = words

    def gettext(self, message: str) -> str:
        return self._words.get(message, message)


@pytest.fixture
def indonesian() -> Texts:
    return Texts.load("id")


def test_a_ticket_speaks_indonesian(indonesian: Texts) -> None:
    assert indonesian.t("COPY") == "SALINAN"
    assert indonesian.t("Expected call: {span}", span="09.00") == "Perkiraan dipanggil: 09.00"
    assert indonesian.n("{count} person", "{count} people", 1) == "1 orang"
    assert indonesian.n("{count} person", "{count} people", 1200) == "1.200 orang"


def test_english_is_the_source_itself() -> None:
    english = Texts.load("en")

    assert english.n("{count} person", "{count} people", 1) == "1 person"
    assert english.n("{count} person", "{count} people", 2) == "2 people"
    assert english.long_date(MORNING.date()) == "Monday, 23 November 2026"
    assert english.time(MORNING) == "08:42"


def test_dates_and_times_are_indonesian(indonesian: Texts) -> None:
    assert indonesian.long_date(date(2026, 11, 23)) == "Senin, 23 November 2026"
    assert indonesian.long_date(date(2026, 8, 14)) == "Jumat, 14 Agustus 2026"
    assert indonesian.time(MORNING) == "08.42"
    assert indonesian.number(12345) == "12.345"


@pytest.mark.parametrize(
    ("zone", "name"),
    [("Asia/Pontianak", "WIB"), ("Asia/Makassar", "WITA"), ("Asia/Jayapura", "WIT")],
)
def test_the_zone_has_its_indonesian_name(indonesian: Texts, zone: str, name: str) -> None:
    assert indonesian.zone(MORNING.astimezone(ZoneInfo(zone))) == name


def test_a_bare_offset_is_named_too(indonesian: Texts) -> None:
    assert indonesian.zone(MORNING.astimezone(timezone(timedelta(hours=8)))) == "WITA"
    assert indonesian.zone(MORNING.astimezone(ZoneInfo("Asia/Singapore"))) == "+08"


def test_catalogue_names_fall_back_to_indonesian() -> None:
    english = Texts.load("en")

    assert english.name({"id": "Pajak", "en": "Tax"}) == "Tax"
    assert english.name({"id": "Pajak"}) == "Pajak"
    assert english.name({"su": "Pajeg"}) == "Pajeg"
    assert english.name({}) == ""


def test_an_unknown_language_is_shown_in_english(expected_logs: LogRecorder) -> None:
    texts = Texts.load("xx")

    assert texts.t("COPY") == "COPY"
    assert "no translations for language xx" in expected_logs.text


def test_a_translation_with_a_wrong_field_shows_the_source(
    expected_logs: LogRecorder,
) -> None:
    texts = Texts("id", FrozenTranslations({"Counter {code}": "Loket {kode}"}))

    assert texts.t("Counter {code}", code="3") == "Counter 3"

    assert "can't be filled" in expected_logs.text


def test_a_forgotten_field_never_crashes_a_screen(
    indonesian: Texts, expected_logs: LogRecorder
) -> None:
    assert indonesian.t("Counter {code}") == "Counter {code}"

    assert "can't be filled" in expected_logs.text


def test_a_catalogue_with_a_wrong_field_is_refused_for_that_text_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, expected_logs: LogRecorder
) -> None:
    folder = tmp_path / "id"
    folder.mkdir()
    (folder / "kiosk.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Counter {code}"\nmsgstr "Loket {kode}"\n\n'
        'msgid "Back"\nmsgstr "Kembali"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr("assets.locale_folder", lambda: tmp_path)

    texts = Texts.load("id")

    assert texts.t("Counter {code}", code=3) == "Counter 3"
    assert texts.t("Back") == "Kembali"
    assert "translation refused" in expected_logs.text


def test_a_closed_queue_says_why_and_until_when(indonesian: Texts) -> None:
    pause = QueueClosed(service="A.B", reason="break", opens_at=MORNING)
    holiday = QueueClosed(service="A.B", reason="holiday", opens_at=MORNING)
    named = QueueClosed(service="A.B", reason="holiday", note="Natal", opens_at=MORNING)
    friday = QueueClosed(service="A.B", reason="friday_break", opens_at=MORNING, opens_on=None)
    monday = QueueClosed(reason="friday_break", opens_at=MORNING, opens_on=MORNING)
    unknown = QueueClosed(service="A.B", reason="holiday", opens_at=None)

    assert indonesian.error(pause) == (
        "Layanan sedang istirahat. Nomor dibagikan lagi mulai pukul 08.42 WIB."
    )
    assert "istirahat Jumat" in indonesian.error(friday)
    assert "mulai pukul 08.42 WIB" in indonesian.error(friday)
    assert "Nomor dibagikan lagi Senin, 23 November 2026 08.42" in indonesian.error(monday)
    assert "hari libur" in indonesian.error(holiday)
    assert "tutup hari ini: Natal." in indonesian.error(named)
    assert "Senin, 23 November 2026" in indonesian.error(holiday)
    assert "meja informasi" in indonesian.error(unknown)


def test_an_illegal_move_is_told_in_words_not_in_codes(indonesian: Texts) -> None:
    error = IllegalMove(move="start", status="waiting", number="B-014", counter="3")

    assert indonesian.error(error) == (
        "Nomor B-014 berstatus masih antre, jadi tidak dapat mulai dilayani."
    )


def test_an_error_without_words_gets_its_familys_or_general_ones(indonesian: Texts) -> None:
    class NotYetWorded(HallError):
        """A rule that has no words yet."""

    class Strange(KnownError):
        """An error outside every family."""

    assert indonesian.error(NotYetWorded()) == (
        "Itu tidak dapat dilakukan di sini sekarang (NotYetWorded)."
    )
    assert "(Strange)" in indonesian.error(Strange())


def test_missing_facts_take_a_sentence_that_needs_none(indonesian: Texts) -> None:
    assert "{" not in indonesian.error(UnknownService())


def test_a_wrong_setting_is_told_with_the_nearest(indonesian: Texts) -> None:
    error = UnknownSetting(key="pritner", place="/etc/a.toml", nearest="printer")

    assert indonesian.error(error) == (
        "Tidak ada pengaturan pritner (/etc/a.toml). Apakah maksud Anda printer?"
    )


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_sentence_of_every_error_can_be_filled(language: str) -> None:
    texts = Texts.load(language)

    for key, sentences in ERROR_WORDS.items():
        code, _, reason = key.partition(".")
        kind = type(code, (KnownError,), {})
        for sentence in sentences:
            fields = dict.fromkeys(fields_of(sentence) - {"code"}, "x")
            told = texts.error(kind(**fields | ({"reason": reason} if reason else {})))

            assert told
            assert "{" not in told


def test_translations_must_have_the_fields_of_their_source() -> None:
    assert translation_faults(Message("Counter {code}", "Loket {code}")) == ()
    assert translation_faults(Message("Counter {code}", "Loket {kode}"))
    assert translation_faults(Message("Counter {code}", "Loket"))
    assert translation_faults(Message("Counter {code}", "Loket {code"))
    assert translation_faults(Message("Counter {code}", "Loket {code.__class__}"))
    assert (
        translation_faults(Message(("{count} person", "{count} people"), ("{count} orang",))) == ()
    )
