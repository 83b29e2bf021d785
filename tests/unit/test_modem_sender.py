"""A second modem sends: parts in order, message references, status reports, and errors in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hil.errors import PartBroke
from hil.modem.driver import ModemDriver
from hil.modem.part_virtual import VirtualModemSettings
from hil.modem.ptyline import PtyLine
from hil.modem.sender import Sender, Sent, data_message, text_message
from hil.modem.served import ServedModem
from hil.modem.sms import pdu
from hil.modem.sms.reassembly import Reassembler
from hil.modem.sms.status import Outcome, outcome, words
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver, StatusReport, Submit
from hil.modem.sms.udh import Ports
from hil.modem.virtual.faults import Fault, Kind
from tests.modem_bench import SENDER, ScriptedLine, World, driving

TO = "+441234567890"
PUSH = Ports(2948, 9200)


class Sending:
    """A driver on a virtual modem, with its network behind."""

    def __init__(self, vendor: str = "standard") -> None:
        self.world = World()
        now = self.world.clock.now
        post, call_at = self.world.scheduler.post, self.world.scheduler.call_at
        self.modem = ServedModem(
            VirtualModemSettings(vendor=vendor).profile(),
            now,
            lambda when: post(lambda: call_at(when, self.modem.tick)),
        )
        self.modem.start()
        self.driver = ModemDriver(
            PtyLine(self.modem.path), self.world.scheduler, self.world.recorder, reports=True
        )
        link = self.driver.link
        self.world.scheduler.watch(lambda: None if self.modem.port.settled(link.sent, link.received) else "modem")
        self.driver.start()
        self.sender = Sender(self.driver)

    def send(self, parts: list[Submit]) -> Sent:
        over: list[Sent] = []
        sent = self.sender.send(parts, over.append)
        assert self.world.run(lambda: bool(over))
        assert over == [sent]
        return sent

    def close(self) -> None:
        self.driver.stop()
        self.modem.close()


@pytest.fixture(params=["standard", "quectel", "huawei"])
def sending(request: pytest.FixtureRequest) -> Iterator[Sending]:
    sending = Sending(request.param)
    yield sending
    sending.close()


def received(sending: Sending) -> Submit | tuple[object, ...]:
    """What a recipient puts together from what the network got."""
    whole = None
    reassembler = Reassembler()
    for tpdu in sending.modem.smsc.submitted:
        part = Submit.decode(tpdu)
        stamp = TimeStamp.of(sending.world.clock.now())
        deliver = Deliver(SENDER, stamp, part.payload, part.header, data_coding_scheme=part.data_coding_scheme)
        whole = reassembler.add(deliver, sending.world.clock.now()) or whole
    assert whole is not None
    return whole.text, whole.payload, whole.ports


def test_a_text(sending: Sending) -> None:
    sent = sending.send(text_message(TO, "hello"))
    assert (sent.complete, sent.references) == (True, [1])
    (tpdu,) = sending.modem.smsc.submitted
    assert Submit.decode(tpdu).text == "hello"
    assert sending.world.texts("sms", "out") == [f"SMS-SUBMIT to {TO}, 'hello'"]


@pytest.mark.parametrize("text", ["x" * 400, "naïve €[] " * 60, "日本語の文 😀" * 30])
def test_a_long_text_is_cut_and_the_link_is_kept(sending: Sending, text: str) -> None:
    sent = sending.send(text_message(TO, text, reference=7))
    assert sent.complete
    assert sent.references == list(range(1, sent.parts + 1))
    assert sent.parts > 2
    assert received(sending)[0] == text  # type: ignore[index]
    commands = sending.world.texts("at", "out")
    assert commands.count("AT+CMMS=1") == 1
    assert commands.index("AT+CMMS=1") < min(
        index for index, text in enumerate(commands) if text.startswith("AT+CMGS")
    )


def test_data_for_a_port(sending: Sending) -> None:
    data = bytes(range(256)) + b"more"
    sent = sending.send(data_message(TO, data, PUSH, reference=3))
    assert sent.complete
    assert received(sending)[1:] == (data, PUSH)  # type: ignore[index]


def test_status_reports_come_back(sending: Sending) -> None:
    sent = sending.send(text_message(TO, "x" * 200, report=True))
    assert not sent.reported
    assert sending.world.run(lambda: sent.reported)
    assert sent.delivered
    assert sent.statuses == {1: 0, 2: 0}
    sending.world.scheduler.settle()
    assert sending.modem.waiting == 0


@pytest.mark.parametrize(("code", "meaning"), [(38, "network out of order"), (500, "unknown error")])
def test_an_error_is_told_in_words(sending: Sending, code: int, meaning: str) -> None:
    sending.modem.fault(Fault(Kind.SEND_ERROR, at=2, code=code))
    sent = sending.send(text_message(TO, "x" * 400))
    assert sent.references == [1]
    assert not sent.complete
    assert sent.trouble == f"the modem refused part 2 of 3: +CMS ERROR: {code} ({meaning})"


def test_a_modem_that_goes_away_while_it_sends() -> None:
    line = ScriptedLine({"AT+CMMS=1": None})
    over: list[Sent] = []
    with driving(line) as (world, driver):
        sent = Sender(driver).send(text_message(TO, "x" * 200), over.append)
        line.say("RDY")
        assert world.run(lambda: bool(over))
        assert "whether part 1 of 2 of the message was sent is not known" in sent.trouble


def test_a_sim_that_is_busy_is_asked_again() -> None:
    (part,) = text_message(TO, "x")
    tpdu = part.encode()
    line = ScriptedLine({f"AT+CMGS={len(tpdu)}": ">", pdu.encode(tpdu): "+CMS ERROR: 314"})
    with driving(line) as (world, driver):
        sent = Sender(driver).send([part], lambda sent: None)
        world.run(lambda: line.commands.count(pdu.encode(tpdu)) == 2)
        line.answers[pdu.encode(tpdu)] = "+CMGS: 77"
        world.run()
        assert sent.references == [77]


def test_a_prompt_that_never_comes_ends_with_escape() -> None:
    (part,) = text_message(TO, "x")
    line = ScriptedLine({f"AT+CMGS={len(part.encode())}": None})
    over: list[Sent] = []
    with driving(line) as (world, driver):
        Sender(driver).send([part], over.append)
        world.run(lambda: bool(over))
        world.run()
        assert "did not answer" in over[0].trouble
        assert world.texts("at", "out")[-2:] == ["ESC", "AT+CMGF?"]


def test_reports_that_are_nobody_s() -> None:
    line = ScriptedLine()
    (part,) = text_message(TO, "x", report=True)
    tpdu = part.encode()
    line.answers.update({f"AT+CMGS={len(tpdu)}": ">", pdu.encode(tpdu): "+CMGS: 9"})
    with driving(line, reports=True) as (world, driver):
        assert "AT+CNMI=2,2,0,1,0" in line.commands
        sent = Sender(driver).send([part], lambda sent: None)
        world.run()
        stamp = TimeStamp.of(world.clock.now())

        def report(reference: int, address: str, status: int) -> None:
            said = StatusReport(reference, type(SENDER).of(address), stamp, stamp, status).encode()
            line.say(f"+CDS: {len(said)}", pdu.encode(said))
            world.run()

        report(8, TO, 0)
        report(9, "+4499", 0)
        assert sent.statuses == {}
        report(9, "01234567890", 0x21)
        assert (sent.statuses, sent.reported) == ({9: 0x21}, False)
        report(9, TO, 0x46)
        assert (sent.reported, sent.delivered) == (True, False)
        assert line.commands.count("AT+CNMA=0") == 4


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (0, Outcome.DELIVERED, "delivered: received by the recipient"),
        (0x20, Outcome.TRYING, "the service centre goes on trying: congestion"),
        (0x46, Outcome.FAILED, "failed: validity period expired"),
        (0x7F, Outcome.FAILED, "failed: status 7F"),
        (0x1F, Outcome.DELIVERED, "delivered: status 1F"),
    ],
)
def test_statuses_in_words(status: int, kind: Outcome, said: str) -> None:
    assert outcome(status) is kind
    assert words(status) == said


def test_nothing_is_sent_on_a_line_that_has_gone() -> None:
    line = ScriptedLine()
    with driving(line) as (world, driver):
        line.vanish()
        with pytest.raises(PartBroke):
            world.wait(lambda: False)
        with pytest.raises(PartBroke):
            Sender(driver).send(text_message(TO, "x"), lambda sent: None)
