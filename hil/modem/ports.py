"""The serial ports of this machine, and finding the one that a person means.

A port is named by its device (``/dev/ttyUSB2``), by a URL (``socket://``, ``rfc2217://``), by its USB id
(``usb:1e0e:9001``, with the interface of a modem that has several: ``usb:1e0e:9001:2``), or by a pattern for its
device, name or description (``ttyUSB*``, ``*Quectel*``). The last two still find a modem that was plugged in again
and has become another device.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import glob

from hil.errors import PartMissing, UsageError

_USB = re.compile(r"usb:([0-9a-f]{4}):([0-9a-f]{4})(?::([0-9]{1,3}))?", re.IGNORECASE)
_INTERFACE = re.compile(r":[0-9]+\.([0-9]+)$")


@dataclass(frozen=True, slots=True)
class Port:
    device: str
    description: str = ""
    manufacturer: str = ""
    usb: str = ""
    """Vendor and product, ``1e0e:9001``; empty for what is not on USB."""
    interface: int | None = None
    """Which of the interfaces of its USB device."""

    @property
    def name(self) -> str:
        """Device and description, for a message."""
        usb = f"usb:{self.usb}{'' if self.interface is None else f':{self.interface}'}" if self.usb else ""
        about = ", ".join(each for each in (self.description, usb) if each)
        return f"{self.device} ({about})" if about else self.device


def ports() -> list[Port]:
    """Every port that the system knows, real or not: only an answer to AT proves a modem."""
    from serial.tools.list_ports import comports

    found = []
    for each in comports():
        description = each.description if each.description and each.description != "n/a" else ""
        usb = f"{each.vid:04x}:{each.pid:04x}" if each.vid is not None and each.pid is not None else ""
        place = _INTERFACE.search(each.location or "")
        found.append(
            Port(each.device, description, each.manufacturer or "", usb, int(place[1]) if usb and place else None)
        )
    return sorted(
        found, key=lambda port: [int(part) if part.isdecimal() else part for part in _parts(port.device)]
    )


def find(name: str, known: Sequence[Port] | None = None) -> str:
    """The device or URL that ``name`` means, among ``known`` or the ports of this machine.

    Raises `PartMissing` when there is none, and `UsageError` when there are several.
    """
    if _is_plain(name):
        return name
    known = ports() if known is None else known
    found = among(name, known)
    if len(found) == 1:
        return found[0]
    names = {port.device: port.name for port in known}
    raise UsageError(
        f"{name} may be any of {len(found)} ports: {', '.join(names.get(device, device) for device in found)}",
        hint="name one of them; dmrig modem list tells which of them answer to AT",
    )


def among(name: str, known: Sequence[Port]) -> list[str]:
    """Every device or URL that ``name`` may mean. A pattern with a slash in it is for files, as in
    ``/dev/serial/by-id/*Quectel*``. Raises `PartMissing` when there is none."""
    if _is_plain(name):
        return [name]
    usb = _USB.fullmatch(name)
    if usb is None and name.lower().startswith("usb:"):
        raise UsageError(f"{name!r} is no USB id", hint="usb:VENDOR:PRODUCT, in hex: usb:1e0e:9001")
    found = [port.device for port in known if (_is_usb(port, usb) if usb else _is_called(port, name))]
    if not found and usb is None and "/" in name:
        found = sorted(glob(name))
    if not found:
        here = ", ".join(port.name for port in known)
        raise PartMissing(
            f"no serial port is {name}",
            hint=f"there are: {here}" if here else "there is no serial port at all; is the modem connected?",
        )
    return found


def _is_plain(name: str) -> bool:
    """Whether it is a device or a URL as it stands."""
    return not set(name) & set("*?[") and ("://" in name or "/" in name)


def _is_usb(port: Port, wanted: re.Match[str]) -> bool:
    interface = wanted[3]
    return port.usb == f"{wanted[1]}:{wanted[2]}".lower() and interface in (None, str(port.interface))


def _is_called(port: Port, pattern: str) -> bool:
    names = (port.device, port.device.rsplit("/", 1)[-1], port.description, port.manufacturer)
    return any(fnmatchcase(name.lower(), pattern.lower()) for name in names if name)


def _parts(device: str) -> list[str]:
    """Letters and numbers apart, so that ttyUSB10 comes after ttyUSB9."""
    return re.findall(r"\d+|\D+", device)
