"""Where the top nodes of a TNDS document go: under the Target, at the Target, or where their kind lives."""

from __future__ import annotations

from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.tnds.document import MgmtTree
from simulator.tnds.document import Node as Serialised
from simulator.tree import address, commands, permission
from simulator.tree import uri as uris
from simulator.tree.acl import Right
from simulator.tree.nodes import Nodes

INBOX = "./Inbox"

Placed = list[tuple[str, Serialised]]


def place(
    tree: Nodes,
    uri: str,
    document: MgmtTree,
    server: str | None,
    *,
    existing: bool = False,
    ignore_unsupported: bool = False,
) -> Placed:
    """The URI of each top node. TreeError 400 for an empty document, 405 for an object without a place."""
    if not document.nodes:
        raise TreeError(StatusCode.BAD_REQUEST, "a TNDS document without a Node", uri=uri)
    target = uris.normalise(uri)
    if target == INBOX and not existing:
        tree.node(INBOX)
        permission.require_right(tree.store, INBOX, Right.ADD, server)
    placed: Placed = []
    for node in document.nodes:
        top = _top(tree, target, node, existing, {found for found, _ in placed})
        if top is not None:
            placed.append((top, node))
        elif not ignore_unsupported:
            kind = node.rt_properties.ddf_name or "without an identifier"
            raise TreeError(
                tree.base.options.unknown_object_status,
                f"this device has no place for a Management Object {kind}",
                uri=target,
            )
    return placed


def _top(tree: Nodes, target: str, node: Serialised, existing: bool, taken: set[str]) -> str | None:
    if node.node_name is None or (target == INBOX and not existing):
        return _home(tree, node, taken)
    if node.node_name == "":
        return target
    path = (node.path or "").strip().removeprefix("./").strip("/")
    base = target if path in ("", ".") else uris.normalise(uris.join(target, path))
    return uris.join(base, uris.segment(node.node_name))


def _home(tree: Nodes, node: Serialised, taken: set[str]) -> str | None:
    """A free URI where objects of this kind live; the client may choose another name (DM StdObj §5.3.4)."""
    kind = tree.base.objects.get(node.rt_properties.ddf_name or "")
    if kind is None or kind.home is None:
        return None
    name = kind.name if kind.fixed_name or not node.node_name else node.node_name
    wanted = uris.join(kind.home, uris.segment(name))
    if kind.fixed_name:
        return wanted
    found, number = wanted, 1
    while found in taken or address.exists(tree, found):
        number += 1
        found = f"{wanted}-{number}"
    return found


def follow(tree: Nodes, placed: Placed) -> None:
    """Let references within the document follow its objects out of the Inbox.

    A connectivity reference may name ``./Inbox/<NodeName>`` when both objects come in one document; what was
    placed elsewhere is then pointed to where it is now (DM Bootstrap §5.4).
    """
    moved = {f"{INBOX}/{node.node_name}": top for top, node in placed if node.node_name}
    if not any(address.exists(tree, top) for top in moved.values()):
        return
    for top, _ in placed:
        for found, node in list(tree.walk_nodes(top)):
            if not isinstance(node.value, str) or not node.value.startswith(INBOX):
                continue
            for before, after in moved.items():
                if uris.is_within(node.value, before):
                    commands.replace(tree, found, after + node.value[len(before) :])
                    break
