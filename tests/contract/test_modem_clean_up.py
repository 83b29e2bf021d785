"""A modem is left as it was found: on a pseudo-terminal, through pyserial, whatever ended the run."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hil.errors import PartBroke, PartMissing
from hil.modem.at.parser import Command
from hil.modem.conversation import Conversation
from hil.modem.link import AtLink
from hil.modem.serial import SerialLine
from hil.modem.sms import alphabet, pdu
from hil.modem.sms.address import Address
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver
from hil.trace.recorder import Recorder
from tests.at_program import serving
from tests.modem_bench import SENDER, ScriptedLine, World, driving

RIG = """
server: builtin
card: {{kind: modem, by: cgla}}
modem: {{kind: serial, port: "{port}"}}
device: simulated
"""

PASSES = "name: passes\nsteps: [device.power_on]\n"
FAILS = "name: fails\npatience: 1 s\nsteps: [device.power_on, expect.account: {server: nobody.example}]\n"
WAITS = "name: waits\nsteps: [device.power_on, wait: 5 min]\n"

FOUND = ("AT+CMEE=2", "AT+CMGF=1", "AT+CNMI=1,1,0,0,0", "AT+CREG=0", "AT+CSMS=0")
ASKED = ("AT+CMEE?", "AT+CMGF?", "AT+CNMI?", "AT+CREG?", "AT+CSMS?", "AT+CPMS?")


class Typing:
    """A person at the line, before the run and after it."""

    def __init__(self, path: str) -> None:
        self._line = SerialLine(path)
        self._talk = Conversation(AtLink(self._line, Recorder(World().clock.now), "modem"))
        self._talk.wake()

    def __enter__(self) -> Typing:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def ask(self, text: str) -> tuple[str, ...]:
        answer = self._talk.ask(Command(text))
        assert answer is not None
        assert answer.ok, (text, answer)
        return answer.lines

    def listen(self) -> None:
        self._talk.listen(0.3)


def interrupted(run: subprocess.Popen[str]) -> None:
    assert run.stdout is not None
    assert any("wait: 5 min" in line or "connection" in line for line in run.stdout)
    run.send_signal(signal.SIGINT)


def left_alone(run: subprocess.Popen[str]) -> None:
    """It ends by itself."""


@pytest.mark.parametrize(
    ("scenario", "code", "end"),
    [(PASSES, 0, left_alone), (FAILS, 1, left_alone), (WAITS, 130, interrupted)],
    ids=["passed", "failed", "interrupted"],
)
def test_settings_sessions_and_messages_are_as_before(
    scenario: str, code: int, end: Callable[[subprocess.Popen[str]], None], tmp_path: Path
) -> None:
    (tmp_path / "s.yaml").write_text(scenario)
    with serving("--link", tmp_path / "modem", "--card", "operator-sim") as program:
        (tmp_path / "rig.yaml").write_text(RIG.format(port=program.path))
        with Typing(program.path) as line:
            for command in FOUND:
                line.ask(command)
            before = [line.ask(question) for question in ASKED]
            (opened,) = line.ask('AT+CCHO="A0000000871002"')
            line.ask(f"AT+CCHC={opened.rpartition(' ')[2]}")
            program.feed("+44222 somebody else's")
            program.event("fed")
            line.listen()
            stored = line.ask("AT+CPMS?")
        words = [
            "run",
            str(tmp_path / "s.yaml"),
            "--rig",
            str(tmp_path / "rig.yaml"),
            "--out",
            str(tmp_path / "out"),
        ]
        with subprocess.Popen(
            [sys.executable, "-m", "hil", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        ) as run:
            end(run)
            assert run.stdout is not None
            said = run.stdout.read()
            assert run.wait() == code, said
        trace = (tmp_path / "out" / "trace.jsonl").read_text()
        # it was another modem meanwhile
        assert '"AT+CMGF=0"' in trace
        assert '"AT+CNMI=2,2' in trace
        assert '"AT+CCHO=' in trace
        with Typing(program.path) as line:
            assert [line.ask(question) for question in ASKED[:-1]] == before[:-1]
            assert line.ask(ASKED[-1]) == stored
            assert any("somebody else" in each for each in line.ask('AT+CMGL="ALL"'))
            # a session that was left open would have its number still
            assert line.ask('AT+CCHO="A0000000871002"') == (opened,)
        program.end()


def stored(data: bytes, header: bool) -> str:
    world = World()
    if header:
        (tpdu,) = world.tpdus(data)
    else:
        tpdu = Deliver(SENDER, TimeStamp.of(world.clock.now()), alphabet.encode(data.decode())).encode()
    return pdu.encode(tpdu, Address.of("+44"))


def test_what_was_announced_last_is_deleted_and_a_person_s_message_is_not() -> None:
    """The run ends before it could be fetched."""
    push, text = stored(b"push", header=True), stored(b"hello", header=False)
    line = ScriptedLine(
        {
            "AT+CMGR=3": f"+CMGR: 0,,{len(push) // 2 - 3}\n{push}",
            "AT+CMGR=4": f"+CMGR: 0,,{len(text) // 2 - 3}\n{text}",
            "AT+CPMS?": '+CPMS: "SM",2,20,"SM",2,20,"SM",2,20',
            "AT+CNMI?": "+CNMI: 0,0,0,0,0",
        }
    )
    with driving(line, restores=True) as (_, driver):
        begun = len(line.commands)
        line.say('+CMTI: "SM",3', '+CMTI: "SM",4')
        driver.clean_up()
        said = line.commands[begun:]
        assert "AT+CMGR=4" in said
        assert "AT+CMGD=4" not in said
        assert said.count("AT+CMGD=3") == 1
        assert said[-1].startswith("AT+C")


def test_a_modem_that_refuses_or_shows_nonsense_is_told_of_and_not_obeyed() -> None:
    line = ScriptedLine(
        {
            "AT+CMEE?": "+CMEE: 0;+CFUN=0",
            "AT+CNMI?": "+CNMI: 1,1,0,0,0",
            "AT+CNMI=1,1,0,0,0": "+CME ERROR: 3",
            "AT+CMGF?": "+CMGF: 1",
        }
    )
    with driving(line, restores=True) as (world, driver):
        line.answers["AT+CNMI?"] = "+CNMI: 2,2,0,0,0"
        line.answers["AT+CMGF?"] = "+CMGF: 0"
        driver.clean_up()
        assert line.commands[-1] == "AT+CMGF=1"
        assert not [each for each in line.commands if "CFUN" in each]
        (told,) = [each for each in world.texts("note") if "not cleaned up" in each]
        assert "+CNMI was 1,1,0,0,0" in told


class Remembering(ScriptedLine):
    def _answer(self, command: str) -> None:
        if command.startswith("AT+CMEE="):
            self.answers["AT+CMEE?"] = f"+CMEE: {command[-1]}"
        super()._answer(command)


def test_a_modem_that_cannot_be_set_up_is_put_back_too() -> None:
    line = Remembering({"AT+CMEE?": "+CMEE: 2", "AT+CPIN?": "+CPIN: SIM PUK"})
    with pytest.raises(PartMissing, match="SIM PUK"), driving(line, restores=True):
        pass
    assert [each for each in line.commands if each.startswith("AT+CMEE=")] == ["AT+CMEE=1", "AT+CMEE=2"]


def test_a_modem_that_has_gone_is_let_go() -> None:
    line = ScriptedLine()
    with driving(line, restores=True) as (_, driver):
        line.vanish()
        with pytest.raises(PartBroke, match="gone"):
            driver.clean_up()
        begun = len(line.commands)
        driver.clean_up()
        assert line.commands[begun:] == []
