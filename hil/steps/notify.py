"""``server.notify``: the server wakes the device with a notification, pushed over the rig's bearer."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Protocol

from pydantic import BeforeValidator, Field

from hil.scenario.fields import Duration
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from simulator.notification.message import Format, Initiator, Notification, UIMode, encode, media_type
from simulator.push.wsp import dm_push

_UI_MODES = {mode.name.lower().replace("_", "-"): mode for mode in UIMode}


class Bearer(Protocol):
    def deliver(self, push: bytes, *, arrange: Arrangement) -> None: ...


class Arrangement(StepModel):
    """What the network does to the parts (SMS segments) of a push, counted from 1."""

    order: tuple[int, ...] | None = None
    """``[2, 1]``: in this order; a number twice is a duplicate, a missing one is lost."""


def _session_id(text: object) -> object:
    """Decimal, or hex with 0x."""
    return int(text, 0) if isinstance(text, str) and text.lower().startswith("0x") else text


class Notify(StepModel):
    """A notification with the right digest, unless the step says otherwise."""

    short = "session"
    needs = frozenset({"push.deliver"})

    session: Annotated[int, BeforeValidator(_session_id), Field(ge=0, le=0xFFFF)] = 1
    format: Literal["1.3", "1.2"] = "1.3"
    ui_mode: Literal["not-specified", "background", "informative", "user-interaction"] = "background"
    timeout_days: int | None = Field(default=None, ge=1, le=255)
    age: Duration = timedelta()
    """How long ago it was made."""
    version: int | None = Field(default=None, ge=0, le=255)
    """Another number in the version field."""
    server: str | None = None
    """Another server identifier than the account's."""
    secret: str | None = None
    """Another password than the account's: a wrong digest."""
    parts: Arrangement = Arrangement()
    padding: int = Field(default=0, ge=0, le=2000)
    """So many octets of vendor information, to need more than one SMS."""


@step("server.notify", Notify)
def notify(run: Run, wanted: Notify) -> None:
    account, now = run.bench.account, run.bench.now()
    is_13 = wanted.format == "1.3"
    notification = Notification(
        server_id=wanted.server or account.server_id,
        session_id=wanted.session,
        ui_mode=_UI_MODES[wanted.ui_mode],
        initiator=Initiator.SERVER,
        format=Format(wanted.format),
        version=wanted.version,
        timestamp=now - wanted.age if is_13 else None,
        timeout_days=wanted.timeout_days,
    )
    _pad(notification, wanted.padding)
    name = account.server_name if account.server_name != account.server_id else None
    nonce = run.part("server", Nonces).notification_nonce()
    body = encode(notification, wanted.secret or account.server_secret, nonce, name=name)
    push = dm_push(media_type(notification), body)
    run.part("push", Bearer).deliver(push.encode(), arrange=wanted.parts)


class Nonces(Protocol):
    def notification_nonce(self) -> bytes:
        """The nonce that the device expects in the next digest of this server."""
        ...


def _pad(notification: Notification, length: int) -> None:
    from simulator.notification import options

    if length and notification.format is Format.DM_1_3:
        notification.options.append(options.text(options.VENDOR_INFO, "x" * length))
    elif length:
        notification.vendor = b"x" * length
