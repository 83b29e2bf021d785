"""The card in a virtual modem, and what the modem does with it (TS 27.007 §8: +CSIM, +CGLA, +CRSM)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from hil.modem.virtual.refusal import Refusal, cme
from simulator.bootstrap.apdu import Answer, Dialogue, command, exchange
from simulator.bootstrap.identity import read_iccid, read_imsi
from simulator.codes.apdu import (
    AID_USIM,
    CURRENT_ADF,
    DF_GSM,
    EF_DIR,
    EF_ICCID,
    EF_IMSI,
    FALLBACK_TO_SIM,
    MF,
    Ins,
)
from simulator.errors import CardError, CodecError

NOT_INSERTED, MEMORY_FULL, NOT_FOUND = 10, 20, 22

MAX_SESSION = 3
"""The highest logical channel that a class byte 0X names."""


class Icc(Protocol):
    """A card, as far as a modem touches it."""

    def reset(self) -> bytes:
        """Power on or warm reset; returns the ATR."""
        ...

    def transmit(self, apdu: bytes) -> bytes | None:
        """The answer to a command; None: the card has gone."""
        ...


@dataclass(frozen=True, slots=True)
class Habits:
    """Where modems differ with their cards."""

    quotes: bool = True
    """Whether hex digits stand in quotes in answers."""
    follows: bool = False
    """Whether 61xx and 6Cxx are dealt with inside, so that the program never sees them."""
    inserts_channel: bool = True
    """Whether +CGLA puts the session's logical channel into the class byte; else the program has to."""


class Contacts:
    """Raises `Refusal` from every method that needs a card when there is none."""

    def __init__(self, habits: Habits | None = None) -> None:
        self.habits = habits or Habits()
        self.sessions: set[int] = set()
        """Of +CCHO; each is the number of its logical channel."""
        self.broken = False
        """The card is there, but the modem does not feel it."""
        self._icc: Icc | None = None

    def insert(self, icc: Icc) -> None:
        self._icc = icc
        self.reset()

    def remove(self) -> None:
        self._icc = None
        self.sessions.clear()

    def reset(self) -> None:
        """Power down and up again. Nothing happens without a card."""
        self.sessions.clear()
        if self._icc is not None:
            self._icc.reset()

    def require(self) -> None:
        if self._icc is None or self.broken:
            raise cme(NOT_INSERTED)

    def transmit(self, apdu: bytes) -> bytes:
        """One command as it is."""
        self.require()
        answer = self._icc.transmit(apdu) if self._icc is not None else None
        if answer is None:
            self.remove()
            raise cme(NOT_INSERTED)
        return answer

    def carry(self, apdu: bytes) -> bytes:
        """One command for a program: with what belongs to it, when the modem has that habit."""
        if not self.habits.follows:
            return self.transmit(apdu)
        answer = self._run(exchange(apdu))
        return answer.data + answer.sw.to_bytes(2, "big")

    def ask(self, cla: int, ins: int, p1: int, p2: int, data: bytes = b"", le: int | None = None) -> Answer:
        """A command of the modem's own, and all that belongs to it."""
        return self._run(exchange(command(cla, ins, p1, p2, data, le)))

    def open_session(self, aid: bytes) -> int:
        """A logical channel with that application selected on it."""
        opened = self.ask(0, Ins.MANAGE_CHANNEL, 0, 0, le=1)
        if not opened.ok or len(opened.data) != 1 or not 1 <= opened.data[0] <= MAX_SESSION:
            raise cme(MEMORY_FULL)
        channel = opened.data[0]
        if not self.ask(channel, Ins.SELECT, 0x04, 0x04, aid, 256).ok:
            self.ask(0, Ins.MANAGE_CHANNEL, 0x80, channel)
            raise cme(NOT_FOUND)
        self.sessions.add(channel)
        return channel

    def close_session(self, session: int) -> None:
        self.ask(0, Ins.MANAGE_CHANNEL, 0x80, session)
        self.sessions.discard(session)

    def access(self, ins: int, path: bytes, p1: int, p2: int, data: bytes = b"", le: int | None = None) -> Answer:
        """A command on the file at a path, below the MF or, behind 7FFF, below the USIM."""
        cla, described = self._reach(path)
        if not described.ok or ins == Ins.GET_RESPONSE:
            return described
        return self.ask(cla, ins, p1, p2, data, le)

    def directory(self) -> bytes:
        """The records of EF(DIR)."""
        found = b""
        for number in range(1, 33):
            record = self.access(Ins.READ_RECORD, EF_DIR.to_bytes(2, "big"), number, 0x04, le=256)
            if not record.ok:
                break
            found += record.data
        return found

    def iccid(self) -> str | None:
        """The card's number; None without a card that tells it."""
        return self._told([MF, EF_ICCID], 10, read_iccid)

    def imsi(self) -> str | None:
        """The subscriber's number: of the USIM, or of a SIM's DF(GSM)."""
        return self._told([CURRENT_ADF, EF_IMSI], 9, read_imsi) or self._told([MF, DF_GSM, EF_IMSI], 9, read_imsi)

    def _told(self, path: list[int], size: int, reader: Callable[[bytes], str]) -> str | None:
        if self._icc is None or self.broken:
            return None
        """What a file says, read on the basic channel as +CRSM does."""
        try:
            answer = self.access(Ins.READ_BINARY, b"".join(fid.to_bytes(2, "big") for fid in path), 0, 0, le=size)
            return reader(answer.data) if answer.ok else None
        except (CardError, CodecError, Refusal):
            return None

    def _reach(self, path: bytes) -> tuple[int, Answer]:
        """Select step by step; the class byte that the card speaks, and what it says of the file."""
        answer = self._select(0x00, MF)
        cla = 0x00
        if answer.sw in FALLBACK_TO_SIM:
            cla, answer = 0xA0, self._select(0xA0, MF)
        for fid in (int.from_bytes(path[at : at + 2], "big") for at in range(0, len(path), 2)):
            if not answer.ok:
                break
            if fid == CURRENT_ADF:
                answer = self.ask(cla, Ins.SELECT, 0x04, 0x04, AID_USIM, 256)
            elif fid != MF:
                answer = self._select(cla, fid)
        return cla, answer

    def _select(self, cla: int, fid: int) -> Answer:
        data = fid.to_bytes(2, "big")
        if cla == 0xA0:
            return self.ask(cla, Ins.SELECT, 0, 0, data)
        return self.ask(cla, Ins.SELECT, 0x00, 0x04, data, 256)

    def _run(self, dialogue: Dialogue[Answer]) -> Answer:
        try:
            apdu = next(dialogue)
            while True:
                apdu = dialogue.send(self.transmit(apdu))
        except StopIteration as end:
            answer: Answer = end.value
            return answer
