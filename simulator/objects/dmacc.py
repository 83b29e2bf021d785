"""DM Account: a server that the device knows, and the credentials of both (DM Standardized Objects §5.3.1).

`AccountData` is an account as plain data, `to_tnds` the same as a TNDS node for a bootstrap document, and
`Account` what a device's tree holds.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.tnds.document import Node, RTProperties
from simulator.tree import uri as uris
from simulator.tree import value
from simulator.tree.description import Access, Description
from simulator.tree.model import ObjectType
from simulator.tree.tree import Tree

IDENTIFIER = "urn:oma:mo:oma-dm-dmacc:1.1"
IDENTIFIER_12 = "urn:oma:mo:oma-dm-dmacc:1.0"
IDENTIFIERS = frozenset({IDENTIFIER, IDENTIFIER_12})
URI = "./DMAcc"
APP_ID = "w7"

CLIENT = "CLCRED"
"""AAuthLevel of the credentials that the client shows to the server."""
SERVER = "SRVCRED"
"""AAuthLevel of the credentials that the server shows to the client."""


@dataclass(frozen=True, slots=True)
class Credential:
    """``type`` is an AAuthType: BASIC, DIGEST, HMAC, HTTP-BASIC, … ; ``nonce`` the octets for the next message."""

    type: str
    name: str
    secret: str
    nonce: bytes = b""


@dataclass(frozen=True, slots=True)
class AccountData:
    """An account as plain data. ``acl`` empty: Add, Delete, Get and Replace for the account's own server."""

    server_id: str
    addr: str
    name: str = ""
    client: Credential | None = None
    server: Credential | None = None
    auth_pref: str = ""
    addr_type: str = "URI"
    port: int | None = None
    acl: str = ""
    identifier: str = IDENTIFIER
    node_name: str = ""
    """The node's name; empty: the ServerID, as far as a URI segment allows."""
    http: Credential | None = None
    """Credentials of the HTTP layer (AAuthLevel HTTP)."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it stands in a tree, under ``uri``."""

    uri: str
    server_id: str
    name: str
    addr: str
    client: Credential | None
    server: Credential | None
    auth_pref: str
    addr_type: str = "URI"
    port: int | None = None
    http: Credential | None = None
    credentials: dict[str, str] = field(default_factory=dict)
    """AAuthLevel to the URI of its AppAuth node."""


# -- the object's nodes

_SECRET = Access.MANAGED & ~Access.GET
"""Secrets and nonces can be set but never read (§5.3.1: no Get)."""


def _leaf(format: str = "chr", least: int = 1, access: Access = Access.MANAGED) -> Description:
    return Description(format=format, least=least, access=access)


def _several(**children: Description) -> Description:
    """An interior node over nodes of any name that all have these children."""
    each = Description(format="node", most=None, children=children)
    return Description(format="node", least=0, unnamed=each)


DESCRIPTION = Description(
    format="node",
    types=(IDENTIFIER, IDENTIFIER_12),
    most=None,
    children={
        "AppID": _leaf(),
        "ServerID": _leaf(),
        "Name": _leaf(least=0),
        "PrefConRef": _leaf(least=0),
        "ToConRef": _several(ConRef=_leaf()),
        "AppAddr": _several(Addr=_leaf(), AddrType=_leaf(), Port=_several(PortNbr=_leaf())),
        "AAuthPref": _leaf(least=0),
        "AppAuth": _several(
            AAuthLevel=_leaf(),
            AAuthType=_leaf(),
            AAuthName=_leaf(least=0),
            AAuthSecret=_leaf(least=0, access=_SECRET),
            AAuthData=_leaf("bin", 0, _SECRET),
        ),
        "Ext": Description(format="node", least=0, open=True),
    },
)

OBJECT = ObjectType(IDENTIFIER, DESCRIPTION, home=URI, name="account")
OBJECT_12 = ObjectType(IDENTIFIER_12, DESCRIPTION, home=URI, name="account")


# -- plain data to TNDS


def to_tnds(account: AccountData) -> Node:
    """The account as a TNDS node with every leaf that has a value, and its ACL."""
    levels = ((CLIENT, account.client), (SERVER, account.server), ("HTTP", account.http))
    auth = [_auth(level, credential) for level, credential in levels if credential is not None]
    address = [_text("Addr", account.addr), _text("AddrType", account.addr_type)]
    if account.port is not None:
        address.append(_interior("Port", _interior("1", _text("PortNbr", str(account.port)))))
    rights = ("Add", "Delete", "Get", "Replace")
    acl = account.acl or "&".join(f"{right}={account.server_id}" for right in rights)
    return Node(
        account.node_name or re.sub(r"[/?%\s]", "_", account.server_id),
        rt_properties=RTProperties(acl=acl, format="node", ddf_name=account.identifier),
        nodes=[
            _text("AppID", APP_ID),
            _text("ServerID", account.server_id),
            *([_text("Name", account.name)] if account.name else []),
            _interior("AppAddr", _interior("1", *address)),
            *([_text("AAuthPref", account.auth_pref)] if account.auth_pref else []),
            *([_interior("AppAuth", *auth)] if auth else []),
        ],
    )


def _auth(level: str, credential: Credential) -> Node:
    leaves = [
        _text("AAuthLevel", level),
        _text("AAuthType", credential.type),
        _text("AAuthName", credential.name),
        _text("AAuthSecret", credential.secret),
    ]
    if credential.nonce:
        # As base64 text, which both TNDS encodings carry alike.
        properties = RTProperties(format="b64", mime="application/octet-stream")
        packed = b64encode(credential.nonce).decode()
        leaves.append(Node("AAuthData", rt_properties=properties, value=packed))
    return _interior(level, *leaves)


def _text(name: str, text: str) -> Node:
    return Node(name, rt_properties=RTProperties(format="chr", mime="text/plain"), value=text)


def _interior(name: str, *nodes: Node) -> Node:
    return Node(name, rt_properties=RTProperties(format="node", ddf_name=""), nodes=list(nodes))


# -- the tree's accounts


def accounts(tree: Tree) -> list[Account]:
    """Every account, wherever it lies (the MO identifier tells), in the order of the tree."""
    roots = [uri for uri, node in tree.walk_nodes(".") if node.kind.type in IDENTIFIERS]
    return [_account(tree, uri) for uri in roots]


def find(tree: Tree, server_id: str) -> Account | None:
    """The account of a server; of several with one ServerID the first."""
    return next((account for account in accounts(tree) if account.server_id == server_id), None)


@contextmanager
def forgetting(tree: Tree, uri: str) -> Iterator[None]:
    """Around a change of ``uri`` and what lies below it: a server that has no account afterwards is taken out
    of every ACL (DM Tree and Description §7.7.1.2). All or nothing, with the change."""
    with tree.transaction():
        before = _servers(tree, uri)
        yield
        for server in before - _servers(tree, uris.ROOT) if before else ():
            tree.forget_server(server)


def _servers(tree: Tree, top: str) -> set[str]:
    """The servers of the accounts at ``top`` and below; none when there is no such node."""
    if not tree.exists(top):
        return set()
    roots = [uri for uri, node in tree.walk_nodes(top) if node.kind.type in IDENTIFIERS]
    return {_read(tree, f"{uri}/ServerID") for uri in roots} - {""}


def _account(tree: Tree, uri: str) -> Account:
    address = next((f"{uri}/AppAddr/{name}" for name in _children(tree, f"{uri}/AppAddr")), f"{uri}/AppAddr/1")
    port = next((_read(tree, f"{address}/Port/{name}/PortNbr") for name in _children(tree, f"{address}/Port")), "")
    levels: dict[str, str] = {}
    for name in _children(tree, f"{uri}/AppAuth"):
        levels.setdefault(_read(tree, f"{uri}/AppAuth/{name}/AAuthLevel"), f"{uri}/AppAuth/{name}")
    return Account(
        uri=uri,
        server_id=_read(tree, f"{uri}/ServerID"),
        name=_read(tree, f"{uri}/Name"),
        addr=_read(tree, f"{address}/Addr"),
        client=_credential(tree, levels.get(CLIENT)),
        server=_credential(tree, levels.get(SERVER)),
        auth_pref=_read(tree, f"{uri}/AAuthPref"),
        addr_type=_read(tree, f"{address}/AddrType") or "URI",
        port=int(port) if port.isascii() and port.isdigit() and int(port) < 65536 else None,
        http=_credential(tree, levels.get("HTTP")),
        credentials=levels,
    )


def _credential(tree: Tree, uri: str | None) -> Credential | None:
    if uri is None:
        return None
    return Credential(
        type=_read(tree, f"{uri}/AAuthType") or "DIGEST",
        name=_read(tree, f"{uri}/AAuthName"),
        secret=_read(tree, f"{uri}/AAuthSecret"),
        nonce=_nonce(tree.value(f"{uri}/AAuthData")),
    )


def _nonce(kept: str | bytes | None) -> bytes:
    """A nonce that a peer stored as text (format chr) is base64 in practice; else it is the text's octets."""
    if not isinstance(kept, str):
        return kept or b""
    try:
        return value.from_base64(kept)
    except TreeError:
        return kept.encode()


def store_nonce(tree: Tree, account_uri: str, level: str, nonce: bytes) -> None:
    """Keep the nonce for the next message or session in the account's AAuthData of that AAuthLevel.

    TreeError 404 when the account has no credentials of that level.
    """
    for name in _children(tree, f"{account_uri}/AppAuth"):
        auth = f"{account_uri}/AppAuth/{name}"
        if _read(tree, f"{auth}/AAuthLevel") == level:
            if tree.exists(f"{auth}/AAuthData"):
                tree.replace(f"{auth}/AAuthData", nonce, format="bin")
            else:
                tree.add(f"{auth}/AAuthData", format="bin", type="application/octet-stream", value=nonce)
            return
    raise TreeError(StatusCode.NOT_FOUND, f"{account_uri} has no credentials of level {level}", uri=account_uri)


def _children(tree: Tree, uri: str) -> tuple[str, ...]:
    return tree.get(uri).children if tree.exists(uri) else ()


def _read(tree: Tree, uri: str) -> str:
    text = tree.value(uri)
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text or ""
