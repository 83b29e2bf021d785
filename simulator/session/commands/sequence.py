"""Sequence: its commands strictly one after the other (DM Representation §7.6.15).

The Sequence itself is answered with 200 as soon as it was started; a command that fails does not stop the ones
that follow. A user who says No, or cancels, does: the rest gets 215 (DM Protocol §10).
"""

from __future__ import annotations

from simulator.codes.status import StatusCode
from simulator.session.commands.context import Context, declined
from simulator.session.events import Executed
from simulator.session.outbox import Unit
from simulator.syncml.message import Command, Sequence


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Sequence)
    context.executed.append(Executed("Sequence", "", StatusCode.OK))
    units = [context.unit(command, StatusCode.OK)]
    stopped = False
    with context.inside():
        for inner in command.commands:
            answers = context.not_executed(inner) if stopped else context.execute(inner)
            stopped = stopped or declined(answers)
            units += answers
    return units
