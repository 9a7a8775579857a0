"""A USB printer through pyusb; endpoints come from the descriptors, as clones differ in them.

Written from the descriptors' documentation and not yet run against a real printer:
``file:///dev/usb/lp0`` is the well-trodden way.
"""

from __future__ import annotations

import contextlib
from typing import Any

import usb.core
import usb.util

from hardware.transports import CHUNK, LinkDown

_PRINTER_CLASS = 7
# pyusb raises NotImplementedError where a platform can't detach a kernel driver.
_USB_ERRORS = (usb.core.USBError, usb.core.NoBackendError, NotImplementedError, ValueError)


class UsbLink:
    """Claims the printer's interface for one job and gives it back to usblp after it."""

    def __init__(self, vendor: int, product: int, serial: str = "") -> None:
        self._ids = (vendor, product, serial)
        self._device: Any = None
        self._interface = 0
        self._is_detached = False
        self._out: Any = None
        self._in: Any = None

    def open(self, timeout_s: float) -> None:
        """Find the device, take it from the kernel's driver and find its bulk endpoints."""
        del timeout_s  # control transfers carry pyusb's own limit of one second
        vendor, product, serial = self._ids
        try:
            found = list(usb.core.find(find_all=True, idVendor=vendor, idProduct=product))
            devices = [each for each in found if not serial or each.serial_number == serial]
            if not devices:
                raise LinkDown(f"no USB device {vendor:04x}:{product:04x}")
            self._device = devices[0]
            self._take(self._device)
        except _USB_ERRORS as error:
            self.close()
            raise LinkDown(str(error)) from error

    def write(self, data: bytes, timeout_s: float) -> None:
        """Write in bulk, chunk by chunk; how much of a failed chunk left is not known."""
        if self._out is None:
            raise LinkDown("not open")
        sent = 0
        while sent < len(data):
            chunk = data[sent : sent + CHUNK]
            try:
                sent += int(self._out.write(chunk, int(timeout_s * 1000)))
            except _USB_ERRORS as error:
                raise LinkDown(str(error), sent + len(chunk)) from error

    def read(self, timeout_s: float) -> bytes:
        """Read one packet, or nothing at the deadline or without an IN endpoint."""
        if self._in is None:
            return b""
        try:
            # A timeout of 0 would wait for ever.
            wait_ms = max(1, int(timeout_s * 1000))
            return bytes(self._in.read(self._in.wMaxPacketSize, wait_ms))
        except usb.core.USBTimeoutError:
            return b""
        except _USB_ERRORS as error:
            raise LinkDown(str(error)) from error

    def close(self) -> None:
        """Release the interface and give it back to the kernel."""
        device, self._device = self._device, None
        self._out = self._in = None
        if device is None:
            return
        with contextlib.suppress(*_USB_ERRORS):
            usb.util.release_interface(device, self._interface)
        if self._is_detached:
            self._is_detached = False
            with contextlib.suppress(*_USB_ERRORS):
                device.attach_kernel_driver(self._interface)
        usb.util.dispose_resources(device)

    def _take(self, device: Any) -> None:  # noqa: ANN401 - pyusb has no types
        interface = _printer_interface(device)
        if interface is None:
            raise LinkDown("the USB device has no bulk endpoint to print to")
        self._interface = interface.bInterfaceNumber
        if device.is_kernel_driver_active(self._interface):
            device.detach_kernel_driver(self._interface)
            self._is_detached = True
        usb.util.claim_interface(device, self._interface)
        self._out = _bulk(interface, usb.util.ENDPOINT_OUT)
        self._in = _bulk(interface, usb.util.ENDPOINT_IN)


def _printer_interface(device: Any) -> Any:  # noqa: ANN401 - pyusb has no types
    """Return the printer-class interface, else any with a bulk OUT endpoint, else None."""
    usable = [
        interface
        for configuration in device
        for interface in configuration
        if _bulk(interface, usb.util.ENDPOINT_OUT) is not None
    ]
    printers = [each for each in usable if each.bInterfaceClass == _PRINTER_CLASS]
    return next(iter(printers or usable), None)


def _bulk(interface: Any, direction: int) -> Any:  # noqa: ANN401 - pyusb has no types
    for endpoint in interface:
        is_bulk = usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
        if is_bulk and usb.util.endpoint_direction(endpoint.bEndpointAddress) == direction:
            return endpoint
    return None
