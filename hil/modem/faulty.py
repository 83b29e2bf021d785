"""Faults on the line between the bench and a modem, whatever line it is: a wrapper at the seam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from hil.faults import DAMAGE, Fault, Faults, Way, What
from hil.modem.at.lines import LineSplitter
from hil.modem.line import Line


@dataclass(slots=True)
class Astray:
    """Octets that one end has said and the other will never hear; fewer than none when it hears more."""

    to_modem: int = 0
    from_modem: int = 0


class FaultyLine:
    """A line on which things go wrong: each write is one command, each line that is read one answer."""

    def __init__(self, line: Line, faults: Faults, hold: Callable[[timedelta], None], astray: Astray) -> None:
        self.name = line.name
        self._line = line
        self._faults = faults
        self._hold = hold
        self._astray = astray
        self._splitter = LineSplitter()

    def write(self, data: bytes) -> None:
        fault = self._faults.next(data, Way.REQUEST)
        if fault is not None and fault.what is What.DELAY:
            self._hold(fault.by)
        carried = data if fault is None else self._carried(fault, data)
        self._astray.to_modem += len(data) - len(carried)
        if carried:
            self._line.write(carried)

    def read(self, timeout: float) -> bytes:
        data = self._line.read(timeout)
        if not self._faults.used:
            return data
        said = b""
        for line in self._splitter.feed(data):
            fault = self._faults.next(line.raw, Way.ANSWER)
            said += line.raw if fault is None else self._carried(fault, line.raw)
        self._astray.from_modem += len(data) - len(said)
        return said

    def close(self) -> None:
        self._line.close()

    def _carried(self, fault: Fault, data: bytes) -> bytes:
        match fault.what:
            case What.DROP:
                return b""
            case What.DUPLICATE:
                return data + data
            case What.RESET:
                self._line.close()
        return self._faults.damaged(fault, data) if fault.what in DAMAGE else data
