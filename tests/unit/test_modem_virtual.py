"""The virtual modem and its service centre: bytes in, bytes out (TS 27.005, TS 27.007)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.errors import UsageError
from hil.modem.sms.tpdu import Submit
from hil.modem.smsc import Smsc
from hil.modem.virtual.commands import COMMANDS
from hil.modem.virtual.faults import Kind
from hil.modem.virtual.modem import VirtualModem
from hil.modem.virtual.profile import Profile
from hil.modem.virtual.syntax import Call, Form, parse
from hil.modem.virtual.table import CommandTable
from tests.modem_desk import NOW, SENDER, Desk, message, pdu_of

TAILS = ("", "?", "=?", "=0", "=1,2", '="SM"', "=99999999", "=,,", '="')


class TestSyntax:
    @pytest.mark.parametrize(
        ("line", "calls"),
        [
            ("AT", []),
            ("at+cmgf=0", [Call("+CMGF", Form.SET, ("0",))]),
            ("AT+CMGF?", [Call("+CMGF", Form.READ)]),
            ("AT+CMGF=?", [Call("+CMGF", Form.TEST)]),
            ("AT+CSQ", [Call("+CSQ", Form.EXECUTE)]),
            ("ATE0V1", [Call("E", Form.EXECUTE, ("0",)), Call("V", Form.EXECUTE, ("1",))]),
            ("AT&F", [Call("&F", Form.EXECUTE)]),
            ("ATS3=13", [Call("S", Form.SET, ("3",))]),
            ('AT+CPMS="S;M","SM";+CSQ', [Call("+CPMS", Form.SET, ("S;M", "SM")), Call("+CSQ", Form.EXECUTE)]),
            ("ATE0;+CMEE=1;", [Call("E", Form.EXECUTE, ("0",)), Call("+CMEE", Form.SET, ("1",))]),
            ("AT+CNMI=,2", [Call("+CNMI", Form.SET, ("", "2"))]),
        ],
    )
    def test_lines(self, line: str, calls: list[Call]) -> None:
        assert parse(line) == calls

    @pytest.mark.parametrize("line", ["", "A", "hello", 'AT+CPMS="SM', "AT+CMGF?1", "AT+", "AT=", "AT1"])
    def test_what_breaks_the_rules(self, line: str) -> None:
        calls = parse(line)
        assert calls is None or all(call.name == "+" for call in calls)

    @given(st.text(max_size=60))
    def test_any_text_is_parsed_or_refused(self, text: str) -> None:
        parse("AT" + text)


class TestCommandTable:
    def test_a_command_stands_once(self) -> None:
        table = CommandTable()
        table.at("+X")(lambda modem, call: [])
        with pytest.raises(ValueError, match=r"two commands AT\+X"):
            table.at("+Y", "+X")(lambda modem, call: [])
        with pytest.raises(ValueError, match="two commands"):
            CommandTable.joined(COMMANDS, COMMANDS)

    def test_a_modem_knows_the_commands_of_its_table(self) -> None:
        table = CommandTable()
        table.at("+X")(lambda modem, call: [f"+X: {modem.profile.imei}"])
        modem = VirtualModem(Profile(imei="1"), Smsc(), NOW, table)
        assert Desk.said(modem.receive(b"AT+X\r", NOW)) == ["AT+X\r", "+X: 1", "OK"]
        assert b"ERROR" in modem.receive(b"AT+CGSN\r", NOW)


class TestCommands:
    def test_echo(self) -> None:
        desk = Desk()
        assert desk.receive(b"AT\r") == b"\r\nOK\r\n"
        desk.receive(b"ATE1\r")
        assert desk.receive(b"AT\r") == b"AT\r\r\nOK\r\n"

    def test_silence_for_what_is_no_command(self) -> None:
        desk = Desk()
        assert desk.type("hello") == []
        assert desk.type("\x1b") == []
        assert desk.type("") == []

    def test_identity(self) -> None:
        desk = Desk()
        assert desk.type("AT+CGSN") == ["490154203237518", "OK"]
        assert desk.type("AT+CGSN=1") == ['+CGSN: "490154203237518"', "OK"]
        assert desk.type("AT+CIMI") == ["001010123456789", "OK"]
        assert desk.type("AT+CGMI;+CGMM") == ["dmrig", "Virtual Modem", "OK"]

    def test_errors_in_all_forms(self) -> None:
        desk = Desk()
        assert desk.type("AT+NOSUCH") == ["ERROR"]
        assert desk.type("AT+CMEE=0;+CMEE=9") == ["ERROR"]
        assert desk.type("AT+CMEE=2;+CMEE=9") == ["+CME ERROR: incorrect parameters"]
        assert desk.type("AT+CMEE=1;+CMEE=9") == ["+CME ERROR: 50"]
        assert desk.type("AT+CMGR=1") == ["+CMS ERROR: 321"]

    def test_a_line_stops_at_the_first_error(self) -> None:
        desk = Desk()
        assert desk.type("AT+CMEE=9;+CSQ") == ["+CME ERROR: 50"]

    def test_an_endless_line(self) -> None:
        desk = Desk()
        assert desk.type("AT+CSQ" + " " * 5000) == ["ERROR"]
        assert desk.type("AT") == ["OK"]

    def test_registration_follows_the_radio(self) -> None:
        desk = Desk()
        assert desk.type("AT+CREG?") == ["+CREG: 0,1", "OK"]
        assert desk.type("AT+CREG=2;+CREG?") == ['+CREG: 2,1,"0001","00000001",7', "OK"]
        assert desk.type("AT+CFUN=4;+CEREG?") == ["+CEREG: 0,0", "OK", "+CREG: 0"]
        assert desk.type("AT+CFUN=1") == ["OK", '+CREG: 1,"0001","00000001",7']

    def test_a_locked_sim(self) -> None:
        desk = Desk(Profile(pin="1234"))
        assert desk.type("AT+CPIN?") == ["+CPIN: SIM PIN", "OK"]
        assert desk.type("AT+CNMI=2,2") == ["+CMS ERROR: 311"]
        assert desk.type("AT+CIMI") == ["+CME ERROR: 11"]
        assert desk.type('AT+CPIN="0000"') == ["+CME ERROR: 16"]
        assert desk.type('AT+CPIN="1234"') == ["OK"]
        assert desk.type("AT+CPIN?") == ["+CPIN: READY", "OK"]

    def test_three_wrong_pins(self) -> None:
        desk = Desk(Profile(pin="1234"))
        for _ in range(3):
            desk.type('AT+CPIN="0000"')
        assert desk.type("AT+CPIN?") == ["+CPIN: SIM PUK", "OK"]
        assert desk.type('AT+CPIN="1234"') == ["+CME ERROR: 12"]

    def test_the_puk_sets_a_new_pin(self) -> None:
        desk = Desk(Profile(pin="1234"))
        assert desk.type('AT+CPIN="12345678","4711"') == ["+CME ERROR: 3"]
        for _ in range(3):
            desk.type('AT+CPIN="0000"')
        assert desk.type('AT+CPIN="12345678","47"') == ["+CME ERROR: 50"]
        assert desk.type('AT+CPIN="00000000","4711"') == ["+CME ERROR: 16"]
        assert desk.type('AT+CPIN="12345678","4711"') == ["OK"]
        assert desk.type("AT+CPIN?") == ["+CPIN: READY", "OK"]
        desk.fault(Kind.RESET)
        assert desk.type('ATE0;+CMEE=1;+CPIN="1234"')[-1] == "+CME ERROR: 16"
        assert desk.type('AT+CPIN="4711"') == ["OK"]

    def test_a_puk_that_is_wrong_too_often_ends_the_sim(self) -> None:
        desk = Desk(Profile(pin="1234"))
        for _ in range(3):
            desk.type('AT+CPIN="0000"')
        for _ in range(10):
            assert desk.type('AT+CPIN="00000000","4711"') == ["+CME ERROR: 16"]
        assert desk.type('AT+CPIN="12345678","4711"') == ["+CME ERROR: 13"]

    @given(st.binary(max_size=120))
    @settings(max_examples=200)
    def test_arbitrary_bytes(self, data: bytes) -> None:
        desk = Desk()
        desk.receive(data)
        desk.receive(b"\x1b\r")
        desk.receive(b"\r")
        assert desk.type("ATE0")[-1] == "OK"

    @given(st.lists(st.tuples(st.sampled_from(sorted(COMMANDS)), st.sampled_from(TAILS)).map("".join), max_size=4))
    @settings(max_examples=200)
    def test_every_command_in_every_form(self, commands: list[str]) -> None:
        desk = Desk()
        for command in commands:
            desk.type("AT" + command)
            desk.receive(b"\x1b")
        assert desk.type("ATE0")[-1] == "OK"


class TestDirectDelivery:
    def test_one_at_a_time_each_acknowledged(self) -> None:
        desk = Desk()
        first, second = message(b"1"), message(b"2")
        assert desk.deliver(first) == [f"+CMT: ,{len(first)}", pdu_of(first)]
        assert desk.deliver(second) == []
        assert desk.smsc.waiting == 2
        assert desk.type("AT+CNMA") == ["OK", f"+CMT: ,{len(second)}", pdu_of(second)]
        assert desk.type("AT+CNMA=0") == ["OK"]
        assert desk.smsc.waiting == 0

    def test_nothing_to_acknowledge(self) -> None:
        desk = Desk()
        assert desk.type("AT+CNMA") == ["+CMS ERROR: 340"]
        desk.deliver(message())
        assert desk.type("AT+CNMA") == ["OK"]
        assert desk.type("AT+CNMA") == ["+CMS ERROR: 340"]

    def test_without_message_service_1_nobody_acknowledges(self) -> None:
        desk = Desk()
        desk.type("AT+CSMS=0")
        tpdu = message()
        for _ in range(2):
            assert desk.deliver(tpdu) == [f"+CMT: ,{len(tpdu)}", pdu_of(tpdu)]
        assert desk.smsc.waiting == 0

    def test_acknowledged_with_a_report(self) -> None:
        desk = Desk()
        desk.deliver(message())
        assert desk.type("AT+CNMA=1,2") == ["> "]
        assert desk.type("0000", "\x1a") == ["OK"]
        assert (desk.smsc.waiting, desk.smsc.delivered_count) == (0, 1)

    def test_refused_with_a_report(self) -> None:
        desk = Desk()
        tpdu = message()
        desk.deliver(tpdu)
        desk.type("AT+CNMA=2,3")
        assert desk.type("00D300", "\x1a") == ["OK"]
        assert [(r.tpdu, r.cause) for r in desk.smsc.refused_for_good] == [(tpdu, 0xD3)]

    def test_a_missed_acknowledgement_ends_direct_delivery(self) -> None:
        desk = Desk()
        tpdu = message()
        desk.deliver(tpdu)
        assert desk.tick(timedelta(seconds=29)) == []
        assert desk.type("AT+CNMI?") == ["+CNMI: 2,2,0,0,0", "OK"]
        desk.tick(timedelta(seconds=1))
        assert desk.type("AT+CNMI?") == ["+CNMI: 2,0,0,0,0", "OK"]
        assert desk.type("AT+CNMA") == ["+CMS ERROR: 340"]
        assert desk.smsc.waiting == 1
        # set again, the network's repetition comes through
        assert desk.type("AT+CNMI=2,2") == ["OK", f"+CMT: ,{len(tpdu)}", pdu_of(tpdu)]

    def test_damaged_messages_are_carried(self) -> None:
        desk = Desk()
        assert desk.deliver(b"\x04\xff") == ["+CMT: ,2", pdu_of(b"\x04\xff")]

    @pytest.mark.parametrize("tpdu", [b"", bytes(256)])
    def test_what_no_network_can_carry(self, tpdu: bytes) -> None:
        with pytest.raises(UsageError):
            Desk().deliver(tpdu)

    def test_type_zero_is_acknowledged_and_told_to_nobody(self) -> None:
        desk = Desk()
        assert desk.deliver(message(protocol=0x40)) == []
        assert desk.smsc.delivered_count == 1

    def test_nothing_comes_while_the_radio_is_off(self) -> None:
        desk = Desk()
        desk.type("AT+CFUN=4")
        tpdu = message()
        assert desk.deliver(tpdu) == []
        assert desk.type("AT+CFUN=1") == ["OK", f"+CMT: ,{len(tpdu)}", pdu_of(tpdu)]

    def test_nothing_comes_between_a_prompt_and_its_end(self) -> None:
        desk = Desk()
        desk.type("AT+CMGS=10")
        tpdu = message()
        assert desk.deliver(tpdu) == []
        assert desk.type("", "\x1b") == ["OK", f"+CMT: ,{len(tpdu)}", pdu_of(tpdu)]

    def test_many_at_once(self) -> None:
        desk = Desk()
        desk.type("AT+CSMS=0;+CFUN=4")
        for _ in range(5000):
            desk.deliver(message())
        assert len(desk.type("AT+CFUN=1")) == 1 + 2 * 5000


class TestStoredDelivery:
    def test_announced_read_and_deleted(self) -> None:
        desk = Desk()
        desk.type("AT+CNMI=2,1")
        tpdu = message()
        assert desk.deliver(tpdu) == ['+CMTI: "SM",1']
        assert desk.type("AT+CMGR=1") == [f"+CMGR: 0,,{len(tpdu)}", pdu_of(tpdu), "OK"]
        assert desk.type("AT+CMGL=4") == [f"+CMGL: 1,1,,{len(tpdu)}", pdu_of(tpdu), "OK"]
        assert desk.type("AT+CMGD=1") == ["OK"]
        assert desk.type("AT+CMGR=1") == ["+CMS ERROR: 321"]

    def test_class_2_is_stored_even_with_direct_delivery(self) -> None:
        desk = Desk()
        assert desk.deliver(message(scheme=0xF6)) == ['+CMTI: "SM",1']

    def test_only_class_3_is_delivered_with_mt_3(self) -> None:
        desk = Desk()
        desk.type("AT+CNMI=2,3")
        assert desk.deliver(message(scheme=0x04)) == ['+CMTI: "SM",1']
        assert desk.deliver(message(scheme=0xF7))[0].startswith("+CMT:")

    def test_mt_0_stores_in_silence(self) -> None:
        desk = Desk(ready=False)
        assert desk.deliver(message()) == []
        assert desk.type("AT+CPMS?") == ['+CPMS: "SM",1,20,"SM",1,20,"SM",1,20', "OK"]

    def test_mode_0_holds_indications_back(self) -> None:
        desk = Desk()
        desk.type("AT+CNMI=0,1")
        assert desk.deliver(message()) == []
        assert desk.type("AT+CNMI=2,1,0,0,0") == ["OK", '+CMTI: "SM",1']
        desk.type("AT+CNMI=0,1")
        desk.deliver(message())
        assert desk.type("AT+CNMI=2,1,0,0,1") == ["OK"]

    def test_a_full_memory_holds_messages_in_the_network(self) -> None:
        desk = Desk(Profile(slots=2))
        desk.type("AT+CNMI=2,1")
        said = [line for _ in range(3) for line in desk.deliver(message())]
        assert said == ['+CMTI: "SM",1', '+CMTI: "SM",2']
        assert desk.smsc.waiting == 1
        assert desk.type("AT+CMGD=1") == ["OK", '+CMTI: "SM",1']
        assert desk.smsc.waiting == 0

    def test_deleting_by_flag(self) -> None:
        desk = Desk()
        desk.type("AT+CNMI=2,1")
        for _ in range(3):
            desk.deliver(message())
        desk.type("AT+CMGR=2")
        assert desk.type("AT+CMGD=1,1;+CMGL=4")[0].startswith("+CMGL: 1,0")
        assert desk.type("AT+CMGD=1,4;+CMGL=4") == ["OK"]

    def test_a_modem_that_refuses_direct_delivery(self) -> None:
        desk = Desk(Profile(direct=False), ready=False)
        assert desk.type("AT+CNMI=2,2") == ["+CMS ERROR: 303"]
        assert desk.type("AT+CNMI=?") == ["+CNMI: (0-3),(0-3),(0,2),(0-2),(0,1)", "OK"]
        assert desk.type("AT+CNMI=2,1") == ["OK"]


class TestSending:
    SUBMIT = Submit(SENDER, b"up").encode()

    def test_sent(self) -> None:
        desk = Desk()
        assert desk.type(f"AT+CMGS={len(self.SUBMIT)}") == ["> "]
        assert desk.type("00" + self.SUBMIT.hex(), "\x1a") == ["+CMGS: 1", "OK"]
        assert desk.smsc.submitted == [self.SUBMIT]

    def test_given_up(self) -> None:
        desk = Desk()
        desk.type("AT+CMGS=10")
        assert desk.type("00", "\x1b") == ["OK"]
        assert desk.type("AT") == ["OK"]
        assert desk.smsc.submitted == []

    @pytest.mark.parametrize("typed", ["", "zz", "00", "00" + "11" * 10, "FF" * 400, "00" + SUBMIT.hex() + "00"])
    def test_a_wrong_pdu(self, typed: str) -> None:
        desk = Desk()
        desk.type(f"AT+CMGS={len(self.SUBMIT)}")
        assert desk.type(typed, "\x1a") == ["+CMS ERROR: 304"]
        assert desk.smsc.submitted == []

    def test_no_network(self) -> None:
        desk = Desk()
        desk.type("AT+CFUN=4")
        assert desk.type("AT+CMGS=10") == ["+CMS ERROR: 331"]
