"""SMS by a modem of one's own: a push goes out as SMS-SUBMIT, in as many parts as it takes (AT+CMGS)."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from hil.errors import CannotDo, PartBroke, UsageError
from hil.fields import Secret
from hil.limits import Limits
from hil.modem.sender import Sender as ModemSender
from hil.modem.sender import Sent as ModemSent
from hil.modem.sender import data_message
from hil.modem.serial import SPEED
from hil.modem.session import opened as modem_opened
from hil.modem.sms.udh import Ports
from hil.push.contract import Meta
from hil.push.senders.table import Sent
from simulator.errors import EncodeError

PATIENCE = timedelta(minutes=10)
"""Within which the network has taken every part, or never will."""


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    modem: str
    """Its port, as ``dmrig modem list`` shows it."""
    speed: int = Field(SPEED, gt=0)
    pin: Secret | None = Field(None, pattern=r"^[0-9]{4,8}$")
    """What its SIM asks for."""
    data_coding_scheme: Literal["04", "15", "F5"] = "04"
    wide_reference: bool = False


class SmsSender:
    def __init__(self, number: str, settings: Settings, limits: Limits | None = None) -> None:
        self._limits = limits
        self._number = number
        self._settings = settings

    def send(self, push: bytes, meta: Meta) -> Sent:
        settings, wide = self._settings, self._settings.wide_reference
        try:
            parts = data_message(
                self._number,
                push,
                Ports(meta.destination_port, meta.source_port),
                # Two messages to one device within minutes must not be taken for parts of one.
                reference=int.from_bytes(os.urandom(2 if wide else 1), "big"),
                scheme=int(settings.data_coding_scheme, 16),
                wide_reference=wide,
            )
        except EncodeError as error:
            raise CannotDo(f"this push cannot go by SMS: {error}") from error
        over: list[ModemSent] = []
        with modem_opened(settings.modem, settings.speed, pin=settings.pin, limits=self._limits) as session:
            sent = ModemSender(session.driver).send(parts, over.append)
            if not session.run(lambda: bool(over), PATIENCE):
                raise PartBroke("the modem has not sent the message within ten minutes")
            session.finish()
        if not sent.complete:
            raise PartBroke(sent.trouble or "the message was not sent")
        return Sent(True, f"{len(parts)} SMS", {"parts": len(parts), "references": list(sent.references)})

    def close(self) -> None:
        """Nothing is held between two pushes."""


def opened(to: str, settings: BaseModel, limits: Limits | None = None) -> SmsSender:
    """``sms:+441234567890`` (RFC 5724). Raises `UsageError`."""
    assert isinstance(settings, Settings)
    number = to.partition(":")[2]
    if not number.lstrip("+").isdigit():
        raise UsageError(f"{to!r} names no number", hint="write it like sms:+441234567890")
    return SmsSender(number, settings, limits)
