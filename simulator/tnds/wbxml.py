"""TNDS documents in WBXML (DM Tree and Description Serialization §5.3; tokens of DM Tree and Description §9)."""

from __future__ import annotations

from typing import cast

from simulator.codes.wbxml import DMDDF_12
from simulator.tnds.document import MgmtTree
from simulator.tnds.grammar import GRAMMAR
from simulator.wbxml.header import Header
from simulator.wbxml.reader import Reader
from simulator.wbxml.writer import Writer

_reader = Reader(GRAMMAR)
_writer = Writer(GRAMMAR, Header(DMDDF_12, strings=DMDDF_12.encode() + b"\0"))


def decode(data: bytes) -> MgmtTree:
    """Read a document that fills ``data``.

    Raises `CodecError`; its ``partial`` is the part of a damaged document that could be read.
    """
    return cast(MgmtTree, _reader.read_whole(data))


def encode(tree: MgmtTree) -> bytes:
    """Write a document: WBXML 1.3, its public identifier in the string table, UTF-8. Raises `EncodeError`."""
    return _writer.write(tree)
