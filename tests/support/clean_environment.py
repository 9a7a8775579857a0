"""Importing this takes the station's settings out of a test run, and its screen away.

A module of its own because it has to come before anything that imports Qt.
"""

from __future__ import annotations

import os

if os.environ.get("ANJUNGAN_SHOW") != "1":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
for _name in [name for name in os.environ if name.startswith("ANJUNGAN_")]:
    # The tests are of the project, not of the station that they run on.
    del os.environ[_name]
