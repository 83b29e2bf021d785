"""Get: a value, the names of children, a property or a list (DM Representation §7.6.7)."""

from __future__ import annotations

from simulator.session.commands import items, wire
from simulator.session.commands.context import Context
from simulator.session.commands.incoming import ItemCommand
from simulator.session.commands.items import Done
from simulator.session.outbox import Unit
from simulator.session.plain import plain
from simulator.syncml.message import Command, Get, Item
from simulator.tree import query


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Get)
    return items.each(context, command, _get)


def _get(context: Context, command: ItemCommand, item: Item) -> Done:
    # Data may name the Management Objects that ?list=MORoot is limited to.
    objects = frozenset(plain(item.data).split())
    found = query.get(context.tree, wire.target(item), context.server_id, objects=objects)
    return Done(results=[wire.answer(entry, context.encoding) for entry in found])
