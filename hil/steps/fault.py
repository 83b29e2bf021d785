"""``fault``, ``faults.end``: something goes wrong on the way to a part, whichever part of its role it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from hil.faults import Fault, Way, What
from hil.fields import Duration, HexBytes
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step

Seam = Literal["card", "modem", "push", "server"]


class FaultStep(StepModel):
    """Something goes wrong between the device and a part, or between the network and the device (push): with the
    next exchange, or with a later one. What is damaged, and how, follows from the scenario's seed."""

    may_need = frozenset({"card.seam", "modem.seam", "push.seam", "server.seam"})

    part: Seam
    """An exchange is, of a card, a command and its response; of a modem, a line; of a push, the whole push; of a
    server, an HTTP request and its reply."""
    what: What
    """`drop`: it never arrives; `delay`: late; `truncate`: in part; `corrupt`: with one octet changed;
    `duplicate`: twice; `reset`: the card is reset before it, the connection or the line breaks off instead. Of a
    push by OTA-HTTP, PAP or SMPP, half arrives before its connection is reset; by another bearer, nothing."""
    way: Way = Way.ANSWER
    """What of an exchange: the `request` or its `answer`. A push has no answer, and goes wrong as a whole."""
    after: int = Field(default=0, ge=0)
    """So many that fit go well first."""
    times: int = Field(default=1, ge=1, le=10_000)
    """How many that fit go wrong then."""
    containing: str | None = None
    """It fits only what has this text in it; of an exchange, in its request."""
    octets: HexBytes | None = None
    """The same for octets."""
    beginning: HexBytes | None = None
    """It fits only what begins with these octets, such as `00A4`: a SELECT."""
    by: Duration = timedelta(seconds=1)
    """How long a delay is, in the scenario's time. What a modem says later waits behind what it said before."""
    keep: int | None = Field(default=None, ge=0)
    """How many octets arrive of what is truncated; by itself, any number."""

    def needed(self) -> frozenset[str]:
        return frozenset({f"{self.part}.seam"})

    @model_validator(mode="after")
    def _possible(self) -> FaultStep:
        if self.containing is not None and self.octets is not None:
            raise ValueError("give either 'containing' or 'octets'")
        return self


@step("fault", FaultStep)
def fault(run: Run, wanted: FaultStep) -> None:
    octets = wanted.octets or (wanted.containing or "").encode()
    run.bench.faults(wanted.part).add(
        Fault(
            wanted.what,
            wanted.way,
            wanted.after,
            wanted.times,
            octets,
            wanted.beginning or b"",
            wanted.by,
            wanted.keep,
        )
    )


class FaultsEnd(StepModel):
    """Nothing that `fault` has asked for goes wrong any more, on the way to one part or to all."""

    short = "part"

    part: Seam | None = None


@step("faults.end", FaultsEnd)
def faults_end(run: Run, wanted: FaultsEnd) -> None:
    for role in (wanted.part,) if wanted.part else ("card", "modem", "push", "server"):
        run.bench.faults(role).clear()
