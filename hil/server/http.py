"""How a DM server is reached: plain or over TLS, with or without credentials for HTTP, in chunks or not."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hil.tls.settings import ServerTls
from simulator.http.digest import Algorithm
from simulator.http.guard import MAX_COUNT


class ServerHttp(BaseModel):
    """For rigs, server files and steps alike."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tls: ServerTls | None = None
    """``yes`` for TLS with all defaults."""
    http_auth: Literal["none", "basic", "digest"] | None = None
    """What HTTP itself asks for (RFC 7617, RFC 7616); nothing said: what the account has."""
    algorithms: tuple[Algorithm, ...] = Field(default=(Algorithm.SHA256, Algorithm.MD5), min_length=1)
    """Of Digest: a challenge for each, in this order."""
    nonce_uses: int = Field(default=MAX_COUNT, ge=1, le=MAX_COUNT)
    """Requests with one nonce of Digest, after which it is stale."""
    next_nonce: bool = False
    """Authentication-Info brings the nonce for the next request."""
    chunked: bool = False
    """Answer in chunks (Transfer-Encoding) instead of with a length."""

    @field_validator("tls", mode="before")
    @classmethod
    def _yes(cls, value: object) -> object:
        said = value.lower() if isinstance(value, str) else value
        return {} if said in ("yes", "true", True) else None if said in ("no", "false", False) else value
