"""What tests of the modem need: a bench around a part, and a modem that says what a test tells it to say."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import cast

from hil.account import Account
from hil.bench import Bench
from hil.clock import JumpingClock
from hil.errors import PartBroke
from hil.modem.driver import ModemDriver
from hil.modem.line import Line
from hil.modem.part import ModemPart
from hil.modem.sms.address import Address
from hil.modem.sms.segment import split
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver
from hil.modem.sms.udh import Ports
from hil.part import PartSettings
from hil.scheduler import Scheduler
from hil.trace.record import Record
from hil.trace.recorder import Recorder

MINUTE = timedelta(minutes=1)
PUSH = Ports(2948, 9200)
SENDER = Address.of("+441234567890")


class World:
    """A scheduler on a jumping clock, with every record kept."""

    def __init__(self) -> None:
        self.clock = JumpingClock()
        self.scheduler = Scheduler(self.clock)
        self.recorder = Recorder(self.clock.now)
        self.records: list[Record] = []
        self.recorder.subscribe(self.records.append)

    def bench(self) -> Bench:
        unused = cast("Account", None)
        return Bench(self.scheduler, self.recorder, 1, unused, "", Path())

    def wait(self, condition: Callable[[], bool]) -> None:
        """Let things happen, in real time, that no part knows to be on their way."""
        self.scheduler.watch(lambda: "test")
        try:
            assert self.run(condition)
        finally:
            self.scheduler.watch(lambda: None)

    def run(self, condition: Callable[[], bool] = lambda: False, during: timedelta = MINUTE) -> bool:
        return self.scheduler.run_until(condition, self.clock.now() + during)

    def texts(self, kind: str, way: str = "") -> list[str]:
        return [record.text for record in self.records if record.kind == kind and record.way == way]

    def tpdus(self, data: bytes, reference: int = 1, ports: Ports | None = PUSH) -> list[bytes]:
        stamp = TimeStamp.of(self.clock.now())
        pieces = split(data, ports, reference=reference)
        return [Deliver(SENDER, stamp, payload, header).encode() for header, payload in pieces]


@contextmanager
def started(kind: type[ModemPart], settings: PartSettings | None = None) -> Iterator[tuple[World, ModemPart]]:
    """A part of that kind, started, on a bench whose time passes only while it is quiet."""
    world = World()
    part = kind(settings or kind.Settings(), world.bench())
    world.scheduler.watch(lambda: None if part.quiet() else "modem")
    try:
        part.start()
        yield world, part
    finally:
        part.stop()


Answer = Callable[[str], str | None]

OBEDIENT = {
    "AT+CPIN?": "+CPIN: READY",
    "AT+CSMS=1": "+CSMS: 1,1,1",
    "AT+CREG?": "+CREG: 0,1",
    "AT+CMGF?": "+CMGF: 0",
    "AT+CGSN": "490154203237518",
}


class ScriptedLine:
    """A modem that follows a script: for what the virtual one is too well-behaved to do.

    ``answers`` maps a command to the lines before its final result, or to a text with a final result; None is
    silence. What is not in it gets OK.
    """

    def __init__(self, answers: dict[str, str | None] | None = None, chunk: int = 4096) -> None:
        self.name = "scripted"
        self.answers: dict[str, str | None] = {**OBEDIENT, **(answers or {})}
        self.chunk = chunk
        self.commands: list[str] = []
        self.produced = 0
        self.unwritable = ""
        self._written = ""
        self._out: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        self._closed = False

    def say(self, *lines: str) -> None:
        self.send("".join(f"\r\n{line}\r\n" for line in lines).encode())

    def send(self, data: bytes) -> None:
        self.produced += len(data)
        for start in range(0, len(data), self.chunk):
            self._out.put(data[start : start + self.chunk])

    def vanish(self, error: Exception | None = None) -> None:
        self._out.put(error or PartBroke("the line scripted has gone: unplugged"))

    def read(self, timeout: float) -> bytes:
        try:
            said = self._out.get(timeout=timeout)
        except queue.Empty:
            return b""
        if isinstance(said, Exception):
            self._out.put(said)
            raise said
        return said

    def write(self, data: bytes) -> None:
        self._written += data.decode()
        while (end := min((at for at in map(self._written.find, "\r\x1a") if at >= 0), default=-1)) >= 0:
            command, self._written = self._written[:end].lstrip("\x1b"), self._written[end + 1 :]
            if self.unwritable and command.startswith(self.unwritable):
                raise PartBroke("the line scripted has gone: unplugged")
            self.commands.append(command)
            self._answer(command)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.vanish()

    def _answer(self, command: str) -> None:
        said = self.answers.get(command, "OK")
        if said is None:
            return
        lines = said.split("\n")
        if lines[-1] not in ("OK", ">") and "ERROR" not in lines[-1]:
            lines.append("OK")
        if lines[-1] == ">":
            self.send(b"\r\n> ")
        else:
            self.say(*lines)


@contextmanager
def driving(
    line: ScriptedLine,
    pin: str | None = None,
    reopen: Callable[[], Line] | None = None,
    patience: float = 60.0,
    reports: bool = False,
    look_every: timedelta = timedelta(0),
    restores: bool = False,
) -> Iterator[tuple[World, ModemDriver]]:
    """A driver on a scripted line, started."""
    world = World()
    driver = ModemDriver(
        line,
        world.scheduler,
        world.recorder,
        pin=pin,
        reopen=reopen,
        patience=patience,
        reports=reports,
        look_every=look_every,
        restores=restores,
    )
    world.scheduler.watch(lambda: None if driver.broken or line.produced == driver.link.received else "modem")
    try:
        driver.start()
        yield world, driver
    finally:
        driver.stop()
