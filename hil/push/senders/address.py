"""A host and a port as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator

from simulator.codes.wsp import PORT_PUSH

_WRITTEN = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/\[\]@]+))(?::(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Endpoint:
    host: str
    port: int = PORT_PUSH

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def host_port(text: object, default: int = PORT_PUSH) -> object:
    """``192.0.2.7:2948``, ``[2001:db8::7]:2948``, or with the ``default`` port ``device.example``.

    Raises `ValueError`.
    """
    if not isinstance(text, str):
        return text
    match = _WRITTEN.fullmatch(text.strip())
    port = int(match[3]) if match and match[3] else default
    if match is None or not 0 < port <= 0xFFFF:
        raise ValueError(f"{text!r} is no host with a port; write it like 192.0.2.7:{default}")
    return Endpoint(match[1] or match[2], port)


HostPort = Annotated[Endpoint, BeforeValidator(lambda text: host_port(text))]
