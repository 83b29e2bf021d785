"""The account between the device and the server of a scenario: both ends, and the card, are told the same."""

from __future__ import annotations

import base64
from typing import Literal

from pydantic import BaseModel, ConfigDict

from hil.fields import Nonce, Secret


class Account(BaseModel):
    """Names, secrets and first nonces; the defaults do for any scenario that is not about them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    server_id: str = "dm.example.com"
    auth: Literal["DIGEST", "BASIC", "HMAC", "TRANSPORT"] = "DIGEST"
    """How both sides prove themselves in messages. TRANSPORT: not there, but with certificates in TLS."""
    protocol: Literal["1.3", "1.2"] = "1.3"
    """Which DM the server takes the device to speak, until it has come."""
    client_name: str = "device"
    client_secret: Secret = "device-secret-3f9c"
    client_nonce: Nonce = b"first client nonce"
    server_name: str = "dm.example.com"
    server_secret: Secret = "server-secret-b71e"
    server_nonce: Nonce = b"first server nonce"
    http_auth: Literal["", "HTTP-BASIC", "HTTP-DIGEST"] = ""
    """Credentials for HTTP itself (AAuthLevel HTTP), beside those in the messages; empty: none."""
    http_name: str = "device"
    http_secret: str = "http-secret-5a20"

    def variables(self) -> dict[str, str]:
        """What a card image may refer to as ``${account.…}``; nonces in base64."""
        return {
            f"account.{name}": base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
            for name, value in self
        }

    def secrets(self) -> list[str]:
        """What a trace must not show."""
        return [self.client_secret, self.server_secret, self.http_secret]
