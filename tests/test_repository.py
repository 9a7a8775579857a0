"""What holds for the project as a whole: packages, the lock file, the pin of Qt."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from pytestqt.qtbot import QtBot

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["check-wheel-contents"]["toplevel"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def locked() -> dict[str, Version]:
    found = re.findall(r"^([\w.-]+)==(\S+)", LOCK, flags=re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in found}


def test_the_lock_names_no_package_host() -> None:
    assert "://" not in LOCK
    assert "index" not in "".join(line for line in LOCK.splitlines() if line.startswith("-"))
    assert not [line for line in LOCK.splitlines() if line.strip().startswith("#")]


def test_every_locked_package_has_hashes() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.strip())

    assert len(entries) > 50
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_keeps_what_the_project_asks_for() -> None:
    project = PROJECT["project"]
    wanted = [Requirement(text) for text in project["dependencies"]]
    wanted += [Requirement(text) for text in project["optional-dependencies"]["dev"]]
    wanted += [Requirement(text) for text in PROJECT["build-system"]["requires"]]
    versions = locked()

    unfit = [
        str(requirement)
        for requirement in wanted
        if (version := versions.get(canonicalize_name(requirement.name))) is None
        or version not in requirement.specifier
    ]

    assert unfit == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_what_it_is_for(package: str) -> None:
    tree = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))

    assert ast.get_docstring(tree)
    assert (ROOT / package / "py.typed").exists()


@pytest.mark.parametrize("folder", ["packaging", "docs", "tests"])
def test_other_folders_are_no_packages(folder: str) -> None:
    # A packaging/__init__.py would shadow PyPI's packaging and break its tools.
    assert not (ROOT / folder / "__init__.py").exists()


def test_contracts_and_wheel_know_every_package() -> None:
    tools = PROJECT["tool"]
    found = {file.parent.name for file in ROOT.glob("*/__init__.py")}

    assert found == set(PACKAGES)
    assert found == set(tools["importlinter"]["root_packages"])
    assert found == {
        name.rstrip("*") for name in tools["setuptools"]["packages"]["find"]["include"]
    }


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_qt_keeps_its_references_to_none(qtbot: QtBot) -> None:
    """PySide6 6.12 drops one at almost every call, until the process aborts."""
    from PySide6.QtWidgets import QApplication, QLabel

    label = QLabel()
    qtbot.addWidget(label)
    QApplication.processEvents()
    before = sys.getrefcount(None)

    for _ in range(1000):
        label.setText("B-001")
        QApplication.processEvents()

    assert before - sys.getrefcount(None) < 100
