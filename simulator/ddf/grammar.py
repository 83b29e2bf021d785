"""The elements of a device description (DM Tree and Description §8)."""

from __future__ import annotations

from simulator.codes.format import FORMATS
from simulator.codes.wbxml import DMDDF
from simulator.ddf.document import AccessType, DFProperties, MgmtTree, Node, Occurrence
from simulator.dmddf import many, maybe, node, tree
from simulator.grammar import Element, Grammar, Kind

ELEMENTS = (
    tree(MgmtTree, Node),
    node(Node, maybe("DFProperties", "df_properties", DFProperties), Kind.TEXT),
    Element(
        "DFProperties",
        DFProperties,
        (
            maybe("AccessType", "access_type", AccessType),
            maybe("DefaultValue", "default_value"),
            maybe("Description", "description"),
            maybe("DFFormat", "format", Kind.WORD, words=FORMATS),
            maybe("Occurrence", "occurrence", Occurrence),
            maybe("Scope", "scope", Kind.WORD, words=("Permanent", "Dynamic")),
            maybe("DFTitle", "title"),
            many("MIME", "mimes", within="DFType"),
            maybe("DDFName", "ddf_name", within="DFType"),
            maybe("CaseSense", "case_sense", Kind.WORD, words=("CS", "CIS")),
        ),
        page=DMDDF,
        wrappers=("DFType",),
    ),
    Element(
        "AccessType",
        AccessType,
        tuple(
            maybe(name, name.lower(), Kind.FLAG) for name in ("Add", "Copy", "Delete", "Exec", "Get", "Replace")
        ),
        page=DMDDF,
    ),
    Element(
        "Occurrence",
        Occurrence,
        (
            maybe("One", "one", Kind.FLAG),
            maybe("ZeroOrOne", "zero_or_one", Kind.FLAG),
            maybe("ZeroOrMore", "zero_or_more", Kind.FLAG),
            maybe("OneOrMore", "one_or_more", Kind.FLAG),
            maybe("ZeroOrN", "zero_or_n"),
            maybe("OneOrN", "one_or_n"),
        ),
        page=DMDDF,
    ),
)

GRAMMAR = Grammar(ELEMENTS)
