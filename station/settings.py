"""The settings of a station, declared once: from TOML files and ``ANJUNGAN_*`` variables.

Called by the composition root of every application. A later place wins over an earlier one:
``/etc``, the user's file (or only the file that ANJUNGAN_CONFIG names), the environment.
"""

from __future__ import annotations

import difflib
import logging
import os
import re
import socket
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from station.errors import BadSetting, BadSettingsFile, UnknownSetting

APPLICATION: Final = "anjungan"
PREFIX: Final = "ANJUNGAN_"
CONFIG_VARIABLE: Final = "ANJUNGAN_CONFIG"
SYSTEM_FILE: Final = Path("/etc/anjungan/anjungan.toml")
ENVIRONMENT: Final = "environment"

_log = logging.getLogger(__name__)
_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@\s]*@")


def database_url(address: str) -> str:
    """Bring a store's address to the one form that ``db`` takes.

    Args:
        address: ``sqlite:///file``, a plain path, or a PostgreSQL URL with or without driver.

    Returns:
        ``sqlite:////absolute/file`` or ``postgresql+psycopg://…``.

    Raises:
        ValueError: The address is of another database, or names no file.
    """
    scheme, is_url, rest = address.partition("://")
    if not is_url:
        return _sqlite_url(address)
    if scheme in {"sqlite", "sqlite+pysqlite"}:
        if not rest.startswith("/") or rest in {"/", "/:memory:"}:
            raise ValueError("sqlite:/// must be followed by the path of a file")
        return _sqlite_url(rest[1:])
    if scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
        return f"postgresql+psycopg://{rest}"
    raise ValueError("a store is a SQLite file or a PostgreSQL database")


def without_password(address: str) -> str:
    """Return an address as it may be shown and logged."""
    return _PASSWORD.sub(r"\1***@", address)


def _sqlite_url(path: str) -> str:
    if not path.strip():
        raise ValueError("the path of a file is wanted")
    return f"sqlite:///{Path(path).expanduser().absolute()}"


def _default_database() -> str:
    return _sqlite_url(str(platformdirs.user_data_path(APPLICATION) / "anjungan.db"))


def _default_log_folder() -> Path:
    return platformdirs.user_log_path(APPLICATION)


def _is_name(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("a printable name is wanted")
    return value.strip()


def _number_if_text(value: object) -> object:
    # The environment has only text, and a Literal takes nothing but the very number.
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value


def _upper_if_text(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


File = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]
Name = Annotated[str, AfterValidator(_is_name)]


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting for the documentation and for ``anjungan doctor``; no password in it."""

    key: str
    variable: str
    help: str
    value: str
    default: str
    is_changed: bool


class Settings(BaseSettings):
    """What may differ from station to station. Make one by ``Settings.load()``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    database: Annotated[str, AfterValidator(database_url)] = Field(
        default_factory=_default_database,
        description="The store: the path of a SQLite file where all applications share one PC, "
        "else postgresql://user:password@host/name.",
    )
    site: Name | None = Field(
        None, description="Code of the site, needed only where a store holds several."
    )
    station: Name = Field(
        default_factory=socket.gethostname,
        description="Name of this station in the journal and for its print jobs; "
        "by default the PC's name.",
    )
    printer: Name | None = Field(
        None,
        description="The ticket printer: tcp://host:9100, serial:///dev/serial/by-id/…?baud=9600, "
        "usb://04b8:0202, file:///dev/usb/lp0 or paper:///folder. Without it no paper is printed.",
    )
    paper_width: Annotated[Literal[58, 80], BeforeValidator(_number_if_text)] = Field(
        80, description="Width of the paper in mm: 58 or 80."
    )
    printer_qr: Literal["native", "raster"] = Field(
        "native",
        description="native where the printer draws QR codes itself, else raster.",
    )
    pads: File | None = Field(
        None, description="File that says which call pads are attached and what their keys mean."
    )
    counter: Name | None = Field(
        None, description="Code of the counter, filled in at the console's sign-in."
    )
    language: Literal["id", "en"] = Field("id", description="First language on screen: id or en.")
    theme: Name | None = Field(
        None, description="Code of the colours, instead of those that the site's catalogue names."
    )
    sound: bool = Field(True, description="on or off: the hall display's chime.")
    idle_seconds: int = Field(
        30,
        ge=5,
        le=600,
        description="After how many seconds without a touch the kiosk returns home.",
    )
    backup_folder: File | None = Field(
        None,
        description="Folder of the daily backups, on the one PC that makes them; "
        "best on another disk than the store.",
    )
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper_if_text)
    ] = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_folder: File = Field(
        default_factory=_default_log_folder, description="Folder of the log files."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the files' values, which ``load`` passes in."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @classmethod
    def load(cls) -> Settings:
        """Read the files and the environment.

        Raises:
            SettingsFault: A file's key is unknown, a value can't be used, or a file can't be
                read. An unknown variable is no fault: see ``warn_of_unknown``.
        """
        values: dict[str, Any] = {}
        places: dict[str, str] = {}
        for file in settings_files(os.environ):
            content = _read(file)
            _refuse_unknown(list(content), str(file))
            values |= content
            places |= dict.fromkeys(content, str(file))
        for name, value in _variables(os.environ).items():
            if value:
                places[name.lower().removeprefix(PREFIX.lower())] = ENVIRONMENT
        try:
            return cls(**values)
        except ValidationError as error:
            fault = error.errors()[0]
            key = str(fault["loc"][0])
            raise BadSetting(
                key=key,
                place=places.get(key, ENVIRONMENT),
                value=without_password(str(fault["input"])),
                wanted=cls.model_fields[key].description,
            ) from None

    def describe(self) -> tuple[SettingRow, ...]:
        """Return a row for each setting, in the order of their declaration."""
        rows = []
        for key, field in type(self).model_fields.items():
            default = _shown(field.get_default(call_default_factory=True, validated_data={}))
            value = _shown(getattr(self, key))
            rows.append(
                SettingRow(
                    key=key,
                    variable=PREFIX + key.upper(),
                    help=field.description or "",
                    value=value,
                    default=default,
                    is_changed=value != default,
                )
            )
        return tuple(rows)


def settings_files(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the settings files that exist, the weakest first.

    Raises:
        BadSettingsFile: ANJUNGAN_CONFIG names a file that isn't there.
    """
    named = environ.get(CONFIG_VARIABLE)
    if named:
        file = Path(named).expanduser()
        if not file.is_file():
            raise BadSettingsFile(place=str(file), detail="no such file")
        return (file,)
    user_file = platformdirs.user_config_path(APPLICATION) / "anjungan.toml"
    return tuple(file for file in (SYSTEM_FILE, user_file) if file.is_file())


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environ.items()
        if name.upper().startswith(PREFIX) and name != CONFIG_VARIABLE
    }


def warn_of_unknown(environ: Mapping[str, str]) -> None:
    """Log a warning for each variable that is no setting; call it when the logs have started.

    Other programs may use the prefix too, so a slip of the pen there can't be an error.
    """
    for name in _variables(environ):
        key = name.lower().removeprefix(PREFIX.lower())
        if key not in Settings.model_fields:
            nearest = PREFIX + _nearest(key).upper()
            _log.warning("there is no setting %s; the nearest one is %s", name, nearest)


def _refuse_unknown(keys: list[str], place: str) -> None:
    for key in keys:
        if key not in Settings.model_fields:
            raise UnknownSetting(key=key, place=place, nearest=_nearest(key))


def _nearest(key: str) -> str:
    known = list(Settings.model_fields)
    return difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettingsFile(place=str(file), detail=str(error)) from error


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return without_password(str(value))
