"""A management tree as an external device prints it: a JSON object, URIs with values.

    {"./DevInfo/DevId": "IMEI:1", "./A": {"format": "node", "acl": "Get=*"}, "./A/B": {"value": "x", "title": "b"}}

Interior nodes need not be named. The octets of a ``bin`` leaf are text here as well: in whatever form the device
prints them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from hil.device.contract import KnownAccount, NodeSeen
from hil.errors import PartBroke

MAX_NODES = 20_000
PROPERTIES = {"value", "format", "type", "acl", "title", "version"}
DM_ACCOUNT = "w7"
"""The AppID of a DM account (DM Standardized Objects §5.2)."""


class TreeDump:
    """Raises `PartBroke` for what is no tree."""

    def __init__(self, printed: bytes) -> None:
        try:
            said = json.loads(printed)
        except (ValueError, RecursionError) as error:
            raise _wrong(f"it is no JSON: {error}") from error
        if not isinstance(said, dict) or len(said) > MAX_NODES:
            raise _wrong(f"an object with at most {MAX_NODES} URIs is expected")
        self._nodes: dict[str, NodeSeen] = {}
        children: dict[str, list[str]] = {}
        for uri, value in said.items():
            self._nodes[uri] = _node(uri, value)
            while uri.rpartition("/")[0]:
                uri, _, name = uri.rpartition("/")
                names = children.setdefault(uri, [])
                if name in names:
                    break
                names.append(name)
        for uri, names in children.items():
            known = self._nodes.get(uri)
            self._nodes[uri] = NodeSeen(
                uri,
                "/".join(names),
                "node",
                known.type if known else "",
                known.acl if known else "",
                known.title if known else None,
                known.version if known else 0,
            )

    def node(self, uri: str) -> NodeSeen | None:
        return self._nodes.get(uri)

    def below(self, uri: str) -> Iterator[NodeSeen]:
        base = uri.rstrip("/") + "/"
        return (node for each, node in sorted(self._nodes.items()) if each.startswith(base))

    def accounts(self) -> Iterator[KnownAccount]:
        for uri in sorted(self._nodes):
            app, server = self._nodes.get(f"{uri}/AppID"), self._nodes.get(f"{uri}/ServerID")
            if app is not None and app.value == DM_ACCOUNT and server is not None:
                yield KnownAccount(server.value, uri, "")


def _node(uri: str, said: object) -> NodeSeen:
    if not uri.startswith("."):
        raise _wrong(f"{uri[:80]!r} is no URI from the root: it begins with ./")
    fields = said if isinstance(said, dict) else {"value": said}
    unknown = set(fields) - PROPERTIES
    value = fields.get("value")
    if unknown or isinstance(value, dict | list):
        raise _wrong(f"a node is a value, or an object of {', '.join(sorted(PROPERTIES))}; see {uri[:80]!r}")
    title, version = fields.get("title"), fields.get("version", 0)
    if not isinstance(version, int):
        raise _wrong(f"the version of {uri[:80]!r} is no number")
    return NodeSeen(
        uri,
        _text(value),
        str(fields.get("format", "chr")),
        str(fields.get("type", "")),
        str(fields.get("acl", "")),
        None if title is None else str(title),
        version,
    )


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _wrong(why: str) -> PartBroke:
    return PartBroke(
        f"the device's tree cannot be read: {why}", hint='it prints JSON, such as {"./DevInfo/Man": "x"}'
    )
