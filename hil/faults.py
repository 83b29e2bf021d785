"""What goes wrong on the way between two ends: one vocabulary for every seam.

A seam (an APDU exchange, an AT line, a push, an HTTP exchange) asks its `Faults` once for each thing that crosses
it. Faults are counted, may wait for a condition, and what they damage follows from the run's seed: the same run
goes wrong in the same way each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from threading import Lock
from typing import NoReturn, TypeVar

Hold = Callable[[timedelta], None]
"""Lets time pass on the spot."""

Answer = TypeVar("Answer")


class What(StrEnum):
    """What becomes of it."""

    DROP = "drop"
    """It never arrives."""
    DELAY = "delay"
    """It arrives late."""
    TRUNCATE = "truncate"
    """Only its beginning arrives."""
    CORRUPT = "corrupt"
    """One octet of it is another one."""
    DUPLICATE = "duplicate"
    """It arrives twice."""
    RESET = "reset"
    """What it travels on is reset: the connection, the line, the card."""


class Way(StrEnum):
    """Which half of an exchange."""

    REQUEST = "request"
    """What the side that asks says: a C-APDU, an AT command, an HTTP request, a push."""
    ANSWER = "answer"
    """What the other side says to that."""


@dataclass(frozen=True, slots=True)
class Fault:
    what: What
    way: Way = Way.ANSWER
    after: int = 0
    """So many that fit go through before."""
    times: int = 1
    containing: bytes = b""
    """It fits only what has these octets in it."""
    beginning: bytes = b""
    """It fits only what begins with these."""
    by: timedelta = timedelta(seconds=1)
    """How long a delay is."""
    keep: int | None = None
    """How many octets are left of what is truncated; None: any number, by the seed."""

    def fits(self, octets: bytes) -> bool:
        return self.containing in octets and octets.startswith(self.beginning)


class Faults:
    """Those of one seam, in the order in which they were asked for. Any thread may ask."""

    def __init__(
        self, random: Callable[[int], bytes], told: Callable[[str], object], *, answered: bool = True
    ) -> None:
        """``random`` gives so many octets; ``told`` hears what goes wrong. What is not ``answered``, as a push is
        not, goes wrong as a whole."""
        self._random = random
        self._told = told
        self._answered = answered
        self._faults: list[Fault] = []
        self._lock = Lock()
        self.used = False
        """Whether any was ever asked for."""

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)
            self.used = True

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._faults.clear()

    def next(self, octets: bytes, *ways: Way) -> Fault | None:
        """The fault that befalls the next exchange whose request is ``octets``, or the next thing on one way; each
        call counts. The first that is due is it; those behind it wait for their turn."""
        ways = ways or (Way.REQUEST, Way.ANSWER)
        with self._lock:
            due: Fault | None = None
            left: list[Fault] = []
            for fault in self._faults:
                if due is not None or fault.way not in ways or not fault.fits(octets):
                    left.append(fault)
                elif fault.after:
                    left.append(replace(fault, after=fault.after - 1))
                else:
                    due = fault
                    left += [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
            self._faults = left
        if due is not None:
            of = f" of the {due.way}" if self._answered else ""
            self._told(f"{due.what}{of}, as it was asked for")
        return due

    def damaged(self, fault: Fault, octets: bytes) -> bytes:
        """``octets`` after they were truncated or corrupted."""
        if not octets:
            return octets
        draw = int.from_bytes(self._random(4))
        if fault.what is What.TRUNCATE:
            return octets[: draw % len(octets) if fault.keep is None else fault.keep]
        at, other = draw % len(octets), 1 + draw // len(octets) % 255
        return octets[:at] + bytes([octets[at] ^ other]) + octets[at + 1 :]

    def befall(
        self,
        fault: Fault,
        request: bytes,
        send: Callable[[bytes], Answer],
        *,
        hold: Hold,
        broken: Callable[[], NoReturn],
        spoilt: Callable[[Answer], Answer],
    ) -> Answer:
        """What comes of an exchange that ``fault`` befalls, at a seam where each request has its answer.

        ``send`` has the other side answer; ``broken`` raises what is seen of an exchange that comes to nothing;
        ``spoilt`` is an answer with its octets `damaged`.
        """
        asked = fault.way is Way.REQUEST
        match fault.what:
            case What.DROP | What.RESET:
                if not asked:
                    send(request)
                broken()
            case What.DELAY:
                if asked:
                    hold(fault.by)
                answer = send(request)
                if not asked:
                    hold(fault.by)
                return answer
            case What.DUPLICATE:
                send(request)
                return send(request)
        return send(self.damaged(fault, request)) if asked else spoilt(send(request))


DAMAGE = (What.TRUNCATE, What.CORRUPT)
