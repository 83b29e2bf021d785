"""What rigs, scenarios and server files may say about TLS. Saying nothing is the secure choice.

The newest version that both sides have is used, certificates are verified, nothing below TLS 1.2 is spoken. The
client profile wants TLS 1.1 to be available (DM HTTP Binding §5.4): that has to be asked for, and is warned of.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from hil.tls.run import Flaw

Version = Literal["1.1", "1.2", "1.3"]

WARNING = "TLS 1.1 is allowed here: it is broken, and is meant for old peers in a laboratory only"


BROKEN_VERSIONS = frozenset({"SSLv3", "TLSv1", "TLSv1.1"})
"""As the ssl module calls them."""


class Tls(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    certificate: Path | None = None
    """A PEM file with a certificate of one's own and those that it leads to."""
    key: Path | None = None
    """The PEM file with its private key; None: in the same file."""
    minimum: Version = "1.2"
    maximum: Version = "1.3"
    legacy: bool = False
    """Speak TLS 1.1 with a peer that has nothing better, and take the weak keys and ciphers of its time."""

    @model_validator(mode="after")
    def _versions(self) -> Tls:
        if not self.legacy and "1.1" in (self.minimum, self.maximum):
            raise ValueError("TLS 1.1 is broken; for an old peer, say 'legacy: yes' as well")
        if self.lowest > self.maximum:
            raise ValueError(f"the maximum, TLS {self.maximum}, is below the minimum, TLS {self.lowest}")
        if self.key is not None and self.certificate is None:
            raise ValueError("there is a key without its certificate")
        return self

    @property
    def lowest(self) -> Version:
        """``legacy`` goes down to 1.1 where the minimum does not say otherwise."""
        return "1.1" if self.legacy and "minimum" not in self.model_fields_set else self.minimum


class ClientTls(Tls):
    """The device's side."""

    ca: Path | None = None
    """PEM certificates of the authorities to trust instead of the system's."""
    verify: bool = True
    """No: take any server, also a false one."""
    own: Literal["run", "unknown"] | None = None
    """Instead of a file: a certificate made for the run, by the run's authority or by one that nobody knows."""

    @model_validator(mode="after")
    def _one(self) -> ClientTls:
        if self.own is not None and self.certificate is not None:
            raise ValueError("a certificate is either one's own file or made for the run")
        return self


class ServerTls(Tls):
    """The server's side. Without a certificate of its own it gets one that is made for the run."""

    clients: Literal["not asked", "asked", "required"] = "not asked"
    """Whether devices are asked for a certificate, and whether those without one are turned away."""
    client_ca: Path | None = None
    """PEM certificates of the authorities that devices' certificates come from; None: the run's own."""
    flaw: Flaw | None = None
    """What is wrong with the certificate that is made for the run."""

    @model_validator(mode="after")
    def _flaw(self) -> ServerTls:
        if self.flaw is not None and self.certificate is not None:
            raise ValueError("a flaw can only be put into a certificate that is made for the run")
        return self
