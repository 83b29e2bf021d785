"""Faults on the line between the bench and a modem, whatever line it is: a wrapper at the seam."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Lock

from hil.faults import DAMAGE, Fault, Faults, Hold, Way, What
from hil.modem.at.lines import LineSplitter
from hil.modem.line import Line

LOOK_SECONDS = 0.01
"""How often a reader looks whether what was put off is due."""

Later = Callable[[timedelta, Callable[[], None]], None]
"""Does something in the scheduler's thread when so much time has passed. Any thread may call it."""


@dataclass(slots=True)
class Astray:
    """Octets that one end has said and the other will not hear, or not yet; fewer than none when it hears more."""

    to_modem: int = 0
    from_modem: int = 0
    awaited: bool = False
    """An action waits on the spot for what the modem says: nothing else happens meanwhile, and no time passes."""


@dataclass(slots=True, eq=False)
class _Late:
    """A line that was put off, and what came behind it."""

    octets: bytes
    by: timedelta
    due: bool = False


class FaultyLine:
    """A line on which things go wrong: each write is one command, each line that is read one answer.

    What follows a line that is late waits behind it: octets do not overtake each other here.
    """

    def __init__(self, line: Line, faults: Faults, hold: Hold, later: Later, astray: Astray) -> None:
        self.name = line.name
        self._line = line
        self._faults = faults
        self._hold = hold
        self._later = later
        self._astray = astray
        self._splitter = LineSplitter()
        self._late: deque[_Late] = deque()
        self._due = b""
        self._lock = Lock()

    def write(self, data: bytes) -> None:
        fault = self._faults.next(data, Way.REQUEST)
        carried = data if fault is None else self._carried(fault, data)
        self._astray.to_modem += len(data) - len(carried)
        if carried:
            self._line.write(carried)

    def read(self, timeout: float) -> bytes:
        self._pass_the_time()
        with self._lock:
            said, self._due = self._due, b""
            waits = bool(self._late)
        if said:
            return said
        data = self._line.read(min(timeout, LOOK_SECONDS) if waits else timeout)
        if not self._faults.used:
            return data
        for line in self._splitter.feed(data):
            fault = self._faults.next(line.raw, Way.ANSWER)
            if fault is not None and fault.what is What.DELAY and not self._astray.awaited:
                self._put_off(line.raw, fault.by)
            else:
                said += self._in_turn(line.raw if fault is None else self._carried(fault, line.raw))
        with self._lock:
            due, self._due = self._due, b""
            self._astray.from_modem += len(data) - len(said)
        return due + said

    def close(self) -> None:
        with self._lock:
            self._late.clear()
            self._due = b""
        self._line.close()

    def _put_off(self, octets: bytes, by: timedelta) -> None:
        late = _Late(octets, by)
        with self._lock:
            self._late.append(late)
        # Before the octets are missed: until then no time passes.
        self._later(by, partial(self._release, late))

    def _pass_the_time(self) -> None:
        """Of what is late, while somebody waits on the spot for what comes behind it: else none would pass."""
        with self._lock:
            awaited = list(self._late) if self._astray.awaited else []
        for late in awaited:
            self._hold(late.by)
            self._release(late)

    def _in_turn(self, octets: bytes) -> bytes:
        """What is heard of these now."""
        with self._lock:
            if not self._late:
                return octets
            self._late[-1].octets += octets
            return b""

    def _release(self, late: _Late) -> None:
        """It is heard, once all before it has been."""
        with self._lock:
            late.due = True
            while self._late and self._late[0].due:
                octets = self._late.popleft().octets
                self._astray.from_modem -= len(octets)
                self._due += octets

    def _carried(self, fault: Fault, data: bytes) -> bytes:
        match fault.what:
            case What.DROP:
                return b""
            case What.DELAY:
                self._hold(fault.by)
            case What.DUPLICATE:
                return data + data
            case What.RESET:
                self._line.close()
        return self._faults.damaged(fault, data) if fault.what in DAMAGE else data
