"""DM messages in XML and WBXML, with the TNDS documents in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hil.decode.kinds import elements, xmltext
from hil.decode.kinds.tnds import tree_layer
from hil.decode.layer import Layer
from hil.decode.registry import CERTAIN, LIKELY, Kind, Reading
from simulator.codes import mime
from simulator.codes.status import StatusCode, meaning
from simulator.errors import CodecError
from simulator.syncml import message as m
from simulator.syncml import wbxml, xml
from simulator.syncml.grammar import GRAMMAR
from simulator.tnds import embedded
from simulator.tnds.document import MgmtTree

TNDS_TYPES = frozenset({mime.TNDS_XML, mime.TNDS_WBXML})

WBXML_NUMBERED = (
    b"\xa4\x01",  # SyncML 1.2
    b"\x9f\x53",  # SyncML 1.1
    b"\x9f\x51",  # SyncML 1.0
)
"""Public identifiers of SyncML, after the octet of the WBXML version: nothing else begins so."""
WBXML_STARTS = (
    b"\x00",  # named in the string table
    b"\x01",  # unknown
)
"""What DM messages are met with besides: these tell too little by themselves."""
WBXML_MARK = b"\x6d\x6c"
"""How every body begins: SyncML with content, SyncHdr with content."""
HEADER_OCTETS = 200
KNOWN_STATUS = frozenset(str(int(code)) for code in StatusCode)


def message_layer(message: m.SyncML, name: str, *, damaged: bool = False) -> Layer:
    layer = elements.layer_of(message, GRAMMAR, _inside, damaged=damaged)
    layer.kind = name
    layer.title = "DM bootstrap message" if is_bootstrap(message) else "DM message"
    for inner in layer.walk():
        if inner.kind == "Status":
            _explain_status(inner)
    return layer


def is_bootstrap(message: m.SyncML) -> bool:
    """Whether it answers nothing and adds a TNDS document (DM Bootstrap §5.3): what a card or a push brings."""
    commands = message.sync_body.commands
    if any(isinstance(command, m.Status) for command in commands):
        return False
    return any(_tnds_type(item, add) for add in commands if isinstance(add, m.Add) for item in add.items)


def _tnds_type(item: m.Item, command: Any) -> str | None:
    """The TNDS media type of an item's Data, from its own Meta or its command's."""
    if isinstance(item.data, MgmtTree):
        return mime.TNDS_WBXML
    for meta in (item.meta, getattr(command, "meta", None)):
        if meta is not None and meta.type is not None:
            media, _ = mime.parse_media_type(meta.type)
            return media if media in TNDS_TYPES else None
    return None


def _inside(value: Any, around: Any) -> list[Layer]:
    if not isinstance(value, m.Item) or value.data is None:
        return []
    media = _tnds_type(value, around)
    if media is None:
        return []
    try:
        return [tree_layer(embedded.read(value.data, media))]
    except CodecError as error:
        partial = error.partial
        layer = Layer("tnds", "TNDS document")
        if isinstance(partial, MgmtTree):
            layer = tree_layer(partial, damaged=True)
        layer.damaged_by(error)
        return [layer]


def _explain_status(layer: Layer) -> None:
    fields = dict(layer.fields)
    code = fields.get("Data")
    if isinstance(code, str) and code in KNOWN_STATUS:
        layer.add("Meaning", meaning(code, str(fields.get("Cmd"))))


def _read(name: str, decode: Callable[[bytes], m.SyncML], octets: bytes, like: bool) -> Reading:
    try:
        return Reading(message_layer(decode(octets), name), CERTAIN)
    except CodecError as error:
        if not like:
            raise
        layer = Layer(name, "DM message")
        if isinstance(error.partial, m.SyncML):
            layer = message_layer(error.partial, name, damaged=True)
        layer.damaged_by(error)
        return Reading(layer, LIKELY)


def read_xml(octets: bytes) -> Reading:
    return _read("dm-xml", xml.decode, octets, xmltext.has_root(octets, "SyncML"))


def read_wbxml(octets: bytes) -> Reading:
    """A card's file may go on after its message, with FF."""
    head = octets[:HEADER_OCTETS]
    like = head[:1] in (b"\x01", b"\x02", b"\x03") and (
        head[1:].startswith(WBXML_NUMBERED) or (head[1:].startswith(WBXML_STARTS) and WBXML_MARK in head)
    )

    def decode(data: bytes) -> m.SyncML:
        message, used = wbxml.decode_prefix(data)
        if data[used:].strip(b"\xff"):
            raise CodecError(f"{len(data) - used} octets follow the message", offset=used, partial=message)
        return message

    return _read("dm-wbxml", decode, octets, like)


KINDS = (
    Kind("dm-xml", "DM message in XML", read_xml),
    Kind("dm-wbxml", "DM message in WBXML", read_wbxml),
)
