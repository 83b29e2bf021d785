"""A maker's commands that a profile names: one ends the chatter, one fetches the unsolicited results here."""

from __future__ import annotations

from collections.abc import Callable

from hil.modem.profile.told import Family
from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.syntax import Call, parse
from hil.modem.virtual.table import Handler


def commands(family: Family) -> dict[str, Handler]:
    """By their names. With other values than the profile's, such a command is accepted and does nothing."""
    effects = ((family.quiet, _quiet), (family.here, _here))
    named = [(parse(told.value), effect) for told, effect in effects if told is not None]
    return {calls[0].name: _handler(calls[0], effect) for calls, effect in named if calls}


def _handler(wanted: Call, effect: Callable[[Equipment], None]) -> Handler:
    def carry_out(modem: Equipment, call: Call) -> list[str]:
        if call == wanted:
            effect(modem)
        return []

    return carry_out


def _quiet(modem: Equipment) -> None:
    modem.state.chatty = False


def _here(modem: Equipment) -> None:
    modem.output.elsewhere = False
