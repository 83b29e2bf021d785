"""TNDS documents in XML (DM Tree and Description Serialization §5.3)."""

from __future__ import annotations

from typing import cast

from simulator.tnds.document import MgmtTree
from simulator.tnds.grammar import GRAMMAR
from simulator.xml import reader, writer


def decode(data: bytes) -> MgmtTree:
    """Read a document. Raises `CodecError`; its ``partial`` is the part of a damaged one that could be read.

    Values are text, as they stand: base64 text of a node of Format b64 or bin stays base64.
    """
    return cast(MgmtTree, reader.read(data, GRAMMAR))


def encode(tree: MgmtTree, *, declaration: bool = True) -> bytes:
    """Write a document, in UTF-8; without an XML ``declaration`` when it is to be embedded as text.

    Octets become base64; the Format must be b64 or bin then (`EncodeError`).
    """
    return writer.write(tree, GRAMMAR, declaration=declaration)
