"""A TNDS document as typed objects (DM Tree and Description Serialization §5.3; the DTD is DDF's).

`Node` here is a node as *serialised*: name, runtime properties, value, children. The live tree is
``simulator.tree``.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class RTProperties:
    acl: str | None = None
    format: str | None = None
    """One of b64 bin bool chr int node null xml date time float; None when the element is absent."""
    name: str | None = None
    size: str | None = None
    title: str | None = None
    tstamp: str | None = None
    mime: str | None = None
    """Type/MIME: the media type of a leaf."""
    ddf_name: str | None = None
    """Type/DDFName: the Management Object identifier of an interior node (may be empty)."""
    ver_no: str | None = None


@dataclass(slots=True)
class Node:
    node_name: str | None
    """Empty: the name is the last segment of the command's Target. None: absent, the client chooses."""
    path: str | None = None
    """Only on top-level nodes: the URI up to but excluding this node."""
    rt_properties: RTProperties = field(default_factory=RTProperties)
    value: str | bytes | None = None
    """Text, or octets when a WBXML document carries the value as OPAQUE."""
    nodes: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class MgmtTree:
    ver_dtd: str = "1.2"
    man: str | None = None
    mod: str | None = None
    nodes: list[Node] = field(default_factory=list)
