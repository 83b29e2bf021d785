"""A push by SMS: what the network hands to the modem, and what the trace says about it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hil.account import Account
from hil.bench import Bench
from hil.clock import JumpingClock
from hil.errors import CannotDo
from hil.modem.sms.reassembly import Message, Reassembler
from hil.modem.sms.tpdu import Deliver
from hil.modem.sms.udh import Ports
from hil.part import Part, PartSettings
from hil.push.arrange import ARRANGEMENTS, Arrangement
from hil.push.contract import Meta
from hil.push.sms import SmsPush, SmsPushSettings
from hil.scheduler import Scheduler
from hil.trace.record import Record
from hil.trace.recorder import Recorder
from simulator.notification.message import Notification, encode
from simulator.push.wsp import dm_push

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
SHORT = dm_push(
    "application/vnd.syncml.dm.notification", encode(Notification("www.example.com", 0xAB), "srvpwd", b"Nonce")
).encode()
LONG = dm_push("application/vnd.syncml.dm+wbxml", bytes(range(256)) * 2).encode()


class Network:
    def __init__(self) -> None:
        self.tpdus: list[bytes] = []

    def deliver(self, tpdu: bytes) -> None:
        self.tpdus.append(tpdu)


class Modem(Part):
    capabilities = frozenset({"sms.deliver"})

    def __init__(self, bench: Bench) -> None:
        super().__init__(PartSettings(), bench)
        self.network = Network()

    def start(self) -> None: ...

    def stop(self) -> None: ...


def bench_for(records: list[Record]) -> Bench:
    clock = JumpingClock(NOW)
    recorder = Recorder(clock.now)
    recorder.subscribe(records.append)
    return Bench(Scheduler(clock), recorder, 1, Account(), "", Path())


class Air:
    """A push part with a modem whose network keeps what it is given."""

    def __init__(self, settings: SmsPushSettings | None = None) -> None:
        self.records: list[Record] = []
        bench = bench_for(self.records)
        self.modem = Modem(bench)
        bench.parts = {"modem": self.modem}
        self.push = SmsPush(settings or SmsPushSettings(), bench)
        self.push.start()

    def received(self) -> list[Message]:
        reassembler = Reassembler()
        found = (reassembler.add(Deliver.decode(tpdu), NOW) for tpdu in self.modem.network.tpdus)
        return [message for message in found if message]


def test_short_push_is_one_sms() -> None:
    air = Air()
    air.push.deliver(SHORT)
    (tpdu,) = air.modem.network.tpdus
    deliver = Deliver.decode(tpdu)
    assert deliver.service_centre_time_stamp.datetime == NOW
    assert not deliver.more_messages_to_send
    (message,) = air.received()
    assert (message.payload, message.ports) == (SHORT, Ports(2948, 9200))
    assert str(message.originating_address) == "+15550100"


def test_long_push_is_cut_and_put_together() -> None:
    air = Air(SmsPushSettings(sender="bench", data_coding_scheme="F5", wide_reference=True))
    air.push.deliver(LONG, Meta(2949, 49154))
    delivers = [Deliver.decode(tpdu) for tpdu in air.modem.network.tpdus]
    assert [deliver.more_messages_to_send for deliver in delivers] == [True] * 4 + [False]
    assert {deliver.data_coding_scheme for deliver in delivers} == {0xF5}
    (message,) = air.received()
    assert (message.payload, message.ports) == (LONG, Ports(2949, 49154))


def test_every_message_has_a_reference_of_its_own() -> None:
    air = Air()
    for _ in range(300):
        air.push.deliver(LONG)
    references = [
        deliver.header.concatenation.reference
        for deliver in map(Deliver.decode, air.modem.network.tpdus[::5])
        if deliver.header and deliver.header.concatenation
    ]
    assert references == [number % 256 for number in range(1, 301)]


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_arrangements_of_segments(arrangement: Arrangement) -> None:
    air = Air()
    air.push.deliver(LONG, Meta(arrangement=arrangement))
    assert [message.payload for message in air.received()] == ([] if "missing" in arrangement else [LONG])


def test_trace_says_what_was_pushed() -> None:
    air = Air()
    air.push.deliver(SHORT)
    (record,) = air.records
    assert (record.part, record.kind, record.way, record.data) == ("push", "push", "in", SHORT)
    assert "DM 1.3 notification of www.example.com, session AB" in record.text
    assert record.fields["application_id"] == 7
    assert record.fields["segments"] == 1
    notification = record.fields["notification"]
    assert isinstance(notification, dict)
    assert notification["session_id"] == "AB"


def test_what_is_no_push_is_carried_all_the_same() -> None:
    air = Air()
    air.push.deliver(b"\x00\x01garbage")
    assert [message.payload for message in air.received()] == [b"\x00\x01garbage"]
    assert "cannot be read" in air.records[0].text


def test_too_long_for_sms() -> None:
    air = Air()
    with pytest.raises(CannotDo, match="255"):
        air.push.deliver(bytes(40_000))
    assert air.modem.network.tpdus == []
    assert air.records == []


def test_port_that_is_none() -> None:
    with pytest.raises(CannotDo):
        Air().push.deliver(SHORT, Meta(0x10000))


def test_sender_that_no_sms_can_have() -> None:
    with pytest.raises(CannotDo, match="can come from"):
        Air(SmsPushSettings(sender="a name that is much too long"))
