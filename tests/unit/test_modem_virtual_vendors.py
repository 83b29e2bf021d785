"""Virtual modems of all kinds: each says what its profile says, and has its family's quirks; what is learnt of one
is its profile again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hil import data
from hil.errors import PartError, PartMissing
from hil.modem.profile import questions
from hil.modem.profile.files import FOLDER, load_profile, write
from hil.modem.profile.learn import learn
from hil.modem.ptyline import PtyLine
from hil.modem.served import ServedModem
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import StatusReport
from hil.modem.virtual.faults import Kind
from hil.modem.virtual.modem import CHATTER_EVERY
from hil.modem.virtual.profile import Profile
from hil.trace.recorder import Recorder
from tests.modem_bench import ScriptedLine
from tests.modem_desk import NOW, SENDER, Desk, message, pdu_of

VENDORS = data.names(FOLDER)


def learnt(profile: Profile) -> str:
    modem = ServedModem(profile, lambda: datetime.now(UTC), lambda deadline: None)
    modem.start()
    line = PtyLine(modem.path)
    try:
        return write(learn(line, Recorder(lambda: datetime.now(UTC))))
    finally:
        line.close()
        modem.close()


@pytest.mark.parametrize("vendor", VENDORS)
class TestAllVendors:
    def test_what_is_learnt_of_a_modem_is_its_profile_letter_for_letter(self, vendor: str) -> None:
        assert learnt(Profile(load_profile(vendor))) == data.find(FOLDER, vendor).read_text()

    def test_asking_changes_nothing(self, vendor: str) -> None:
        desk = Desk(Profile(load_profile(vendor)), ready=False)
        desk.type("ATZ")
        before = desk.modem.equipment.state
        for text in (*questions.VALUES.values(), *questions.IDENTITY.values(), *questions.CARD_NUMBERS):
            desk.type(text)
        assert desk.modem.equipment.state == before

    def test_messages_come_and_go(self, vendor: str) -> None:
        desk = Desk.of(vendor)
        desk.type("AT+CNMI=1,1")
        tpdu = message()
        said = desk.deliver(tpdu)
        assert said[-1].startswith("+CMTI: ")
        memory, index = said[-1].removeprefix("+CMTI: ").split(",")
        desk.type(f"AT+CPMS={memory}")
        assert pdu_of(tpdu) in desk.type(f"AT+CMGR={index}")
        assert "OK" in desk.type(f"AT+CMGD={index}")
        assert desk.smsc.waiting == 0

    def test_it_starts_as_its_family_does(self, vendor: str) -> None:
        family = load_profile(vendor).family
        desk = Desk.of(vendor)
        assert family.startup is None or desk.fault(Kind.RESET) == list(family.startup.value)
        if family.late is not None:
            desk.type("ATE0;+CMEE=1")
            assert desk.type("AT+CMGL=4")[-1] == "+CMS ERROR: 314"
            assert desk.tick(family.late_after) == list(family.late.value)
            assert desk.type("AT+CMGL=4")[-1] == "OK"


def test_a_locked_sim_is_not_asked() -> None:
    with pytest.raises(PartError, match="not ready: SIM PIN"):
        learnt(Profile(pin="1234"))


def test_what_is_no_modem() -> None:
    line = ScriptedLine({"AT+CPIN?": "+CPIN: READY", "AT+CGMI": "ERROR"})
    with pytest.raises(PartMissing, match="neither who made it"):
        learn(line, Recorder(lambda: datetime.now(UTC)))
    line.close()


def test_numbers_are_not_kept() -> None:
    profile = Profile(
        load_profile("huawei"), imei="351234567890123", imsi="262019876543210", iccid="89490200001234567890"
    )
    text = learnt(profile)
    assert not [each for each in (profile.imei, profile.imsi, profile.iccid) if each in text]


class TestQuirks:
    def test_what_is_offered_and_refused(self) -> None:
        desk = Desk.of("simcom-sim7600")
        assert desk.type("AT+CNMI=?")[0] == "+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)"
        assert desk.type("AT+CNMI=2,2,0,0,0") == ["+CMS ERROR: 303"]
        assert desk.type("AT+CNMI=1,2,0,0,0") == ["OK"]

    def test_no_acknowledgement_is_wanted(self) -> None:
        desk = Desk.of("simcom-sim800")
        desk.type("AT+CSMS=1;+CNMI=2,2")
        for _ in range(2):
            assert desk.deliver(message())[0].startswith("+CMT:")
        assert desk.smsc.waiting == 0
        assert desk.type("AT+CNMA") == ["+CMS ERROR: 340"]

    def test_reports_at_the_prompt_are_refused(self) -> None:
        desk = Desk.of("huawei")
        desk.type("AT^CURC=0;+CSMS=1;+CNMI=1,2")
        desk.deliver(message())
        assert desk.type("AT+CNMA=1,2") == ["+CMS ERROR: 304"]
        assert desk.type("AT+CNMA=0") == ["OK"]

    def test_direct_delivery_after_message_service_1(self) -> None:
        desk = Desk.of("cinterion")
        assert desk.type("AT+CNMI=2,2,0,0,1") == ["+CMS ERROR: 303"]
        assert desk.type("AT+CSMS=1;+CNMI=2,2,0,0,1")[-1] == "OK"
        assert desk.type("AT+CNMI=2,2,0,0,0") == ["+CMS ERROR: 303"]
        assert desk.type('AT+CPMS="ME","ME","ME"') == ["+CMS ERROR: 303"]

    def test_chatter_until_it_is_told_to_stop(self) -> None:
        desk = Desk.of("huawei")
        said = [line for _ in range(3 * CHATTER_EVERY) for line in desk.type("AT")]
        assert len([line for line in said if line.startswith("^")]) == 3
        desk.type("AT^CURC=0")
        assert {line for _ in range(3 * CHATTER_EVERY) for line in desk.type("AT")} == {"OK"}

    def test_an_unknown_command(self) -> None:
        assert Desk.of("huawei").type("AT+WIND?") == ["COMMAND NOT SUPPORT"]
        assert Desk.of("simcom-sim800").type("AT+CEREG?") == ["ERROR"]

    def test_a_report_that_is_announced_where_it_is_not(self) -> None:
        desk = Desk.of("quectel")
        desk.type("AT+CNMI=2,1,0,2")
        stamp = TimeStamp.of(NOW)
        assert desk.deliver(StatusReport(1, SENDER, stamp, stamp, 0).encode()) == ['+CDSI: "SM",0']
        assert desk.type('AT+CPMS="SM";+CMGR=1')[-1] == "OK"
        assert desk.type('AT+CPMS="SR";+CMGL=4')[1].startswith("+CMGL: 1,0,")

    def test_a_name_in_quotes(self) -> None:
        desk = Desk.of("telit")
        desk.type("AT+CNMI=2,2")
        tpdu = message()
        assert desk.deliver(tpdu)[0] == f'+CMT: "",{len(tpdu)}'

    def test_a_missed_acknowledgement(self) -> None:
        desk = Desk.of("quectel", ready=True)
        desk.deliver(message())
        desk.tick(timedelta(minutes=1))
        assert desk.type("AT+CNMI?") == ["+CNMI: 2,0,0,0,0", "OK"]
