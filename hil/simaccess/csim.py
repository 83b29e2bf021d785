"""+CSIM: any command to the SIM, as it is (TS 27.007 §8.17).

The modem itself works on the card's basic channel. What is meant for that channel goes to one of our own, where
the card opens one, so that the modem does not find another file selected than it left (TS 27.007 warns of that).
"""

from __future__ import annotations

from hil.card.command import CommandApdu, channel_of, on_channel
from hil.card.dialogue import lead
from hil.errors import CardGone
from hil.simaccess.asking import SimPort, Source
from hil.simaccess.reader import ModemReader
from simulator.bootstrap.apdu import command, exchange
from simulator.codes.apdu import Ins

BASIC_ONLY = frozenset(
    {
        Ins.MANAGE_CHANNEL,
        Ins.TERMINAL_PROFILE,
        Ins.TERMINAL_CAPABILITY,
        Ins.FETCH,
        Ins.TERMINAL_RESPONSE,
        Ins.ENVELOPE,
    }
)
"""What is about the card as a whole (TS 102 221 §11.1.17, §11.2)."""

NO_CHANNEL = b"\x68\x81"


class CsimReader(ModemReader):
    def __init__(self, name: str, source: Source, *, own_channel: bool = True) -> None:
        super().__init__(name, source)
        self._wants_channel = own_channel
        self._channel = 0

    def _begin(self, port: SimPort) -> None:
        self._channel = 0
        opened = lead(exchange(command(0x00, Ins.MANAGE_CHANNEL, 0, 0, le=1)), lambda apdu: _carry(port, apdu))
        if opened.ok and len(opened.data) == 1 and 1 <= opened.data[0] <= 19:
            if self._wants_channel:
                self._channel = opened.data[0]
            else:
                _carry(port, command(0x00, Ins.MANAGE_CHANNEL, 0x80, opened.data[0]))

    def _end(self, port: SimPort) -> None:
        if self._channel:
            _carry(port, command(0x00, Ins.MANAGE_CHANNEL, 0x80, self._channel))

    def _transmit(self, port: SimPort, apdu: bytes, command: CommandApdu) -> bytes:
        moved = self._channel and channel_of(command.cla) == 0 and command.ins not in BASIC_ONLY
        if moved:
            apdu = bytes([on_channel(command.cla, self._channel)]) + apdu[1:]
        answer = _carry(port, apdu)
        if moved and answer == NO_CHANNEL:
            raise CardGone(
                f"the card in {self.name} was removed or reset while it was in use: our logical channel is gone",
                hint="connect again",
            )
        return answer


def _carry(port: SimPort, apdu: bytes) -> bytes:
    return port.carry(f'AT+CSIM={2 * len(apdu)},"{apdu.hex().upper()}"')
