"""Find a service by what a person types: names, agencies and need words, typos forgiven.

Pure Python over a few hundred entries; a key press is answered in milliseconds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"[a-z0-9]+")

# Words that carry no need: how people begin a sentence at an information desk.
_FILLERS = frozenset(
    {"mau", "ingin", "saya", "aku", "kami", "untuk", "buat", "bikin", "urus", "mengurus"}
    | {"ngurus", "cara", "di", "ke", "dan", "yang", "dengan", "tolong", "minta", "punya"}
    | {"atau", "surat", "the", "a", "an", "for", "to", "of", "i", "want", "my"}
)
# Everyday spellings and the words that the catalogue uses.
_SAME = {
    "ilang": "hilang",
    "kehilangan": "hilang",
    "passport": "paspor",
    "paspot": "paspor",
    "pasport": "paspor",
    "motor": "kendaraan",
    "mobil": "kendaraan",
    "ektp": "ktp",
    "antri": "antre",
    "nikah": "kawin",
    "perpanjang": "perpanjangan",
    "ganti": "penggantian",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be found: a key, its name, its agency's name, and need words."""

    key: str
    name: str
    agency: str
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One find; ``score`` is comparable within one search only, higher is better."""

    key: str
    score: float


@dataclass(frozen=True, slots=True)
class _Indexed:
    key: str
    phrases: tuple[tuple[str, frozenset[str], float], ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """What was typed: without fillers, and whole between two spaces."""

    meant: str
    whole: str


class Index:
    """Entries prepared for searching; build it once for a catalogue."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = [_prepare(entry) for entry in entries]
        self._vocabulary = sorted(
            {word for entry in self._entries for _, words, _ in entry.phrases for word in words}
        )

    def search(self, text: str, limit: int = 12) -> list[Hit]:
        """Return the best entries for what was typed, best first; nothing for nothing."""
        typed = words_of(text)
        meant = [word for word in typed if word not in _FILLERS] or typed
        if not meant:
            return []
        alternatives = [self._alternatives(word) for word in meant]
        said = _Said(" ".join(meant), f" {' '.join(typed)} ")
        hits = []
        for entry in self._entries:
            score = _score(entry, alternatives, said)
            if score > 0:
                hits.append(Hit(entry.key, round(score, 4)))
        # The catalogue's own order breaks ties: sorted() is stable.
        return sorted(hits, key=lambda hit: -hit.score)[:limit]

    def _alternatives(self, word: str) -> list[tuple[str, float]]:
        """Return the vocabulary's words that a typed word may mean, with how surely."""
        found: dict[str, float] = {}
        readings = [(word, 1.0)]
        if word in _SAME:
            readings.append((_SAME[word], 0.9))
        for meant, sure in readings:
            for known in self._vocabulary:
                if known == meant:
                    found[known] = max(found.get(known, 0.0), sure)
                elif known.startswith(meant):
                    # The longer the part that was typed, the surer.
                    part = len(meant) / len(known)
                    found[known] = max(found.get(known, 0.0), sure * (0.55 + 0.35 * part))
        if not found and len(word) >= 4:
            for known in self._vocabulary:
                if abs(len(known) - len(word)) <= 2 and known[0] == word[0]:
                    likeness = SequenceMatcher(None, word, known).ratio()
                    if likeness >= 0.75:
                        found[known] = 0.6 * likeness
        return list(found.items())


def words_of(text: str) -> list[str]:
    """Return the words of a text: lower case, without accents, letters and digits only."""
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = plain.replace("e-ktp", "ktp").replace("ktp-el", "ktp")
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))


def _prepare(entry: Entry) -> _Indexed:
    phrases: list[tuple[str, float]] = [(entry.name, 1.0)]
    phrases += [(keyword, 1.05) for keyword in entry.keywords]
    phrases.append((entry.agency, 0.45))
    prepared = []
    for phrase, weight in phrases:
        words = words_of(phrase)
        prepared.append((" ".join(words), frozenset(words), weight))
    return _Indexed(entry.key, tuple(prepared))


def _score(
    entry: _Indexed, alternatives: Sequence[Sequence[tuple[str, float]]], said: _Said
) -> float:
    """Score an entry: each typed word counts where it fits best; one phrase for all is best."""
    together = 0.0
    best_each = [0.0] * len(alternatives)
    for phrase, words, weight in entry.phrases:
        if not words:
            continue
        found = [
            max((sure for word, sure in choices if word in words), default=0.0) * weight
            for choices in alternatives
        ]
        best_each = [max(pair) for pair in zip(best_each, found, strict=True)]
        hits = sum(1 for value in found if value)
        # A phrase that says just what was typed beats one that says more.
        closeness = hits / max(len(words), len(alternatives))
        value = sum(found) / len(alternatives) * (0.75 + 0.25 * closeness)
        if len(words) > 1 and f" {phrase} " in said.whole:
            # Word for word, fillers too: "bikin ktp" is not just any "ktp".
            value += 0.5 * weight
        elif phrase == said.meant:
            value += 0.3 * weight
        together = max(together, value)
    covered = sum(1 for value in best_each if value) / len(alternatives)
    if covered < 0.5:
        return 0.0
    apart = sum(best_each) / len(alternatives)
    return (0.65 * together + 0.35 * apart) * covered
