"""+CCHO, +CGLA, +CCHC: applications of the SIM, each in a session of its own (TS 27.007 §8.43 to §8.46).

A session is a logical channel with an application selected, so SELECT by AID becomes +CCHO, and MANAGE CHANNEL a
number of ours until an application is selected on it. What comes before that, on the basic channel, goes to a
session of whatever application there is: selecting the MF works from there.
"""

from __future__ import annotations

from dataclasses import dataclass

from hil.card.command import CommandApdu, channel_of, on_channel
from hil.card.dialogue import lead
from hil.errors import CannotDo, PartBroke
from hil.modem.at.values import number, split_values
from hil.simaccess.asking import MEMORY_FULL, NOT_FOUND, Refused, SimPort, Source
from hil.simaccess.reader import ModemReader
from simulator.bootstrap.apdu import command as apdu_of
from simulator.bootstrap.apdu import exchange
from simulator.codes.apdu import AID_PKCS15, AID_USIM, MF, Ins

ENTRANCES = (AID_USIM, AID_PKCS15)
"""Applications that cards have, in the order in which one is looked for to begin with."""

OK, NO_CHANNEL, NOT_SUPPORTED = b"\x90\x00", b"\x68\x81", b"\x6a\x81"
FILE_NOT_FOUND, WRONG_P1_P2 = b"\x6a\x82", b"\x6a\x86"

SELECT_MF = apdu_of(0x00, Ins.SELECT, 0x00, 0x0C, MF.to_bytes(2, "big"))
"""Where a channel begins (TS 102 221 §8.7)."""

MAX_CHANNEL = 19

NO_DATA = 0x0C
"""In P2 of SELECT: the answer is not asked for."""

UNKNOWN = frozenset({None, 3, 4, 50, 100, NOT_FOUND})
"""How modems say that a card has no such application; the standard has no code for it."""


@dataclass(slots=True)
class Session:
    number: int | None = None
    """What +CCHO called it; None: no application has been selected yet."""


class CglaReader(ModemReader):
    def __init__(self, name: str, source: Source, *, modem_inserts_channel: bool = True) -> None:
        """``modem_inserts_channel`` False: the class byte has to name the session's channel already."""
        super().__init__(name, source)
        self._modem_inserts = modem_inserts_channel
        self._sessions: dict[int, Session] = {}
        """By the channel that the caller's class bytes name."""

    def _begin(self, port: SimPort) -> None:
        self._sessions = {0: Session(self._enter(port))}

    def _end(self, port: SimPort) -> None:
        for channel in list(self._sessions):
            self._close(port, channel)

    def _transmit(self, port: SimPort, apdu: bytes, command: CommandApdu) -> bytes:
        channel = channel_of(command.cla)
        if command.ins == Ins.MANAGE_CHANNEL:
            return self._manage(port, command, channel)
        session = self._sessions.get(channel)
        if session is None:
            return NO_CHANNEL
        if command.ins == Ins.SELECT and command.p1 == 0x04:
            return self._select(port, session, command)
        if session.number is None:
            session.number = self._enter(port)
        return self._carry(port, session.number, apdu)

    def _manage(self, port: SimPort, command: CommandApdu, channel: int) -> bytes:
        if command.p1 == 0x00 and command.p2 == 0x00:
            free = next((each for each in range(1, MAX_CHANNEL + 1) if each not in self._sessions), None)
            if free is None:
                return NOT_SUPPORTED
            self._sessions[free] = Session()
            return bytes([free]) + OK
        closed = command.p2 or channel
        if command.p1 != 0x80 or not closed or closed not in self._sessions:
            return WRONG_P1_P2
        self._close(port, closed)
        return OK

    def _select(self, port: SimPort, session: Session, command: CommandApdu) -> bytes:
        """SELECT by AID. Its answer is not given by +CCHO: STATUS asks for it."""
        if command.p2 & 0x03:
            return NOT_SUPPORTED  # the next, last or previous of several: +CCHO has only the first
        try:
            opened = _open(port, command.data)
        except Refused as refused:
            if refused.code == MEMORY_FULL:
                return NOT_SUPPORTED
            if refused.code not in UNKNOWN:
                raise
            return FILE_NOT_FOUND
        old, session.number = session.number, opened
        if old is not None:
            port.ask(f"AT+CCHC={old}")
        if command.p2 & NO_DATA == NO_DATA:
            return OK
        status = lead(
            exchange(apdu_of(0x80, Ins.STATUS, 0, 0, le=256)), lambda apdu: self._carry(port, opened, apdu)
        )
        return (status.data if status.ok else b"") + OK

    def _enter(self, port: SimPort) -> int:
        """A session to begin with. Raises `Refused` and `CannotDo`."""
        for aid in ENTRANCES:
            try:
                session = _open(port, aid)
            except Refused as refused:
                if refused.code not in UNKNOWN:
                    raise
                continue
            self._carry(port, session, SELECT_MF)
            return session
        raise CannotDo(
            "the modem opens neither the USIM nor PKCS#15 of its SIM by AT+CCHO",
            hint="a card without them is reached by: csim or by: crsm",
        )

    def _close(self, port: SimPort, channel: int) -> None:
        session = self._sessions.pop(channel)
        if session.number is not None:
            port.ask(f"AT+CCHC={session.number}")

    def _carry(self, port: SimPort, session: int, apdu: bytes) -> bytes:
        cla = on_channel(apdu[0], 0 if self._modem_inserts else session)
        apdu = bytes([cla]) + apdu[1:]
        return port.carry(f'AT+CGLA={session},{2 * len(apdu)},"{apdu.hex().upper()}"')


def _open(port: SimPort, aid: bytes) -> int:
    response = port.ask(f'AT+CCHO="{aid.hex().upper()}"')
    said = response.value() or (response.lines[0] if response.lines else "")
    session = number(split_values(said)[0]) if said else None
    if session is None:
        raise PartBroke(f"the modem opened a session by AT+CCHO and calls it {said[:20]!r}; a number is expected")
    return session
