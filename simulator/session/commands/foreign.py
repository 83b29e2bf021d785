"""What is none of DM's commands: answered, so that the server knows, and the session goes on."""

from __future__ import annotations

from simulator.codes.command import foreign_status
from simulator.session.commands.context import Context
from simulator.session.outbox import Unit
from simulator.syncml.message import Command, ForeignCommand


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, ForeignCommand)
    return context.refuse(command, foreign_status(command.name))
