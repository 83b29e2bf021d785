"""SELECT: what a file identifier, path or name means on a channel (TS 102 221 §8.4, §11.1.1)."""

from __future__ import annotations

from hil.card.command import CommandApdu
from hil.card.uicc.fcp import FCI, FCP, fcp
from hil.card.uicc.files import Df, Ef, LifeCycle
from hil.card.uicc.state import CardState, Channel, StatusWord, hand_over, ok
from simulator.codes.apdu import CURRENT_ADF, MF

_WARNINGS = {LifeCycle.DEACTIVATED: 0x6283, LifeCycle.TERMINATED: 0x6285}
"""The status word of a SELECT whose file is in this state (TS 102 221 §10.2.1.2)."""


def select(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    """SELECT (TS 102 221 §11.1.1). What is selected changes only when the command is right."""
    wanted = command.p2 & 0x0C
    if wanted == 0x08:
        raise StatusWord(0x6A86)
    match command.p1:
        case 0x00:
            file = by_fid(card, channel, command.data or MF.to_bytes(2, "big"))
        case 0x04:
            file = _by_name(card, channel, command.data, command.p2 & 0x03)
        case 0x08:
            file = by_path(channel, card.mf, command.data)
        case 0x09:
            file = by_path(channel, channel.df, command.data)
        case _:
            raise StatusWord(0x6A86)
    enter(channel, file)
    if wanted == 0x0C:
        answer = ok()
    else:
        answer = hand_over(card, channel, command, fcp(file, card.pins, template=FCP if wanted else FCI))
    sw = _WARNINGS.get(file.life_cycle, 0x9000)
    return answer[:-2] + sw.to_bytes(2, "big") if answer.endswith(b"\x90\x00") else answer


def enter(channel: Channel, file: Df | Ef) -> None:
    """Make a file the selected one. The directory of an EF becomes the current one (TS 102 221 §8.4)."""
    channel.record = 0
    if isinstance(file, Ef):
        channel.ef = file
        channel.df = file.parent or channel.df
        return
    channel.df, channel.ef = file, None
    if file.aid and file.fid is None:
        channel.adf = file


def by_fid(card: CardState, channel: Channel, data: bytes) -> Df | Ef:
    """What a file identifier means from where the channel is (TS 102 221 §8.4.1)."""
    if len(data) != 2:
        raise StatusWord(0x6A87)
    fid = int.from_bytes(data, "big")
    if fid == MF:
        return card.mf
    if fid == CURRENT_ADF and channel.adf is not None:
        return channel.adf
    if found := channel.df.files.get(fid):
        return found
    if channel.df.fid == fid:
        return channel.df
    parent = channel.df.parent
    if parent is not None:
        if parent.fid == fid:
            return parent
        sibling = parent.files.get(fid)
        if isinstance(sibling, Df):
            return sibling
    raise StatusWord(0x6A82)


def by_path(channel: Channel, start: Df, data: bytes) -> Df | Ef:
    if not data or len(data) % 2:
        raise StatusWord(0x6A87)
    file: Df | Ef = start
    for at in range(0, len(data), 2):
        fid = int.from_bytes(data[at : at + 2], "big")
        if at == 0 and fid == CURRENT_ADF and channel.adf is not None:
            file = channel.adf
            continue
        found = file.files.get(fid) if isinstance(file, Df) else None
        if found is None:
            raise StatusWord(0x6A82)
        file = found
    return file


def _by_name(card: CardState, channel: Channel, name: bytes, which: int) -> Df:
    """Full or partial AID; first, last, next or previous of those that begin with it."""
    found = [df for df in card.mf.named() if df.aid.startswith(name)]
    if not name or not found:
        raise StatusWord(0x6A82)
    at = found.index(channel.df) if channel.df in found else None
    match which:
        case 0x00:
            return found[0]
        case 0x01:
            return found[-1]
        case 0x02:
            at = 0 if at is None else at + 1
        case _:
            at = len(found) - 1 if at is None else at - 1
    if not 0 <= at < len(found):
        raise StatusWord(0x6A82)
    return found[at]
