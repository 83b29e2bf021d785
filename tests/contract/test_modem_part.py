"""Modem parts over a real pseudo-terminal: both virtual kinds, and the serial kind on a virtual modem's port."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from hil.errors import PartBroke, PartError, PartMissing
from hil.modem.at.parser import Command
from hil.modem.datagram import Datagram
from hil.modem.part import ModemPart
from hil.modem.part_serial import SerialModemPart, SerialModemSettings
from hil.modem.part_virtual import VirtualModemPart, VirtualModemSettings, VirtualSerialModemPart
from hil.modem.served import ServedModem
from hil.modem.sms.tpdu import Submit
from hil.modem.virtual.profile import Profile
from tests.modem_bench import MINUTE, SENDER, World, started

KINDS = [VirtualModemPart, VirtualSerialModemPart]
LONG = bytes(index % 251 for index in range(300))


class Rigged:
    def __init__(self, world: World, part: VirtualModemPart) -> None:
        self.world = world
        self.part = part
        self.got: list[Datagram] = []
        part.on_datagram(self.got.append)

    def deliver(self, tpdus: list[bytes]) -> list[bytes]:
        """Deliver, let happen what happens by itself, and return the data handed up."""
        for tpdu in tpdus:
            self.part.network.deliver(tpdu)
        before = len(self.got)
        now = self.world.clock.now()
        self.world.scheduler.settle()
        assert self.world.clock.now() == now
        return [datagram.data for datagram in self.got[before:]]


@pytest.fixture(params=[(kind, direct) for kind in KINDS for direct in (True, False)], ids=str)
def rigged(request: pytest.FixtureRequest) -> Iterator[Rigged]:
    kind, direct = request.param
    with started(kind, VirtualModemSettings(direct=direct)) as (world, part):
        assert isinstance(part, VirtualModemPart)
        yield Rigged(world, part)


def test_a_datagram_arrives_without_time_passing(rigged: Rigged) -> None:
    assert rigged.deliver(rigged.world.tpdus(b"push")) == [b"push"]
    (datagram,) = rigged.got
    assert (datagram.destination_port, datagram.source_port) == (2948, 9200)
    assert datagram.received == rigged.world.clock.now()
    assert rigged.part.network.waiting == 0


def test_segments_in_any_order_and_twice(rigged: Rigged) -> None:
    first, second, third = rigged.world.tpdus(LONG)
    assert rigged.deliver([third, first, second]) == [LONG]
    assert rigged.deliver([first, second, third]) == []
    again = rigged.world.tpdus(LONG, reference=2)
    assert rigged.deliver([again[0], again[0], again[2], again[1], again[1]]) == [LONG]


def test_a_missing_segment_is_silence_and_harms_nothing_after_it(rigged: Rigged) -> None:
    first, _, third = rigged.world.tpdus(LONG)
    assert rigged.deliver([first, third]) == []
    assert rigged.deliver(rigged.world.tpdus(b"next")) == [b"next"]
    assert rigged.deliver(rigged.world.tpdus(LONG, reference=2)) == [LONG]


def test_days_pass_at_once_while_nothing_happens(rigged: Rigged) -> None:
    start = rigged.world.clock.now()
    rigged.world.run(during=timedelta(days=2))
    assert rigged.world.clock.now() == start + timedelta(days=2)
    assert rigged.deliver(rigged.world.tpdus(b"later")) == [b"later"]


def test_more_than_the_sim_holds(rigged: Rigged) -> None:
    tpdus = [rigged.world.tpdus(b"%d" % number)[0] for number in range(50)]
    assert rigged.deliver(tpdus) == [b"%d" % number for number in range(50)]


def test_it_is_quiet_exactly_when_nothing_is_on_its_way(rigged: Rigged) -> None:
    assert rigged.part.quiet()
    rigged.part.network.deliver(rigged.world.tpdus(b"push")[0])
    # nothing has been taken from the line in this thread yet, so it cannot be quiet
    assert not rigged.part.quiet()
    assert rigged.deliver([]) == [b"push"]
    assert rigged.part.quiet()


def test_damaged_messages_do_not_stop_the_next(rigged: Rigged) -> None:
    whole = rigged.world.tpdus(b"push")[0]
    damaged = [whole[:-1], b"\x00", b"\xff" * 30, b"\x44" + bytes(40), whole]
    assert rigged.deliver(damaged) == [b"push"]
    assert rigged.part.network.waiting == 0


def test_the_port_vanishes(rigged: Rigged) -> None:
    rigged.part.unplug()
    with pytest.raises(PartBroke, match="has not come back in time"):
        rigged.world.run()
    assert any("the modem has gone" in text for text in rigged.world.texts("note"))
    rigged.part.network.deliver(rigged.world.tpdus(b"lost")[0])
    rigged.world.run()
    assert rigged.got == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_modem_that_must_not_go(kind: type[VirtualModemPart]) -> None:
    with started(kind, VirtualModemSettings(back_within=timedelta(0))) as (world, part):
        assert isinstance(part, VirtualModemPart)
        part.unplug()
        with pytest.raises(PartBroke, match="has gone"):
            world.scheduler.settle()


def test_the_port_vanishes_amid_a_message(rigged: Rigged) -> None:
    rigged.part.network.deliver(rigged.world.tpdus(b"push")[0])
    rigged.part.unplug()
    with pytest.raises(PartBroke):
        rigged.world.run()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("vendor", ["standard", "quectel", "huawei"])
def test_unplugged_for_days_and_plugged_in_again(kind: type[VirtualModemPart], vendor: str) -> None:
    """On the scenario's clock: what came meanwhile waited, what is asked meanwhile waits too."""
    settings = VirtualModemSettings(vendor=vendor, back_within=timedelta(days=3))
    with started(kind, settings) as (world, part):
        assert isinstance(part, VirtualModemPart)
        rigged = Rigged(world, part)
        for number in (b"1", b"2"):
            begun = world.clock.now()
            part.unplug()
            part.network.deliver(world.tpdus(b"waited" + number)[0])
            answers: list[object] = []
            world.run(during=timedelta(days=2))
            part.driver.submit(Submit(SENDER, b"up" + number).encode(), answers.append)
            world.run()
            assert (rigged.got, answers) == ([], [])
            with pytest.raises(PartBroke, match="is away"):
                part.ask(Command("AT"))
            part.plug()
            part.plug()
            for tpdu in world.tpdus(LONG, reference=int(number)):
                part.network.deliver(tpdu)
            world.run()
            assert [datagram.data for datagram in rigged.got] == [b"waited" + number, LONG]
            assert len(answers) == 1
            assert timedelta(days=2) < world.clock.now() - begun < timedelta(days=2, hours=1)
            rigged.got.clear()
        assert len(part.modem.smsc.submitted) == 2


def test_one_that_is_not_plugged_in_again_in_time() -> None:
    settings = VirtualModemSettings(back_within=timedelta(hours=1))
    with started(VirtualModemPart, settings) as (world, part):
        assert isinstance(part, VirtualModemPart)
        part.unplug()
        world.run(during=timedelta(minutes=59))
        part.plug()
        world.run(during=timedelta(hours=2))
        part.unplug()
        with pytest.raises(PartBroke, match="has not come back in time"):
            world.run(during=timedelta(hours=2))


def test_stopping_twice_and_without_start() -> None:
    for kind in KINDS:
        part = kind(VirtualModemSettings(), World().bench())
        part.stop()
        part.start()
        part.stop()
        part.stop()
        assert part.quiet()


def test_identity_and_sending(rigged: Rigged) -> None:
    assert rigged.part.identity()["imei"] == "490154203237518"
    answers: list[object] = []
    rigged.part.driver.submit(Submit(SENDER, b"up").encode(), answers.append)
    rigged.world.run(lambda: bool(answers))
    assert rigged.part.modem.smsc.submitted == [Submit(SENDER, b"up").encode()]


def test_a_failing_receiver_leaves_the_message_acknowledged(rigged: Rigged) -> None:
    def fails(datagram: Datagram) -> None:
        raise ValueError("a bug above")

    rigged.part.on_datagram(fails)
    rigged.part.network.deliver(rigged.world.tpdus(b"push")[0])
    with pytest.raises(ValueError, match="a bug above"):
        rigged.world.run()
    rigged.world.run()
    assert rigged.part.network.waiting == 0


def test_an_unacknowledged_message_lets_time_pass_and_ends_direct_delivery() -> None:
    with started(VirtualModemPart) as (world, part):
        assert isinstance(part, VirtualModemPart)
        part.driver.ready.acknowledge = False
        part.network.deliver(world.tpdus(b"push")[0])
        world.run(during=MINUTE)
        assert part.modem.core.equipment.state.indications.mt == 0
        assert part.network.waiting == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_pin(kind: type[ModemPart]) -> None:
    with started(kind, VirtualModemSettings(pin="4711")) as (_, part):
        assert part.driver.ready.direct


def test_the_same_trace_every_time() -> None:
    def once(kind: type[ModemPart]) -> list[tuple[str, str, str, bytes]]:
        with started(kind) as (world, part):
            assert isinstance(part, VirtualModemPart)
            for tpdu in world.tpdus(LONG):
                part.network.deliver(tpdu)
            world.run()
            return [(record.kind, record.way, record.text, record.data) for record in world.records]

    first = once(VirtualModemPart)
    assert len(first) > 40
    for _ in range(5):
        assert once(VirtualModemPart) == first
        assert once(VirtualSerialModemPart) == first


class TestSerial:
    @pytest.fixture
    def modem(self) -> Iterator[ServedModem]:
        modem = ServedModem(Profile(pin="4711"), lambda: datetime.now(UTC), lambda deadline: None)
        modem.start()
        yield modem
        modem.close()

    def test_a_modem_on_a_port(self, modem: ServedModem) -> None:
        with started(SerialModemPart, SerialModemSettings(port=modem.path, pin="4711")) as (world, part):
            assert part.identity()["port"] == modem.path
            assert not part.jumps
            assert part.capabilities == {"modem.listen", "modem.ask", "modem.seam"}
            got: list[Datagram] = []
            part.on_datagram(got.append)
            modem.deliver(world.tpdus(b"push")[0])
            # the clock of this bench jumps, but this kind cannot tell when it is quiet
            world.scheduler.watch(lambda: None if got else "modem")
            assert world.run(lambda: bool(got))

    def test_a_modem_by_its_usb_id_that_becomes_another_device(
        self, modem: ServedModem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Only the system's list of USB ports is made up here: two pseudo-terminals, one after the other."""
        here: list[ListPortInfo] = []

        def plugged(device: str) -> None:
            port = ListPortInfo(device)
            port.vid, port.pid, port.location, port.description = 0x2C7C, 0x0125, "1-2:1.2", "EC25"
            here[:] = [port]

        monkeypatch.setattr(list_ports, "comports", lambda: here)
        plugged(modem.path)
        with started(SerialModemPart, SerialModemSettings(port="usb:2c7c:0125:2", pin="4711")) as (world, part):
            got: list[Datagram] = []
            part.on_datagram(got.append)
            modem.close()
            modem.plug_in()
            plugged(modem.path)
            modem.deliver(world.tpdus(b"push")[0])
            world.wait(lambda: bool(got))
            assert part.driver.link.line.name == modem.path
            assert "the modem is back: it is set up again" in world.texts("note")

    def test_a_wrong_pin(self, modem: ServedModem) -> None:
        with (
            pytest.raises(PartError, match="refused the PIN"),
            started(SerialModemPart, SerialModemSettings(port=modem.path, pin="0000")),
        ):
            pass

    def test_no_port(self) -> None:
        with (
            pytest.raises(PartMissing, match="there is no serial port /dev/ttyNONE"),
            started(SerialModemPart, SerialModemSettings(port="/dev/ttyNONE")),
        ):
            pass
