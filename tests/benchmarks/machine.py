"""The machine of a run, in words: what figures mean nothing without."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import PySide6
from PySide6.QtCore import qVersion


def words(folder: Path) -> list[tuple[str, str]]:
    """Return names and words of what the run stands on.

    Args:
        folder: Where the stores lie.
    """
    cores = len(os.sched_getaffinity(0))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return [
        ("Measured", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; load before the run {load}"),
        ("Processor", f"{_cpuinfo('model name')}, {cores} cores{_virtual()}"),
        ("Memory", f"{_meminfo_gb():.1f} GB"),
        ("Disk", disk(folder)),
        ("System", f"{_system()}, Linux {platform.release()}"),
        ("Screen", "Xvfb, software rendering, no vertical sync"),
        ("Python", platform.python_version()),
        ("PySide6", f"{PySide6.__version__} (Qt {qVersion()})"),
    ]


def disk(folder: Path) -> str:
    """Return file system and kind of the disk under a folder, as far as the kernel says."""
    source, kind = _mount(folder)
    device = Path("/sys/class/block") / Path(source).name
    if not device.exists():
        return kind
    whole = device.resolve()
    if (whole / "partition").exists():
        whole = whole.parent
    queue = whole / "queue"
    model = _line(whole / "device" / "model")
    turns = {"1": "rotating", "0": "solid state"}.get(_line(queue / "rotational"), "")
    if whole.name.startswith("vd"):
        # Whatever lies beneath: the guest's kernel doesn't know, and guesses.
        model, turns = "virtio disk of a virtual machine", ""
    cache = _line(queue / "write_cache")
    parts = [model, turns, cache and f"cache: {cache}"]
    return ", ".join([kind, *filter(None, parts)])


def _mount(folder: Path) -> tuple[str, str]:
    """Return source and type of the file system that holds a folder."""
    best, found = -1, ("", "unknown file system")
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        point = before.split()[4]
        kind, source = after.split()[:2]
        if folder.resolve().is_relative_to(point) and len(point) >= best:
            best, found = len(point), (source, kind)
    return found


def _cpuinfo(key: str) -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return " ".join(value.split())
    return platform.machine()


def _virtual() -> str:
    flags = _cpuinfo("flags").split()
    return " of a virtual machine" if "hypervisor" in flags else ""


def _meminfo_gb() -> float:
    first = Path("/proc/meminfo").read_text().splitlines()[0]
    return int(first.split()[1]) * 1024 / 1e9


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "unknown system"


def _line(file: Path) -> str:
    return file.read_text().strip() if file.is_file() else ""
