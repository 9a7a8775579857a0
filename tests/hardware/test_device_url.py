"""Device URLs: what they name, and what is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.device_url import DeviceUrl, parse
from hardware.errors import BadDeviceUrl
from hardware.printer import PrinterSettings, open_printer


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("tcp://10.0.0.9:9101", {"host": "10.0.0.9", "port": 9101}),
        ("tcp://printer.mpp", {"host": "printer.mpp", "port": 9100}),
        ("tcp://[fe80::1]:9100", {"host": "fe80::1", "port": 9100}),
        ("serial:///dev/ttyUSB0", {"path": Path("/dev/ttyUSB0"), "baud": 9600}),
        (
            "serial:///dev/serial/by-id/usb-x?baud=115200&parity=e&rtscts=1",
            {
                "path": Path("/dev/serial/by-id/usb-x"),
                "baud": 115200,
                "parity": "E",
                "has_rtscts": True,
            },
        ),
        ("file:///dev/usb/lp0", {"path": Path("/dev/usb/lp0")}),
        ("usb://04b8:0202", {"vendor": 0x04B8, "product": 0x0202}),
        ("usb://0416:5011:A1", {"vendor": 0x0416, "product": 0x5011, "serial": "A1"}),
        ("paper:///var/tickets", {"path": Path("/var/tickets")}),
        ("paper://tickets", {"path": Path("tickets")}),
        ("paper:///home/mpp/tiket%20demo", {"path": Path("/home/mpp/tiket demo")}),
    ],
)
def test_url_names_a_device(url: str, expected: dict[str, object]) -> None:
    parsed = parse(url)

    assert parsed == DeviceUrl(url, url.split(":")[0], **expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "scheme"),
        ("/dev/usb/lp0", "scheme"),
        ("http://10.0.0.9", "scheme"),
        ("tcp://", "host"),
        ("tcp://printer:paper", "ort"),
        ("tcp://printer:99999", "ort"),
        ("tcp://printer?speed=9", "speed"),
        ("serial://", "path"),
        ("serial:///dev/ttyUSB0?baud=fast", "baud"),
        ("serial:///dev/ttyUSB0?parity=X", "parity"),
        ("file:", "path"),
        ("usb://printer", "usb://vendor:product"),
        ("paper:///", "path"),
    ],
)
def test_url_that_names_nothing_is_refused_with_a_reason(url: str, reason: str) -> None:
    with pytest.raises(BadDeviceUrl) as error:
        open_printer(PrinterSettings(url))

    assert error.value.fields["url"] == url
    assert reason in str(error.value.fields["reason"])
