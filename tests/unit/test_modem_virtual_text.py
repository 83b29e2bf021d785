"""Text mode of the virtual modem, and messages kept in its memories (TS 27.005 §3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.modem.sms import alphabet
from hil.modem.sms.address import Address
from hil.modem.sms.segment import split
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver, StatusReport, Submit
from hil.modem.sms.udh import Ports
from hil.modem.virtual import textmode
from hil.modem.virtual.storage import NAMES
from tests.modem_desk import NOW, SENDER, Desk, message, pdu_of, text_message


@pytest.fixture
def desk() -> Desk:
    desk = Desk(ready=False)
    assert desk.type("AT+CMGF=1;+CNMI=2,1") == ["OK"]
    return desk


class TestReading:
    def test_a_text(self, desk: Desk) -> None:
        assert desk.deliver(text_message("Hi [you]")) == ['+CMTI: "SM",1']
        header = '"+441234567890",,"26/01/01,00:00:00+00"'
        assert desk.type('AT+CMGL="REC UNREAD"') == [f'+CMGL: 1,"REC UNREAD",{header}', "Hi [you]", "OK"]
        assert desk.type("AT+CMGR=1") == [f'+CMGR: "REC READ",{header}', "Hi [you]", "OK"]
        assert desk.type('AT+CMGL="REC UNREAD"') == ["OK"]
        assert desk.type('AT+CMGL="NONSENSE"') == ["+CMS ERROR: 304"]

    def test_with_all_details(self, desk: Desk) -> None:
        desk.deliver(text_message("Hi"))
        assert desk.type("AT+CSDH=1;+CMGR=1")[0] == (
            '+CMGR: "REC UNREAD","+441234567890",,"26/01/01,00:00:00+00",145,4,0,0,"+447785016005",145,2'
        )

    def test_data_and_headers_are_hex(self, desk: Desk) -> None:
        (header, payload), *_ = split(b"\x01\x02", Ports(2948, 9200), reference=1)
        desk.deliver(message(b"\xab"))
        desk.deliver(Deliver(SENDER, TimeStamp.of(NOW), payload, header).encode())
        assert desk.type("AT+CMGR=1")[1] == "AB"
        assert desk.type("AT+CMGR=2")[1] == "0605040B8423F00102"

    def test_what_is_no_message(self, desk: Desk) -> None:
        desk.deliver(b"\x04\xff")
        assert desk.type("AT+CMGR=1") == ['+CMGR: "REC UNREAD","",,""', "04FF", "OK"]

    def test_directly(self, desk: Desk) -> None:
        desk.type("AT+CNMI=2,2,0,1")
        assert desk.deliver(text_message("Hi")) == ['+CMT: "+441234567890",,"26/01/01,00:00:00+00"', "Hi"]
        report = StatusReport(7, SENDER, TimeStamp.of(NOW), TimeStamp.of(NOW), 0).encode()
        stamp = '"26/01/01,00:00:00+00"'
        assert desk.deliver(report) == [f'+CDS: 6,7,"+441234567890",145,{stamp},{stamp},0']

    def test_other_characters(self, desk: Desk) -> None:
        desk.deliver(text_message("@é"))
        assert desk.type('AT+CSCS="UCS2";+CMGR=1')[1] == "004000E9"
        assert desk.type('AT+CSCS="HEX";+CMGR=1')[1] == "0005"
        assert desk.type('AT+CSCS="GSM";+CMGR=1')[1] == "\x00\x05"
        assert desk.type('AT+CSCS="IRA";+CMGR=1')[1] == "@?"

    @given(st.text(alphabet=alphabet.DEFAULT.replace("\x1b", ""), max_size=160), st.sampled_from(["HEX", "UCS2"]))
    def test_what_is_shown_is_read_again(self, text: str, characters: str) -> None:
        assert textmode.read(textmode.show(text, characters), characters) == text

    @given(st.binary(min_size=1, max_size=200), st.sampled_from(["IRA", "GSM", "HEX", "UCS2"]))
    def test_any_octets_have_a_text(self, tpdu: bytes, characters: str) -> None:
        desk = Desk(ready=False)
        desk.type(f'AT+CMGF=1;+CSDH=1;+CSCS="{characters}"')
        desk.deliver(tpdu)
        assert desk.type('AT+CMGL="ALL"')[-1] == "OK"
        assert desk.type("AT+CMGR=1")[-1] in ("OK", "+CMS ERROR: 321")


class TestSending:
    def test_a_text_of_two_lines(self, desk: Desk) -> None:
        assert desk.type('AT+CMGS="+4412345"') == ["> "]
        assert desk.type("two") == ["> "]
        assert desk.type("lines", "\x1a") == ["+CMGS: 1", "OK"]
        (tpdu,) = desk.smsc.submitted
        submit = Submit.decode(tpdu)
        assert (str(submit.destination_address), submit.text, submit.validity_period) == (
            "+4412345",
            "two\nlines",
            b"\xa7",
        )

    def test_with_parameters(self, desk: Desk) -> None:
        assert desk.type("AT+CSMP=49,170,0,8;+CSMP?") == ["+CSMP: 49,170,0,8", "OK"]
        desk.type('AT+CMGS="12345",129')
        assert desk.type("004800690021", "\x1a")[-1] == "OK"
        submit = Submit.decode(desk.smsc.submitted[0])
        assert submit.status_report_request
        assert (submit.text, submit.destination_address) == ("Hi!", Address("12345", 129))

    @pytest.mark.parametrize("text", ["x" * 161, "\xe4" * 200])
    def test_more_than_one_message_holds(self, desk: Desk, text: str) -> None:
        desk.type('AT+CMGS="12345"')
        assert desk.type(text, "\x1a") == ["+CMS ERROR: 305"]
        assert desk.smsc.submitted == []

    @pytest.mark.parametrize("number", ['""', '"name"', "", '"12",300'])
    def test_no_number(self, desk: Desk, number: str) -> None:
        assert desk.type(f"AT+CMGS={number}") == ["+CMS ERROR: 305"]
        assert desk.type("AT") == ["OK"]


class TestWriting:
    SUBMIT = Submit(SENDER, b"up").encode()

    def test_written_sent_and_read_in_pdu_mode(self) -> None:
        desk = Desk(ready=False)
        assert desk.type(f"AT+CMGW={len(self.SUBMIT)}") == ["> "]
        assert desk.type("00" + self.SUBMIT.hex(), "\x1a") == ["+CMGW: 1", "OK"]
        assert desk.type("AT+CMGL=2") == [f"+CMGL: 1,2,,{len(self.SUBMIT)}", pdu_of(self.SUBMIT), "OK"]
        assert desk.type("AT+CMSS=1") == ["+CMSS: 1", "OK"]
        assert desk.type("AT+CMGR=1")[0] == f"+CMGR: 3,,{len(self.SUBMIT)}"
        assert desk.type('AT+CMSS=1,"+4412345"') == ["+CMSS: 2", "OK"]
        first, second = (Submit.decode(tpdu) for tpdu in desk.smsc.submitted)
        assert (str(first.destination_address), str(second.destination_address)) == (str(SENDER), "+4412345")
        assert second.payload == b"up"

    def test_written_in_text_mode(self, desk: Desk) -> None:
        desk.type('AT+CMGW="+4412345"')
        assert desk.type("later", "\x1a") == ["+CMGW: 1", "OK"]
        assert desk.type('AT+CMGL="ALL"') == ['+CMGL: 1,"STO UNSENT","+4412345",,', "later", "OK"]

    def test_a_received_message_written_back(self) -> None:
        desk = Desk(ready=False)
        tpdu = message()
        desk.type(f"AT+CMGW={len(tpdu)},0")
        assert desk.type("00" + tpdu.hex(), "\x1a") == ["+CMGW: 1", "OK"]
        assert desk.type("AT+CMGL=0")[0].startswith("+CMGL: 1,0,")
        assert desk.type("AT+CMSS=1") == ["+CMS ERROR: 304"]
        assert desk.type("AT+CMSS=2") == ["+CMS ERROR: 321"]

    def test_memories_are_apart(self) -> None:
        desk = Desk(ready=False)
        desk.type("AT+CNMI=2,1")
        assert desk.type('AT+CPMS="SM","SM","ME"') == ["+CPMS: 0,20,0,20,0,20", "OK"]
        assert desk.deliver(message()) == ['+CMTI: "ME",1']
        assert desk.deliver(message(scheme=0xF6)) == ['+CMTI: "SM",1']
        assert desk.type("AT+CPMS?") == ['+CPMS: "SM",1,20,"SM",1,20,"ME",1,20', "OK"]
        assert desk.type('AT+CMGD=1,4;+CPMS="ME";+CMGL=4')[1].startswith("+CMGL: 1,0,")
        assert desk.type('AT+CPMS="XX"') == ["+CMS ERROR: 303"]

    def test_names_of_states(self, desk: Desk) -> None:
        assert desk.type("AT+CMGL=?") == ["+CMGL: (" + ",".join(f'"{name}"' for name in NAMES) + ")", "OK"]
