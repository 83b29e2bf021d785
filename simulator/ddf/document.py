"""A device description as typed objects (DM Tree and Description §8, DTD dmddf 1.2).

It shares its DTD with TNDS; there nodes carry RTProperties, here DFProperties.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class AccessType:
    """The commands that a node takes."""

    add: bool = False
    copy: bool = False
    delete: bool = False
    exec: bool = False
    get: bool = False
    replace: bool = False


@dataclass(slots=True)
class Occurrence:
    """How often a node can occur below its parent: one of these."""

    one: bool = False
    zero_or_one: bool = False
    zero_or_more: bool = False
    one_or_more: bool = False
    zero_or_n: str | None = None
    """At most so many, in decimal."""
    one_or_n: str | None = None


@dataclass(slots=True)
class DFProperties:
    access_type: AccessType | None = None
    """Absent: Get only."""
    default_value: str | None = None
    description: str | None = None
    format: str | None = None
    occurrence: Occurrence | None = None
    """Absent: One."""
    scope: str | None = None
    """Permanent or Dynamic; absent: Dynamic."""
    title: str | None = None
    mimes: list[str] = field(default_factory=list)
    """DFType/MIME: the media types that a leaf's value may have."""
    ddf_name: str | None = None
    """DFType/DDFName: the Management Object identifier of an interior node."""
    case_sense: str | None = None


@dataclass(slots=True)
class Node:
    node_name: str | None
    """None or empty: the name is chosen when such a node is created."""
    path: str | None = None
    df_properties: DFProperties | None = None
    nodes: list[Node] = field(default_factory=list)
    value: str | None = None


@dataclass(slots=True)
class MgmtTree:
    ver_dtd: str = "1.2"
    man: str | None = None
    mod: str | None = None
    nodes: list[Node] = field(default_factory=list)
