"""Whether this run is ``make soak``: the same tests, for hours instead of seconds."""

from __future__ import annotations

import os

IS_SOAK = os.environ.get("SOAK") == "1"
"""Not an ANJUNGAN_ name: those are a station's settings, and are taken out of a test run."""
