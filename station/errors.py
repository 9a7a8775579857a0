"""What can be wrong with a station itself: its settings, or a second instance."""

from __future__ import annotations

from rules.errors import KnownError


class StationError(KnownError):
    """Something on this PC keeps an application from starting. The command line exits with 2."""


class SettingsFault(StationError):
    """The settings can't be used."""


class UnknownSetting(SettingsFault):
    """No setting has this name. Fields: key, place (a file), nearest."""


class BadSetting(SettingsFault):
    """A setting has a value that it can't have. Fields: key, place, value, wanted."""


class BadSettingsFile(SettingsFault):
    """A settings file can't be read as TOML. Fields: place, detail."""


class AlreadyRunning(StationError):
    """The application runs already at this station. Fields: application, station, pid."""


class VirtualScreenFault(StationError):
    """A virtual screen can't be started. Fields: program, detail."""
