"""Delete: a node and all below it (DM Representation §7.6.5)."""

from __future__ import annotations

from simulator.session.commands import items, wire
from simulator.session.commands.context import Context
from simulator.session.commands.items import Done, ItemCommand
from simulator.session.outbox import Unit
from simulator.syncml.message import Command, Delete, Item


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Delete)
    return items.each(context, command, _delete)


def _delete(context: Context, command: ItemCommand, item: Item) -> Done:
    context.tree.delete(wire.target(item), server=context.server_id)
    return Done()
