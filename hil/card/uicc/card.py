"""A virtual UICC: C-APDUs in, R-APDUs out (TS 102 221 §10-11, ISO/IEC 7816-4).

The class byte decides what a command means: 0X and 8X are a UICC's (``commands.py``), A0 is a SIM's
(``sim.py``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hil.card.command import CommandApdu
from hil.card.uicc import commands, sim
from hil.card.uicc.cat import apdu as toolkit_apdu
from hil.card.uicc.state import CardState, Channel, Handler, Removed, StatusWord, parse
from simulator.codes.apdu import Ins

if TYPE_CHECKING:
    from hil.card.scws.web import WebServer

UICC = commands.HANDLERS | toolkit_apdu.HANDLERS


@dataclass(slots=True)
class Uicc(CardState):
    atr: bytes = b""
    served: int = 0
    """Commands answered since the card was made."""
    pause: Callable[[float], None] = time.sleep
    """Lets so many seconds pass, for a card that is slow; a bench has its own way."""
    web: WebServer | None = None
    """The web server in the card, whose connections the toolkit carries, or an IP stack of its own."""

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> bytes:
        """Power on or warm reset: one channel, the MF selected, no PIN verified. Returns the ATR."""
        self.pins.reset()
        self.channels = {0: Channel(self.mf)}
        if self.toolkit is not None:
            self.toolkit.reset()
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
            return self._announced(command, handler(self, channel, command))
        except StatusWord as status:
            return status.sw.to_bytes(2, "big")

    def _announced(self, command: CommandApdu, answer: bytes) -> bytes:
        """With the word that a proactive command waits, where there is one (TS 102 223 §6.4)."""
        if self.toolkit is None or command.ins not in toolkit_apdu.ANNOUNCING or not answer.endswith(b"\x90\x00"):
            return answer
        return answer[:-2] + self.toolkit.status.to_bytes(2, "big")

    def _dispatch(self, command: CommandApdu) -> tuple[Handler, Channel]:
        if command.cla == 0xA0:
            known = self.behaviour.mode != "uicc"
            channel = self.channels.get(0)
            handler = sim.HANDLERS.get(command.ins)
        else:
            # 4X and 6X name channels 4 to 19, which this card has not got; the rest is secure messaging.
            known = self.behaviour.mode != "sim" and not command.cla & 0x7C
            channel = self.channels.get(command.cla & 0x03)
            handler = UICC.get((command.cla & 0x80, command.ins))
        if not known:
            raise StatusWord(0x6E00)
        if channel is None:
            raise StatusWord(0x6881)
        if handler is None:
            raise StatusWord(0x6D00)
        return handler, channel
