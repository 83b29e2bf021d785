"""``server.bootstrap``: the server pushes the account to the device. ``device.user_pin``: what the user enters."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from hil.bootstrap import Serialised, message, xml_message
from hil.device.contract import WithPin
from hil.errors import CannotDo
from hil.fields import Secret
from hil.push.arrange import Arrangement
from hil.push.contract import Bearer, Meta
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.standards import current
from simulator.bootstrap import mac
from simulator.bootstrap.mac import Hash, Method, NetworkId, Secrets
from simulator.codes import mime
from simulator.push.headers import Field
from simulator.push.wsp import dm_push

Pin = Annotated[Secret, StringConstraints(pattern=r"^[0-9]{1,16}$")]


class SignedBootstrap(StepModel):
    """The bootstrap message of the scenario's account, and what its MAC is made of."""

    sec: Method = Method.NETWORKID
    """What the key of the MAC is made of."""
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
    tnds: Serialised = "wbxml"
    """How the account lies in a message in WBXML: all ways are the standard's."""

    def media_type(self) -> str:
        return mime.DM_XML if self.encoding == "xml" else mime.DM_WBXML

    def message(self, run: Run) -> bytes:
        account = run.bench.account
        if self.server is not None:
            account = account.model_copy(update={"server_id": self.server})
        addr = run.bench.variables()["server.url"]
        return xml_message(account, addr) if self.encoding == "xml" else message(account, addr, self.tnds)

    def mac_of(self, run: Run, body: bytes, *, right: bool) -> str:
        """A wrong one is the MAC of another message: as good in every other way."""
        hash_ = self.hash or current().bootstrap.mac_hash
        return mac.compute(self.sec, self._secrets(run), body if right else body + b"\0", hash_)

    def _secrets(self, run: Run) -> Secrets:
        imsi = self.imsi or getattr(run.bench.parts.get("card"), "imsi", None)
        if imsi is None and self.sec is not Method.USERPIN:
            raise CannotDo(
                f"a MAC by {self.sec} needs the IMSI, and the rig knows of none",
                hint="insert a card first, or say it: imsi: '001010123456789'",
            )
        return Secrets(imsi, self.pin, self.network_id or current().bootstrap.network_id)


class Bootstrap(SignedBootstrap):
    """A bootstrap message with the right MAC, unless the step says otherwise."""

    short = "sec"
    needs = frozenset({"push.deliver"})

    mac: Literal["right", "wrong", "missing"] = "right"
    network: Arrangement = "in order"
    """What happens on the way to the SMS, datagrams or requests that carry it."""


@step("server.bootstrap", Bootstrap)
def bootstrap(run: Run, wanted: Bootstrap) -> None:
    body = wanted.message(run)
    parameters: list[Field] = [("SEC", int(mac.CODES[wanted.sec]))]
    if wanted.mac != "missing":
        parameters.append(("MAC", wanted.mac_of(run, body, right=wanted.mac == "right")))
    push = dm_push(wanted.media_type(), body, parameters=parameters).encode()
    run.part("push", Bearer).deliver(push, Meta(arrangement=wanted.network))


class UserPin(StepModel):
    """From now on the user enters this PIN when a pushed bootstrap asks for one; empty: none."""

    short = "pin"
    needs = frozenset({"device.user_pin"})

    pin: Pin | Literal[""]


@step("device.user_pin", UserPin)
def user_pin(run: Run, wanted: UserPin) -> None:
    run.part("device", WithPin).enter_pin(wanted.pin or None)
