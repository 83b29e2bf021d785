"""The certificates that are made for one run: by its own authority, or by one that nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from hil.tls.authority import Authority, Issued

Flaw = Literal["expired", "other name", "other authority"]
"""What may be wrong with a server's certificate."""

OTHER_NAME = "other.invalid"


class RunCertificates:
    """`close` it: the files are then gone. An authority is made when it is first needed."""

    def __init__(self) -> None:
        self._authority: Authority | None = None
        self._stranger: Authority | None = None

    def close(self) -> None:
        for authority in (self._authority, self._stranger):
            if authority is not None:
                authority.close()
        self._authority = self._stranger = None

    @property
    def ca(self) -> Path | None:
        """The authority of the run, if anything was signed by it."""
        return None if self._authority is None else self._authority.ca

    def authority(self) -> Path:
        """The same, whether or not anything was signed yet."""
        return self._own().ca

    def server(self, names: Sequence[str], flaw: Flaw | None = None) -> Issued:
        """For a server that is reached under these names and addresses."""
        authority = self._other() if flaw == "other authority" else self._own()
        return authority.server([OTHER_NAME] if flaw == "other name" else names, expired=flaw == "expired")

    def client(self, name: str, *, stranger: bool = False) -> Issued:
        """A device's, from the run's authority or from one that nobody knows."""
        return (self._other() if stranger else self._own()).client(name)

    def _own(self) -> Authority:
        self._authority = self._authority or _authority("dmrig run")
        return self._authority

    def _other(self) -> Authority:
        self._stranger = self._stranger or _authority("somebody else's")
        return self._stranger


def _authority(name: str) -> Authority:
    # Loaded here: a run without TLS needs no cryptography, which takes its time to load.
    from hil.tls.authority import Authority

    return Authority(name)
