"""Every word that a person reads has its Indonesian translation, with the same fields."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message

import assets
from rules.errors import KnownError
from station.error_words import ERROR_WORDS, FIELD_WORDS, GENERAL_WORDS, MOVE_WORDS, STATUS_WORDS
from station.settings import Settings
from station.texts import read_catalogue, translation_faults

ROOT = Path(__file__).parents[1]
SPEAKING_PACKAGES = ("rules", "station", "desktop", "kiosk", "display", "counter", "cli")
FILES = sorted((assets.locale_folder() / "id").glob("*.po"))


def key_of(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def translated() -> set[str]:
    return {key_of(message) for file in FILES for message in read_catalogue(file, "id")}


def spoken_words(file: Path) -> Iterator[tuple[str, str]]:
    """Give (place, text) of each literal that goes through ``t()`` or ``n()``."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"t", "n"}
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            yield f"{file.relative_to(ROOT)}:{node.lineno}", node.args[0].value


@pytest.mark.parametrize("package", SPEAKING_PACKAGES)
def test_every_word_of_a_package_is_translated(package: str) -> None:
    known = translated()

    missing = [
        f"{place}: {text!r}"
        for file in sorted((ROOT / package).rglob("*.py"))
        for place, text in spoken_words(file)
        if text not in known
    ]

    assert missing == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_translations_are_complete_and_keep_the_fields(file: Path) -> None:
    faults: list[str] = []
    for message in read_catalogue(file, "id"):
        if message.id:
            faults += translation_faults(message)
            if message.fuzzy or not message.string or not any(message.string):
                faults.append(f"{key_of(message)!r}: not translated")

    assert faults == []


def test_one_text_has_one_translation_in_all_files() -> None:
    found: dict[str, set[str]] = {}
    for file in FILES:
        for message in read_catalogue(file, "id"):
            if message.id:
                string = message.string
                first = string if isinstance(string, str) else (string or ("",))[0]
                found.setdefault(key_of(message), set()).add(first)

    assert {key: strings for key, strings in found.items() if len(strings) > 1} == {}


def test_sentences_of_errors_and_settings_are_translated() -> None:
    words = {
        GENERAL_WORDS,
        *STATUS_WORDS.values(),
        *MOVE_WORDS.values(),
        *FIELD_WORDS.values(),
        *(sentence for sentences in ERROR_WORDS.values() for sentence in sentences),
        *(row.help for row in Settings.load().describe()),
    }

    assert words - translated() == set()


def test_every_known_error_has_words_of_its_own() -> None:
    for package in ("rules", "db", "hardware", "station", "cli"):
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            # Migrations run inside Alembic, the driver inside the system's Python.
            if ".migrations" not in module.name and not module.name.endswith("atspi_driver"):
                importlib.import_module(module.name)

    def below(kind: type[KnownError]) -> Iterator[type[KnownError]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    # Only those of the packages: tests have errors of their own.
    ours = [kind for kind in below(KnownError) if (ROOT / kind.__module__.split(".")[0]).is_dir()]

    assert {kind.code for kind in ours if kind.code not in ERROR_WORDS} == set()
