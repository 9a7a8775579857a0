"""A station's settings: where they come from, who wins, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from station.errors import BadSetting, BadSettingsFile, UnknownSetting
from station.settings import Settings, database_url, warn_of_unknown, without_password
from tests.support.expected_logs import LogRecorder


@pytest.fixture(autouse=True)
def bare_station(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("station.settings.SYSTEM_FILE", tmp_path / "etc" / "anjungan.toml")


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_station_without_any_settings_works(tmp_path: Path) -> None:
    settings = Settings.load()

    assert settings.database == f"sqlite:///{tmp_path}/data/anjungan/anjungan.db"
    assert settings.station
    assert settings.printer is None
    assert settings.paper_width == 80
    assert settings.language == "id"
    assert settings.sound is True
    assert settings.idle_seconds == 30


def test_environment_wins_over_the_users_file_and_that_over_the_systems(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(
        tmp_path / "etc" / "anjungan.toml",
        'station = "etc"\npaper_width = 58\nprinter = "tcp://10.0.0.9:9100"\n',
    )
    write(
        tmp_path / "config" / "anjungan" / "anjungan.toml", 'station = "user"\npaper_width = 80\n'
    )
    monkeypatch.setenv("ANJUNGAN_STATION", "kios-1")

    settings = Settings.load()

    assert settings.station == "kios-1"
    assert settings.paper_width == 80
    assert settings.printer == "tcp://10.0.0.9:9100"


def test_a_named_file_replaces_both_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(tmp_path / "etc" / "anjungan.toml", 'station = "etc"\n')
    file = write(tmp_path / "mine.toml", 'counter = "3"\nsound = false\n')
    monkeypatch.setenv("ANJUNGAN_CONFIG", str(file))

    settings = Settings.load()

    assert settings.counter == "3"
    assert settings.sound is False
    assert settings.station != "etc"


@pytest.mark.parametrize(
    ("name", "text", "key", "value"),
    [
        ("ANJUNGAN_PAPER_WIDTH", "58", "paper_width", 58),
        ("ANJUNGAN_SOUND", "off", "sound", False),
        ("ANJUNGAN_LOG_LEVEL", "debug", "log_level", "DEBUG"),
        ("ANJUNGAN_IDLE_SECONDS", "45", "idle_seconds", 45),
        ("ANJUNGAN_PRINTER", "", "printer", None),
    ],
)
def test_text_of_the_environment_becomes_the_settings_type(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, key: str, value: object
) -> None:
    monkeypatch.setenv(name, text)

    assert getattr(Settings.load(), key) == value


def test_an_unknown_key_in_a_file_is_named_with_its_place_and_the_nearest(tmp_path: Path) -> None:
    file = write(tmp_path / "etc" / "anjungan.toml", 'pritner = "tcp://10.0.0.9"\n')

    with pytest.raises(UnknownSetting) as caught:
        Settings.load()

    assert caught.value.fields == {"key": "pritner", "place": str(file), "nearest": "printer"}


def test_an_unknown_variable_is_a_warning_that_names_the_nearest(
    monkeypatch: pytest.MonkeyPatch, expected_logs: LogRecorder
) -> None:
    monkeypatch.setenv("ANJUNGAN_DATABSE", "hall.db")

    Settings.load()
    warn_of_unknown(os.environ)

    assert "ANJUNGAN_DATABSE" in expected_logs.text
    assert "ANJUNGAN_DATABASE" in expected_logs.text


def test_known_variables_and_other_programs_are_no_news(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANJUNGAN_CONFIG", "x")
    monkeypatch.setenv("ANJUNGAN_PRINTER", "tcp://10.0.0.9")
    monkeypatch.setenv("ANOTHER_PRINTR", "x")

    warn_of_unknown(os.environ)


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("ANJUNGAN_PAPER_WIDTH", "76", "paper_width"),
        ("ANJUNGAN_IDLE_SECONDS", "soon", "idle_seconds"),
        ("ANJUNGAN_LANGUAGE", "fr", "language"),
        ("ANJUNGAN_DATABASE", "mysql://host/name", "database"),
    ],
)
def test_a_value_that_can_not_be_is_refused_with_its_place(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, key: str
) -> None:
    monkeypatch.setenv(name, text)

    with pytest.raises(BadSetting) as caught:
        Settings.load()

    assert caught.value.fields["key"] == key
    assert caught.value.fields["place"] == "environment"
    assert caught.value.fields["value"] == text


def test_a_file_that_is_no_toml_is_refused_with_the_line(tmp_path: Path) -> None:
    file = write(tmp_path / "etc" / "anjungan.toml", 'station = "a"\nprinter = tcp\n')

    with pytest.raises(BadSettingsFile) as caught:
        Settings.load()

    assert caught.value.fields["place"] == str(file)
    assert "line 2" in str(caught.value.fields["detail"])


def test_a_named_file_that_is_missing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJUNGAN_CONFIG", "/nowhere/anjungan.toml")

    with pytest.raises(BadSettingsFile):
        Settings.load()


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("/var/lib/anjungan/hall.db", "sqlite:////var/lib/anjungan/hall.db"),
        ("sqlite:////var/lib/hall.db", "sqlite:////var/lib/hall.db"),
        ("postgresql://a:b@db/hall", "postgresql+psycopg://a:b@db/hall"),
        ("postgres://db/hall", "postgresql+psycopg://db/hall"),
        ("postgresql+psycopg:///hall?host=/run", "postgresql+psycopg:///hall?host=/run"),
    ],
)
def test_a_stores_address_has_one_form_inside(written: str, taken: str) -> None:
    assert database_url(written) == taken


def test_a_relative_file_is_taken_from_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    assert database_url("hall.db") == f"sqlite:///{tmp_path}/hall.db"
    assert database_url("sqlite:///hall.db") == f"sqlite:///{tmp_path}/hall.db"


@pytest.mark.parametrize("written", ["", "sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_store_without_a_file_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="file"):
        database_url(written)


def test_passwords_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJUNGAN_DATABASE", "postgresql://hall:rahasia@db/hall")

    rows = {row.key: row for row in Settings.load().describe()}

    assert rows["database"].value == "postgresql+psycopg://hall:***@db/hall"
    assert rows["database"].is_changed
    assert without_password("tcp://10.0.0.9:9100") == "tcp://10.0.0.9:9100"


def test_every_setting_has_a_help_text_and_a_variable() -> None:
    rows = Settings.load().describe()

    assert [row.key for row in rows] == list(Settings.model_fields)
    assert all(row.help.endswith(".") for row in rows)
    assert all(row.variable == f"ANJUNGAN_{row.key.upper()}" for row in rows)
