"""Replace: a value, a property, or a subtree by TNDS (DM Representation §7.6.12)."""

from __future__ import annotations

from simulator.objects import dmacc
from simulator.session.commands import items, wire
from simulator.session.commands.context import Context
from simulator.session.commands.incoming import ItemCommand
from simulator.session.commands.items import Done
from simulator.session.outbox import Unit
from simulator.syncml.message import Command, Item, Replace
from simulator.tree import query


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Replace)
    return items.each(context, command, _replace)


def _replace(context: Context, command: ItemCommand, item: Item) -> Done:
    uri, meta, server = wire.target(item), wire.meta(command.meta, item.meta), context.server_id
    document = wire.document(item.data, meta)
    if document is not None:
        with dmacc.forgetting(context.tree, context.tree.resolve(uri, server)):
            context.tree.replace_tnds(uri, document, server=server)
    else:
        value = wire.value(item.data, meta)
        query.replace(context.tree, uri, value, format=meta.format, type=meta.type, server=server)
    return Done()
