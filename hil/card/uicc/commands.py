"""The commands of class 0X and 8X (TS 102 221 §11.1): which there are, and those about channels."""

from __future__ import annotations

from hil.card.command import CommandApdu
from hil.card.uicc import contents, lifecycle, pincommands
from hil.card.uicc.channels import get_response, manage_channel
from hil.card.uicc.fcp import fcp
from hil.card.uicc.selection import select
from hil.card.uicc.state import CardState, Channel, Handler, StatusWord, ok
from simulator.codes.apdu import Ins


def _status(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    match command.p2:
        case 0x00:
            data = fcp(channel.df, card.pins)
        case 0x01:
            data = bytes([0x84, len(channel.df.aid)]) + channel.df.aid
        case 0x0C:
            return ok()
        case _:
            raise StatusWord(0x6A86)
    if command.le is not None and command.le not in (256, len(data)):
        raise StatusWord(0x6C00 | len(data) & 0xFF)
    return ok(data)


def _accept(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    return ok()


HANDLERS: dict[tuple[int, int], Handler] = {
    (0x00, Ins.SELECT): select,
    (0x00, Ins.READ_BINARY): contents.read_binary,
    (0x00, Ins.UPDATE_BINARY): contents.update_binary,
    (0x00, Ins.READ_RECORD): contents.read_record,
    (0x00, Ins.UPDATE_RECORD): contents.update_record,
    (0x00, Ins.SEARCH_RECORD): contents.search_record,
    (0x00, Ins.VERIFY): pincommands.VERIFY,
    (0x00, Ins.CHANGE_PIN): pincommands.CHANGE,
    (0x00, Ins.DISABLE_PIN): pincommands.DISABLE,
    (0x00, Ins.ENABLE_PIN): pincommands.ENABLE,
    (0x00, Ins.UNBLOCK_PIN): pincommands.UNBLOCK,
    (0x00, Ins.DEACTIVATE_FILE): lifecycle.deactivate,
    (0x00, Ins.ACTIVATE_FILE): lifecycle.activate,
    (0x00, Ins.MANAGE_CHANNEL): manage_channel,
    (0x00, Ins.GET_RESPONSE): get_response,
    (0x80, Ins.STATUS): _status,
    (0x80, Ins.TERMINAL_CAPABILITY): _accept,
}
"""By class (00 interindustry, 80 TS 102 221's own) and instruction."""
