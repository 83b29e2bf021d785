"""Sequence: its commands strictly one after the other (DM Representation §7.6.15).

The Sequence itself is answered with 200 as soon as it was started; a command that fails does not stop the ones
that follow.
"""

from __future__ import annotations

from simulator.codes.status import StatusCode
from simulator.session.commands.context import Context
from simulator.session.events import Executed
from simulator.session.outbox import Unit
from simulator.syncml.message import Command, Sequence


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Sequence)
    context.executed.append(Executed("Sequence", "", StatusCode.OK))
    units = [context.unit(command, StatusCode.OK)]
    for inner in command.commands:
        units += context.execute(inner)
    return units
