"""PAP: the push goes to a push gateway, which sends it on by a bearer of its own (WAP-247-PAP)."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hil.errors import CannotDo, PartBroke, UsageError
from hil.fields import Duration, Secret
from hil.http.settings import HttpSettings
from hil.http.transport import HttpAnswer, Transport
from hil.limits import Limits
from hil.push.contract import Meta
from hil.push.pap.address import AddressType, client_address
from hil.push.pap.codes import HINTS
from hil.push.pap.message import PushMessage, Quality, read_response, related
from hil.push.senders.table import Sent
from hil.tls.settings import ClientTls
from hil.trace.record import Json
from hil.trace.recorder import Recorder
from simulator.errors import CodecError, EncodeError
from simulator.http.login import BASIC, Login
from simulator.push import wsp
from simulator.push.ota import to_fields
from simulator.security.nonce import Random

AGENT = "dmrig"
"""Short, because Kannel sends it on to the device with the push's own headers."""


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    gateway: str
    """``http://ppg.example:8080/wappush``: where it takes PAP."""
    user: str = ""
    """For a gateway that asks for Basic or Digest."""
    password: Secret = ""
    tls: ClientTls = ClientTls()
    type: AddressType | None = None
    """Of the address; by itself, PLMN for a number, IPv4 or IPv6 for an IP address, USER for a name."""
    domain: str = Field("ppg", pattern=r"^[^\s@<>\"/]+$")
    """The gateway's own name, which ends the address."""
    delivery_method: Literal["confirmed", "preferconfirmed", "unconfirmed", "oneshot", "notspecified"] = (
        "unconfirmed"
    )
    priority: Literal["high", "medium", "low"] | None = None
    network: str | None = None
    """``GSM``: the only network that the gateway may take."""
    bearer: str | None = None
    """``SMS``: the only bearer that it may take."""
    deliver_within: Duration | None = None
    """After that it is of no use any more."""
    notify: str | None = None
    """A URL of yours, to which the gateway is to tell what became of the push."""

    @field_validator("gateway", "notify")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("a URL that begins with http:// or https:// is expected")
        return value


class PapSender:
    def __init__(
        self,
        to: str,
        settings: Settings,
        *,
        recorder: Recorder | None = None,
        random: Random = os.urandom,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: Limits | None = None,
    ) -> None:
        """Raises `UsageError` for what is no address."""
        try:
            self._address = client_address(to, settings.domain, settings.type)
        except ValueError as error:
            raise UsageError(str(error)) from error
        self._settings = settings
        self._random = random
        self._now = now
        # Kannel bars for a while whoever asks without credentials; its challenge is not well-formed either.
        self._login = (
            Login(BASIC, settings.user, settings.password, random, unasked=True) if settings.user else None
        )
        self._transport = Transport(
            recorder, part="push", requests="in", settings=HttpSettings(tls=settings.tls), limits=limits
        )

    def send(self, push: bytes, meta: Meta) -> Sent:
        """Ports have no place here: the gateway knows that a push goes to 2948."""
        message = self._message()
        answer = self._transport.exchange(self._settings.gateway, *_posted(message, push), login=self._login)
        return _sent(answer, message.push_id)

    def break_off(self, push: bytes, meta: Meta) -> None:
        self._transport.break_off(self._settings.gateway, *_posted(self._message(), push))

    def close(self) -> None:
        self._transport.close()

    def _message(self) -> PushMessage:
        settings, within = self._settings, self._settings.deliver_within
        return PushMessage(
            f"{self._random(8).hex()}@dmrig",
            self._address,
            Quality(settings.delivery_method, settings.priority, settings.network, settings.bearer),
            None if within is None else self._now() + within,
            settings.notify,
        )


def _posted(message: PushMessage, push: bytes) -> tuple[dict[str, str], bytes]:
    """Headers and body. Raises `CannotDo` for what has no form in PAP."""
    try:
        content = wsp.decode(push)
        media_type, body = related(message.control(), to_fields(content), content.body)
    except CodecError as error:
        raise CannotDo(f"what is no WSP push cannot go by PAP: {error}") from error
    except EncodeError as error:
        raise CannotDo(f"this push cannot go by PAP: {error}") from error
    return {"Content-Type": media_type, "User-Agent": AGENT}, body


def _sent(answer: HttpAnswer, push_id: str) -> Sent:
    """A gateway refuses by its code, or as any web server does. Raises `PartBroke` for what says neither."""
    try:
        response = read_response(answer.body)
    except CodecError as error:
        if answer.status // 100 == 2:
            raise PartBroke(
                f"HTTP {answer.status}, and no answer of PAP: {error}", hint="is this the URL where it takes PAP?"
            ) from error
        return Sent(False, f"HTTP {answer.status}, and no answer of PAP", {"status": answer.status})
    details: dict[str, Json] = {"status": answer.status, "code": response.code, "push_id": push_id}
    accepted = response.succeeded and answer.status // 100 == 2
    hint = None if accepted else HINTS.get(response.code)
    return Sent(accepted, f"{response}" + (f"; {hint}" if hint else ""), details)


def opened(to: str, settings: BaseModel) -> PapSender:
    """``pap:+441234567890``, ``pap:192.0.2.7``, or a client address as PAP writes it."""
    assert isinstance(settings, Settings)
    return PapSender(to.partition(":")[2], settings)
