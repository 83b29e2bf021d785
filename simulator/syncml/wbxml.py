"""DM messages in WBXML (DM Representation Protocol §6.2)."""

from __future__ import annotations

from typing import cast

from simulator.codes.wbxml import PUBLIC_ID_SYNCML_12
from simulator.syncml.grammar import GRAMMAR
from simulator.syncml.message import SyncML
from simulator.wbxml.header import Header
from simulator.wbxml.reader import Reader
from simulator.wbxml.writer import Writer

_reader = Reader(GRAMMAR)
_writer = Writer(GRAMMAR, Header(PUBLIC_ID_SYNCML_12))


def decode(data: bytes) -> SyncML:
    """Read a message that fills ``data``.

    Raises `CodecError`; its ``partial`` is the part of a damaged message that could be read.
    """
    return cast(SyncML, _reader.read_whole(data))


def decode_prefix(data: bytes) -> tuple[SyncML, int]:
    """Read a message at the start of ``data`` (a card file with padding): the message and its length in bytes."""
    message, length = _reader.read(data)
    return cast(SyncML, message), length


def encode(message: SyncML) -> bytes:
    """Write a message: WBXML 1.3, public identifier A4 01, UTF-8, no string table.

    Text becomes inline strings (OPAQUE when it has a NUL in it), octets become OPAQUE. Raises `EncodeError`.
    """
    return _writer.write(message)
