"""TNDS documents: a part of a management tree, as it travels."""

from __future__ import annotations

from collections.abc import Callable

from hil.decode.kinds import elements, xmltext
from hil.decode.layer import Layer
from hil.decode.registry import CERTAIN, LIKELY, Kind, Reading
from simulator.errors import CodecError
from simulator.tnds import wbxml, xml
from simulator.tnds.document import MgmtTree
from simulator.tnds.grammar import GRAMMAR

WBXML_MARK = b"\x00\x02\x47"
"""How every body begins: to DMDDF's code page, and MgmtTree with content."""
HEADER_OCTETS = 200
"""Octets within which the body begins: a string table holds the public identifier at most."""


def tree_layer(tree: MgmtTree, kind: str = "tnds", *, damaged: bool = False) -> Layer:
    layer = elements.layer_of(tree, GRAMMAR, damaged=damaged)
    layer.kind, layer.title = kind, "TNDS document"
    for inner in layer.walk():
        if inner.kind == "Node":
            fields = dict(inner.fields)
            name = fields.get("NodeName") or "without a name"
            inner.title = f"Node {fields['Path']}/{name}" if fields.get("Path") else f"Node {name}"
    return layer


def _read(name: str, decode: Callable[[bytes], MgmtTree], octets: bytes, like: bool) -> Reading:
    try:
        return Reading(tree_layer(decode(octets), name), CERTAIN)
    except CodecError as error:
        if not like:
            raise
        partial = error.partial
        layer = Layer(name, "TNDS document")
        if isinstance(partial, MgmtTree):
            layer = tree_layer(partial, name, damaged=True)
        layer.damaged_by(error)
        return Reading(layer, LIKELY)


def read_xml(octets: bytes) -> Reading:
    return _read("tnds-xml", xml.decode, octets, xmltext.has_root(octets, "MgmtTree"))


def read_wbxml(octets: bytes) -> Reading:
    like = octets[:1] in (b"\x01", b"\x02", b"\x03") and WBXML_MARK in octets[:HEADER_OCTETS]
    return _read("tnds-wbxml", wbxml.decode, octets, like)


KINDS = (
    Kind("tnds-xml", "TNDS document in XML", read_xml),
    Kind("tnds-wbxml", "TNDS document in WBXML", read_wbxml),
)
