"""Push by UDP: each push is a datagram to a port of the device (WAP-259; DM Push Binding §5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from hil.part import PartSettings, part_kind
from hil.push.contract import UDP_LISTENING, Meta, UdpListening
from hil.push.describe import describe
from hil.push.part import PushPart
from hil.push.senders import udp
from hil.push.senders.address import Endpoint, HostPort
from simulator.codes.wsp import PORT_PUSH

LOST_AFTER_SECONDS = 1.0
"""Real time after which a datagram that has not been read is given up: UDP may lose it, on loopback too."""


class UdpPushSettings(PartSettings):
    to: HostPort | None = None
    """``192.0.2.7:2948``: another device than the rig's own, and the port there that stands for 2948."""


@dataclass(frozen=True, slots=True)
class Datagram:
    push: bytes
    to: Endpoint | None
    """None: the device listens on no such port."""


@part_kind("push", "udp")
class UdpPush(PushPart[Datagram]):
    """Sends pushes as UDP datagrams."""

    Settings = UdpPushSettings
    capabilities = PushPart.capabilities | {"push.port"}
    requires = frozenset({UDP_LISTENING})
    settings: UdpPushSettings

    @classmethod
    def required(cls, settings: PartSettings) -> frozenset[str]:
        return frozenset() if cast("UdpPushSettings", settings).to is not None else cls.requires

    def start(self) -> None:
        """Nothing is held: a socket is opened for each datagram."""

    def stop(self) -> None:
        """Nothing is held."""

    def identity(self) -> dict[str, str]:
        return {"to": str(self.settings.to)} if self.settings.to is not None else {}

    def _pieces(self, push: bytes, meta: Meta) -> list[Datagram]:
        udp.check(push)
        return [Datagram(push, self._where(meta.destination_port))]

    def _where(self, port: int) -> Endpoint | None:
        """The socket that a push to this port goes to; None: the rig's device has none for it."""
        to = self.settings.to
        if to is not None:
            return Endpoint(to.host, to.port if port == PORT_PUSH else port)
        return self.bench.part("device", UdpListening).udp_sockets().get(port)

    def _tell(self, push: bytes, meta: Meta, pieces: list[Datagram]) -> None:
        text, fields = describe(push)
        port, times = meta.destination_port, len(pieces)
        said = "in a datagram" if times == 1 else f"in a datagram that comes {times} times"
        self.bench.recorder.record(
            "push",
            "push",
            "in",
            f"{text} to port {port} {said}" if times else f"{text} to port {port}, lost on the way",
            push,
            **fields,
            bearer="udp",
            destination_port=port,
            source_port=meta.source_port,
            datagrams=times,
            arrangement=meta.arrangement,
        )

    def _carry(self, piece: Datagram) -> None:
        if piece.to is None:
            self.bench.recorder.note("the device listens on no such port", part="push")
            return
        if self.settings.to is not None:
            udp.send(piece.push, piece.to.host, piece.to.port)
            return
        device = self.bench.part("device", UdpListening)
        before = device.datagrams_taken()
        udp.send(piece.push, piece.to.host, piece.to.port)
        # Time must not pass before the device has it: so much waiting is the same in every run.
        if not device.wait_for_datagrams(before + 1, LOST_AFTER_SECONDS):
            self.bench.recorder.note("the datagram was lost on the way", part="push")
