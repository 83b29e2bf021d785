"""DM messages in XML (DM Representation Protocol §6.1)."""

from __future__ import annotations

from typing import cast

from simulator.syncml.grammar import GRAMMAR
from simulator.syncml.message import SyncML
from simulator.xml import reader, writer


def decode(data: bytes) -> SyncML:
    """Read a message. Raises `CodecError`; its ``partial`` is the part of a damaged message that could be read."""
    return cast(SyncML, reader.read(data, GRAMMAR))


def encode(message: SyncML) -> bytes:
    """Write a message, in UTF-8.

    Raises `EncodeError` for characters that XML has not, and for octets in a Data whose Format is not ``b64``.
    """
    return writer.write(message, GRAMMAR)
