"""A virtual UICC: C-APDUs in, R-APDUs out (TS 102 221 §10-11, ISO/IEC 7816-4).

The class byte decides what a command means: 0X and 8X are a UICC's (``commands.py``), A0 is a SIM's
(``sim.py``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from hil.card.command import CommandApdu
from hil.card.uicc import commands, sim
from hil.card.uicc.state import CardState, Channel, Handler, Removed, StatusWord, parse
from simulator.codes.apdu import Ins


@dataclass(slots=True)
class Uicc(CardState):
    atr: bytes = b""
    served: int = 0
    """Commands answered since the card was made."""
    pause: Callable[[float], None] = time.sleep
    """Lets so many seconds pass, for a card that is slow; a bench has its own way."""

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> bytes:
        """Power on or warm reset: one channel, the MF selected, no PIN verified. Returns the ATR."""
        self.pins.reset()
        self.channels = {0: Channel(self.mf)}
        return self.atr

    def process(self, apdu: bytes) -> bytes:
        """Answer one command. Raises `Removed` when the card is out; nothing else, whatever comes in."""
        limit = self.behaviour.removed_after
        if limit is not None and self.served >= limit:
            raise Removed
        self.served += 1
        if self.behaviour.slow:
            self.pause(self.behaviour.slow)
        try:
            command = parse(apdu, extended=self.behaviour.extended)
            handler, channel = self._dispatch(command)
            if command.ins != Ins.GET_RESPONSE:
                channel.pending = b""
            return handler(self, channel, command)
        except StatusWord as status:
            return status.sw.to_bytes(2, "big")

    def _dispatch(self, command: CommandApdu) -> tuple[Handler, Channel]:
        if command.cla == 0xA0:
            known = self.behaviour.mode != "uicc"
            channel = self.channels.get(0)
            handler = sim.HANDLERS.get(command.ins)
        else:
            # 4X and 6X name channels 4 to 19, which this card has not got; the rest is secure messaging.
            known = self.behaviour.mode != "sim" and not command.cla & 0x7C
            channel = self.channels.get(command.cla & 0x03)
            handler = commands.HANDLERS.get((command.cla & 0x80, command.ins))
        if not known:
            raise StatusWord(0x6E00)
        if channel is None:
            raise StatusWord(0x6881)
        if handler is None:
            raise StatusWord(0x6D00)
        return handler, channel
