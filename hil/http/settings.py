"""How a device speaks HTTP: what a rig says of it (``device: {kind: simulated, http: …}``) or a step changes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from hil.tls.settings import ClientTls


class HttpSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    tls: ClientTls = ClientTls()
    chunked: bool = False
    """Send messages in chunks (Transfer-Encoding) instead of with their length."""
