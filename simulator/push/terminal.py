"""A terminal of OTA-HTTP: what it answers a gateway (WAP-235-PushOTA §8), without any network.

It takes a push when it can be read and is for the DM client. Whether the device then does something about it is
another matter: a false digest gets no answer (DM Notification §6).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator.codes import mime, ota
from simulator.codes.ota import PushStatus
from simulator.codes.wsp import APPLICATION_DM, APPLICATION_IDS
from simulator.errors import CodecError
from simulator.push.ota import read_request
from simulator.push.wsp import Push

METHODS = ("POST", "OPTIONS")

MEDIA_TYPES = (mime.NOTIFICATION_13, mime.NOTIFICATION_12, mime.DM_WBXML)
"""What a terminal of DM says it takes. A bootstrap in XML is taken too, for the device to pass over."""
TAKEN = frozenset({*MEDIA_TYPES, mime.DM_XML})


@dataclass(frozen=True, slots=True)
class TerminalSettings:
    terminal_id: str = "dmrig"
    user_agent: str = "dmrig"
    paths: Sequence[str] = ota.PATHS
    max_message: int = 65536
    """Octets of a push."""
    bearer_indication: int = 0
    """0: any wireless network."""
    refused_status: int = ota.REFUSED
    """X-Wap-Push-Status of a push that is not taken."""


class Taken(NamedTuple):
    """The answer to one request."""

    status: int
    """Of HTTP."""
    headers: list[tuple[str, str]]
    text: str = ""
    """For the developer at the other end, where there was a mistake."""
    push: Push | None = None
    """What was accepted."""


@dataclass(frozen=True, slots=True)
class Terminal:
    settings: TerminalSettings = field(default_factory=TerminalSettings)

    def answer(self, method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes) -> Taken:
        """Never raises for what a gateway sends."""
        if path not in self.settings.paths:
            return self._mistake(404, f"pushes are taken at {self.settings.paths[0]}")
        if method not in METHODS:
            return self._mistake(405, "a push is sent with POST", ("Allow", ", ".join(METHODS)))
        tag = next((value for name, value in headers if name.lower() == ota.CPI_TAG.lower()), None)
        if method == "OPTIONS":
            return self._capabilities(tag)
        if tag is not None and tag != self.tag:
            return Taken(204, [*_says(PushStatus.CPI_MISMATCH), (ota.CPI_TAG, self.tag)])
        if len(body) > self.settings.max_message:
            return self._mistake(413, f"a push has at most {self.settings.max_message} octets")
        try:
            push = read_request(headers, body)
        except CodecError as error:
            return self._mistake(400, str(error))
        if push.application_id != APPLICATION_DM:
            return self._mistake(406, f"the push is for the application {push.application_id!r}")
        if push.content_type not in TAKEN:
            return self._mistake(415, f"the push is {push.content_type!r}, which is nothing of DM")
        return Taken(204, _says(PushStatus.ACCEPTED), push=push)

    def _mistake(self, status: int, text: str, *more: tuple[str, str]) -> Taken:
        return Taken(status, [*_tells(self.settings.refused_status, ota.REFUSED_WORDS), *more], text)

    @property
    def tag(self) -> str:
        """Changes when what the terminal says of itself does (CPITag: four octets in base64)."""
        octets = repr([*self._identity(), *self._information()]).encode()
        return base64.b64encode(hashlib.sha256(octets).digest()[:4]).decode()

    def _capabilities(self, tag: str | None) -> Taken:
        own = [*self._identity(), (ota.CPI_TAG, self.tag)]
        if tag == self.tag:
            return Taken(204, [*_says(PushStatus.CPI_CURRENT), *own])
        return Taken(204, [*_says(PushStatus.CPI_FULL), *own, *self._information()])

    def _identity(self) -> list[tuple[str, str]]:
        return [
            (ota.TERMINAL_ID, self.settings.terminal_id),
            (ota.BEARER_INDICATION, str(self.settings.bearer_indication)),
            (ota.USER_AGENT, self.settings.user_agent),
        ]

    def _information(self) -> list[tuple[str, str]]:
        return [
            (ota.ACCEPT, ", ".join(MEDIA_TYPES)),
            (ota.ACCEPT_CHARSET, "utf-8"),
            (ota.ACCEPT_ENCODING, "identity"),
            (ota.ACCEPT_LANGUAGE, "en"),
            (ota.ACCEPT_APPLICATION, APPLICATION_IDS[APPLICATION_DM]),
            (ota.MAX_MESSAGE_SIZE, str(self.settings.max_message)),
            (ota.MAX_REQUESTS, "1"),
        ]


def _says(status: PushStatus) -> list[tuple[str, str]]:
    return _tells(status, ota.STATUS_WORDS[status])


def _tells(status: int, words: str) -> list[tuple[str, str]]:
    return [(ota.OTA_VERSION, ota.VERSION), (ota.STATUS, f"{status} {words}")]
