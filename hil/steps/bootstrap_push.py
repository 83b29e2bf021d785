"""``server.bootstrap``: the server pushes the account to the device. ``device.user_pin``: what the user enters."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from pydantic import StringConstraints

from hil.bootstrap import message, xml_message
from hil.errors import CannotDo
from hil.fields import Secret
from hil.push.arrange import Arrangement
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.standards import current
from simulator.bootstrap import mac
from simulator.bootstrap.mac import Hash, Method, NetworkId, Secrets
from simulator.codes import mime
from simulator.push.headers import Field
from simulator.push.wsp import dm_push

Pin = Annotated[Secret, StringConstraints(pattern=r"^[0-9]{1,16}$")]


class Bearer(Protocol):
    def deliver(self, push: bytes, *, arrangement: Arrangement) -> object: ...


class Bootstrap(StepModel):
    """A bootstrap message with the right MAC, unless the step says otherwise."""

    short = "sec"
    needs = frozenset({"push.deliver"})

    sec: Method = Method.NETWORKID
    """What the key of the MAC is made of."""
    mac: Literal["right", "wrong", "missing"] = "right"
    hash: Hash | None = None
    """Another one than the standards file says."""
    imsi: Secret | None = None
    """The subscriber's; needed only for a card that the rig does not make itself."""
    network_id: NetworkId | None = None
    """How the IMSI becomes a key, if not as the standards file says."""
    pin: Pin = "1234"
    """What the user was told."""
    server: str | None = None
    """Another ServerID than the account's."""
    encoding: Literal["wbxml", "xml"] = "wbxml"
    """XML is against the standard."""
    network: Arrangement = "in order"
    """What happens on the way to the SMS that carry it."""


@step("server.bootstrap", Bootstrap)
def bootstrap(run: Run, wanted: Bootstrap) -> None:
    account = run.bench.account
    if wanted.server is not None:
        account = account.model_copy(update={"server_id": wanted.server})
    in_xml = wanted.encoding == "xml"
    body = (xml_message if in_xml else message)(account, run.bench.variables()["server.url"])
    parameters: list[Field] = [("SEC", int(mac.CODES[wanted.sec]))]
    if wanted.mac != "missing":
        # A wrong one is the MAC of another message: as good in every other way.
        hash_ = wanted.hash or current().bootstrap.mac_hash
        covered = body if wanted.mac == "right" else body + b"\0"
        parameters.append(("MAC", mac.compute(wanted.sec, _secrets(run, wanted), covered, hash_)))
    push = dm_push(mime.DM_XML if in_xml else mime.DM_WBXML, body, parameters=parameters).encode()
    run.part("push", Bearer).deliver(push, arrangement=wanted.network)


def _secrets(run: Run, wanted: Bootstrap) -> Secrets:
    imsi = wanted.imsi or getattr(run.bench.parts["card"], "imsi", None)
    if imsi is None and wanted.sec is not Method.USERPIN:
        raise CannotDo(
            f"a MAC by {wanted.sec} needs the IMSI, and the rig knows of none",
            hint="insert a card first, or say it: server.bootstrap: {imsi: '001010123456789'}",
        )
    return Secrets(imsi, wanted.pin, wanted.network_id or current().bootstrap.network_id)


class User(Protocol):
    def enter_pin(self, pin: str | None) -> None: ...


class UserPin(StepModel):
    """From now on the user enters this PIN when a pushed bootstrap asks for one; empty: none."""

    short = "pin"
    needs = frozenset({"device.user_pin"})

    pin: Pin | Literal[""]


@step("device.user_pin", UserPin)
def user_pin(run: Run, wanted: UserPin) -> None:
    run.part("device", User).enter_pin(wanted.pin or None)
