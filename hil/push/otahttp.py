"""Push over HTTP: this side is the gateway, the device the terminal that listens (DM Push Binding §5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

from pydantic import field_validator

from hil.bench import Bench
from hil.errors import PartMissing
from hil.http.transport import TransportFailed
from hil.part import PartSettings, part_kind
from hil.push.contract import HTTP_LISTENING, HttpListening, HttpTerminal, Meta
from hil.push.describe import describe
from hil.push.part import PushPart
from hil.push.senders.http import Gateway, GatewaySettings

Request = tuple[Mapping[str, str], bytes]


class OtaHttpSettings(GatewaySettings, PartSettings):
    to: str | None = None
    """``http://192.0.2.7:4035/wappush``: another terminal than the rig's own device."""

    @field_validator("to")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "http://x")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a URL that begins with http:// or https:// is expected")
        return value


@part_kind("push", "ota-http")
class OtaHttpPush(PushPart[Request]):
    """Posts pushes to a terminal. Each piece is a request: headers and body."""

    Settings = OtaHttpSettings
    requires = frozenset({HTTP_LISTENING})
    settings: OtaHttpSettings

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        self._opened: Gateway | None = None

    @classmethod
    def required(cls, settings: PartSettings) -> frozenset[str]:
        return frozenset() if cast("OtaHttpSettings", settings).to is not None else cls.requires

    def start(self) -> None:
        self.bench.recorder.masker.add(self.settings.password)

    def stop(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def identity(self) -> dict[str, str]:
        return {"to": self.settings.to} if self.settings.to is not None else {}

    def _pieces(self, push: bytes, meta: Meta) -> list[Request]:
        return [self._gateway().request(push)]

    def _tell(self, push: bytes, meta: Meta, pieces: list[Request]) -> None:
        """What is posted is recorded as it goes; here only what it is."""
        text, fields = describe(push)
        times = {0: ", lost on the way", 1: ""}.get(len(pieces), f", {len(pieces)} times")
        self.bench.recorder.note(
            f"{text} over HTTP{times}", part="push", **fields, bearer="ota-http", arrangement=meta.arrangement
        )

    def _carry(self, piece: Request) -> None:
        try:
            answer = self._gateway().post(*piece)
        except TransportFailed as error:
            # A device that is off, or that wants another password: for the network an ordinary thing.
            self.bench.recorder.note(f"not delivered: {error}", part="push")
            return
        if not answer.accepted:
            self.bench.recorder.note(f"not delivered: {answer}", part="push")

    def break_off(self, push: bytes, meta: Meta) -> None:
        try:
            self._gateway().break_off(push)
        except TransportFailed as error:
            self.bench.recorder.note(f"not delivered: {error}", part="push")

    def _gateway(self) -> Gateway:
        if self._opened is None:
            terminal = self._terminal()
            settings = self.settings
            if not settings.user and terminal.user:
                settings = settings.model_copy(update={"user": terminal.user, "password": terminal.password})
            self._opened = Gateway(
                terminal.url,
                settings,
                recorder=self.bench.recorder,
                trusted=terminal.ca,
                random=self.bench.random_for("push"),
                limits=self.bench.limits,
            )
        return self._opened

    def _terminal(self) -> HttpTerminal:
        if self.settings.to is not None:
            return HttpTerminal(self.settings.to)
        terminal = self.bench.part("device", HttpListening).http_terminal()
        if terminal is None:
            raise PartMissing("the device does not listen for pushes over HTTP yet")
        return terminal
