"""Push by SMS: the network's side hands the modem the SMS-DELIVERs that carry a WSP push.

The modem's part brings the network (``sms.deliver``); this part makes what the network sends.
"""

from __future__ import annotations

from typing import Literal, cast

from hil.bench import Bench
from hil.errors import CannotDo
from hil.modem.contract import Network, Reachable
from hil.modem.sms.address import Address
from hil.modem.sms.udh import Ports
from hil.part import PartSettings, part_kind
from hil.push.contract import Meta
from hil.push.describe import describe
from hil.push.forms import delivers
from hil.push.part import PushPart
from simulator.errors import EncodeError


class SmsPushSettings(PartSettings):
    sender: str = "+15550100"
    """The originating address: a number, or a name of up to eleven characters."""
    data_coding_scheme: Literal["04", "15", "F5"] = "04"
    """8-bit data without a class, or with class 1 in either of its forms."""
    wide_reference: bool = False
    """Concatenation with a reference of 16 bits."""


@part_kind("push", "sms")
class SmsPush(PushPart[bytes]):
    """Carries pushes to the rig's modem as SMS. Each piece is a TPDU."""

    Settings = SmsPushSettings
    capabilities = PushPart.capabilities | {"push.port"}
    requires = frozenset({"sms.deliver"})

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        self._options = cast("SmsPushSettings", settings)
        self._reference = 0

    def start(self) -> None:
        self.bench.recorder.masker.add(self._options.sender.removeprefix("+"))
        try:
            Address.of(self._options.sender).encode()
        except EncodeError as error:
            raise CannotDo(f"no SMS can come from {self._options.sender!r}: {error}") from error

    def stop(self) -> None:
        """Nothing is held."""

    def identity(self) -> dict[str, str]:
        return {"sender": self._options.sender}

    def _pieces(self, push: bytes, meta: Meta) -> list[bytes]:
        self._reference += 1
        wide = self._options.wide_reference
        return delivers(
            push,
            Ports(meta.destination_port, meta.source_port),
            self._options.sender,
            self.bench.now(),
            scheme=int(self._options.data_coding_scheme, 16),
            reference=self._reference % (0x10000 if wide else 0x100),
            wide=wide,
        )

    def _tell(self, push: bytes, meta: Meta, pieces: list[bytes]) -> None:
        text, fields = describe(push)
        self.bench.recorder.record(
            "push",
            "push",
            "in",
            f"{text} to port {meta.destination_port} in {len(pieces)} SMS",
            push,
            **fields,
            bearer="sms",
            destination_port=meta.destination_port,
            source_port=meta.source_port,
            segments=len(pieces),
            arrangement=meta.arrangement,
        )

    def _carry(self, piece: bytes) -> None:
        self._network().deliver(piece)

    def _network(self) -> Network:
        return self.bench.part("modem", Reachable).network
