"""The two encodings of a DM message, and which of them a body is in (DM Representation Protocol §5.4, §6)."""

from __future__ import annotations

from enum import Enum

from simulator.codes import mime
from simulator.codes.wbxml import VERSIONS
from simulator.errors import CodecError
from simulator.syncml import wbxml, xml
from simulator.syncml.message import SyncML


class Encoding(Enum):
    XML = "xml"
    WBXML = "wbxml"

    @property
    def mime(self) -> str:
        """The media type of a DM message in this encoding."""
        return mime.DM_XML if self is Encoding.XML else mime.DM_WBXML


_ENCODE = {Encoding.XML: xml.encode, Encoding.WBXML: wbxml.encode}
_DECODE = {Encoding.XML: xml.decode, Encoding.WBXML: wbxml.decode}

_XML_STARTS = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00<")
"""How XML starts: with markup, or with a byte order mark (UTF-8, UTF-16)."""


def encode(message: SyncML, encoding: Encoding) -> bytes:
    """Write a message. Raises `EncodeError`."""
    return _ENCODE[encoding](message)


def decode(body: bytes, content_type: str | None) -> tuple[SyncML, Encoding]:
    """Read a message in the encoding that it is in, which need not be what its Content-Type says.

    Peers are met that send ``application/vnd.syncml+xml``, ``text/xml`` or nothing at all. Raises `CodecError`.
    """
    encoding = sniff(body) or named(content_type)
    if encoding is None:
        said = f"of type {content_type}" if content_type else "without a Content-Type"
        raise CodecError(f"{len(body)} bytes {said} that are neither XML nor WBXML", offset=0)
    return _DECODE[encoding](body), encoding


def sniff(body: bytes) -> Encoding | None:
    """The encoding that a body's first bytes show."""
    if body.lstrip().startswith(_XML_STARTS):
        return Encoding.XML
    if body[:1] and body[0] in VERSIONS:
        return Encoding.WBXML
    return None


def named(content_type: str | None) -> Encoding | None:
    """The encoding that a Content-Type names: the last word of its subtype."""
    subtype = mime.parse_media_type(content_type or "")[0].rpartition("/")[2]
    return {"xml": Encoding.XML, "wbxml": Encoding.WBXML}.get(subtype.rpartition("+")[2])
