"""The words of every screen and ticket: gettext catalogues, dates and known errors, without Qt.

Called by flows, pages, ticket templates and the command line. Source language English.
"""

from __future__ import annotations

import gettext
import io
import logging
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from string import Formatter
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

import assets
from rules.errors import KnownError
from station.error_words import (
    ERROR_WORDS,
    FIELD_WORDS,
    GENERAL_WORDS,
    MOVE_WORDS,
    STATUS_WORDS,
)

SOURCE_LANGUAGE: Final = "en"
_ZONES: Final = {7: "WIB", 8: "WITA", 9: "WIT"}
# Babel believes that Indonesian has two forms; it has one (CLDR, plural rules "id": other).
_PLURALS: Final = {"id": "nplurals=1; plural=0;"}
_TIME_FORMATS: Final = {"id": "%H.%M", "en": "%H:%M"}
_log = logging.getLogger(__name__)


class Texts:
    """Words in one language. A text that is missing is shown in English, never as a crash.

    Args:
        language: The language of the words.
        translations: Where the words come from.
    """

    def __init__(self, language: str, translations: gettext.NullTranslations) -> None:
        self.language = language
        self._translations = translations
        self._locale = Locale.parse(language)

    @classmethod
    def load(cls, language: str) -> Texts:
        """Read the catalogues of a language; unknown languages are shown in English."""
        folder = assets.locale_folder() / language
        if language == SOURCE_LANGUAGE:
            return cls(SOURCE_LANGUAGE, gettext.NullTranslations())
        if not folder.is_dir():
            _log.error("no translations for language %s", language)
            return cls(SOURCE_LANGUAGE, gettext.NullTranslations())
        return cls(language, _translations(folder, language))

    def t(self, message: str, **fields: object) -> str:
        """Translate a message and put its named fields in."""
        return _fill(self._translations.gettext(message), message, fields)

    def n(self, one: str, many: str, count: int, **fields: object) -> str:
        """Translate by number; ``{count}`` is written as a number of this language."""
        fields = {"count": self.number(count), **fields}
        source = one if count == 1 else many
        return _fill(self._translations.ngettext(one, many, count), source, fields)

    def long_date(self, day: date) -> str:
        """Return "Senin, 23 November 2026"."""
        return format_date(day, "EEEE, d MMMM y", locale=self._locale)

    def time(self, at: datetime) -> str:
        """Return "08.42" from an instant in the site's zone."""
        return at.strftime(_TIME_FORMATS.get(self.language, "%H:%M"))

    def zone(self, at: datetime) -> str:
        """Return WIB, WITA or WIT; elsewhere the zone's own short name."""
        offset = at.utcoffset()
        hours = offset.total_seconds() / 3600 if offset is not None else None
        name = at.tzname() or ""
        if name in _ZONES.values():
            return name
        # A fixed offset has no name of its own ("UTC+07:00").
        if hours is not None and name.startswith("UTC") and hours in _ZONES:
            return _ZONES[int(hours)]
        return name

    def number(self, value: int) -> str:
        """Return "1.234"."""
        return format_decimal(value, locale=self._locale)

    def name(self, names: Mapping[str, str]) -> str:
        """Return a catalogue's name in this language, else in Indonesian, else any."""
        for language in (self.language, "id"):
            if names.get(language):
                return names[language]
        return next((name for name in names.values() if name), "")

    def error(self, error: KnownError) -> str:
        """Say what happened and what to do, for the person in front of the screen.

        An error that is not known to ``station.error_words`` gets a general sentence.
        """
        fields = {"code": error.code, **dict(self._error_fields(error.fields))}
        for key in _word_keys(error):
            for words in ERROR_WORDS.get(key, ()):
                if fields_of(words) <= fields.keys():
                    # Not t(): an error may have a field that is called "message".
                    return _fill(self._translations.gettext(words), words, fields)
        _log.info("no words for %s", error)
        return self.t(GENERAL_WORDS, code=error.code)

    def _error_fields(self, fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        for name, value in fields.items():
            if value is None or value == "":
                continue
            if isinstance(value, datetime):
                yield name, f"{self.long_date(value)} {self.time(value)} {self.zone(value)}".strip()
                yield f"{name}_time", f"{self.time(value)} {self.zone(value)}".strip()
            elif isinstance(value, date):
                yield name, self.long_date(value)
            elif name == "status" and str(value) in STATUS_WORDS:
                yield name, self.t(STATUS_WORDS[str(value)])
            elif name == "field" and str(value) in FIELD_WORDS:
                yield name, self.t(FIELD_WORDS[str(value)])
            elif name == "move" and str(value) in MOVE_WORDS:
                yield name, self.t(MOVE_WORDS[str(value)])
            elif name == "wanted":
                yield name, self.t(str(value))
            elif isinstance(value, list | tuple):
                # Faults are sentences, a line each; the rest are names.
                yield name, ("\n" if name == "faults" else ", ").join(str(item) for item in value)
            else:
                yield name, str(value)


def fields_of(message: str) -> set[str]:
    """Return the names of a message's ``{fields}``.

    Raises:
        ValueError: The braces don't match, or a field has no plain name.
    """
    names = {name for _, name, _, _ in Formatter().parse(message) if name is not None}
    for name in names:
        if not name.isidentifier():
            raise ValueError(f"not a plain field name: {{{name}}}")
    return names


def read_catalogue(file: Path, language: str) -> Catalog:
    """Read a .po file.

    Raises:
        PoFileError: The file is no PO file.
    """
    with file.open("rb") as stream:
        return read_po(stream, locale=language, abort_invalid=True)


def translation_faults(message: Message) -> tuple[str, ...]:
    """Say what keeps a translation from being used: its fields must be those of its source."""
    sources = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    strings = (message.string,) if isinstance(message.string, str) else message.string or ()
    try:
        wanted = set[str]().union(*(fields_of(source) for source in sources))
        found = [fields_of(string) for string in strings if string]
    except ValueError as error:
        return (f"{sources[0]!r}: {error}",)
    return tuple(
        f"{sources[0]!r}: fields {sorted(names)} instead of {sorted(wanted)}"
        for names in found
        # "{count} person" may become a word without the number, never the other way round.
        if names != wanted and not (len(sources) > 1 and names == wanted - {"count"})
    )


def _translations(folder: Path, language: str) -> gettext.GNUTranslations:
    merged = Catalog(locale=language)
    if language in _PLURALS:
        merged.mime_headers = [("Plural-Forms", _PLURALS[language])]
    for file in sorted(folder.glob("*.po")):
        for message in read_catalogue(file, language):
            if not message.id or not any(message.string or ()) or message.fuzzy:
                continue
            faults = translation_faults(message)
            if faults:
                _log.error("%s: translation refused: %s", file.name, "; ".join(faults))
                continue
            merged.add(message.id, message.string, context=message.context)
    compiled = io.BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _fill(text: str, source: str, fields: Mapping[str, object]) -> str:
    if not fields and "{" not in text:
        return text
    for candidate in (text, source):
        try:
            return candidate.format(**fields)
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            _log.warning("text %r can't be filled: %r", candidate, error)
    return source


def _word_keys(error: KnownError) -> Iterator[str]:
    # A class without words of its own borrows those of the family it belongs to.
    for kind in type(error).__mro__:
        if issubclass(kind, KnownError):
            if "reason" in error.fields:
                yield f"{kind.code}.{error.fields['reason']}"
            yield kind.code
