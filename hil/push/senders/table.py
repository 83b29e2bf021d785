"""Senders by the scheme of the address that a push goes to. A new one is one file, and a line here.

A sender's module has ``Settings``, a pydantic model of what can be said beside the address, and ``opened``, which
makes a `Sender` of an address and such settings.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NamedTuple, Protocol, runtime_checkable

from pydantic import BaseModel, ValidationError

from hil.errors import UsageError
from hil.nearest import nearest
from hil.push.contract import Meta
from hil.trace.record import Json


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it."""

    accepted: bool
    """False: the other side said no. True also where nobody can tell, as with UDP."""
    text: str
    details: Mapping[str, Json] = field(default_factory=dict)


class Sender(Protocol):
    def send(self, push: bytes, meta: Meta) -> Sent:
        """Send the octets of a WSP push.

        Raises `CannotDo` for what cannot go this way, other `PartError` when the way is not there or breaks.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class Breakable(Protocol):
    """A sender that has a connection."""

    def break_off(self, push: bytes, meta: Meta) -> None:
        """Reset it while the push is on its way. Raises as `Sender.send` when it does not come to that."""
        ...


class Known(NamedTuple):
    module: str
    address: str
    about: str


SENDERS: dict[str, Known] = {
    "sms": Known("hil.push.senders.modem", "sms:+NUMBER", "SMS by a modem (--set modem=/dev/ttyUSB2)"),
    "udp": Known("hil.push.senders.udp", "udp://HOST[:2948]", "a datagram (WDP over UDP)"),
    "http": Known("hil.push.senders.http", "http://HOST:4035/wappush", "OTA-HTTP, to a terminal that listens"),
    "pap": Known("hil.push.senders.pap", "pap:+NUMBER", "PAP, to a push gateway (--set gateway=http://HOST/PATH)"),
    "smpp": Known("hil.push.senders.smpp", "smpp:+NUMBER", "SMPP, to a service centre (--set smsc=HOST:2775)"),
    "https": Known("hil.push.senders.http", "https://HOST:4036/wappush", "the same over TLS"),
}


def open_sender(to: str, said: Mapping[str, str]) -> Sender:
    """The sender for an address; ``said``: settings by name, with a dot into what a setting holds.

    Raises `UsageError` for an address or settings that there are none of, `PartError` when the way is not there.
    """
    scheme = to.partition(":")[0].lower()
    if scheme not in SENDERS or ":" not in to:
        close = nearest(scheme, SENDERS)
        raise UsageError(
            f"{to!r} is no address that a push can be sent to",
            hint=SENDERS[close].address
            if close
            else f"one of {', '.join(known.address for known in SENDERS.values())}",
        )
    module = importlib.import_module(SENDERS[scheme].module)
    sender: Sender = module.opened(to, _settings(module, said))
    return sender


def settings_of(scheme: str) -> type[BaseModel]:
    """What can be said beside an address of that scheme."""
    settings: type[BaseModel] = importlib.import_module(SENDERS[scheme].module).Settings
    return settings


def _settings(module: ModuleType, said: Mapping[str, str]) -> BaseModel:
    values: dict[str, Any] = {}
    for name, value in said.items():
        *above, last = name.split(".")
        inner = values
        for each in above:
            inner = inner.setdefault(each, {})
            if not isinstance(inner, dict):
                raise UsageError(f"{name}: {each} has a value already")
        inner[last] = value
    settings: type[BaseModel] = module.Settings
    try:
        return settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            known = list(settings.model_fields)
            raise UsageError(f"{name} is no setting here", hint=f"one of {', '.join(known)}") from error
        raise UsageError(f"{name}: {first['msg'].lower()}") from error
