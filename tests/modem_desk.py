"""A virtual modem on a desk: its network behind it, and somebody who types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hil.modem.profile.files import load_profile, standard
from hil.modem.sms import alphabet, pdu
from hil.modem.sms.address import Address
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver
from hil.modem.smsc import Smsc
from hil.modem.virtual.faults import Fault, Kind
from hil.modem.virtual.modem import VirtualModem
from hil.modem.virtual.profile import SMSC, Profile

NOW = datetime(2026, 1, 1, tzinfo=UTC)
standard()  # read once, outside of what Hypothesis measures
SENDER = Address.of("+441234567890")


def message(data: bytes = b"x", scheme: int = 0x04, protocol: int = 0) -> bytes:
    return Deliver(
        SENDER, TimeStamp.of(NOW), data, data_coding_scheme=scheme, protocol_identifier=protocol
    ).encode()


def text_message(text: str) -> bytes:
    return message(alphabet.encode(text), scheme=0)


def pdu_of(tpdu: bytes) -> str:
    return pdu.encode(tpdu, Address.of(SMSC))


class Desk:
    """``ready``: the modem delivers directly and wants acknowledgements."""

    def __init__(self, profile: Profile | None = None, *, ready: bool = True) -> None:
        self.smsc = Smsc()
        self.now = NOW
        self.modem = VirtualModem(profile or Profile(), self.smsc, NOW)
        self.smsc.attach(self)
        self.type("ATE0;+CMEE=1")
        if ready:
            self.type("AT+CSMS=1;+CNMI=2,2")

    @classmethod
    def of(cls, vendor: str, *, ready: bool = False) -> Desk:
        return cls(Profile(load_profile(vendor)), ready=ready)

    @property
    def reachable(self) -> bool:
        return self.modem.reachable

    def offer(self, tpdu: bytes) -> None:
        self.modem.offer(tpdu, self.now)

    def type(self, text: str, end: str = "\r") -> list[str]:
        return self.said(self.receive((text + end).encode("latin-1")))

    def receive(self, data: bytes) -> bytes:
        return self.modem.receive(data, self.now)

    def deliver(self, tpdu: bytes) -> list[str]:
        self.smsc.deliver(tpdu)
        return self.said(self.modem.output())

    def tick(self, delay: timedelta) -> list[str]:
        self.now += delay
        self.modem.tick(self.now)
        return self.said(self.modem.output())

    def fault(self, kind: Kind, times: int = 1, **more: object) -> list[str]:
        self.modem.fault(Fault(kind, times, **more), self.now)  # type: ignore[arg-type]
        return self.said(self.modem.output())

    def repair(self) -> list[str]:
        self.modem.repair(self.now)
        return self.said(self.modem.output())

    @staticmethod
    def said(data: bytes) -> list[str]:
        return [line for line in data.decode("latin-1").split("\r\n") if line]
