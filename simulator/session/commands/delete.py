"""Delete: a node and all below it (DM Representation §7.6.5)."""

from __future__ import annotations

from simulator.objects import dmacc
from simulator.session.commands import items, wire
from simulator.session.commands.context import Context
from simulator.session.commands.incoming import ItemCommand
from simulator.session.commands.items import Done
from simulator.session.outbox import Unit
from simulator.syncml.message import Command, Delete, Item


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Delete)
    return items.each(context, command, _delete)


def _delete(context: Context, command: ItemCommand, item: Item) -> Done:
    uri = context.tree.resolve(wire.target(item), context.server_id)
    with dmacc.forgetting(context.tree, uri):
        context.tree.delete(uri, server=context.server_id)
    return Done()
