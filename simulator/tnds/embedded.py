"""TNDS documents inside a message: the Data of an Item whose Meta Type is a TNDS media type.

A document may be carried as text (XML, escaped or in a CDATA section), as octets (a whole WBXML document with its
own header), as base64 text of those octets (WBXML in an XML message), or in place, as elements of the message
itself (DM Tree and Description Serialization §5.3). All are read; `write` makes the first three.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

from simulator.codes.mime import TNDS_WBXML, TNDS_XML, parse_media_type
from simulator.errors import CodecError, EncodeError
from simulator.syncml.encoding import Encoding, sniff
from simulator.syncml.message import Data
from simulator.tnds import wbxml, xml
from simulator.tnds.document import MgmtTree

_DECODE = {Encoding.XML: xml.decode, Encoding.WBXML: wbxml.decode}
_ENCODINGS = {TNDS_XML: Encoding.XML, TNDS_WBXML: Encoding.WBXML}


def read(data: Data, mime: str | None) -> MgmtTree:
    """The document that a Data holds, whatever its Meta Type says; that decides only where the bytes do not.

    Raises `CodecError`.
    """
    if isinstance(data, MgmtTree):
        return data
    octets = data.encode() if isinstance(data, str) else data
    encoding = sniff(octets)
    if encoding is None:
        plain = _from_base64(octets)
        encoding = sniff(plain)
        octets = octets if encoding is None else plain
    if encoding is None:
        encoding = _ENCODINGS.get(parse_media_type(mime or "")[0])
    if encoding is None:
        raise CodecError(
            f"{len(octets)} bytes of type {mime} that are no TNDS document",
            hint=f"expected {TNDS_XML} or {TNDS_WBXML}",
        )
    return _DECODE[encoding](octets)


def write(tree: MgmtTree, mime: str, encoding: Encoding) -> Data:
    """A document as the Data of a message in ``encoding``: text for `TNDS_XML`; for `TNDS_WBXML` octets, or their
    base64 text in an XML message. The Item's Meta Format is `meta_format`. Raises `EncodeError`.
    """
    media_type = parse_media_type(mime)[0]
    if media_type not in _ENCODINGS:
        raise EncodeError(f"{mime} is no media type of TNDS; expected {TNDS_XML} or {TNDS_WBXML}")
    if media_type == TNDS_XML:
        return xml.encode(tree, declaration=False).decode()
    document = wbxml.encode(tree)
    return document if encoding is Encoding.WBXML else b64encode(document).decode()


def meta_format(mime: str, encoding: Encoding) -> str:
    """The Meta Format of an Item whose Data `write` made."""
    if parse_media_type(mime)[0] == TNDS_XML:
        return "xml"
    return "bin" if encoding is Encoding.WBXML else "b64"


def _from_base64(octets: bytes) -> bytes:
    try:
        return b64decode(b"".join(octets.split()), validate=True)
    except binascii.Error:
        return b""
