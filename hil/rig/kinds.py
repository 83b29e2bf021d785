"""The modules that register kinds of parts. A new kind is one new file, named here."""

from __future__ import annotations

import importlib

MODULES: dict[str, str] = {
    "server.builtin": "hil.server.part",
    "server.url": "hil.server.part",
    "card.virtual": "hil.card.virtual",
    "card.vpcd": "hil.card.vpcd",
    "card.pcsc": "hil.card.pcsc",
    "card.recording": "hil.card.part_recording",
    "card.modem": "hil.simaccess.part",
    "modem.virtual": "hil.modem.part_virtual",
    "modem.virtual-serial": "hil.modem.part_virtual",
    "modem.offered": "hil.modem.part_offered",
    "modem.serial": "hil.modem.part_serial",
    "push.sms": "hil.push.sms",
    "push.udp": "hil.push.udp",
    "push.ota-http": "hil.push.otahttp",
    "push.modem": "hil.push.sent",
    "push.pap": "hil.push.sent",
    "push.smpp": "hil.push.sent",
    "device.simulated": "hil.device.simulated",
    "device.external": "hil.device.external.part",
    "operator.ask": "hil.operator.part",
}
"""By ``role.kind``: a rig imports just what it names, so that a virtual one never loads PC/SC."""


def kinds(role: str) -> list[str]:
    """The kinds that a rig file may name for a role."""
    return [name.partition(".")[2] for name in MODULES if name.startswith(f"{role}.")]


def load(role: str, kind: str) -> None:
    """Import the module that registers a kind."""
    importlib.import_module(MODULES[f"{role}.{kind}"])
