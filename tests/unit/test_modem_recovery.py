"""The driver when a modem restarts, comes back, is full, or takes acknowledgements in its own way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hil.errors import PartBroke, PartMissing
from hil.modem import fetch, reading
from hil.modem.at.parser import Command, Response
from hil.modem.datagram import Datagram
from hil.modem.driver import ModemDriver
from hil.modem.sender import Sender, Sent, text_message
from hil.modem.sms import pdu
from tests.modem_bench import ScriptedLine, World, driving

CNMI = "AT+CNMI=2,2,0,0,0"
MEMORY = '+CPMS: "SM",{used},20,"SM",{used},20,"SM",{used},20'


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "REOPEN_SECONDS", 0.01)


def cmt(tpdu: bytes) -> list[str]:
    return [f"+CMT: ,{len(tpdu)}", pdu.encode(tpdu)]


class Storing(ScriptedLine):
    """A modem with a memory: what is deleted cannot be read any more."""

    def __init__(self, messages: dict[int, bytes], **answers: str | None) -> None:
        super().__init__({"AT+CPMS?": MEMORY.format(used=len(messages)), **answers})
        self.messages = messages

    def _answer(self, command: str) -> None:
        if command in self.answers:
            super()._answer(command)
        elif command.startswith("AT+CMGL="):
            lines = [
                line
                for index, tpdu in self.messages.items()
                for line in (f"+CMGL: {index},0,,{len(tpdu)}", pdu.encode(tpdu))
            ]
            self.say(*lines, "OK")
        elif command.startswith("AT+CMGR="):
            tpdu = self.messages.get(int(command.removeprefix("AT+CMGR=")))
            self.say(*([f"+CMGR: 0,,{len(tpdu)}", pdu.encode(tpdu), "OK"] if tpdu else ["+CMS ERROR: 321"]))
        elif command.startswith("AT+CMGD="):
            self.messages.pop(int(command.removeprefix("AT+CMGD=")), None)
            self.say("OK")
        else:
            super()._answer(command)


def collect(driver: ModemDriver) -> list[Datagram]:
    got: list[Datagram] = []
    driver.inbox.on_datagram.append(got.append)
    return got


def reopening(lines: list[ScriptedLine], refusals: int = 2) -> Callable[[], ScriptedLine]:
    """Opens the second of ``lines``, after so many refusals."""
    left = iter([PartMissing("there is no serial port")] * refusals + lines[1:])

    def reopen() -> ScriptedLine:
        got = next(left)
        if isinstance(got, PartMissing):
            raise got
        return got

    return reopen


class TestRestart:
    @pytest.mark.parametrize("said", ["RDY", "^SYSSTART", "APP RDY", "*ATREADY: 1"])
    def test_indications_are_set_again(self, said: str) -> None:
        line = ScriptedLine()
        with driving(line) as (world, _):
            line.say(said)
            world.run()
            assert line.commands.count(CNMI) == 2

    def test_commands_wait_until_then(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, driver):
            answers: list[Response | None] = []
            line.say("RDY")
            driver.send(Command("AT+FIRST"), answers.append)
            world.run(lambda: CNMI in line.commands[-3:])
            driver.send(Command("AT+LATER"), answers.append)
            world.run()
            assert line.commands.index("AT+LATER") > line.commands[20:].index(CNMI) + 20
            assert all(answer and answer.ok for answer in answers)

    def test_the_command_that_was_open_is_given_up_soon(self) -> None:
        line = ScriptedLine({"AT+COPS=?": None})
        answers: list[Response | None] = []
        with driving(line) as (world, driver):
            began = world.clock.now()
            driver.send(Command("AT+COPS=?"), answers.append)
            line.say("RDY")
            world.run(lambda: line.commands.count(CNMI) == 2)
            assert answers == [None]
            assert (world.clock.now() - began).total_seconds() == 5
            assert driver.broken is None

    def test_one_that_takes_its_time(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, driver):
            line.answers["AT"] = None
            line.say("RDY")
            world.run(lambda: line.commands.count("AT") == 11)
            line.answers["AT"] = "OK"
            world.run(lambda: line.commands.count(CNMI) == 2)
            assert driver.broken is None

    def test_one_that_never_comes_back(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, driver):
            line.answers["AT"] = None
            line.say("RDY")
            with pytest.raises(PartBroke, match="nothing on scripted answers"):
                world.run(during=timedelta(minutes=5))
            assert driver.broken is not None

    def test_twice_in_a_row(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, driver):
            line.say("RDY", "RDY")
            world.run()
            assert line.commands[-1] == "AT+CEREG?"
            answers: list[Response | None] = []
            driver.send(Command("AT+X"), answers.append)
            world.run()
            assert len(answers) == 1

    def test_one_that_nobody_heard_of_shows_in_text_mode(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, _):
            line.say('+CMT: "+441234567890",,"26/01/01,00:00:00+00"', "Hello")
            world.run()
            assert line.commands.count(CNMI) == 2
            assert any("restarted unheard" in note for note in world.texts("note"))

    def test_what_came_meanwhile_is_fetched(self) -> None:
        line = Storing({})
        with driving(line) as (world, driver):
            got = collect(driver)
            line.messages.update({3: world.tpdus(b"three")[0], 7: world.tpdus(b"seven")[0]})
            line.say("RDY")
            world.run()
            assert [datagram.data for datagram in got] == [b"three", b"seven"]
            assert line.messages == {}
            assert "AT+CMGL=0" in line.commands

    def test_its_sim_is_not_seen_at_first(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, driver):
            line.answers["AT+CPIN?"] = "+CME ERROR: 10"
            line.say("RDY")
            world.run(lambda: line.commands.count("AT+CPIN?") == 5)
            line.answers["AT+CPIN?"] = "+CPIN: READY"
            world.run()
            assert line.commands.count(CNMI) == 2
            assert driver.broken is None

    def test_its_sim_is_gone(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, _):
            line.answers["AT+CPIN?"] = "+CME ERROR: 10"
            line.say("RDY")
            with pytest.raises(PartBroke, match="SIM not inserted"):
                world.run()

    def test_the_pin_that_was_right_is_entered_again(self) -> None:
        line = ScriptedLine({"AT+CPIN?": "+CPIN: SIM PIN"})
        write = line.write

        def unlock(data: bytes) -> None:
            if b'AT+CPIN="4711"' in data:
                line.answers["AT+CPIN?"] = "+CPIN: READY"
            write(data)

        line.write = unlock  # type: ignore[method-assign]
        with driving(line, pin="4711") as (world, _):
            line.answers["AT+CPIN?"] = "+CPIN: SIM PIN"
            line.say("RDY")
            world.run()
            assert line.commands.count('AT+CPIN="4711"') == 2
            assert line.commands.count(CNMI) == 2


class TestComingBack:
    @pytest.fixture
    def lines(self) -> list[ScriptedLine]:
        return [ScriptedLine(), ScriptedLine()]

    def test_it_is_set_up_again_and_goes_on(self, lines: list[ScriptedLine]) -> None:
        first, second = lines
        with driving(first, reopen=reopening(lines)) as (world, driver):
            got = collect(driver)
            first.vanish()
            world.wait(lambda: second.commands[-1:] == ["AT+CEREG?"])
            assert second.commands == first.commands[: len(second.commands)]
            assert CNMI in second.commands
            second.say(*cmt(world.tpdus(b"after")[0]))
            world.wait(lambda: bool(got))
            assert second.commands[-1] == "AT+CNMA=0"
            notes = world.texts("note")
            assert any("waiting for it to come back" in note for note in notes)
            assert any("the modem is back" in note for note in notes)
        assert second._closed

    def test_commands_before_and_meanwhile(self, lines: list[ScriptedLine]) -> None:
        first, second = lines
        first.answers["AT+OPEN"] = None
        answers: dict[str, Response | None] = {}
        with driving(first, reopen=reopening(lines)) as (world, driver):
            driver.send(Command("AT+OPEN"), lambda answer: answers.update(open=answer))
            driver.send(Command("AT+WAITS"), lambda answer: answers.update(waits=answer))
            first.vanish()
            world.wait(lambda: driver.away)
            driver.send(Command("AT+MEANWHILE"), lambda answer: answers.update(meanwhile=answer))
            with pytest.raises(PartBroke, match="is away"):
                driver.ask(Command("AT"))
            world.wait(lambda: len(answers) == 3)
            assert answers.pop("open") is None
            assert all(answer and answer.ok for answer in answers.values())
            assert second.commands[-2:] == ["AT+WAITS", "AT+MEANWHILE"]

    def test_what_is_to_be_sent_meanwhile_is_sent_afterwards(self, lines: list[ScriptedLine]) -> None:
        first, second = lines
        (part,) = text_message("+44123", "x")
        tpdu = part.encode()
        second.answers.update({f"AT+CMGS={len(tpdu)}": ">", pdu.encode(tpdu): "+CMGS: 5"})
        over: list[Sent] = []
        with driving(first, reopen=reopening(lines)) as (world, driver):
            first.vanish()
            world.wait(lambda: driver.away)
            Sender(driver).send([part], over.append)
            world.wait(lambda: bool(over))
            assert (over[0].references, over[0].trouble) == ([5], "")

    def test_a_line_that_cannot_be_written_to(self, lines: list[ScriptedLine]) -> None:
        first, second = lines
        first.unwritable = "AT+X"
        with driving(first, reopen=reopening(lines)) as (world, driver):
            driver.send(Command("AT+X"))
            world.wait(lambda: second.commands[-1:] == ["AT+CEREG?"])

    def test_a_modem_that_falls_silent_is_opened_again(self, lines: list[ScriptedLine]) -> None:
        first, second = lines
        first.answers.update({"AT+X": None, "AT+CMGF?": None})
        with driving(first, reopen=reopening(lines)) as (world, driver):
            driver.send(Command("AT+X"))
            world.run(lambda: first._closed)
            world.wait(lambda: second.commands[-1:] == ["AT+CEREG?"])

    def test_patience_has_an_end(self, lines: list[ScriptedLine]) -> None:
        with driving(lines[0], reopen=reopening(lines, 10_000), patience=0.05) as (world, driver):
            lines[0].vanish()
            with pytest.raises(PartBroke, match="it has not come back in 0 s"):
                world.wait(lambda: False)
            assert driver.broken is not None

    def test_a_message_that_was_read_and_not_deleted_comes_once(self, lines: list[ScriptedLine]) -> None:
        first, second = Storing({}), Storing({})
        with driving(first, reopen=reopening([first, second])) as (world, driver):
            got = collect(driver)
            messages = {1: world.tpdus(b"one")[0], 2: world.tpdus(b"two")[0]}
            first.messages.update(messages)
            second.messages.update(messages)
            first.answers["AT+CMGD=1"] = None
            first.say('+CMTI: "SM",1', '+CMTI: "SM",2')
            world.run(lambda: "AT+CMGD=1" in first.commands)
            first.vanish()
            world.wait(lambda: not second.messages)
            assert [datagram.data for datagram in got] == [b"one", b"two"]


class TestMemory:
    def test_one_that_is_full_at_first_is_emptied(self) -> None:
        world = World()
        line = Storing({index: world.tpdus(b"%d" % index)[0] for index in range(1, 21)})
        with driving(line) as (world, driver):
            got = collect(driver)
            world.run()
            assert [datagram.data for datagram in got] == [b"%d" % index for index in range(1, 21)]
            assert line.messages == {}
            assert any("memory SM is full" in note for note in world.texts("note"))

    def test_older_messages_stay_while_there_is_room(self) -> None:
        world = World()
        line = Storing({1: world.tpdus(b"old")[0]})
        with driving(line) as (world, driver):
            got = collect(driver)
            world.run()
            assert got == []
            assert list(line.messages) == [1]

    @pytest.mark.parametrize("said", ['^SMMEMFULL: "SM"', '+QIND: "SMSFULL","SM"'])
    def test_the_modem_says_so(self, said: str) -> None:
        line = Storing({})
        with driving(line) as (world, driver):
            got = collect(driver)
            line.messages[4] = world.tpdus(b"x")[0]
            line.say(said)
            world.run()
            assert [datagram.data for datagram in got] == [b"x"]

    @pytest.mark.parametrize("error", ["+CMS ERROR: 322", "+CME ERROR: 20", "+CMS ERROR: memory full"])
    def test_a_command_fails_for_it(self, error: str) -> None:
        line = Storing({})
        with driving(line) as (world, driver):
            got = collect(driver)
            line.messages[0] = world.tpdus(b"x")[0]
            line.answers["AT+X"] = error
            driver.send(Command("AT+X"))
            driver.send(Command("AT+X"))
            world.run()
            # index 0 is a place like any other
            assert [datagram.data for datagram in got] == [b"x"]
            assert line.messages == {}

    def test_one_announced_before_it_can_be_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        line = Storing({})
        with driving(line) as (world, driver):
            got = collect(driver)
            line.say('+CMTI: "SM",2')
            world.run(lambda: "AT+CMGR=2" in line.commands)
            world.scheduler.settle()
            line.messages[2] = world.tpdus(b"late")[0]
            began = world.clock.now()
            assert world.run(lambda: bool(got))
            assert (world.clock.now() - began).total_seconds() == fetch.SECOND_TRY

    def test_a_modem_that_wants_all_three_memories_named(self) -> None:
        line = Storing({1: b""}, **{'AT+CPMS="ME"': "ERROR", 'AT+CPMS="ME","ME"': "ERROR"})
        with driving(line) as (world, driver):
            got = collect(driver)
            line.messages[1] = world.tpdus(b"x")[0]
            line.say('+CMTI: "ME",1')
            world.run()
            assert [datagram.data for datagram in got] == [b"x"]


class TestAcknowledging:
    def test_another_form_is_tried_and_kept(self) -> None:
        line = ScriptedLine({"AT+CNMA=0": "ERROR"})
        with driving(line) as (world, _):
            for number in range(3):
                line.say(*cmt(world.tpdus(b"%d" % number)[0]))
                world.run()
            acknowledged = [command for command in line.commands if "CNMA" in command]
            assert acknowledged == ["AT+CNMA=0", "AT+CNMA", "AT+CNMA", "AT+CNMA"]
            assert line.commands.count(CNMI) == 1

    def test_a_modem_that_wants_none_is_left_alone(self) -> None:
        line = ScriptedLine({"AT+CNMA=0": "ERROR", "AT+CNMA": "ERROR"})
        with driving(line) as (world, driver):
            got = collect(driver)
            for number in range(5):
                line.say(*cmt(world.tpdus(b"%d" % number)[0]))
                world.run()
            assert len(got) == 5
            assert sum("CNMA" in command for command in line.commands) == 4
            assert any("wants no acknowledgement" in note for note in world.texts("note"))

    def test_one_that_has_given_up_waiting_is_told_to_deliver_directly_again(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, driver):
            line.say(*cmt(world.tpdus(b"1")[0]))
            world.run()
            line.answers["AT+CNMA=0"] = "+CMS ERROR: 340"
            for number in range(4):
                line.say(*cmt(world.tpdus(b"%d" % number)[0]))
                world.run()
            # it has taken one before: so it is owed them
            assert line.commands.count("AT+CNMA=0") == 5
            assert line.commands.count(CNMI) == 5
            assert driver.ready.acknowledge


class TestLooking:
    """Some makes restart without a word: so the modem is asked now and then."""

    MINUTE = timedelta(minutes=1)

    def test_one_that_has_forgotten_is_set_up_again(self) -> None:
        line = Storing({}, **{"AT+CNMI?": "+CNMI: 2,2,0,0,0"})
        with driving(line, look_every=self.MINUTE) as (world, driver):
            got = collect(driver)
            world.run(during=timedelta(minutes=10))
            assert line.commands.count("AT+CNMI?") in (9, 10)
            assert line.commands.count(CNMI) == 1
            line.messages[3] = world.tpdus(b"meanwhile")[0]
            line.answers["AT+CNMI?"] = "+CNMI: 0,0,0,0,0"
            world.run(lambda: line.commands.count(CNMI) == 2)
            line.answers["AT+CNMI?"] = "+CNMI: 2,2,0,0,0"
            world.run(during=timedelta(minutes=5))
            assert line.commands.count(CNMI) == 2
            assert [datagram.data for datagram in got] == [b"meanwhile"]

    @pytest.mark.parametrize(("shown", "times"), [("+CNMI: 3,1,0,0,0", 4), ("ERROR", 1), ("+CNMI: 2,2", 1)])
    def test_a_modem_that_never_shows_it_is_left_alone(self, shown: str, times: int) -> None:
        line = ScriptedLine({"AT+CNMI?": shown})
        with driving(line, look_every=self.MINUTE) as (world, _):
            world.run(during=timedelta(hours=1))
            assert line.commands.count(CNMI) == times

    def test_nobody_asks_unasked(self) -> None:
        line = ScriptedLine()
        with driving(line) as (world, _):
            world.run(during=timedelta(days=2))
            assert "AT+CNMI?" not in line.commands


def test_a_modem_whose_sim_is_busy_after_a_start_is_asked_again() -> None:
    line = ScriptedLine()
    with driving(line) as (world, driver):
        line.answers["AT+CSMS=1"] = "+CMS ERROR: 314"
        line.say("RDY")
        asked = line.commands.count("AT+CSMS=1")
        world.run(lambda: line.commands.count("AT+CSMS=1") == asked + 4)
        line.answers["AT+CSMS=1"] = "OK"
        world.run()
        assert driver.ready.acknowledge
        assert line.commands.count(CNMI) == 2
