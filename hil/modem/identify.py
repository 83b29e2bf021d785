"""Finding one modem among several ports by its IMEI, which stays the same wherever it is plugged in."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

from hil.errors import PartError, PartInUse, PartMissing
from hil.locks import Locks
from hil.modem.at.parser import Command
from hil.modem.conversation import Conversation, Dialogue
from hil.modem.link import AtLink
from hil.modem.ports import among, ports
from hil.modem.serial import SerialLine
from hil.trace.recorder import Recorder
from hil.trace.structure import last_digits

ATTEMPTS, SECONDS = 3, 0.6
"""At waking what may be no modem at all."""

_IMEI = re.compile(r"(?<!\d)\d{14,16}(?!\d)")
COUNTS = 14
"""Digits that tell modems apart: a check digit or a software version may follow (TS 23.003 §6.2)."""


def thing(port: str) -> str:
    """What a lock calls a port: links to a device file are the same port."""
    return f"port {port if '://' in port else os.path.realpath(port)}"


def candidates(name: str | None) -> list[str]:
    """The ports that ``name`` may mean; every port of this machine for None. Raises `PartMissing` for none."""
    known = ports()
    if name is not None:
        return among(name, known)
    if not known:
        raise PartMissing("there is no serial port at all", hint="is the modem connected?")
    return [port.device for port in known]


def claim(imei: str, names: list[str], speed: int, locks: Locks) -> str:
    """The port of the modem with that IMEI, and its lock. Each port is asked under its lock, and no other kept.

    Raises `PartInUse` when it may be on a port that somebody has, `PartMissing` when it is on none.
    """
    busy: PartInUse | None = None
    seen = []
    for port in names:
        try:
            locks.take(thing(port))
        except PartInUse as error:
            busy = busy or error
            continue
        found = ""
        try:
            found = imei_at(port, speed)
        except PartInUse as error:
            busy = busy or error
        except PartError as error:
            seen.append(f"{port}: {error}")
        finally:
            if not same(found, imei):
                locks.drop(thing(port))
        if same(found, imei):
            return port
        if found:
            seen.append(f"{port}: another modem ({last_digits(found)})")
    if busy is not None:
        raise busy
    there = "; ".join(seen) or ", ".join(names)
    raise PartMissing(
        f"no port has the modem with IMEI {last_digits(imei)}",
        hint=f"is it plugged in, and on? ({there})",
    )


def find(imei: str, names: list[str], speed: int) -> str:
    """The port of that modem, for a run that has its lock already. Raises `PartMissing`."""
    for port in names:
        try:
            if same(imei_at(port, speed), imei):
                return port
        except PartError:
            continue
    raise PartMissing(f"no port has the modem with IMEI {last_digits(imei)}", hint="is it plugged in, and on?")


def imei_at(port: str, speed: int) -> str:
    """Empty when nothing there tells one. Raises `PartError` when the port cannot be used."""
    line = SerialLine(port, speed)
    try:
        return Conversation(AtLink(line, Recorder(lambda: datetime.now(UTC)), "modem")).run(_dialogue())
    finally:
        line.close()


def same(one: str, other: str) -> bool:
    return bool(one) and one[:COUNTS] == other[:COUNTS]


def _dialogue() -> Dialogue[str]:
    for attempt in range(ATTEMPTS):
        answer = yield Command("AT", timeout=SECONDS, escape=attempt > 0)
        if answer is not None and answer.ok:
            break
    else:
        return ""
    answer = yield Command("AT+CGSN")
    digits = _IMEI.search(answer.text()) if answer is not None and answer.ok else None
    return digits[0] if digits else ""
