"""``push.send``, ``modem.deliver``: anything at all, from the network's side."""

from __future__ import annotations

from pydantic import Field, model_validator

from hil.fields import HexBytes
from hil.modem.contract import Reachable
from hil.push.arrange import Arrangement
from hil.push.contract import Bearer, Meta
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from simulator.codes.wsp import PORT_PUSH
from simulator.push.wsp import dm_push


class PushSend(StepModel):
    """A push of any content over the rig's bearer, damaged ones too."""

    needs = frozenset({"push.deliver"})

    type: str | None = None
    """The content type of `text` or `hex`."""
    text: str | None = None
    hex: HexBytes | None = None
    octets: HexBytes | None = None
    """A whole WSP Push PDU as it stands, instead."""
    port: int = Field(default=PORT_PUSH, ge=0, le=65535)
    """The device's port that it goes to."""
    network: Arrangement = "in order"
    """What happens on the way to the SMS, datagrams or requests that carry it."""

    @model_validator(mode="after")
    def _one(self) -> PushSend:
        if sum(each is not None for each in (self.text, self.hex, self.octets)) != 1:
            raise ValueError("a push is one of 'text', 'hex' and 'octets'")
        if (self.type is None) != (self.octets is not None):
            raise ValueError("'type' belongs to 'text' and 'hex', and to them alone")
        return self


@step("push.send", PushSend)
def push_send(run: Run, wanted: PushSend) -> None:
    octets = wanted.octets
    if octets is None:
        body = wanted.hex if wanted.hex is not None else (wanted.text or "").encode()
        octets = dm_push(wanted.type or "", body).encode()
    run.part("push", Bearer).deliver(octets, Meta(destination_port=wanted.port, arrangement=wanted.network))


class ModemDeliver(StepModel):
    """The network sends the modem an SMS as it stands (SMS-DELIVER, TS 23.040 §9.2.2.1), damaged ones too."""

    short = "tpdu"
    needs = frozenset({"sms.deliver"})

    tpdu: HexBytes


@step("modem.deliver", ModemDeliver)
def modem_deliver(run: Run, wanted: ModemDeliver) -> None:
    run.part("modem", Reachable).network.deliver(wanted.tpdu)
