"""Hypothesis strategies for whole random, valid messages and TNDS documents; shared by all tests of codecs.

``octets=False`` leaves out octets in Data and Value, which XML can carry only as base64 text.
"""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from simulator.codes.format import FORMATS
from simulator.syncml import message as m
from simulator.tnds.document import MgmtTree, Node, RTProperties

T = TypeVar("T")

TEXT = st.text(
    st.characters(
        codec="utf-8",
        exclude_categories=["Cc", "Cs"],
        include_characters="\t\n\r",
        exclude_characters="\ufffe\uffff",
    ),
    max_size=12,
) | st.text("\t\n\r <>&'\"]é-", max_size=12)
"""Character data that XML and WBXML can both carry: no NUL, no control characters."""

DIGITS = st.integers(0, 99999).map(str)
URIS = st.sampled_from(["./DevInfo/Man", "./Inbox", "http://server.example/dm", "IMEI:490154203237518"]) | TEXT
OCTETS = st.binary(max_size=200)


def maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    """None more often than not, as in real messages."""
    return st.one_of(st.none(), st.none(), strategy)


def rarely() -> st.SearchStrategy[bool]:
    return st.sampled_from([False, False, False, True])


def some(strategy: st.SearchStrategy[T], size: int = 2) -> st.SearchStrategy[list[T]]:
    return st.lists(strategy, max_size=size)


# TNDS


def mgmt_trees(*, octets: bool = True) -> st.SearchStrategy[MgmtTree]:
    values = TEXT | OCTETS if octets else TEXT
    properties = st.builds(
        RTProperties,
        acl=maybe(TEXT),
        format=maybe(st.sampled_from(FORMATS)),
        name=maybe(TEXT),
        size=maybe(DIGITS),
        title=maybe(TEXT),
        tstamp=maybe(TEXT),
        mime=maybe(st.just("text/plain") | TEXT),
        ddf_name=maybe(st.just("urn:oma:mo:oma-dm-dmacc:1.1") | TEXT),
        ver_no=maybe(DIGITS),
    )

    def node(nodes: st.SearchStrategy[list[Node]]) -> st.SearchStrategy[Node]:
        return st.builds(
            Node,
            node_name=maybe(TEXT),
            path=maybe(TEXT),
            rt_properties=properties,
            value=maybe(values),
            nodes=nodes,
        )

    nodes = st.recursive(node(st.just([])), lambda inner: node(some(inner)), max_leaves=6)
    return st.builds(MgmtTree, ver_dtd=st.just("1.2"), man=maybe(TEXT), mod=maybe(TEXT), nodes=some(nodes))


# SyncML

METAS = st.builds(
    m.Meta,
    format=maybe(st.sampled_from(["b64", "bin", "chr", "int", "xml"])),
    type=maybe(st.sampled_from(["text/plain", "syncml:auth-md5", "application/vnd.syncml.dmtnds+xml"])),
    mark=maybe(TEXT),
    size=maybe(DIGITS),
    next_nonce=maybe(TEXT),
    version=maybe(TEXT),
    max_msg_size=maybe(DIGITS),
    max_obj_size=maybe(DIGITS),
    emi=some(TEXT),
    field_level=maybe(TEXT),
)
TARGETS = st.builds(m.Target, loc_uri=URIS, loc_name=maybe(TEXT))
SOURCES = st.builds(m.Source, loc_uri=URIS, loc_name=maybe(TEXT))


def items(*, octets: bool = True) -> st.SearchStrategy[m.Item]:
    data = TEXT | mgmt_trees(octets=octets)
    return st.builds(
        m.Item,
        target=maybe(TARGETS),
        source=maybe(SOURCES),
        source_parent=maybe(TEXT),
        target_parent=maybe(TEXT),
        meta=maybe(METAS),
        data=maybe(data | OCTETS if octets else data),
        more_data=rarely(),
    )


def commands(*, octets: bool = True) -> st.SearchStrategy[m.Command]:
    """Any command, some without CmdID; Atomic and Sequence with commands in them."""
    text = TEXT | OCTETS if octets else TEXT
    cred = maybe(st.builds(m.Cred, meta=maybe(METAS), data=text))
    some_items = some(items(octets=octets))
    numbers = st.one_of(DIGITS, DIGITS, DIGITS, st.just(""))
    common = {
        "cmd_id": numbers,
        "no_resp": rarely(),
        "cred": cred,
        "meta": maybe(METAS),
        "items": some_items,
    }
    status = st.builds(
        m.Status,
        cmd_id=DIGITS,
        msg_ref=DIGITS,
        cmd_ref=DIGITS,
        cmd=st.sampled_from(["SyncHdr", "Get", "Alert"]),
        target_ref=some(URIS),
        source_ref=some(URIS),
        cred=cred,
        chal=maybe(st.builds(m.Chal, meta=METAS)),
        data=maybe(text),
        items=some_items,
    )
    results = st.builds(
        m.Results,
        cmd_id=DIGITS,
        msg_ref=maybe(DIGITS),
        cmd_ref=DIGITS,
        meta=maybe(METAS),
        target_ref=maybe(URIS),
        source_ref=maybe(URIS),
        items=some_items,
    )
    alert = st.builds(
        m.Alert,
        cmd_id=DIGITS,
        no_resp=rarely(),
        cred=cred,
        data=maybe(text),
        correlator=maybe(TEXT),
        items=some_items,
    )
    simple = st.one_of(
        status,
        results,
        alert,
        st.builds(m.Add, **common),
        st.builds(m.Replace, **common),
        st.builds(m.Copy, **common),
        st.builds(m.Get, **common, lang=maybe(TEXT)),
        st.builds(m.Exec, **common, correlator=maybe(TEXT)),
        st.builds(m.Delete, **common, archive=rarely(), sft_del=rarely()),
        st.builds(
            m.ForeignCommand,
            cmd_id=numbers,
            name=st.sampled_from(["Map", "Move", "Put", "Search", "Sync", "Item"]),
        ),
    )

    def holders(inner: st.SearchStrategy[m.Command]) -> st.SearchStrategy[m.Command]:
        held = {"cmd_id": DIGITS, "no_resp": rarely(), "meta": maybe(METAS), "commands": some(inner, 3)}
        return st.builds(m.Atomic, **held) | st.builds(m.Sequence, **held)

    return st.recursive(simple, holders, max_leaves=4)


def messages(*, octets: bool = True) -> st.SearchStrategy[m.SyncML]:
    header = st.builds(
        m.SyncHdr,
        ver_dtd=st.just("1.2"),
        ver_proto=st.sampled_from(["DM/1.2", "DM/1.3"]),
        session_id=DIGITS,
        msg_id=DIGITS,
        target=TARGETS,
        source=SOURCES,
        resp_uri=maybe(URIS),
        no_resp=rarely(),
        cred=maybe(st.builds(m.Cred, meta=maybe(METAS), data=TEXT | OCTETS if octets else TEXT)),
        meta=maybe(METAS),
    )
    body = st.builds(m.SyncBody, commands=some(commands(octets=octets), 3), final=st.booleans())
    return st.builds(m.SyncML, header, body)
