"""Exec: start the operation that a node stands for (DM Representation §7.6.6)."""

from __future__ import annotations

from simulator.codes.status import StatusCode
from simulator.session.commands import items, wire
from simulator.session.commands.context import Context, ExecRequest
from simulator.session.commands.items import Done, ItemCommand
from simulator.session.outbox import Unit
from simulator.syncml.message import Command, Exec, Item
from simulator.tree import permission, uri
from simulator.tree.acl import Right


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Exec)
    if len(command.items) > 1:
        return context.refuse(command, StatusCode.BAD_REQUEST)
    return items.each(context, command, _exec)


def _exec(context: Context, command: ItemCommand, item: Item) -> Done:
    assert isinstance(command, Exec)
    target = uri.normalise(wire.target(item))
    node = context.tree.node(target)
    permission.require_right(context.tree.store, target, Right.EXEC, context.server_id)
    permission.require_access(target, node, Right.EXEC, context.server_id)
    operation = context.operations.get(target)
    if operation is None:
        # The node may be executed, but there is nothing behind it on this device.
        return Done(StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED)
    return Done(operation(ExecRequest(target, item.data, command.correlator)))
