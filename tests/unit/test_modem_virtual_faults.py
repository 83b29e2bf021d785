"""What goes wrong with a virtual modem when it is asked to, and what ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.modem.sms.tpdu import Submit
from hil.modem.virtual.faults import NOISE, Kind
from hil.modem.virtual.profile import Profile
from tests.modem_desk import SENDER, Desk, message, pdu_of

SUBMIT = Submit(SENDER, b"up").encode()
MINUTE = timedelta(minutes=1)


def send(desk: Desk) -> list[str]:
    said = desk.type(f"AT+CMGS={len(SUBMIT)}")
    return desk.type("00" + SUBMIT.hex(), "\x1a") if said == ["> "] else said


def test_a_memory_that_is_full() -> None:
    desk = Desk(ready=False)
    desk.type("AT+CNMI=2,1")
    desk.fault(Kind.MEMORY_FULL)
    assert desk.deliver(message()) == []
    assert desk.type("AT+CPMS?")[0].startswith('+CPMS: "SM",20,20')
    assert send(desk) == ["+CMGS: 1", "OK"]
    assert desk.repair() == ['+CMTI: "SM",1']


def test_no_network() -> None:
    desk = Desk()
    desk.type("AT+CREG=1")
    assert desk.fault(Kind.NO_NETWORK, during=MINUTE) == ["+CREG: 2"]
    assert send(desk) == ["+CMS ERROR: 331"]
    tpdu = message()
    assert desk.deliver(tpdu) == []
    assert desk.tick(MINUTE) == [f"+CMT: ,{len(tpdu)}", pdu_of(tpdu), "+CREG: 1"]


def test_no_sim() -> None:
    desk = Desk()
    desk.fault(Kind.NO_SIM)
    assert desk.type("AT+CPIN?") == ["+CME ERROR: 10"]
    assert desk.type("AT+CMGL=4") == ["+CMS ERROR: 310"]
    assert desk.type("AT+CREG?") == ["+CREG: 0,0", "OK"]
    desk.repair()
    assert desk.type("AT+CPIN?") == ["+CPIN: READY", "OK"]


def test_the_second_and_third_message_are_refused() -> None:
    desk = Desk()
    desk.fault(Kind.SEND_ERROR, times=2, at=2, code=38)
    assert [send(desk)[0] for _ in range(4)] == ["+CMGS: 1", "+CMS ERROR: 38", "+CMS ERROR: 38", "+CMGS: 2"]


def test_a_restart_forgets_what_was_set() -> None:
    desk = Desk(Profile(pin="1234"), ready=False)
    desk.type('AT+CPIN="1234"')
    desk.type("AT+CSMS=1;+CNMI=2,2")
    tpdu = message()
    desk.deliver(tpdu)
    desk.receive(b"AT+CMGS=1")
    assert desk.fault(Kind.RESET) == ["RDY"]
    assert desk.type("AT+CNMI?") == ["AT+CNMI?\r", "+CMS ERROR: 311"]
    desk.type('ATE0;+CPIN="1234"')
    assert desk.type("AT+CNMI?") == ["+CNMI: 0,0,0,0,0", "OK"]
    # it was not acknowledged, so the network has it still: nobody is told, it is stored
    assert desk.type("AT+CPMS?")[0].startswith('+CPMS: "SM",1,20')


def test_restarted_by_a_command() -> None:
    desk = Desk()
    assert desk.type("AT+CFUN=1,1") == ["OK", "RDY"]


def test_a_prompt_does_not_outlive_a_restart() -> None:
    desk = Desk()
    desk.type("AT+CMGS=10")
    assert desk.fault(Kind.RESET) == ["RDY"]
    assert desk.type("ATE0")[-1] == "OK"


def test_a_modem_that_hangs_answers_late() -> None:
    desk = Desk()
    desk.fault(Kind.HANG, during=MINUTE)
    assert desk.type("AT+CSQ") == []
    assert desk.deliver(message()) == []
    said = desk.tick(MINUTE)
    assert said[:2] == ["+CSQ: 24,0", "OK"]
    assert said[2].startswith("+CMT:")


def test_a_modem_that_hangs_for_good_is_repaired() -> None:
    desk = Desk()
    desk.fault(Kind.HANG)
    assert desk.modem.deadline is None
    desk.type("AT" + "x" * 100_000)
    assert desk.type("AT") == []
    assert desk.repair() == []
    assert desk.type("AT")[-1] == "ERROR"
    assert desk.type("AT") == ["OK"]


def test_noise_and_echo() -> None:
    desk = Desk()
    desk.modem.receive(b"ATE0\r", desk.now)
    assert desk.fault(Kind.NOISE, 2) == [(NOISE * 2).decode("latin-1")]
    desk.fault(Kind.ECHO)
    assert desk.type("AT") == ["AT\r", "OK"]


def test_damaged_pdus() -> None:
    desk = Desk()
    tpdu = message()
    desk.fault(Kind.DAMAGED_PDU)
    _, digits = desk.deliver(tpdu)
    assert digits != pdu_of(tpdu)
    assert "?" in digits
    desk.type("AT+CNMA")
    assert desk.deliver(tpdu)[1] == pdu_of(tpdu)


def test_indications_that_stop() -> None:
    desk = Desk()
    desk.fault(Kind.DROP_INDICATIONS)
    assert desk.type("AT+CNMI?") == ["+CNMI: 2,0,0,0,0", "OK"]
    assert desk.deliver(message()) == []


def test_a_flood() -> None:
    desk = Desk()
    assert len(desk.fault(Kind.URC_FLOOD, 500)) == 500
    assert desk.type("AT") == ["OK"]


def test_another_port_gets_the_unsolicited() -> None:
    desk = Desk.of("quectel")
    desk.type("AT+CNMI=2,1")
    desk.fault(Kind.URCS_ELSEWHERE)
    assert desk.deliver(message()) == []
    assert desk.type('AT+QURCCFG="urcport","usbmodem"') == ["OK"]
    assert desk.deliver(message()) == []
    assert desk.type('AT+QURCCFG="urcport","usbat"') == ["OK"]
    assert desk.deliver(message()) == ['+CMTI: "ME",3']


COMMAND = st.sampled_from(["AT", "ATZ", "AT+CMGL=4", "AT+CNMI=2,2", "AT+CSMS=1", "AT+CNMA", "AT+CFUN=1,1"])
ACTION = st.one_of(
    COMMAND,
    st.sampled_from(list(Kind)),
    st.sampled_from(["repair", "tick", "message"]),
)


@given(st.lists(ACTION, max_size=12))
def test_after_any_faults_the_modem_can_be_repaired(actions: list[str]) -> None:
    desk = Desk()
    for action in actions:
        if isinstance(action, Kind):
            desk.fault(action, during=MINUTE)
        elif action == "tick":
            desk.tick(timedelta(seconds=40))
        elif action == "message":
            desk.deliver(message())
        elif action == "repair":
            desk.repair()
        else:
            desk.type(action)
    desk.tick(timedelta(hours=1))
    desk.repair()
    desk.type("AT", "\x1b\r")
    assert desk.type("ATE0")[-1] == "OK"
    # every message is taken once somebody listens, one that was not acknowledged too
    desk.tick(timedelta(hours=1))
    desk.type("AT+CSMS=0;+CNMI=2,1;+CMGD=1,4")
    assert desk.smsc.waiting == 0
    assert desk.reachable


@pytest.mark.parametrize("kind", list(Kind))
def test_every_fault_ends_with_its_time(kind: Kind) -> None:
    desk = Desk()
    desk.fault(kind, during=MINUTE)
    desk.tick(MINUTE)
    desk.type("ATE0;+CSMS=0;+CNMI=2,1")
    assert desk.deliver(message()) == ['+CMTI: "SM",1']
