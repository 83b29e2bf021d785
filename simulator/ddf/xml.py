"""Device descriptions in XML."""

from __future__ import annotations

from typing import cast

from simulator.ddf.document import MgmtTree
from simulator.ddf.grammar import GRAMMAR
from simulator.xml import reader, writer


def decode(data: bytes) -> MgmtTree:
    """Read a description; elements of a maker's own namespace are passed over. Raises `CodecError`."""
    return cast(MgmtTree, reader.read(data, GRAMMAR))


def encode(tree: MgmtTree) -> bytes:
    """Write a description, in UTF-8."""
    return writer.write(tree, GRAMMAR)
