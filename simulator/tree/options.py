"""What the standard leaves to a device, or does not say plainly: one named option each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ALL_PROPERTIES = frozenset({"ACL", "Format", "Name", "Size", "Title", "TStamp", "Type", "VerNo"})
MANDATORY_PROPERTIES = frozenset({"ACL", "Format", "Name", "Type"})


@dataclass(frozen=True, slots=True)
class RelativeForm:
    """The punctuation of an address that names a Management Object: ``./?MOID=urn:x:1.0&Leaf=value/Path``.

    What it is made of could not be read; none of it may be part of a plain URI, and it is written as an escape
    (``%2F``) where an identifier or a value has it.
    """

    mark: str = "?MOID="
    """Between the subtree that is searched and the object's identifier."""
    pair: str = "&"
    """Before the leaf that tells one object from others of its kind."""
    equals: str = "="
    path: str = "/"
    """Before the path below the object's root."""


@dataclass(frozen=True, slots=True)
class TreeOptions:
    """A device's choices; every default is what most devices do."""

    properties: frozenset[str] = ALL_PROPERTIES
    """Properties the device has (DM Tree and Description §7.4.2: Size, Title, TStamp and VerNo are optional)."""
    implicit_parents: bool = True
    """Add creates missing interior nodes on the way (MAY, DM Representation Protocol §7.6.1); else 404."""
    max_nodes: int = 2_000_000
    """A further node is refused with 420 (Device full)."""
    max_octets: int = 64 * 1024 * 1024
    """Of all values that are not as in the model: an Add, or a server's Replace, past it is refused with 420."""
    unknown_object_status: int = 405
    """Answer to a Management Object in the Inbox that the device has no place for. Not clear from the text."""
    mo_root_data: Literal["leaves", "direct"] = "leaves"
    """What ``?list=MORootData`` tells of an object: all leaves below its root, or only those directly under
    it. The text of DM 1.3 could not be read: reconstructed."""
    relative_uris: bool = True
    """Take addresses that name a Management Object (`simulator.tree.relative`); else 406. Reconstructed."""
    relative_form: RelativeForm = RelativeForm()


DEFAULT = TreeOptions()
