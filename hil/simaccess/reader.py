"""What the three ways to a SIM in a modem have in common as readers."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod

from hil.card.command import CommandApdu, parse
from hil.errors import CannotDo, CardGone, PartError
from hil.limits import TimedOut
from hil.simaccess.asking import Refused, SimPort, Source


class ModemReader(ABC):
    """A `hil.card.reader.Reader`. The ATR is empty: a modem keeps it to itself."""

    def __init__(self, name: str, source: Source) -> None:
        self.name = name
        self._source = source
        self._port: SimPort | None = None

    def connect(self) -> bytes:
        self.disconnect()
        self._port = SimPort(self._source.open())
        try:
            self._begin(self._port)
        except Refused as refused:
            self._let_go()
            raise refused.error(connecting=True) from None
        except BaseException:
            self._let_go()
            raise
        return b""

    def reset(self) -> bytes:
        port = self._connected()
        try:
            port.power_cycle()
            self._begin(port)
        except Refused as refused:
            raise refused.error(connecting=False) from None
        return b""

    def transmit(self, apdu: bytes) -> bytes:
        port = self._connected()
        try:
            command = parse(apdu)
        except ValueError:
            return b"\x67\x00"
        if command.extended:
            raise CannotDo(
                "a modem carries no extended commands to its SIM", hint="255 bytes at a time are short ones"
            )
        try:
            return self._transmit(port, apdu, command)
        except Refused as refused:
            raise refused.error(connecting=False) from None

    def disconnect(self) -> None:
        if self._port is not None:
            # A limit that was reached has been told of, or will be.
            with contextlib.suppress(PartError, Refused, TimedOut):
                self._end(self._port)
        self._let_go()

    @abstractmethod
    def _begin(self, port: SimPort) -> None:
        """The card has just been reset, or nobody has talked to it yet. Raises `Refused` and `PartError`."""

    @abstractmethod
    def _transmit(self, port: SimPort, apdu: bytes, command: CommandApdu) -> bytes: ...

    def _end(self, port: SimPort) -> None:  # noqa: B027 (nothing to do is a way to do it)
        """Give back what `_begin` took."""

    def _connected(self) -> SimPort:
        if self._port is None:
            raise CardGone(f"the card in {self.name} is not connected")
        return self._port

    def _let_go(self) -> None:
        self._port = None
        self._source.close()
