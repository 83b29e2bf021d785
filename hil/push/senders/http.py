"""OTA-HTTP: a gateway that posts pushes to a listening terminal (WAP-235-PushOTA §8; DM Push Binding §5.3)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from hil.errors import CannotDo
from hil.fields import Secret
from hil.http.settings import HttpSettings
from hil.http.transport import HttpAnswer, Transport
from hil.limits import Limits
from hil.push.contract import Meta
from hil.push.senders.table import Sent
from hil.tls.settings import ClientTls
from hil.trace.recorder import Recorder
from simulator.codes import ota
from simulator.errors import CodecError, EncodeError
from simulator.http.login import BASIC, Login
from simulator.push import wsp
from simulator.push.ota import Form, HttpHeaders, request
from simulator.security.nonce import Random

ACCEPTED = frozenset({200, 202, 204})
"""204 is the standard's; terminals that answer with the others mean the same."""


class GatewaySettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    form: Literal["nested", "direct"] = "nested"
    """An HTTP response within the POST (application/http), or the push's headers right on it."""
    user: str = ""
    """For a terminal that asks for Basic or Digest."""
    password: Secret = ""
    tls: ClientTls = ClientTls()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a terminal said to a push."""

    status: int
    push_status: str | None
    """X-Wap-Push-Status, as it stands."""
    text: str
    """Its body, where that is a text for people."""

    @property
    def accepted(self) -> bool:
        """A terminal without X-Wap-Push-Status says it by the status of HTTP alone."""
        code = (self.push_status or "").split()[:1]
        return self.status in ACCEPTED and code in ([], [str(int(ota.PushStatus.ACCEPTED))])

    def __str__(self) -> str:
        said = f", {ota.STATUS} {self.push_status}" if self.push_status else ""
        return f"HTTP {self.status}{said}" + (f": {self.text}" if self.text else "")


class Gateway:
    """`close` it."""

    def __init__(
        self,
        url: str,
        settings: GatewaySettings,
        *,
        recorder: Recorder | None = None,
        trusted: Path | None = None,
        random: Random = os.urandom,
        limits: Limits | None = None,
    ) -> None:
        """``trusted``: an authority to trust, where the settings name none."""
        self._url = url
        self._form = Form(settings.form)
        self._login = Login(BASIC, settings.user, settings.password, random) if settings.user else None
        self._transport = Transport(
            recorder,
            part="push",
            requests="in",
            settings=HttpSettings(tls=settings.tls),
            trusted=trusted,
            limits=limits,
        )

    def close(self) -> None:
        self._transport.close()

    def request(self, push: bytes) -> tuple[Mapping[str, str], bytes]:
        """Headers and body for the octets of a WSP push.

        Raises `CannotDo` for what is no push, `EncodeError` for one with values that have no text.
        """
        try:
            fields, body = request(wsp.decode(push), self._form)
        except CodecError as error:
            raise CannotDo(f"what is no WSP push has no form in HTTP: {error}") from error
        return _joined(fields), body

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Raises `TransportFailed` when there is no answer, or when the terminal wants other credentials."""
        answer = self._transport.exchange(self._url, headers, body, login=self._login)
        return Answer(answer.status, answer.header(ota.STATUS), _text(answer))

    def break_off(self, push: bytes) -> None:
        """Post half of a push, then reset the connection. Raises as `request` and `post`."""
        self._transport.break_off(self._url, *self.request(push))


class HttpSender:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def send(self, push: bytes, meta: Meta) -> Sent:
        """Ports have no place here: the URL has one."""
        try:
            headers, body = self._gateway.request(push)
        except EncodeError as error:
            raise CannotDo(f"this push cannot go over HTTP: {error}") from error
        answer = self._gateway.post(headers, body)
        return Sent(answer.accepted, str(answer), {"status": answer.status, "push_status": answer.push_status})

    def close(self) -> None:
        self._gateway.close()


Settings = GatewaySettings


def opened(to: str, settings: BaseModel) -> HttpSender:
    """``http://HOST:PORT/PATH``, or https."""
    assert isinstance(settings, GatewaySettings)
    return HttpSender(Gateway(to, settings))


def _joined(fields: HttpHeaders) -> dict[str, str]:
    """Of several headers with one name, all values (RFC 9110 §5.3)."""
    joined: dict[str, str] = {}
    for name, value in fields:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _text(answer: HttpAnswer) -> str:
    if not (answer.content_type or "").startswith("text/plain"):
        return ""
    return answer.body[:200].decode("utf-8", "replace").strip()
