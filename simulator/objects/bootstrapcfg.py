"""Bootstrap Config: where bootstrap servers are and who may do what at first (DM Bootstrap §6.3)."""

from __future__ import annotations

from enum import IntFlag

from simulator.errors import TreeError
from simulator.tnds.document import Node, RTProperties
from simulator.tree import acl as acls
from simulator.tree import permission
from simulator.tree.acl import Right
from simulator.tree.description import Access, Description
from simulator.tree.model import ObjectType
from simulator.tree.tree import Tree

IDENTIFIER = "urn:oma:mo:oma-dm-bootstrapcfg:1.0"
URI = "./BootConfig"


class AccessCode(IntFlag):
    """InitialARInfo/<x>/AccessCode: the rights to grant, added up."""

    GET = 1
    REPLACE = 2
    EXEC = 4
    COPY = 8
    ADD = 16
    DELETE = 32


_SETTABLE = Access.ADD | Access.GET | Access.REPLACE
_FIXED = Access.ADD | Access.GET


def _leaf(format: str) -> Description:
    return Description(format=format, access=_SETTABLE)


def _extension() -> Description:
    return Description(format="node", least=0, open=True)


# The standard's table names the access types that a client has to have at least: Get, and Replace of the leaves.
# Servers may also add the object here, through the Inbox or where it lives, and delete it.
DESCRIPTION = Description(
    format="node",
    types=(IDENTIFIER,),
    access=Access.MANAGED,
    least=0,
    children={
        "BootSrvDiscovery": _leaf("int"),
        "BootSrvInfo": Description(
            format="node",
            access=_FIXED,
            least=0,
            unnamed=Description(
                format="node",
                access=_FIXED,
                least=0,
                children={"URL": _leaf("chr"), "Ext": _extension()},
            ),
        ),
        "InitialARInfo": Description(
            format="node",
            access=_FIXED,
            least=0,
            unnamed=Description(
                format="node",
                access=Access.ADD | Access.DELETE | Access.GET,
                most=None,
                children={"SubtreeURI": _leaf("chr"), "AccessCode": _leaf("int")},
            ),
        ),
        "Ext": _extension(),
    },
)

OBJECT = ObjectType(IDENTIFIER, DESCRIPTION, home=URI, name="1")


def to_tnds(url: str, name: str = "BootConfig") -> Node:
    """The object with one bootstrap server, as a TNDS node."""

    def leaf(name: str, value: str, format: str = "chr") -> Node:
        return Node(name, rt_properties=RTProperties(format=format, mime="text/plain"), value=value)

    def interior(name: str, *nodes: Node, ddf_name: str = "") -> Node:
        return Node(name, rt_properties=RTProperties(format="node", ddf_name=ddf_name), nodes=list(nodes))

    server = interior("BootSrvInfo", interior("1", leaf("URL", url)))
    return interior(name, leaf("BootSrvDiscovery", "1", "int"), server, ddf_name=IDENTIFIER)


def roots(tree: Tree) -> list[str]:
    """The URIs of the tree's Bootstrap Config objects."""
    return [uri for uri, node in tree.walk_nodes(".") if node.kind.type == IDENTIFIER]


RIGHTS = {
    AccessCode.GET: Right.GET,
    AccessCode.REPLACE: Right.REPLACE,
    AccessCode.EXEC: Right.EXEC,
    AccessCode.ADD: Right.ADD,
    AccessCode.DELETE: Right.DELETE,
}
"""What an ACL can grant; Copy takes Get and Add or Replace."""


def initial_rights(tree: Tree) -> list[tuple[str, AccessCode]]:
    """The subtrees that every Bootstrap Config object of the tree opens to new servers, and how far."""
    found = []
    for uri in roots(tree):
        if not tree.exists(f"{uri}/InitialARInfo"):
            continue
        for name in tree.get(f"{uri}/InitialARInfo").children:
            subtree = tree.value(f"{uri}/InitialARInfo/{name}/SubtreeURI")
            code = str(tree.value(f"{uri}/InitialARInfo/{name}/AccessCode") or "0").strip()
            if isinstance(subtree, str) and subtree and code.isascii() and code.isdigit():
                found.append((subtree, AccessCode(int(code[:9]) & sum(AccessCode))))
    return found


def grant(tree: Tree, server_id: str) -> list[str]:
    """Give a new server what InitialARInfo says, besides what others have; the URIs of the subtrees.

    One that is missing is passed over. The object says nothing about the first server of a device: whoever calls
    this knows that there is another one.
    """
    granted = []
    for subtree, code in initial_rights(tree):
        try:
            target = tree.resolve(subtree)
            rights = [right for access, right in RIGHTS.items() if access in code]
            if not rights or not tree.exists(target):
                continue
            given = acls.grant(server_id, *rights)
        except TreeError:
            continue  # an address, or a server's name, that can be none
        tree.set_acl(target, permission.effective(tree.store, target).joined(given))
        granted.append(target)
    return granted


def server_urls(tree: Tree) -> list[str]:
    """The URLs of the bootstrap servers that every Bootstrap Config object of the tree names."""
    urls = []
    for uri in roots(tree):
        if not tree.exists(f"{uri}/BootSrvInfo"):
            continue
        for name in tree.get(f"{uri}/BootSrvInfo").children:
            url = tree.value(f"{uri}/BootSrvInfo/{name}/URL")
            if isinstance(url, str) and url:
                urls.append(url)
    return urls
