"""The elements of a device description (DM Tree and Description §8)."""

from __future__ import annotations

from functools import partial

from simulator.codes.wbxml import DMDDF
from simulator.ddf.document import AccessType, DFProperties, MgmtTree, Node, Occurrence
from simulator.grammar import Element, Grammar, Kind
from simulator.grammar import many as _many
from simulator.grammar import maybe as _maybe
from simulator.grammar import one as _one
from simulator.tnds.grammar import FORMATS

one = partial(_one, page=DMDDF)
maybe = partial(_maybe, page=DMDDF)
many = partial(_many, page=DMDDF)

ELEMENTS = (
    Element(
        "MgmtTree",
        MgmtTree,
        (
            one("VerDTD", "ver_dtd"),
            maybe("Man", "man"),
            maybe("Mod", "mod"),
            many("Node", "nodes", Node),
        ),
        page=DMDDF,
    ),
    Element(
        "Node",
        Node,
        (
            maybe("NodeName", "node_name"),
            maybe("Path", "path"),
            maybe("DFProperties", "df_properties", DFProperties),
            many("Node", "nodes", Node),
            maybe("Value", "value"),
        ),
        page=DMDDF,
    ),
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
