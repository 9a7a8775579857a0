"""The driver works a real window on a virtual desktop, from outside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.accessibility import Accessibility, AccessibilityFault
from tests.support.desktop_session import DesktopSession, desktop_session

pytestmark = pytest.mark.end_to_end
APP = "small-window"
PROGRAM = Path(__file__).parents[1] / "support" / "small_window.py"


@pytest.fixture
def session() -> Iterator[DesktopSession]:
    with desktop_session(800, 600) as running:
        yield running


@pytest.fixture
def windows(session: DesktopSession) -> Iterator[Accessibility]:
    program = subprocess.Popen([sys.executable, str(PROGRAM)], env=session.environment)
    with Accessibility(session.environment) as accessibility:
        yield accessibility
    program.terminate()
    program.wait(10)


def test_a_visit_by_names_alone(
    windows: Accessibility, session: DesktopSession, tmp_path: Path
) -> None:
    windows.wait(APP, "Pilih layanan", role="label")
    windows.type(APP, "PIN", "123")
    pressed = windows.press(APP, "Kartu Keluarga baru")
    windows.wait(APP, "B-123")

    assert pressed.role == "button"
    assert windows.texts(APP)[-2:] == ("B-123", "Kembali")
    picture = session.screenshot(tmp_path / "screen.png")
    assert picture.size == (800, 600)
    assert len(picture.getcolors(800 * 600) or []) > 2
    assert (tmp_path / "screen.png").exists()

    windows.press(APP, "Kembali", prefix=False)
    windows.wait(APP, "Pilih layanan")
    windows.wait_gone(APP, "B-123")


def test_what_is_missing_is_told_with_what_is_there(windows: Accessibility) -> None:
    windows.wait(APP, "Pilih layanan")

    with pytest.raises(AccessibilityFault) as caught:
        windows.press(APP, "Ambil Nomor", timeout_s=0.3)

    assert caught.value.fields["error"] == "NotFound"
    assert "button 'Kartu Keluarga baru, Kependudukan'" in str(caught.value)
    assert "button 'Selesai' (disabled)" in str(caught.value)
    assert "B-001" not in str(caught.value)


def test_a_disabled_button_takes_no_press(windows: Accessibility) -> None:
    windows.wait(APP, "Selesai")

    with pytest.raises(AccessibilityFault):
        windows.press(APP, "Selesai", timeout_s=0.3)


def test_an_application_that_is_not_there_is_named(session: DesktopSession) -> None:
    with (
        Accessibility(session.environment) as accessibility,
        pytest.raises(AccessibilityFault, match="no application 'anjungan-kiosk'"),
    ):
        accessibility.texts("anjungan-kiosk", timeout_s=0.2)
