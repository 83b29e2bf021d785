"""The driver on a virtual modem of every make, which goes wrong in all ways that a driver can recover from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hil import data
from hil.modem.datagram import Datagram
from hil.modem.part_virtual import VirtualModemPart, VirtualModemSettings
from hil.modem.profile.files import FOLDER
from hil.modem.sms.tpdu import Submit
from hil.modem.virtual.faults import Fault, Kind
from tests.modem_bench import SENDER, World, started

LONG = bytes(index % 251 for index in range(300))
VENDORS = sorted(data.names(FOLDER))


class Rigged:
    def __init__(self, world: World, part: VirtualModemPart) -> None:
        self.world = world
        self.part = part
        self.got: list[Datagram] = []
        part.on_datagram(self.got.append)

    def deliver(self, *tpdus: bytes) -> list[bytes]:
        """Deliver, let a minute pass, and return the data handed up."""
        before = len(self.got)
        for tpdu in tpdus:
            self.part.network.deliver(tpdu)
        self.world.run()
        assert self.part.network.waiting == 0
        return [datagram.data for datagram in self.got[before:]]


@pytest.fixture(params=[(vendor, direct) for vendor in VENDORS for direct in (True, False)], ids=str)
def rigged(request: pytest.FixtureRequest) -> Iterator[Rigged]:
    vendor, direct = request.param
    # some makes say nothing when they restart
    settings = VirtualModemSettings(vendor=vendor, direct=direct, look_every=timedelta(seconds=20))
    with started(VirtualModemPart, settings) as (world, part):
        assert isinstance(part, VirtualModemPart)
        yield Rigged(world, part)


def test_messages_come_once_and_are_acknowledged(rigged: Rigged) -> None:
    one = [rigged.world.tpdus(b"%d" % number)[0] for number in range(30)]
    assert rigged.deliver(*one) == [b"%d" % number for number in range(30)]
    assert rigged.deliver(*reversed(rigged.world.tpdus(LONG))) == [LONG]
    assert not rigged.part.driver.broken
    # nothing is left in any memory
    memories = rigged.part.modem.core.equipment.memories
    assert len(memories[memories.receive]) == 0


def test_one_is_sent(rigged: Rigged) -> None:
    answers: list[object] = []
    rigged.part.driver.submit(Submit(SENDER, b"up").encode(), answers.append)
    rigged.world.run(lambda: bool(answers))
    assert rigged.part.modem.smsc.submitted == [Submit(SENDER, b"up").encode()]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Kind.RESET),
        Fault(Kind.DROP_INDICATIONS),
        Fault(Kind.ECHO),
        Fault(Kind.NOISE, times=3),
        Fault(Kind.URC_FLOOD, times=50),
        Fault(Kind.HANG, during=timedelta(seconds=15)),
    ],
    ids=lambda fault: fault.kind.value,
)
def test_it_goes_on_after(rigged: Rigged, fault: Fault) -> None:
    assert rigged.deliver(rigged.world.tpdus(b"before")[0]) == [b"before"]
    rigged.part.fault(fault)
    rigged.part.network.deliver(rigged.world.tpdus(b"meanwhile", 2)[0])
    rigged.world.run()
    assert rigged.deliver(rigged.world.tpdus(b"after", 3)[0]) == [b"after"]
    assert [datagram.data for datagram in rigged.got] == [b"before", b"meanwhile", b"after"]


def test_a_damaged_pdu_is_lost_alone(rigged: Rigged) -> None:
    rigged.part.fault(Fault(Kind.DAMAGED_PDU))
    assert rigged.deliver(rigged.world.tpdus(b"damaged")[0]) == []
    assert rigged.deliver(rigged.world.tpdus(b"after")[0]) == [b"after"]
