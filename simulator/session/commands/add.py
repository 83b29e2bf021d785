"""Add: a node, or a subtree as TNDS (DM Representation §7.6.1)."""

from __future__ import annotations

from simulator.session.commands import items, wire
from simulator.session.commands.context import Context
from simulator.session.commands.incoming import ItemCommand
from simulator.session.commands.items import Done
from simulator.session.outbox import Unit
from simulator.syncml.message import Add, Command, Item


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Add)
    return items.each(context, command, _add)


def _add(context: Context, command: ItemCommand, item: Item) -> Done:
    uri, meta = wire.target(item), wire.meta(command.meta, item.meta)
    document = wire.document(item.data, meta)
    if document is not None:
        context.tree.add_tnds(uri, document, server=context.server_id)
    else:
        value = wire.value(item.data, meta)
        context.tree.add(uri, format=meta.format, type=meta.type, value=value, server=context.server_id)
    return Done()
