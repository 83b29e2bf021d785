"""The driver on modems that do what the virtual one is too well-behaved for."""

from __future__ import annotations

import threading

import pytest

from hil.errors import PartBroke, PartError, PartMissing
from hil.modem import conversation, pin, setup
from hil.modem.at.parser import Command, Response
from hil.modem.datagram import Datagram, TextMessage
from hil.modem.sms import alphabet, pdu
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver, Submit
from tests.modem_bench import SENDER, ScriptedLine, World, driving


def cmt(tpdu: bytes) -> list[str]:
    return [f"+CMT: ,{len(tpdu)}", pdu.encode(tpdu)]


def wait_for(world: World) -> None:
    """Let things happen, as with a part that knows of something on its way."""
    world.scheduler.watch(lambda: "modem")
    try:
        world.run()
    finally:
        world.scheduler.watch(lambda: None)


class TestSetup:
    def test_the_ladder(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, driver):
            assert line.commands == [
                "AT", "ATE0", "AT+CMEE=1", "AT+CGMI", "AT+CGMM", "AT+CGMR", "AT+CGSN", "AT+CPIN?", "AT+CSMS=1",
                "AT+CMGF=0", "AT+CPMS?", "AT+CNMI=2,2,0,0,0", "AT+CREG=2", "AT+CREG?", "AT+CGREG=2", "AT+CGREG?",
                "AT+CEREG=2", "AT+CEREG?",
            ]  # fmt: skip
            assert driver.ready.identity == {"imei": "490154203237518"}
            assert (driver.ready.direct, driver.ready.acknowledge) == (True, True)
            assert world.texts("at", "out") == line.commands
            received = b"".join(record.data for record in world.records if record.way == "in")
            assert received.count(b"OK") == len(line.commands)

    @pytest.mark.parametrize("chunk", [1, 2, 3, 5])
    def test_any_size_of_read(self, chunk: int) -> None:
        with driving(ScriptedLine(chunk=chunk)) as (_, driver):
            assert driver.ready.direct

    def test_noise_of_a_modem_that_starts(self) -> None:
        line = ScriptedLine()
        line.say("RDY", "+CFUN: 1", "^BOOT:1,0", "+CPIN: READY", "SMS Ready", "+CREG: 1")
        with driving(line) as (world, driver):
            assert driver.ready.direct
            world.run()

    def test_fallback_to_stored_messages(self) -> None:
        refused = {
            f"AT+CNMI={values}": "+CMS ERROR: 303" for values in setup.indications(direct=True, reports=False)
        }
        with driving(ScriptedLine({**refused, "AT+CSMS=1": "ERROR"})) as (_, driver):
            assert (driver.ready.direct, driver.ready.acknowledge) == (False, False)
            assert driver.ready.indications == "2,1,0,0,0"

    def test_silence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(conversation, "WAKE_SECONDS", 0.01)
        with (
            pytest.raises(PartMissing, match="nothing on scripted answers to AT"),
            driving(ScriptedLine({"AT": None})),
        ):
            pass

    def test_an_answer_that_comes_late(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The OK to the first AT comes when the second has been sent; the ladder must not be off by one."""
        monkeypatch.setattr(conversation, "WAKE_SECONDS", 0.05)
        line = ScriptedLine({"AT": None})
        write = line.write

        def late(data: bytes) -> None:
            write(data)
            if line.commands == ["AT", "AT"]:
                line.answers["AT"] = "OK"
                line.say("OK", "OK")

        line.write = late  # type: ignore[method-assign]
        with driving(line) as (_, driver):
            assert driver.ready.identity == {"imei": "490154203237518"}

    @pytest.mark.parametrize(
        ("answers", "error", "words"),
        [
            ({"AT+CPIN?": "+CME ERROR: 10"}, PartMissing, "SIM not inserted"),
            ({"AT+CPIN?": "+CPIN: SIM PUK"}, PartMissing, "SIM PUK"),
            ({"AT+CMGF=0": "ERROR"}, PartError, "no PDU mode"),
            (
                {
                    f"AT+CNMI={values}": "ERROR"
                    for direct in (True, False)
                    for values in setup.indications(direct=direct, reports=False)
                },
                PartError,
                "announces no SMS",
            ),
        ],
    )
    def test_refusals(self, answers: dict[str, str | None], error: type[Exception], words: str) -> None:
        with pytest.raises(error, match=words), driving(ScriptedLine(answers)):
            pass

    def test_a_sim_that_is_busy_at_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pin, "POLL_SECONDS", 0.01)
        line = ScriptedLine({"AT+CPIN?": "+CME ERROR: 14"})
        threading.Timer(0.1, lambda: line.answers.update({"AT+CPIN?": "+CPIN: READY"})).start()
        with driving(line) as (_, driver):
            assert driver.ready.direct

    def test_a_missing_pin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pin, "SIM_SECONDS", 0.0)
        line = ScriptedLine({"AT+CPIN?": "+CPIN: SIM PIN"})
        with pytest.raises(PartMissing, match="asks for its PIN"), driving(line):
            pass

    def test_a_wrong_pin_is_tried_once(self) -> None:
        line = ScriptedLine({"AT+CPIN?": "+CPIN: SIM PIN", 'AT+CPIN="0000"': "+CME ERROR: 16"})
        with pytest.raises(PartError, match="refused the PIN"), driving(line, pin="0000"):
            pass
        assert line.commands.count('AT+CPIN="0000"') == 1

    def test_not_registered_is_noted(self) -> None:
        with driving(ScriptedLine({"AT+CREG?": "+CREG: 0,2", "AT+CEREG?": "+CEREG: 0,0"})) as (world, _):
            assert any("not registered" in text for text in world.texts("note"))

    def test_a_line_that_vanishes(self) -> None:
        line = ScriptedLine({"AT+CGMI": None})
        line.answers["ATE0"] = "OK"
        threading.Timer(0.05, line.vanish).start()
        with pytest.raises(PartBroke, match="unplugged"), driving(line):
            pass


class TestReceiving:
    def test_acknowledged_and_handed_up(self) -> None:
        line = ScriptedLine()
        got: list[Datagram] = []
        with driving(line) as (world, driver):
            driver.inbox.on_datagram.append(got.append)
            (tpdu,) = world.tpdus(b"push")
            line.say(*cmt(tpdu))
            assert world.run(lambda: bool(got))
            assert got == [Datagram("+441234567890", 2948, 9200, b"push", world.clock.now())]
            assert line.commands[-1] == "AT+CNMA=0"
            (record,) = [record for record in world.records if record.kind == "sms"]
            assert (record.way, record.data, record.fields["destination_port"]) == ("in", tpdu, 2948)

    def test_nothing_is_acknowledged_without_message_service_1(self) -> None:
        line = ScriptedLine({"AT+CSMS=1": "+CMS ERROR: 303"})
        got: list[Datagram] = []
        with driving(line) as (world, driver):
            driver.inbox.on_datagram.append(got.append)
            line.say(*cmt(world.tpdus(b"push")[0]))
            assert world.run(lambda: bool(got))
            assert "AT+CNMA=0" not in line.commands

    def test_the_acknowledgement_goes_out_when_handing_up_fails(self) -> None:
        line = ScriptedLine()

        def fails(datagram: Datagram) -> None:
            raise ValueError("a bug above")

        with driving(line) as (world, driver):
            driver.inbox.on_datagram.append(fails)
            line.say(*cmt(world.tpdus(b"push")[0]))
            with pytest.raises(ValueError, match="a bug above"):
                world.run()
            world.run()
            assert line.commands[-1] == "AT+CNMA=0"

    def test_the_message_is_handed_up_when_the_acknowledgement_fails(self) -> None:
        line = ScriptedLine()
        line.unwritable = "AT+CNMA"
        got: list[Datagram] = []
        with driving(line) as (world, driver):
            driver.inbox.on_datagram.append(got.append)
            line.say(*cmt(world.tpdus(b"push")[0]))
            with pytest.raises(PartBroke):
                world.run()
            assert world.run(lambda: bool(got))

    def test_a_refused_acknowledgement_is_noted(self) -> None:
        line = ScriptedLine({"AT+CNMA=0": "+CMS ERROR: 340"})
        with driving(line) as (world, _):
            line.say(*cmt(world.tpdus(b"push")[0]))
            world.run()
            assert any("no +CNMA acknowledgement expected" in text for text in world.texts("note"))

    @pytest.mark.parametrize(
        "lines",
        [
            ["+CMT: ,30", "zz"],
            ["+CMT: ,30", "00"],
            ["+CMT: ,30", "07914477"],
            ["+CMT: ,x", "FFFFFFFF"],
            ["+CMT:", "00" + "04" * 40],
            ["+CMT: ,9999999999", "00" + "04" * 40],
            ['+CMTI: "SM"'],
            ["+CMTI: ,,"],
            ['+CMTI: "SM",99999999'],
            ["+CDS: 25", "00"],
        ],
    )
    def test_damage_is_noted_and_nothing_else(self, lines: list[str]) -> None:
        line = ScriptedLine()
        got: list[Datagram] = []
        with driving(line) as (world, driver):
            driver.inbox.on_datagram.append(got.append)
            line.say(*lines)
            line.say(*cmt(world.tpdus(b"push")[0]))
            assert world.run(lambda: bool(got))
            assert world.texts("note") or any("cannot be read" in text for text in world.texts("sms", "in"))

    def test_every_cut_of_what_comes(self) -> None:
        line = ScriptedLine()
        got: list[Datagram] = []
        with driving(line) as (world, driver):
            driver.inbox.on_datagram.append(got.append)
            (tpdu,) = world.tpdus(b"p")
            data = "".join(f"\r\n{text}\r\n" for text in cmt(tpdu)).encode()
            for cut in range(1, len(data)):
                line.send(data[:cut])
                line.send(data[cut:])
            world.run()
            assert len(got) == len(data) - 1
            assert line.commands.count("AT+CNMA=0") == len(data) - 1

    def test_text_and_what_nobody_reads(self) -> None:
        texts: list[TextMessage] = []
        datagrams: list[Datagram] = []
        line = ScriptedLine()
        with driving(line) as (world, driver):
            driver.inbox.on_text.append(texts.append)
            driver.inbox.on_datagram.append(datagrams.append)
            stamp = TimeStamp.of(world.clock.now())
            header = world.tpdus(b"")[0]
            for message in (
                Deliver(SENDER, stamp, alphabet.encode("hello"), data_coding_scheme=0),
                Deliver(SENDER, stamp, alphabet.encode("no"), data_coding_scheme=0, protocol_identifier=0x40),
                Deliver(SENDER, stamp, b"no port"),
                Deliver(SENDER, stamp, b"", Deliver.decode(header).header, data_coding_scheme=0),
            ):
                line.say(*cmt(message.encode()))
            world.run()
            assert [text.text for text in texts] == ["hello"]
            assert datagrams == []
            assert sum("ignored" in text for text in world.texts("note")) == 2
            assert line.commands.count("AT+CNMA=0") == 4

    def test_stored_messages_of_two_memories(self) -> None:
        line = ScriptedLine()
        got: list[Datagram] = []
        with driving(line) as (world, driver):
            driver.inbox.on_datagram.append(got.append)
            for index in (1, 2):
                (tpdu,) = world.tpdus(b"%d" % index)
                line.answers[f"AT+CMGR={index}"] = f"+CMGR: 0,,{len(tpdu)}\n{pdu.encode(tpdu)}"
            line.say('+CMTI: "ME",1', '+CMTI: "SM",2', '+CMTI: "SM",1')
            world.run()
            assert [datagram.data for datagram in got] == [b"1", b"2", b"1"]
            assert line.commands[-8:] == [
                'AT+CPMS="ME"', "AT+CMGR=1", "AT+CMGD=1",
                'AT+CPMS="SM"', "AT+CMGR=2", "AT+CMGD=2", "AT+CMGR=1", "AT+CMGD=1",
            ]  # fmt: skip

    @pytest.mark.parametrize(
        "answers",
        [{'AT+CPMS="ME"': "ERROR"}, {"AT+CMGR=1": "+CMS ERROR: 321"}, {"AT+CMGR=1": "OK"}],
    )
    def test_nothing_is_deleted_that_was_not_read(self, answers: dict[str, str | None]) -> None:
        line = ScriptedLine(answers)
        with driving(line) as (world, _):
            line.say('+CMTI: "ME",1')
            world.run()
            assert not any(command.startswith("AT+CMGD") for command in line.commands)
            assert world.texts("note")

    def test_a_modem_that_restarts_is_set_up_again(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, _):
            before = len(line.commands)
            line.say("RDY")
            world.run()
            again = line.commands[before:]
            assert again == line.commands[:before]
            assert "AT+CNMI=2,2,0,0,0" in again


class TestCommands:
    def test_a_message_is_sent(self) -> None:
        tpdu = Submit(SENDER, b"up").encode()
        line = ScriptedLine({f"AT+CMGS={len(tpdu)}": ">", pdu.encode(tpdu): "+CMGS: 12"})
        answers: list[Response | None] = []
        with driving(line) as (world, driver):
            driver.submit(tpdu, answers.append)
            assert world.run(lambda: bool(answers))
            assert answers[0] is not None
            assert answers[0].value() == "12"
            assert world.texts("sms", "out") == ["SMS-SUBMIT to +441234567890, 2 octets"]

    def test_one_command_is_open_at_a_time(self) -> None:
        line = ScriptedLine()
        order: list[str] = []
        with driving(line) as (world, driver):
            for text in ("AT+A", "AT+B", "AT+C"):
                driver.send(Command(text), lambda response, text=text: order.append(text))  # type: ignore[misc]
            driver.send(Command("AT+URGENT"), urgent=True)
            world.run()
            assert order == ["AT+A", "AT+B", "AT+C"]
            assert line.commands[-4:] == ["AT+A", "AT+URGENT", "AT+B", "AT+C"]

    def test_a_command_without_an_answer(self) -> None:
        line = ScriptedLine({"AT+SLOW": None})
        answers: list[Response | None] = []
        with driving(line) as (world, driver):
            driver.send(Command("AT+SLOW", timeout=5), answers.append)
            driver.send(Command("AT+CMGF=0"), answers.append)
            world.run()
            assert answers[0] is None
            assert answers[1] is not None
            assert answers[1].command.text == "AT+CMGF=0"
            assert line.commands[-3:] == ["AT+SLOW", "AT+CMGF?", "AT+CMGF=0"]

    def test_its_late_answer_is_not_taken_for_another(self) -> None:
        line = ScriptedLine({"AT+SLOW": None, "AT+CMGF?": "+SLOW: 1\nOK\n+CMGF: 0"})
        answers: list[Response | None] = []
        with driving(line) as (world, driver):
            line.answers["AT+CMGF=0"] = "ERROR"
            driver.send(Command("AT+SLOW"), answers.append)
            driver.send(Command("AT+CMGF=0"), answers.append)
            world.run()
            assert answers[0] is None
            assert answers[1] is not None
            assert not answers[1].ok

    def test_a_modem_that_falls_silent_is_broken(self) -> None:
        line = ScriptedLine({"AT+SLOW": None, "AT+CMGF?": None})
        with driving(line) as (world, driver):
            driver.send(Command("AT+SLOW"))
            with pytest.raises(
                PartBroke, match=r"did not answer to AT\+CMGF\? within 10 s, nor to the command before"
            ):
                world.run()
            with pytest.raises(PartBroke):
                driver.send(Command("AT"))


class TestLosingTheLine:
    def test_reported_in_the_scheduler_s_thread_once(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, driver):
            line.vanish()
            with pytest.raises(PartBroke, match="unplugged"):
                wait_for(world)
            assert driver.broken is not None
            world.run()
            with pytest.raises(PartBroke):
                driver.send(Command("AT"))

    def test_a_bug_in_a_line_is_not_swallowed(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, _):
            line.vanish(ZeroDivisionError("a bug"))
            with pytest.raises(ZeroDivisionError):
                wait_for(world)

    def test_stopping_is_no_loss(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, driver):
            driver.stop()
            world.run()
            driver.stop()
            assert driver.broken is None


def test_posted_from_the_reader_but_run_by_the_scheduler() -> None:
    line = ScriptedLine()
    threads: list[threading.Thread] = []
    with driving(line) as (world, driver):
        driver.inbox.on_datagram.append(lambda datagram: threads.append(threading.current_thread()))
        line.say(*cmt(world.tpdus(b"x")[0]))
        assert world.run(lambda: bool(threads))
    assert threads == [threading.current_thread()]
