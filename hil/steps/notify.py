"""``server.notify``: the server wakes the device with a notification, pushed over the rig's bearer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hil.errors import CannotDo
from hil.fields import Duration, HexBytes, Secret
from hil.push.arrange import Arrangement
from hil.push.contract import Bearer, Meta
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.server.contract import Notifying
from hil.standards import current
from hil.steps.session_id import HEX, NUMBER
from simulator.codes.wsp import PORT_PUSH
from simulator.notification import options
from simulator.notification.message import Format, Initiator, Notification, Option, UIMode, encode, media_type
from simulator.push.wsp import dm_push

UI_MODES = {
    "not-specified": UIMode.NOT_SPECIFIED,
    "background": UIMode.BACKGROUND,
    "informative": UIMode.INFORMATIVE,
    "user-interaction": UIMode.USER_INTERACTION,
}


def _number(text: object) -> object:
    """Decimal, or hex with 0x."""
    if not isinstance(text, str) or text.isdecimal():
        return text
    if NUMBER.fullmatch(text) is None:
        meant = f"; did you mean 0x{text}?" if HEX.fullmatch(text) else ""
        raise ValueError(f"a number is expected, decimal, or hexadecimal with 0x in front{meant}")
    return int(text, 16)


Uint16 = Annotated[int, BeforeValidator(_number), Field(ge=0, le=0xFFFF)]


class SaidOption(BaseModel):
    """One option of a notification of DM 1.3: one that has a name, or a number and octets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    targeted_mo: Uint16 | None = None
    requested_mo: Uint16 | None = None
    preferred_bearer: int | None = Field(None, ge=0, le=255)
    connect_reason: str | None = None
    vendor_info: str | None = None
    number: int | None = Field(None, ge=0, le=15)
    """Of an option that may be unknown."""
    octets: HexBytes = b""
    """What stands in that one."""

    @model_validator(mode="after")
    def _one(self) -> SaidOption:
        if sum(getattr(self, name) is not None for name in ("number", *OPTIONS)) != 1:
            raise ValueError(f"an option is one of {', '.join(OPTIONS)} and number")
        return self

    def option(self) -> Option:
        if self.number is not None:
            return Option(self.number, self.octets)
        name = next(name for name in OPTIONS if getattr(self, name) is not None)
        return OPTIONS[name](getattr(self, name))


OPTIONS: dict[str, Callable[[Any], Option]] = {
    "targeted_mo": partial(options.uint, options.TARGETED_MO),
    "requested_mo": partial(options.uint, options.REQUESTED_MO),
    "preferred_bearer": partial(options.uint, options.PREFERRED_BEARER),
    "connect_reason": partial(options.text, options.CONNECT_REASON),
    "vendor_info": partial(options.text, options.VENDOR_INFO),
}


class Notify(StepModel):
    """A notification with the right digest, unless the step says otherwise."""

    short = "session"
    needs = frozenset({"push.deliver", "server.notify"})
    needs_with = {"port": "push.port"}  # noqa: RUF012 - pydantic's fields are instances', not the class's

    session: Uint16 = 1
    """A number, decimal, or hexadecimal with `0x`. In messages it has hexadecimal digits: 167, which is `0xA7`,
    is the SessionID `A7`."""
    format: Literal["1.3", "1.2"] | None = None
    """By itself, what the device spoke in its latest session; before that, what the account says."""
    ui_mode: Literal["not-specified", "background", "informative", "user-interaction"] = "background"
    timeout_days: int | None = Field(default=None, ge=1, le=255)
    age: Duration = timedelta()
    """How long ago it was made."""
    version: int | None = Field(default=None, ge=0, le=255)
    """Another number in the version field."""
    server: str | None = None
    """Another server identifier than the account's."""
    secret: Secret | None = None
    """Another password than the account's: a wrong digest."""
    nonce: Literal["right", "default"] = "right"
    """``default``: the server has lost its nonces, and asks the device to begin anew (DM Security §5.7)."""
    network: Arrangement = "in order"
    """What happens on the way to the SMS, datagrams or requests that carry it."""
    port: int = Field(default=PORT_PUSH, ge=0, le=0xFFFF)
    """Another port of the device, on bearers that have ports."""
    options: tuple[SaidOption, ...] = ()
    """Of DM 1.3, behind Server-ID and in this order, a wrong one too."""
    padding: int = Field(default=0, ge=0, le=2000)
    """So many octets of vendor information, to need more than one SMS."""


@step("server.notify", Notify)
def notify(run: Run, wanted: Notify) -> None:
    account, server = run.bench.account, run.part("server", Notifying)
    notification = Notification(
        server_id=wanted.server or account.server_id,
        session_id=wanted.session,
        ui_mode=UI_MODES[wanted.ui_mode],
        initiator=Initiator.SERVER,
        format=Format(wanted.format or server.notification_format()),
        version=wanted.version,
        timeout_days=wanted.timeout_days,
    )
    if notification.format is Format.DM_1_3:
        notification.hash_name = current().hash_name
        notification.timestamp = run.bench.now() - wanted.age
        notification.options += [said.option() for said in wanted.options]
        if wanted.padding:
            notification.options.append(options.text(options.VENDOR_INFO, "." * wanted.padding))
    else:
        if wanted.options:
            raise CannotDo("a notification of DM 1.2 has no options", hint='say format: "1.3"')
        notification.vendor = b"." * wanted.padding
    default = current().session.default_nonces[0]
    if wanted.nonce == "default":
        server.set_nonces(default, default)
    body = encode(
        notification,
        wanted.secret or account.server_secret,
        default if wanted.nonce == "default" else server.notification_nonce(),
        name=account.server_name,
        layout=current().layout,
    )
    push = dm_push(media_type(notification), body).encode()
    run.part("push", Bearer).deliver(push, Meta(wanted.port, arrangement=wanted.network))
