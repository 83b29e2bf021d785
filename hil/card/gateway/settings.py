"""How the terminal's side of BIP behaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from simulator.codes.cat import MAX_CHANNELS, PORT_SCWS, PORT_SCWS_TLS

FIXED_PORTS: Mapping[int, int] = {PORT_SCWS_TLS: PORT_SCWS_TLS, PORT_SCWS: PORT_SCWS}
ANY_PORTS: Mapping[int, int] = {PORT_SCWS_TLS: 0, PORT_SCWS: 0}


class TerminalFaults(BaseModel):
    """What terminals have been seen to do, or may do, that a card has to live with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port_busy: bool = False
    """Every port is taken already: OPEN CHANNEL fails (3A 10)."""
    storm: int = Field(default=0, ge=0, le=1000)
    """So many Data available events more for each that is due, whatever the card says to them."""
    receive_closed: bool = False
    """The first RECEIVE DATA of each connection finds it closed (3A 02)."""
    dropped_after: int | None = Field(default=None, ge=0)
    """Octets of an answer after which the connection drops (channel status 81 05)."""
    buffer: int = Field(default=8192, ge=1, le=0xFFFF)
    """Octets of a channel's buffers at most, whatever the card asks for: less is a modification (07)."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    ports: Mapping[int, int] = field(default_factory=lambda: FIXED_PORTS)
    """By the port that a card asks for: the one to listen on instead; 0 is any free one. No other is opened."""
    channels: int = MAX_CHANNELS
    open_seconds: float = 10.0
    """How long a card may take to open its first channel."""
    poll_seconds: float = 30.0
    """How often an idle card is asked by STATUS whether it wants something (TS 102 221 §14.6)."""
    retry_seconds: float = 0.05
    """After a card was too busy for an ENVELOPE."""
    busy_seconds: float = 30.0
    """For how long a card may be too busy."""
    send_seconds: float = 10.0
    """How long a client may take until it reads on."""
    faults: TerminalFaults = field(default_factory=TerminalFaults)
