"""A thousand messages, with unsolicited results at every legal place between the lines of every answer: each is
handed up once and acknowledged, or deleted, once.

Legal is between any two lines, also before the first of an answer and before a prompt, but not within a result of
two lines, and not between a prompt and the end of what is typed at it (TS 27.005 §3.4, §4.3; V.250 §5.7).
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.modem.at.parser import Command, Response
from hil.modem.datagram import Datagram
from hil.modem.sms import pdu
from hil.modem.sms.tpdu import Submit
from tests.modem_bench import SENDER, ScriptedLine, World, driving

FRAMES = ["\r\n{}\r\n", "\r\n\r\n{}\r\n\r\n", "{}\r\n", "\r{}\r", "\n{}\n", "\r\r\n{}\r\r\n"]
"""The line ends that modems use."""
CHATTER = ["RING", "^RSSI: 17", '+CREG: 1,"00A1","0B2C"', "+CIEV: 2,4", '+QIND: "csq",20']
LISTING = ("AT+COPS=?", ['+COPS: (2,"a","b","00101",7)', "some line", "another"])
UP = Submit(SENDER, b"up").encode()


class Crowded(ScriptedLine):
    """A modem to which messages come all the time."""

    def __init__(self, seed: int, chunk: int, frame: str, tpdus: list[bytes], *, echo: bool) -> None:
        super().__init__(
            {"AT+CPMS?": '+CPMS: "SM",0,9,"SM",0,9,"SM",0,9', LISTING[0]: "\n".join(LISTING[1])}, chunk=chunk
        )
        self.random = random.Random(seed)
        self.frame = frame
        self.echo = echo
        self.waiting = list(reversed(tpdus))
        self.stored: dict[int, bytes] = {}
        self.announced: list[int] = []
        self.unacknowledged = False
        self.places: Counter[tuple[str, int, str]] = Counter()
        """How often something came by itself: in which answer, before which of its lines, and what."""
        self.ready = False

    def come(self, command: str, place: int) -> str:
        """What comes by itself just now; often nothing."""
        if not self.ready or self.random.random() < 0.72:
            return ""
        kind = self.random.choice(["direct", "stored", "chatter"])
        if kind == "chatter":
            lines = [self.random.choice(CHATTER)]
        elif not self.waiting or (kind == "direct" and self.unacknowledged):
            return ""
        elif kind == "direct":
            tpdu = self.waiting.pop()
            self.unacknowledged = True
            lines = [f"+CMT: ,{len(tpdu)}", pdu.encode(tpdu)]
        else:
            free = next((index for index in range(9) if index not in self.stored), None)
            if free is None:
                return ""
            self.stored[free] = self.waiting.pop()
            lines = [f'+CMTI: "SM",{free}']
        self.places[command.split("=")[0], place, kind] += 1
        return "".join(map(self.frame.format, lines))

    def _answer(self, command: str) -> None:
        echo = f"{command}\r" if self.echo else ""
        self.send((echo + self._crowded(command, self._lines(command))).encode())

    def _crowded(self, command: str, lines: list[str]) -> str:
        said = ""
        for place, line in enumerate(lines):
            said += self.come(command, place)
            said += "\r\n> " if line == ">" else self.frame.format(line)
        return said if lines[-1] == ">" else said + self.come(command, len(lines))

    def _lines(self, command: str) -> list[str]:
        if command == "AT+CNMA=0":
            if not self.unacknowledged:
                return ["+CMS ERROR: 340"]
            self.unacknowledged = False
        elif command.startswith("AT+CMGR="):
            tpdu = self.stored[int(command[8:])]
            return [f"+CMGR: 0,,{len(tpdu)}", pdu.encode(tpdu), "OK"]
        elif command.startswith("AT+CMGD="):
            del self.stored[int(command[8:])]
        elif command.startswith("AT+CMGS="):
            return [">"]
        elif command == pdu.encode(UP):
            return ["+CMGS: 9", "OK"]
        return [*filter(None, self.answers.get(command, "").split("\n")), "OK"]  # type: ignore[union-attr]


def play(seed: int, chunk: int, frame: str, count: int, *, echo: bool = False) -> Crowded:
    """Deliver ``count`` messages and look at what became of each of them."""
    tpdus = [World().tpdus(b"%d" % number)[0] for number in range(count)]
    line = Crowded(seed, chunk, frame, tpdus, echo=echo)
    got: list[Datagram] = []
    answers: list[Response | None] = []
    asked = 0
    with driving(line) as (world, driver):
        driver.inbox.on_datagram.append(got.append)
        line.ready = True
        while line.waiting:
            driver.send(Command(LISTING[0]), answers.append)
            driver.submit(UP, answers.append)
            line.send(line.come("", 0).encode())
            asked += 2
            world.scheduler.settle()
        line.ready = False
        world.run()
        assert Counter(datagram.data for datagram in got) == Counter(b"%d" % number for number in range(count))
        direct = sum(times for (_, _, kind), times in line.places.items() if kind == "direct")
        assert line.commands.count("AT+CNMA=0") == direct
        assert not line.unacknowledged
        assert not line.stored
        assert len(answers) == asked
        assert all(answer and answer.ok for answer in answers)
        for answer in answers:
            assert answer is not None
            expected = LISTING[1] if answer.command.text == LISTING[0] else ["+CMGS: 9"]
            assert list(answer.lines) == expected
        refused = [note for note in world.texts("note") if "refused" in note or "cannot" in note]
        assert refused == []
    return line


@pytest.mark.parametrize("chunk", [1, 4096], ids=["byte by byte", "merged"])
def test_five_hundred_messages_at_every_legal_place(chunk: int) -> None:
    line = play(1, chunk, FRAMES[0], 500, echo=True)
    answers = {"AT+CMGR": 4, "AT+CMGD": 2, "AT+CNMA": 2, "AT+CMGS": 1, "AT+COPS": 5, pdu.encode(UP): 3}
    for command, places in answers.items():
        for place in range(places):
            for kind in ("direct", "stored", "chatter"):
                assert line.places[command, place, kind], (command, place, kind)


@given(
    seed=st.integers(0, 1 << 32),
    chunk=st.one_of(st.just(1), st.integers(2, 60), st.just(4096)),
    frame=st.sampled_from(FRAMES),
    echo=st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_forty_messages_however_the_lines_end_and_are_cut(seed: int, chunk: int, frame: str, echo: bool) -> None:
    play(seed, chunk, frame, 40, echo=echo)
