"""The virtual desktop for tests: skipped where it can't be had, a failure where CI is set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from station.virtual_screen import DesktopSession, missing_programs

__all__ = ["DesktopSession", "desktop_session"]


@contextmanager
def desktop_session(width: int, height: int) -> Iterator[DesktopSession]:
    """Run a virtual desktop of this size in pixels."""
    missing = missing_programs()
    if missing:
        reason = f"a virtual desktop can't be had, missing: {', '.join(missing)}"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with DesktopSession(width, height) as session:
        yield session
