"""Reads a device's URL: ``tcp://10.0.0.9:9100``, ``serial:///dev/ttyUSB0?baud=9600`` and so on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from hardware.errors import BadDeviceUrl

SCHEMES = ("tcp", "serial", "file", "usb", "paper")
_OPTIONS = {"serial": {"baud", "parity", "xonxoff", "rtscts"}}


@dataclass(frozen=True, slots=True)
class DeviceUrl:
    """A printer's URL in its parts; ``path`` is set for serial, file and paper."""

    text: str
    scheme: str
    host: str = ""
    port: int = 0
    path: Path = Path()
    vendor: int = 0
    product: int = 0
    serial: str = ""
    baud: int = 9600
    parity: str = "N"
    has_xonxoff: bool = False
    has_rtscts: bool = False


def parse(url: str) -> DeviceUrl:
    """Read a printer's URL.

    Raises:
        BadDeviceUrl: Unknown scheme, missing part or unknown option.
    """
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES:
        raise BadDeviceUrl(url=url, reason=f"the scheme is none of {', '.join(SCHEMES)}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - _OPTIONS.get(scheme, set()))
    if unknown:
        raise BadDeviceUrl(url=url, reason=f"unknown option {unknown[0]}")
    if scheme == "tcp":
        return _tcp(url)
    if scheme == "usb":
        return _usb(url)
    # paper://tickets is a folder beside the working directory, paper:///tickets is absolute.
    place = unquote(parts.netloc + parts.path)
    if not place.strip("/"):
        raise BadDeviceUrl(url=url, reason="the path is missing")
    if scheme == "serial":
        return _serial(url, Path(place), options)
    return DeviceUrl(url, scheme, path=Path(place))


def _tcp(url: str) -> DeviceUrl:
    parts = urlsplit(url.strip())
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadDeviceUrl(url=url, reason=str(error)) from None
    if not host:
        raise BadDeviceUrl(url=url, reason="the host is missing")
    return DeviceUrl(url, "tcp", host=host, port=port or 9100)


def _usb(url: str) -> DeviceUrl:
    ids = urlsplit(url.strip()).netloc.split(":")
    try:
        vendor, product = int(ids[0], 16), int(ids[1], 16)
    except (ValueError, IndexError):
        reason = "expected usb://vendor:product in hex, like usb://04b8:0202"
        raise BadDeviceUrl(url=url, reason=reason) from None
    serial = ids[2] if len(ids) > 2 else ""
    return DeviceUrl(url, "usb", vendor=vendor, product=product, serial=serial)


def _serial(url: str, path: Path, options: dict[str, str]) -> DeviceUrl:
    baud, parity = options.get("baud", "9600"), options.get("parity", "N").upper()
    if not baud.isdigit() or not 300 <= int(baud) <= 4_000_000:
        raise BadDeviceUrl(url=url, reason=f"baud {baud!r} is no line speed")
    if parity not in {"N", "E", "O"}:
        raise BadDeviceUrl(url=url, reason=f"parity {parity!r} is none of N, E, O")
    flags = {name: options.get(name, "0") in {"1", "true"} for name in ("xonxoff", "rtscts")}
    return DeviceUrl(
        url,
        "serial",
        path=path,
        baud=int(baud),
        parity=parity,
        has_xonxoff=flags["xonxoff"],
        has_rtscts=flags["rtscts"],
    )
