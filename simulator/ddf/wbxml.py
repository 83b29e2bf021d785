"""Device descriptions in WBXML: the tokens that they share with TNDS (DM Tree and Description §9)."""

from __future__ import annotations

from typing import cast

from simulator.codes.wbxml import DMDDF_12
from simulator.ddf.document import MgmtTree
from simulator.ddf.grammar import GRAMMAR
from simulator.wbxml.header import Header
from simulator.wbxml.reader import Reader
from simulator.wbxml.writer import Writer

_reader = Reader(GRAMMAR)
_writer = Writer(GRAMMAR, Header(DMDDF_12, strings=DMDDF_12.encode() + b"\0"))


def decode(data: bytes) -> MgmtTree:
    """Read a description that fills ``data``. Raises `CodecError`, with what could be read as its ``partial``."""
    return cast(MgmtTree, _reader.read_whole(data))


def encode(tree: MgmtTree) -> bytes:
    """Write a description: WBXML 1.3, UTF-8. Raises `EncodeError`."""
    return _writer.write(tree)
