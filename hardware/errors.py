"""The devices' known situations; the words for people come from the station's texts."""

from __future__ import annotations

from rules.errors import KnownError


class DeviceProblem(KnownError):
    """A device can't be used as it is set up."""


class BadDeviceUrl(DeviceProblem):
    """A device's URL can't be understood. Fields: url, reason."""


class BadLogo(DeviceProblem):
    """The logo's file is no picture that can be printed. Fields: file, reason."""


class PadFileFault(DeviceProblem):
    """A mapping file can't be used. Fields: file, faults (one line each, with its place)."""
