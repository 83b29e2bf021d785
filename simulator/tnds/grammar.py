"""The elements of a TNDS document (DM Tree and Description Serialization §5.3)."""

from __future__ import annotations

from simulator.codes.format import BINARY_FORMATS, FORMATS
from simulator.codes.wbxml import DMDDF
from simulator.dmddf import maybe, node, one, seldom, tree
from simulator.grammar import Element, Grammar, Kind
from simulator.tnds.document import MgmtTree, Node, RTProperties

ELEMENTS = (
    tree(MgmtTree, Node),
    node(
        Node,
        one("RTProperties", "rt_properties", RTProperties),
        Kind.DATA,
        format_in="rt_properties",
        base64=BINARY_FORMATS,
    ),
    Element(
        "RTProperties",
        RTProperties,
        (
            maybe("ACL", "acl"),
            maybe("Format", "format", Kind.WORD, words=FORMATS),
            seldom("Name", "name"),
            seldom("Size", "size"),
            seldom("Title", "title"),
            seldom("TStamp", "tstamp"),
            maybe("MIME", "mime", within="Type"),
            maybe("DDFName", "ddf_name", within="Type"),
            seldom("VerNo", "ver_no"),
        ),
        page=DMDDF,
        wrappers=("Type",),
    ),
)

GRAMMAR = Grammar(ELEMENTS)
