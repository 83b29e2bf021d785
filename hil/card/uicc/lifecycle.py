"""DEACTIVATE FILE and ACTIVATE FILE (TS 102 221 §11.1.14-15)."""

from __future__ import annotations

from hil.card.command import CommandApdu
from hil.card.uicc.files import Df, Ef, LifeCycle
from hil.card.uicc.rules import ACTIVATE, DEACTIVATE
from hil.card.uicc.selection import by_fid, by_path, enter
from hil.card.uicc.state import CardState, Channel, StatusWord, ok


def _file(card: CardState, channel: Channel, command: CommandApdu) -> Df | Ef:
    """The file that the command names, which is selected by that, or the one that is selected."""
    if command.p2:
        raise StatusWord(0x6A86)
    if command.data:
        match command.p1:
            case 0x00:
                file = by_fid(card, channel, command.data)
            case 0x08:
                file = by_path(channel, card.mf, command.data)
            case 0x09:
                file = by_path(channel, channel.df, command.data)
            case _:
                raise StatusWord(0x6A86)
        enter(channel, file)
        return file
    if command.p1:
        raise StatusWord(0x6A86)
    return channel.ef or channel.df


def set_state(card: CardState, file: Df | Ef, mode: int, refusal: int = 0x6982) -> None:
    """Into the state that an access mode leads to. A description word for word holds no longer then."""
    card.allow(file.rules.of(mode), refusal)
    then = LifeCycle.DEACTIVATED if mode == DEACTIVATE else LifeCycle.ACTIVATED
    if file.life_cycle is LifeCycle.TERMINATED or file is card.mf:
        raise StatusWord(0x6985)
    if file.life_cycle is not then:
        file.life_cycle, file.told, file.told_sim = then, b"", b""


def deactivate(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    set_state(card, _file(card, channel, command), DEACTIVATE)
    return ok()


def activate(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    set_state(card, _file(card, channel, command), ACTIVATE)
    return ok()
