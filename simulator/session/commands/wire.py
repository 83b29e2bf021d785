"""Items: whom they are for, and values as they carry them (DM Representation §7.3, §7.4)."""

from __future__ import annotations

import re

from simulator.codes import mime
from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import Data, Item, Meta, Source
from simulator.tnds import embedded
from simulator.tnds.document import MgmtTree
from simulator.tree.node import DEFAULT_FORMAT, DEFAULT_TYPE, Value
from simulator.tree.query import Found
from simulator.tree.value import from_wire

TNDS_TYPES = frozenset({mime.TNDS_XML, mime.TNDS_WBXML})

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot carry, not even escaped (§2.2)."""


def target(item: Item) -> str:
    """The Item's Target/LocURI; TreeError 412 without one."""
    if item.target is None or not item.target.loc_uri:
        raise TreeError(StatusCode.INCOMPLETE_COMMAND, "an Item without a Target")
    return item.target.loc_uri


def meta(command: Meta | None, item: Meta | None) -> Meta:
    """Format and Type that count for an Item: its own, else the command's (DM Representation §7.3)."""
    own, common = item or Meta(), command or Meta()
    return Meta(format=own.format or common.format, type=own.type or common.type)


def document(data: Data | None, meta: Meta) -> MgmtTree | None:
    """The TNDS document in Data; None when the Item carries a plain value.

    Raises `CodecError` when the Type says TNDS and the Data is none.
    """
    if isinstance(data, MgmtTree):
        return data
    if meta.type is None or mime.parse_media_type(meta.type)[0] not in TNDS_TYPES:
        return None
    return embedded.read(from_wire(data, meta.format) or "", mime.parse_media_type(meta.type)[0])


def value(data: Data | None, meta: Meta) -> Value | None:
    """The plain value in Data, base64 undone."""
    assert not isinstance(data, MgmtTree)
    return from_wire(data, meta.format)


def answer(found: Found, encoding: Encoding) -> Item:
    """An Item of Results. Format and Type stand only where they are not the defaults (§7.6.13)."""
    data, format, type_ = _carried(found, encoding)
    meta = Meta(
        format=format if format != DEFAULT_FORMAT else None,
        type=type_ if type_ and type_ != DEFAULT_TYPE else None,
    )
    return Item(source=Source(found.uri), meta=meta if meta.format or meta.type else None, data=data)


def _carried(found: Found, encoding: Encoding) -> tuple[Data | None, str, str]:
    """Data, Format and Type in an encoding."""
    data = found.data
    if isinstance(data, MgmtTree):
        if encoding is Encoding.WBXML:
            return embedded.write(data, mime.TNDS_WBXML, encoding), "bin", mime.TNDS_WBXML
        return embedded.write(data, mime.TNDS_XML, encoding), "xml", mime.TNDS_XML
    if encoding is Encoding.XML:
        if isinstance(data, str) and _NOT_IN_XML.search(data):
            data = data.encode()
        # Format says how the Data is carried: XML has no way for octets but base64 (§7.4).
        if isinstance(data, bytes):
            return data, "b64", found.type
    return data, found.format, found.type
