"""What an expectation sees of a simulated device: its accounts, and its nodes with their properties."""

from __future__ import annotations

from datetime import datetime

from hil.device.contract import KnownAccount, NodeSeen
from simulator.device import Device
from simulator.errors import TreeError
from simulator.objects import dmacc
from simulator.tree.node import NodeView


def accounts(device: Device) -> list[KnownAccount]:
    origin = device.origins.origin_of
    return [KnownAccount(a.server_id, a.uri, origin(a.uri)) for a in dmacc.accounts(device.tree)]


def node(device: Device, uri: str, now: datetime) -> NodeSeen | None:
    device.tree.now = now
    try:
        return _seen(device.tree.get(uri))
    except TreeError:
        return None


def subtree(device: Device, uri: str, now: datetime) -> list[NodeSeen]:
    """All nodes below one; none where it is not there."""
    device.tree.now = now
    try:
        whole = [_seen(node) for node in device.tree.walk(uri)]
    except TreeError:
        return []
    return whole[1:]


def _seen(node: NodeView) -> NodeSeen:
    value = node.value.decode("utf-8", "replace") if isinstance(node.value, bytes) else node.value or ""
    shown = "/".join(node.children) if node.format == "node" else value
    return NodeSeen(node.uri, shown, node.format, node.type, node.acl, node.title, node.ver_no)
