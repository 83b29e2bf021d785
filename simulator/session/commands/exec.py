"""Exec: start the operation that a node stands for (DM Representation §7.6.6)."""

from __future__ import annotations

from simulator.codes.status import StatusCode
from simulator.session.alerts import Job
from simulator.session.commands import items, wire
from simulator.session.commands.context import PENDING, Context, ExecRequest
from simulator.session.commands.incoming import ItemCommand
from simulator.session.commands.items import Done
from simulator.session.outbox import Unit
from simulator.syncml.message import Command, Exec, Item
from simulator.tree import permission
from simulator.tree.acl import Right


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Exec)
    if len(command.items) > 1:
        return context.refuse(command, StatusCode.BAD_REQUEST)
    return items.each(context, command, _exec)


def _exec(context: Context, command: ItemCommand, item: Item) -> Done:
    assert isinstance(command, Exec)
    target = context.tree.resolve(wire.target(item), context.server_id)
    node = context.tree.node(target)
    permission.require_right(context.tree.store, target, Right.EXEC, context.server_id)
    permission.require_access(target, node, Right.EXEC, context.server_id)
    operation = context.operations.get(target)
    if operation is None:
        # The node may be executed, but there is nothing behind it on this device.
        return Done(StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED)
    request = ExecRequest(target, item.data, command.correlator, context.server_id, context.tree.now)
    status = operation(request)
    if status == PENDING:
        context.jobs.append(Job(context.server_id, target, command.correlator))
    return Done(status)
