"""SMPP: the push goes to a service centre, which sends it on as SMS (SMPP 3.4)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from hil.errors import CannotDo, PartBroke, UsageError
from hil.fields import Duration, Secret
from hil.limits import Limits
from hil.modem.sms.segment import split
from hil.modem.sms.udh import Ports
from hil.push.contract import Meta
from hil.push.senders.address import Endpoint, host_port
from hil.push.senders.table import Sent
from simulator.errors import EncodeError
from simulator.security.nonce import Random

if TYPE_CHECKING:
    from hil.push.smpp.link import Answer, Link

PORT = 2775
UDHI = 0x40
"""esm_class: the short message begins with a user data header (§5.2.12)."""
INTERNATIONAL, UNKNOWN, ALPHANUMERIC, ISDN = 1, 0, 5, 1
LONGEST_PAYLOAD = 0xFFFF
"""Octets of message_payload."""


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    smsc: Annotated[Endpoint, BeforeValidator(lambda text: host_port(text, PORT))]
    """``smsc.example:2775``: the service centre."""
    user: str = Field("", max_length=15, pattern=r"^[ -~]*$")
    """system_id."""
    password: Secret = Field("", max_length=8, pattern=r"^[ -~]*$")
    system_type: str = Field("", max_length=12, pattern=r"^[ -~]*$")
    service_type: str = Field("", max_length=5, pattern=r"^[ -~]*$")
    sender: str = Field("", pattern=r"^(\+?[0-9]{1,20}|[ -~]{1,11})?$")
    """The originating address, a number or a name; empty: what the service centre has for this user."""
    form: Literal["udh", "sar", "payload"] = "udh"
    """A user data header in each message; ports and segments as parameters (sar_*); or one message_payload, with
    ports as parameters, which the service centre cuts."""
    data_coding: Literal["04", "15", "F5"] = "04"
    wide_reference: bool = False
    ton: int | None = Field(None, ge=0, le=6)
    """Type of the device's number; by itself, 1 (international) with a plus, else 0."""
    npi: int = Field(ISDN, ge=0, le=18)
    """Its numbering plan."""
    per_second: float | None = Field(None, gt=0)
    """Messages, at most."""
    tries: int = Field(5, ge=1, le=100)
    """How often a message is sent that the service centre is too busy for (throttled, or its queue is full)."""
    wait: Duration = timedelta(seconds=1)
    """Before each further try."""


class SmppSender:
    def __init__(
        self, number: str, settings: Settings, random: Random = os.urandom, limits: Limits | None = None
    ) -> None:
        """Raises `PartMissing` without smpplib."""
        from hil.push.smpp import link

        self._link = link.Link
        self._limits = limits or Limits()
        self._number = number
        self._settings = settings
        self._random = random

    def send(self, push: bytes, meta: Meta) -> Sent:
        """Bind, submit what carries the push, unbind: no session is held between two pushes."""
        messages = self._all(push, meta)
        with self._bound() as (link, refusal):
            return refusal or self._submit(link, messages)

    def break_off(self, push: bytes, meta: Meta) -> None:
        """Bind, and reset the connection in the midst of the first message."""
        message, *_ = self._all(push, meta)
        with self._bound() as (link, refusal):
            if refusal is not None:
                raise PartBroke(f"the push was not taken: {refusal.text}")
            link.break_off(**message)

    @contextmanager
    def _bound(self) -> Iterator[tuple[Link, Sent | None]]:
        """A link for as long as the block, and why the service centre does not take anything on it."""
        settings = self._settings
        link = self._link(settings.smsc, self._limits)
        try:
            bound = link.bind(settings.user, settings.password, settings.system_type)
            yield link, _refused(bound, "bind_transmitter") if bound.status else None
        finally:
            link.close()

    def close(self) -> None:
        """Nothing is held between two pushes."""

    def _submit(self, link: Link, messages: list[dict[str, Any]]) -> Sent:
        taken: list[str] = []
        for message in messages:
            if taken and self._settings.per_second:
                link.idle(1 / self._settings.per_second)
            answer = self._persist(link, message)
            if answer.status and taken:
                raise PartBroke(
                    f"the service centre took {len(taken)} of {len(messages)} messages, then none: {answer.text}",
                    hint=answer.hint,
                )
            if answer.status:
                return _refused(answer, "submit_sm")
            taken.append(answer.message_id)
        return Sent(True, f"{len(taken)} SMS", {"parts": len(taken), "message_ids": list(taken)})

    def _persist(self, link: Link, message: dict[str, Any]) -> Answer:
        from hil.push.smpp.words import TRY_AGAIN

        answer = link.submit(**message)
        for _ in range(self._settings.tries - 1):
            if answer.status not in TRY_AGAIN:
                break
            link.idle(self._settings.wait.total_seconds())
            answer = link.submit(**message)
        return answer

    def _all(self, push: bytes, meta: Meta) -> list[dict[str, Any]]:
        try:
            return list(self._messages(push, meta))
        except EncodeError as error:
            raise CannotDo(f"this push cannot go by SMPP: {error}") from error

    def _messages(self, push: bytes, meta: Meta) -> Iterator[dict[str, Any]]:
        """The fields of each submit_sm."""
        settings, ports = self._settings, Ports(meta.destination_port, meta.source_port)
        wide = settings.wide_reference or settings.form == "sar"
        # Two messages to one device within minutes must not be taken for parts of one.
        reference = int.from_bytes(self._random(2 if wide else 1), "big")
        addressed = {"destination_port": ports.destination, "source_port": ports.source}
        if settings.form == "payload":
            if len(push) > LONGEST_PAYLOAD:
                raise EncodeError(f"{len(push)} octets are too many for one message_payload ({LONGEST_PAYLOAD})")
            yield self._common() | addressed | {"message_payload": push}
            return
        segments = split(push, ports, reference=reference, wide_reference=wide)
        for number, (header, piece) in enumerate(segments, 1):
            if settings.form == "udh":
                yield self._common() | {"esm_class": UDHI, "short_message": header.encode() + piece}
                continue
            cut = {
                "sar_msg_ref_num": reference, "sar_total_segments": len(segments), "sar_segment_seqnum": number
            }  # fmt: skip
            yield self._common() | addressed | (cut if len(segments) > 1 else {}) | {"short_message": piece}

    def _common(self) -> dict[str, Any]:
        settings = self._settings
        sender, number = settings.sender, self._number.lstrip("+")
        international = self._number.startswith("+")
        fields: dict[str, Any] = {
            "service_type": settings.service_type,
            "dest_addr_ton": (INTERNATIONAL if international else UNKNOWN)
            if settings.ton is None
            else settings.ton,
            "dest_addr_npi": settings.npi,
            "destination_addr": number,
            "esm_class": 0,
            "data_coding": int(settings.data_coding, 16),
        }
        if sender:
            digits = sender.lstrip("+").isdigit()
            ton = INTERNATIONAL if sender.startswith("+") else UNKNOWN if digits else ALPHANUMERIC
            fields |= {
                "source_addr": sender.lstrip("+"), "source_addr_ton": ton, "source_addr_npi": ISDN if digits else 0
            }  # fmt: skip
        return fields


def _refused(answer: Answer, command: str) -> Sent:
    hint = f"; {answer.hint}" if answer.hint else ""
    return Sent(False, f"{command}: {answer.text}{hint}", {"command": command, "status": answer.status})


def opened(to: str, settings: BaseModel, limits: Limits | None = None) -> SmppSender:
    """``smpp:+441234567890``. Raises `UsageError`."""
    assert isinstance(settings, Settings)
    number = to.partition(":")[2]
    if not (number.lstrip("+").isdigit() and len(number.lstrip("+")) <= 20):
        raise UsageError(f"{to!r} names no number", hint="write it like smpp:+441234567890")
    return SmppSender(number, settings, limits=limits)
