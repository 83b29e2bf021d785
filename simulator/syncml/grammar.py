"""The elements of a DM message (DM Representation Protocol, DTD 1.2; MetInf for what stands in Meta).

Left out: what the DTD has for data synchronisation only (Sync, Map, Search, Put, Move, Filter, Anchor, Mem and
their parts). Such a command becomes a `ForeignCommand`, as does any other element in a command's place; a message
with one of the rest is refused, with its name.
"""

from __future__ import annotations

from functools import partial

from simulator import grammar
from simulator.codes.wbxml import METINF
from simulator.grammar import Element, Grammar, Kind, many, maybe, one, seldom
from simulator.syncml import message as m
from simulator.tnds.document import MgmtTree
from simulator.tnds.grammar import ELEMENTS as TNDS_ELEMENTS

meta = partial(grammar.maybe, page=METINF)
rarely = partial(grammar.seldom, page=METINF)

CMD_ID = one("CmdID", "cmd_id", blank="")
NO_RESP = seldom("NoResp", "no_resp", Kind.FLAG)
CRED = seldom("Cred", "cred", m.Cred)
META = maybe("Meta", "meta", m.Meta)
CORRELATOR = seldom("Correlator", "correlator")
ITEMS = many("Item", "items", m.Item)

COMMANDS = tuple(
    many(model.__name__, "commands", model)
    for model in (
        m.Status,
        m.Results,
        m.Alert,
        m.Add,
        m.Replace,
        m.Get,
        m.Exec,
        m.Delete,
        m.Copy,
        m.Atomic,
        m.Sequence,
    )
)
"""Any of them, in any order, all in one list."""

ELEMENTS = (
    Element("SyncML", m.SyncML, (one("SyncHdr", "sync_hdr", m.SyncHdr), one("SyncBody", "sync_body", m.SyncBody))),
    Element(
        "SyncHdr",
        m.SyncHdr,
        (
            one("VerDTD", "ver_dtd"),
            one("VerProto", "ver_proto"),
            one("SessionID", "session_id"),
            one("MsgID", "msg_id"),
            one("Target", "target", m.Target),
            one("Source", "source", m.Source),
            seldom("RespURI", "resp_uri"),
            NO_RESP,
            maybe("Cred", "cred", m.Cred),
            META,
        ),
    ),
    Element("SyncBody", m.SyncBody, (*COMMANDS, maybe("Final", "final", Kind.FLAG)), others=m.ForeignCommand),
    Element("Target", m.Target, (one("LocURI", "loc_uri"), seldom("LocName", "loc_name"))),
    Element("Source", m.Source, (one("LocURI", "loc_uri"), seldom("LocName", "loc_name"))),
    Element("Cred", m.Cred, (META, one("Data", "data", Kind.DATA)), format_in="meta"),
    Element("Chal", m.Chal, (one("Meta", "meta", m.Meta),)),
    Element(
        "Meta",
        m.Meta,
        (
            rarely("FieldLevel", "field_level"),
            meta("Format", "format"),
            meta("Type", "type"),
            rarely("Mark", "mark"),
            rarely("Size", "size"),
            rarely("Version", "version"),
            rarely("NextNonce", "next_nonce"),
            rarely("MaxMsgSize", "max_msg_size"),
            rarely("MaxObjSize", "max_obj_size"),
            many("EMI", "emi", page=METINF, rare=True),
        ),
        wrappers=("MetInf",),
    ),
    Element(
        "Item",
        m.Item,
        (
            maybe("Target", "target", m.Target),
            maybe("Source", "source", m.Source),
            seldom("SourceParent", "source_parent"),
            seldom("TargetParent", "target_parent"),
            META,
            maybe("Data", "data", Kind.DATA, model=MgmtTree),
            seldom("MoreData", "more_data", Kind.FLAG),
        ),
        format_in="meta",
    ),
    Element(
        "Status",
        m.Status,
        (
            CMD_ID,
            one("MsgRef", "msg_ref"),
            one("CmdRef", "cmd_ref"),
            one("Cmd", "cmd"),
            many("TargetRef", "target_ref"),
            many("SourceRef", "source_ref"),
            CRED,
            maybe("Chal", "chal", m.Chal),
            maybe("Data", "data", Kind.DATA),
            ITEMS,
        ),
    ),
    Element(
        "Results",
        m.Results,
        (
            CMD_ID,
            maybe("MsgRef", "msg_ref"),
            one("CmdRef", "cmd_ref"),
            META,
            maybe("TargetRef", "target_ref"),
            maybe("SourceRef", "source_ref"),
            ITEMS,
        ),
        format_in="meta",
    ),
    Element("Alert", m.Alert, (CMD_ID, NO_RESP, CRED, maybe("Data", "data", Kind.DATA), CORRELATOR, ITEMS)),
    Element("Add", m.Add, (CMD_ID, NO_RESP, CRED, META, ITEMS), format_in="meta"),
    Element("Replace", m.Replace, (CMD_ID, NO_RESP, CRED, META, ITEMS), format_in="meta"),
    Element("Copy", m.Copy, (CMD_ID, NO_RESP, CRED, META, ITEMS), format_in="meta"),
    Element(
        "Delete",
        m.Delete,
        (
            CMD_ID,
            NO_RESP,
            seldom("Archive", "archive", Kind.FLAG),
            seldom("SftDel", "sft_del", Kind.FLAG),
            CRED,
            META,
            ITEMS,
        ),
        format_in="meta",
    ),
    Element("Get", m.Get, (CMD_ID, NO_RESP, seldom("Lang", "lang"), CRED, META, ITEMS), format_in="meta"),
    Element("Exec", m.Exec, (CMD_ID, NO_RESP, CRED, META, CORRELATOR, ITEMS), format_in="meta"),
    Element("Atomic", m.Atomic, (CMD_ID, NO_RESP, META, *COMMANDS), format_in="meta", others=m.ForeignCommand),
    Element(
        "Sequence",
        m.Sequence,
        (CMD_ID, NO_RESP, META, *COMMANDS),
        format_in="meta",
        others=m.ForeignCommand,
    ),
)

GRAMMAR = Grammar((*ELEMENTS, *TNDS_ELEMENTS))
