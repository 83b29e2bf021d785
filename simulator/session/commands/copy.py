"""Copy: a leaf's value to another leaf (DM Representation §7.6.4); optional for clients."""

from __future__ import annotations

from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.session.commands import items, wire
from simulator.session.commands.context import Context
from simulator.session.commands.incoming import ItemCommand
from simulator.session.commands.items import Done
from simulator.session.outbox import Unit
from simulator.syncml.message import Command, Copy, Item


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Copy)
    return items.each(context, command, _copy)


def _copy(context: Context, command: ItemCommand, item: Item) -> Done:
    """Needs Get at the source, and Add or Replace at the target (DM Tree and Description §7.7.1)."""
    target = wire.target(item)
    if item.source is None or not item.source.loc_uri:
        raise TreeError(StatusCode.INCOMPLETE_COMMAND, "a Copy without a Source")
    tree, server = context.tree, context.server_id
    source = tree.get(item.source.loc_uri, server=server)
    if not source.leaf:
        raise TreeError(StatusCode.FORBIDDEN, f"{source.uri} is an interior node; a Copy takes a leaf")
    if not tree.exists(target):
        tree.add(target, format=source.format, type=source.type, value=source.value, server=server)
    elif tree.get(target).leaf:
        tree.replace(target, source.value, format=source.format, type=source.type, server=server)
    else:
        raise TreeError(StatusCode.FORBIDDEN, f"{target} is an interior node and cannot be overwritten")
    return Done()
