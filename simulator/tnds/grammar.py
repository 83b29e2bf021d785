"""The elements of a TNDS document (DM Tree and Description Serialization §5.3)."""

from __future__ import annotations

from functools import partial

from simulator.codes.wbxml import DMDDF
from simulator.grammar import Element, Grammar, Kind
from simulator.grammar import many as _many
from simulator.grammar import maybe as _maybe
from simulator.grammar import one as _one
from simulator.grammar import seldom as _seldom
from simulator.tnds.document import MgmtTree, Node, RTProperties

one = partial(_one, page=DMDDF)
maybe = partial(_maybe, page=DMDDF)
seldom = partial(_seldom, page=DMDDF)
many = partial(_many, page=DMDDF)

FORMATS = ("b64", "bin", "bool", "chr", "int", "node", "null", "xml", "date", "time", "float")
"""The formats of a node (DM Tree and Description §7.7)."""

ELEMENTS = (
    Element(
        "MgmtTree",
        MgmtTree,
        (
            one("VerDTD", "ver_dtd"),
            seldom("Man", "man"),
            seldom("Mod", "mod"),
            many("Node", "nodes", Node),
        ),
        page=DMDDF,
    ),
    Element(
        "Node",
        Node,
        (
            maybe("NodeName", "node_name"),
            seldom("Path", "path"),
            one("RTProperties", "rt_properties", RTProperties),
            many("Node", "nodes", Node),
            maybe("Value", "value", Kind.DATA),
        ),
        page=DMDDF,
        format_in="rt_properties",
        base64=frozenset({"b64", "bin"}),
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
