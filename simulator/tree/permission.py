"""Who may do what: ACLs and access types, which must both agree (DM Tree and Description §7.7.1)."""

from __future__ import annotations

from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.tree import uri as uris
from simulator.tree.acl import EMPTY, Acl, Right
from simulator.tree.description import Access
from simulator.tree.node import Node
from simulator.tree.store import Store

NEEDED_ACCESS = {
    Right.ADD: Access.ADD,
    Right.DELETE: Access.DELETE,
    Right.EXEC: Access.EXEC,
    Right.GET: Access.GET,
    Right.REPLACE: Access.REPLACE,
}


def effective(store: Store, uri: str) -> Acl:
    """The ACL that counts for a node: its own, or the nearest ancestor's, always as a whole."""
    acl = store.acls.get(uri)
    while acl is None and uri != uris.ROOT:
        uri = uris.parent(uri)
        acl = store.acls.get(uri)
    return acl or EMPTY


def allows(store: Store, uri: str, right: Right, server: str | None) -> bool:
    """Whether the ACL grants it; None is the device itself, which needs no grant."""
    return server is None or effective(store, uri).allows(right, server)


def require_right(store: Store, uri: str, right: Right, server: str | None) -> None:
    """TreeError 425 when the ACL does not grant it."""
    if server is not None and not effective(store, uri).allows(right, server):
        raise TreeError(
            StatusCode.PERMISSION_DENIED,
            f"the ACL that counts for {uri} does not give {right} to {server}",
            uri=uri,
        )


def require_access(uri: str, node: Node, right: Right, server: str | None) -> None:
    """TreeError 405 when the node's AccessType lacks the command."""
    if server is not None and NEEDED_ACCESS[right] not in node.kind.description.access:
        raise TreeError(StatusCode.COMMAND_NOT_ALLOWED, f"{uri} does not take {right}", uri=uri)


def require_acl_change(store: Store, uri: str, node: Node, server: str | None) -> None:
    """The right to set a node's ACL: Replace on its parent, or, for an interior node, on itself (§7.7.1.3)."""
    if server is None or (node.children is not None and allows(store, uri, Right.REPLACE, server)):
        return
    if uri == uris.ROOT:
        require_right(store, uri, Right.REPLACE, server)
    else:
        require_right(store, uris.parent(uri), Right.REPLACE, server)
