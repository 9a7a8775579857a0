"""A folder as a printer: each ticket as a picture drawn from the bytes, and the bytes."""

from __future__ import annotations

import os
import re
import secrets
from io import BytesIO
from pathlib import Path

from hardware import escpos, paper
from hardware.paper_status import PrinterState
from hardware.printer import PrinterSettings, PrintOutcome, PrintResult, ticket
from rules.slip import Slip


class PaperPrinter:
    """Writes ``<number>-<key>.png`` and ``.bin``; for demos and desks without a printer."""

    def __init__(self, folder: Path, settings: PrinterSettings) -> None:
        self._folder = folder
        self._settings = settings

    @property
    def name(self) -> str:
        """The folder's URL."""
        return self._settings.url

    def state(self) -> PrinterState:
        """Ready where the folder is there, or can be made, and takes files."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return PrinterState.UNREACHABLE
        is_open = os.access(self._folder, os.W_OK | os.X_OK)
        return PrinterState.READY if is_open else PrinterState.UNREACHABLE

    def print(self, slip: Slip) -> PrintResult:
        """Build, draw, write; either both files appear or neither is called a ticket."""
        settings = self._settings
        data = ticket(slip, settings)
        picture = BytesIO()
        paper.render(data, escpos.WIDTH_DOTS[settings.width_mm]).save(picture, "PNG")
        stem = "-".join(re.sub(r"[^\w.-]+", "_", part) for part in (slip.number, slip.key))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(self._folder / f"{stem}.bin", data)
            _write(self._folder / f"{stem}.png", picture.getvalue())
        except OSError as error:
            return PrintResult(PrintOutcome.FAILED, PrinterState.UNREACHABLE, str(error))
        return PrintResult(PrintOutcome.PRINTED, PrinterState.READY)

    def close(self) -> None:
        """Nothing is held open."""


def _write(path: Path, data: bytes) -> None:
    """Write beside and move into place, so that a watcher never sees half a file."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
