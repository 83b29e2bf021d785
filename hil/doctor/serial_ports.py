"""Serial ports: which there are, whether this user may open them, and which program holds them."""

from __future__ import annotations

import grp
import os
from collections.abc import Iterator
from pathlib import Path

from hil.doctor.finding import Finding
from hil.modem.holders import PROC, holders

NOT_TRIED = "no answer to AT was tried"


def serial_ports() -> Iterator[Finding]:
    from serial.tools.list_ports import comports

    ports = sorted((port.device, _description(port.description, port.hwid)) for port in comports())
    held = holders(device for device, _ in ports)
    for device, description in ports:
        yield describe_port(device, description, held.get(os.path.realpath(device), []))
    if not ports:
        yield Finding(
            "serial ports", "info", "none", "plug a modem in, or name its port in the rig file", "real modems"
        )


def modem_manager() -> Iterator[Finding]:
    """ModemManager opens every new modem and talks to it for half a minute."""
    if any(_read(path) == "ModemManager" for path in PROC.glob("[0-9]*/comm")):
        remedy = "stop it while dmrig uses a modem: systemctl stop ModemManager"
        yield Finding("ModemManager", "info", "it is running and takes modems for itself", remedy, "real modems")


def describe_port(device: str, description: str, held_by: list[str]) -> Finding:
    """The finding for one port."""
    name = f"port {device}"
    if not os.access(device, os.R_OK | os.W_OK):
        return Finding(
            name, "broken", f"{description}; this user may not open it", _how_to_open(device), "real modems"
        )
    if held_by:
        seen = f"{description}; held by {', '.join(held_by)}"
        return Finding(name, "info", seen, "end that program before dmrig uses the port", "real modems")
    if Path(device).name.startswith("ttyS"):
        seen = f"{description}; perhaps a port without hardware behind it: {NOT_TRIED}"
        return Finding(name, "info", seen, purpose="real modems")
    return Finding(name, "ok", f"{description}; {NOT_TRIED}", purpose="real modems")


def _how_to_open(device: str) -> str:
    try:
        group = grp.getgrgid(os.stat(device).st_gid).gr_name
    except (OSError, KeyError):
        return "look at the permissions of the device file"
    if group == "root":
        return f"let a udev rule give {device} to the group dialout, and join that group"
    return f"join its group: sudo usermod -aG {group} $USER, then log in again"


def _description(description: str | None, hardware: str | None) -> str:
    said = [each for each in (description, hardware) if each and each != "n/a"]
    return ", ".join(said) or "no description"


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
