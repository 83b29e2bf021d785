"""``server.notify``: the server wakes the device with a notification, pushed over the rig's bearer."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from hil.fields import Duration, Secret
from hil.push.arrange import Arrangement
from hil.push.contract import Bearer, Meta
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.server.contract import Notifying
from hil.standards import current
from simulator.codes.wsp import PORT_PUSH
from simulator.notification import options
from simulator.notification.message import Format, Initiator, Notification, UIMode, encode, media_type
from simulator.push.wsp import dm_push

UI_MODES = {
    "not-specified": UIMode.NOT_SPECIFIED,
    "background": UIMode.BACKGROUND,
    "informative": UIMode.INFORMATIVE,
    "user-interaction": UIMode.USER_INTERACTION,
}


def _session_id(text: object) -> object:
    """Decimal, or hex with 0x."""
    return int(text, 0) if isinstance(text, str) and text.lower().startswith("0x") else text


class Notify(StepModel):
    """A notification with the right digest, unless the step says otherwise."""

    short = "session"
    needs = frozenset({"push.deliver", "server.notify"})
    needs_with = {"port": "push.port"}  # noqa: RUF012 - pydantic's fields are instances', not the class's

    session: Annotated[int, BeforeValidator(_session_id), Field(ge=0, le=0xFFFF)] = 1
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
        if wanted.padding:
            notification.options.append(options.text(options.VENDOR_INFO, "." * wanted.padding))
    else:
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
