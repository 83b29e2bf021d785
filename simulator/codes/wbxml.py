"""WBXML's numbers: global tokens, public identifiers, and the token pages of SyncML, MetInf and DMDDF.

Clauses: WBXML 1.3 (WAP-192) §7; SyncML Representation Protocol 1.2 §9; SyncML Meta Information 1.2 §6;
DM Tree and Description 1.2 §9. DM 1.3 adds no tokens and no identifiers that are known of.
"""

from __future__ import annotations

from typing import Final

# Global tokens (WBXML §7.1): the same on every page.
SWITCH_PAGE: Final = 0x00
END: Final = 0x01
ENTITY: Final = 0x02
STR_I: Final = 0x03
LITERAL: Final = 0x04
PI: Final = 0x43
STR_T: Final = 0x83
OPAQUE: Final = 0xC3

# Bits of a tag token (WBXML §7.2).
CONTENT: Final = 0x40
ATTRIBUTES: Final = 0x80
IDENTITY: Final = 0x3F

GLOBAL_NAMES = {
    SWITCH_PAGE: "SWITCH_PAGE",
    END: "END",
    ENTITY: "ENTITY",
    STR_I: "STR_I",
    LITERAL: "LITERAL",
    0x40: "EXT_I_0",
    0x41: "EXT_I_1",
    0x42: "EXT_I_2",
    PI: "PI",
    0x44: "LITERAL_C",
    0x80: "EXT_T_0",
    0x81: "EXT_T_1",
    0x82: "EXT_T_2",
    STR_T: "STR_T",
    0x84: "LITERAL_A",
    0xC0: "EXT_0",
    0xC1: "EXT_1",
    0xC2: "EXT_2",
    OPAQUE: "OPAQUE",
    0xC4: "LITERAL_AC",
}

VERSION_13: Final = 0x03
VERSIONS = (0x01, 0x02, 0x03)
"""WBXML 1.1 to 1.3, as the version byte has them. DM 1.3 asks for 1.3; older ones differ in nothing DM uses."""

UTF_8: Final = 106
"""MIBenum of UTF-8."""
CHARSETS = {0: "unknown, read as UTF-8", 3: "US-ASCII", UTF_8: "UTF-8"}
"""The character sets that can be read, by MIBenum; all three are read as UTF-8."""

PUBLIC_ID_UNKNOWN: Final = 0x01
PUBLIC_ID_SYNCML_12: Final = 0x1201
PUBLIC_IDS = {
    PUBLIC_ID_UNKNOWN: "unknown",
    0x02: "-//WAPFORUM//DTD WML 1.0//EN",
    0x04: "-//WAPFORUM//DTD WML 1.1//EN",
    0x05: "-//WAPFORUM//DTD SI 1.0//EN",
    0x06: "-//WAPFORUM//DTD SL 1.0//EN",
    0x07: "-//WAPFORUM//DTD CO 1.0//EN",
    0x08: "-//WAPFORUM//DTD CHANNEL 1.1//EN",
    0x09: "-//WAPFORUM//DTD WML 1.2//EN",
    0x0A: "-//WAPFORUM//DTD WML 1.3//EN",
    0x0B: "-//WAPFORUM//DTD PROV 1.0//EN",
    0x0FD1: "-//SYNCML//DTD SyncML 1.0//EN",
    0x0FD2: "-//SYNCML//DTD DevInf 1.0//EN",
    0x0FD3: "-//SYNCML//DTD SyncML 1.1//EN",
    0x0FD4: "-//SYNCML//DTD DevInf 1.1//EN",
    PUBLIC_ID_SYNCML_12: "-//SYNCML//DTD SyncML 1.2//EN",
    0x1202: "-//SYNCML//DTD MetInf 1.2//EN",
    0x1203: "-//SYNCML//DTD DevInf 1.2//EN",
}
"""Numeric public identifiers of documents that a DM device may meet."""

DMDDF_12 = "-//OMA//DTD-DM-DDF 1.2//EN"
"""TNDS and DDF documents have no number: this text stands in their string table."""

SYNCML: Final = 0
METINF: Final = 1
DMDDF: Final = 2

FIRST_TAG: Final = 0x05
"""Tag tokens count from here on every page."""

# Every page's names in the order of their tokens, eight a line.
_SYNCML = """
    Add Alert Archive Atomic Chal Cmd CmdID CmdRef
    Copy Cred Data Delete Exec Final Get Item
    Lang LocName LocURI Map MapItem Meta MsgID MsgRef
    NoResp NoResults Put Replace RespURI Results Search Sequence
    SessionID SftDel Source SourceRef Status Sync SyncBody SyncHdr
    SyncML Target TargetRef -reserved- VerDTD VerProto NumberOfChanges MoreData
    Field Filter Record FilterType SourceParent TargetParent Move Correlator
"""
_METINF = """
    Anchor EMI Format FreeID FreeMem Last Mark MaxMsgSize
    Mem MetInf Next NextNonce SharedMem Size Type Version
    MaxObjSize FieldLevel
"""
_DMDDF = """
    AccessType ACL Add b64 bin bool chr CaseSense
    CIS Copy CS date DDFName DefaultValue Delete Description
    DFFormat DFProperties DFTitle DFType Dynamic Exec float Format
    Get int Man MgmtTree MIME Mod Name Node
    node NodeName null Occurrence One OneOrMore OneOrN Path
    Permanent Replace RTProperties Scope Size time Title TStamp
    Type Value VerDTD VerNo xml ZeroOrMore ZeroOrN ZeroOrOne
"""

NAMES: tuple[dict[int, str], ...] = tuple(
    {token: name for token, name in enumerate(page.split(), FIRST_TAG) if not name.startswith("-")}
    for page in (_SYNCML, _METINF, _DMDDF)
)
"""Element names by token, a dict for each page."""

TOKENS: tuple[dict[str, int], ...] = tuple({name: token for token, name in page.items()} for page in NAMES)
"""Tokens by element name (without the content bit), a dict for each page."""

NAMESPACES = ("SYNCML:SYNCML1.2", "syncml:metinf", "syncml:dmddf1.2")
"""What the pages stand for in XML."""
