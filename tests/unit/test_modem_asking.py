"""Waiting for a modem's answer within an action: what a card behind a modem needs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from hil.errors import PartBroke
from hil.limits import Limits, TimedOut
from hil.modem.at.parser import Command, Response
from hil.modem.datagram import Datagram
from hil.modem.sms import pdu
from tests.modem_bench import ScriptedLine, driving


def answered(response: Response | None) -> list[str] | None:
    return None if response is None else list(response.lines)


def test_the_answer_is_there_when_ask_returns() -> None:
    with driving(ScriptedLine({"AT+CSIM=10": "+CSIM: 4,9000", "AT+X": "ERROR"})) as (world, driver):
        assert answered(driver.ask(Command("AT+CSIM=10"))) == ["+CSIM: 4,9000"]
        refused = driver.ask(Command("AT+X"))
        assert refused is not None
        assert not refused.ok
        # Within an action, as when a device is switched on; afterwards the line goes on as ever.
        seen: list[list[str] | None] = []
        world.scheduler.post(lambda: seen.append(answered(driver.ask(Command("AT+CSIM=10")))))
        driver.send(Command("AT+CSQ"), lambda response: seen.append(answered(response)))
        assert world.run(lambda: len(seen) == 2)
        assert [] in seen
        assert ["+CSIM: 4,9000"] in seen


def test_a_command_that_is_open_is_answered_first() -> None:
    line = ScriptedLine({"AT+SLOW": None})
    with driving(line) as (_, driver):
        order: list[str] = []
        driver.send(Command("AT+SLOW"), lambda response: order.append("slow"))
        line.say("+SLOW: 1", "OK")
        assert driver.ask(Command("AT+CSQ")) is not None
        assert order == ["slow"]


def test_a_message_that_comes_meanwhile_is_kept_for_its_turn() -> None:
    line = ScriptedLine({"AT+CSIM=10": None})
    with driving(line) as (world, driver):
        datagrams: list[Datagram] = []
        driver.inbox.on_datagram = [datagrams.append]
        (tpdu,) = world.tpdus(b"hello")
        line.say(f"+CMT: ,{len(tpdu)}", pdu.encode(tpdu), "+CSIM: 4,9000", "OK")
        assert driver.ask(Command("AT+CSIM=10")) is not None
        assert datagrams == []
        assert world.run(lambda: bool(datagrams))
        assert "AT+CNMA=0" in line.commands


def test_silence_is_no_answer_and_the_next_command_has_its_own() -> None:
    line = ScriptedLine({"AT+CSIM=10": None})
    with driving(line) as (_, driver):
        assert driver.ask(Command("AT+CSIM=10", timeout=0.02)) is None
        line.answers["AT+CSIM=12"] = "+CSIM: 4,9000"
        assert answered(driver.ask(Command("AT+CSIM=12"))) == ["+CSIM: 4,9000"]
        assert line.commands[-2:] == ["AT+CMGF?", "AT+CSIM=12"]


def test_a_limit_ends_waiting_and_leaves_nothing_of_the_command() -> None:
    line = ScriptedLine({"AT+CSIM=10": None, "AT+COPS=?": None})
    with driving(line) as (world, driver):
        limits = world.scheduler.limits = Limits()
        for open_before in (None, "AT+COPS=?"):
            if open_before:
                driver.send(Command(open_before))
            said = f"the modem has not answered to {re.escape(open_before or 'AT+CSIM=10')}$"
            with (
                limits.limited("this step", timedelta(seconds=0.1)),
                pytest.raises(TimedOut, match=said),
            ):
                driver.ask(Command("AT+CSIM=10", timeout=300))
            if open_before:
                line.say("OK")
            assert driver.ask(Command("AT")) is not None
        assert [text for text in world.texts("note") if "did not answer" in text] == [
            "the modem did not answer to AT+CSIM=10 before a time-out of the scenario"
        ]
        # What was open when time ran out is made certain of; what stood behind another command was never sent.
        assert line.commands.count("AT+CSIM=10") == 1
        assert line.commands[-4:] == ["AT+CMGF?", "AT", "AT+COPS=?", "AT"]
        with limits.limited("this step", timedelta(0)), pytest.raises(TimedOut):
            driver.ask(Command("AT+CSQ"))
        assert line.commands[-1] == "AT"


def test_a_line_that_vanishes_while_somebody_waits() -> None:
    line = ScriptedLine({"AT+CSIM=10": None})
    with driving(line) as (_, driver):
        line.vanish()
        with pytest.raises(PartBroke, match="unplugged"):
            driver.ask(Command("AT+CSIM=10"))
        with pytest.raises(PartBroke, match="unplugged"):
            driver.ask(Command("AT"))
