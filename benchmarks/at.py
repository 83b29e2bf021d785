"""An AT round trip through the driver and the virtual modem, beside a bare pyserial loop on a pseudo-terminal.

    python benchmarks/at.py

The bare loop has nobody who thinks on either side: a thread that answers OK to every CR, and a program that writes
``AT`` and reads to the end of OK. Ours has the whole stack: the queue, time-outs, the trace's records, the
reader's thread and the scheduler's; and the modem that takes the line apart and looks its command up.

What it costs are hand-overs from thread to thread, three a trip beside the bare loop's two, and then pyserial's
own Python in `read`: so the modem's thread does not wake itself for what it says in its own turn, its selector is
told only what has changed, and lines are split by runs of bytes. Reading the port without pyserial saved little.
"""

from __future__ import annotations

import os
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import serial
from common.report import heading, note, row

from hil.clock import WallClock
from hil.modem.at.parser import Command
from hil.modem.driver import ModemDriver
from hil.modem.serial import SerialLine
from hil.modem.served import ServedModem
from hil.modem.virtual.profile import Profile
from hil.scheduler import Scheduler
from hil.trace.recorder import Recorder

ROUNDS = 40
TRIPS = 200
AIM = 3.0


@contextmanager
def bare() -> Iterator[Callable[[], None]]:
    master, slave = os.openpty()
    tty.setraw(slave)

    def answer() -> None:
        while True:
            try:
                data = os.read(master, 4096)
            except OSError:
                return
            if data.endswith(b"\r"):
                os.write(master, b"\r\nOK\r\n")

    threading.Thread(target=answer, daemon=True).start()
    port = serial.Serial(os.ttyname(slave), 115200, timeout=5)

    def trip() -> None:
        port.write(b"AT\r")
        port.read_until(b"OK\r\n")

    yield trip
    port.close()
    os.close(slave)
    os.close(master)


@contextmanager
def driver() -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    modem = ServedModem(Profile(), lambda: datetime.now(UTC), lambda when: None)
    modem.start()
    clock = WallClock()
    scheduler = Scheduler(clock)
    ours = ModemDriver(SerialLine(modem.path), scheduler, Recorder(clock.now))
    ours.start()
    command = Command("AT")
    forever = datetime.max.replace(tzinfo=UTC)

    def ask() -> None:
        assert ours.ask(command) is not None

    def queue() -> None:
        answered: list[object] = []
        ours.send(command, answered.append)
        scheduler.run_until(lambda: bool(answered), forever)

    yield ask, queue
    ours.stop()
    modem.close()


def microseconds(trip: Callable[[], None]) -> float:
    began = time.perf_counter()
    for _ in range(TRIPS):
        trip()
    return (time.perf_counter() - began) / TRIPS * 1e6


def main() -> None:
    heading("microseconds a round trip, ours / bare")
    with bare() as trip, driver() as (ask, queue):
        for each in (trip, ask, queue):
            microseconds(each)
        # side by side, in short rounds of which the best counts: what else the machine does meanwhile concerns all
        # of them, and a trip that waits for a processor measures the others' work
        measured = [[microseconds(each) for each in (trip, ask, queue)] for _ in range(ROUNDS)]
    theirs, asked, queued = (min(each) for each in zip(*measured, strict=True))
    row("an answer that is waited for (ModemDriver.ask)", asked, theirs, AIM)
    row("a command in the queue, run by the scheduler (ModemDriver.send)", queued, theirs, AIM)
    note(f"best of {ROUNDS} rounds of {TRIPS}")


if __name__ == "__main__":
    main()
