"""Code points of smart cards: instructions, files, applications and status words.

ISO/IEC 7816-4, ETSI TS 102 221 (UICC), TS 51.011 (SIM), PKCS #15. One table each; the dialogue with the card,
the virtual UICC and the trace all read them here.
"""

from __future__ import annotations

from enum import IntEnum


class Ins(IntEnum):
    """Instruction byte of a command (TS 102 221 §10.1.2, table 10.5)."""

    SELECT = 0xA4
    STATUS = 0xF2
    READ_BINARY = 0xB0
    UPDATE_BINARY = 0xD6
    READ_RECORD = 0xB2
    UPDATE_RECORD = 0xDC
    SEARCH_RECORD = 0xA2
    VERIFY = 0x20
    CHANGE_PIN = 0x24
    DISABLE_PIN = 0x26
    ENABLE_PIN = 0x28
    UNBLOCK_PIN = 0x2C
    DEACTIVATE_FILE = 0x04
    ACTIVATE_FILE = 0x44
    AUTHENTICATE = 0x88
    MANAGE_CHANNEL = 0x70
    GET_RESPONSE = 0xC0
    TERMINAL_PROFILE = 0x10
    FETCH = 0x12
    TERMINAL_RESPONSE = 0x14
    ENVELOPE = 0xC2
    TERMINAL_CAPABILITY = 0xAA

    @property
    def title(self) -> str:
        return self.name.replace("_", " ")


MF = 0x3F00
CURRENT_DF = 0x3FFF
"""At the head of a path: the DF that is selected (PKCS #15 usage)."""
CURRENT_ADF = 0x7FFF
"""At the head of a path: the application that is selected (TS 102 221 §8.4.2)."""
DF_GSM = 0x7F20
DF_PKCS15 = 0x7F50
EF_DIR = 0x2F00
EF_ARR = 0x2F06
EF_ICCID = 0x2FE2
EF_IMSI = 0x6F07
EF_AD = 0x6FAD
EF_ODF = 0x5031
EF_TOKEN_INFO = 0x5032
EF_DODF_BOOTSTRAP = 0x6430
EF_DM_BOOTSTRAP = 0x6431
"""Where bootstrap messages usually lie; the DODF says where they really do."""

FILES: dict[int, str] = {
    MF: "MF",
    CURRENT_DF: "current DF",
    CURRENT_ADF: "ADF",
    DF_GSM: "DF(GSM)",
    DF_PKCS15: "DF(PKCS#15)",
    EF_DIR: "EF(DIR)",
    EF_ICCID: "EF(ICCID)",
    0x2F05: "EF(PL)",
    EF_ARR: "EF(ARR)",
    EF_IMSI: "EF(IMSI)",
    0x6F06: "EF(ARR)",
    EF_AD: "EF(AD)",
    EF_ODF: "EF(ODF)",
    EF_TOKEN_INFO: "EF(TokenInfo)",
    EF_DODF_BOOTSTRAP: "EF(DODF-bootstrap)",
    EF_DM_BOOTSTRAP: "EF(DM_Bootstrap)",
}

AID_PKCS15 = bytes.fromhex("A000000063504B43532D3135")
AID_USIM = bytes.fromhex("A0000000871002")
"""The first seven bytes; the issuer's own follow (TS 101 220)."""

APPLICATIONS: dict[bytes, str] = {
    AID_PKCS15: "PKCS#15",
    AID_USIM: "USIM",
    bytes.fromhex("A0000000871004"): "ISIM",
    bytes.fromhex("A0000003431002"): "CSIM",
}

STATUS_WORDS: dict[int, str] = {
    0x9000: "ok",
    0x6200: "no information given",
    0x6281: "part of the data may be corrupted",
    0x6282: "end of the file before the length asked for",
    0x6283: "the file is deactivated",
    0x6284: "the description of the file is not as expected",
    0x6285: "the file is terminated",
    0x6300: "not verified",
    0x6581: "memory problem",
    0x6700: "wrong length",
    0x6881: "logical channels are not supported",
    0x6882: "secure messaging is not supported",
    0x6981: "not possible with this structure of file",
    0x6982: "protected: a PIN or key is needed",
    0x6983: "the PIN is blocked",
    0x6984: "invalidated",
    0x6985: "conditions of use not satisfied",
    0x6986: "no file is selected",
    0x6A80: "wrong data",
    0x6A81: "function not supported",
    0x6A82: "file or application not found",
    0x6A83: "record not found",
    0x6A84: "not enough memory",
    0x6A86: "wrong P1 or P2",
    0x6A87: "Lc does not agree with P1 and P2",
    0x6A88: "what is referred to was not found",
    0x6B00: "offset outside the file",
    0x6D00: "instruction not supported",
    0x6E00: "class not supported",
    0x6F00: "technical problem",
    0x9240: "memory problem",
    0x9300: "the toolkit is busy",
    0x9400: "no file is selected",
    0x9402: "outside the file",
    0x9404: "file not found",
    0x9408: "not possible with this structure of file",
    0x9802: "no PIN is set up",
    0x9804: "protected, or the PIN is wrong",
    0x9808: "contradicts whether the PIN is enabled",
    0x9810: "contradicts whether the file is invalidated",
    0x9840: "the PIN is blocked",
}

_FAMILIES: dict[int, str] = {
    0x61: "{} bytes are waiting",
    0x6C: "wrong Le: {} bytes are there",
    0x91: "ok, a proactive command of {} bytes is waiting",
    0x9F: "{} bytes are waiting",
}

PROTECTED = frozenset({0x6982, 0x6983, 0x9804, 0x9840})
"""The answers of a file that needs a PIN (TS 102 221 §10.2.1, TS 51.011 §9.4)."""

NOT_THERE = frozenset({0x6A82, 0x6A86, 0x6A87, 0x6A88, 0x6B00, 0x9402, 0x9404})
"""The answers of a card that has no such file, no such way to it, or nothing at that place of it. Whatever else a
card refuses may be there all the same."""

FALLBACK_TO_SIM = frozenset({0x6D00, 0x6E00})
"""The answers of a SIM to the class byte of a UICC."""


def meaning(sw: int) -> str:
    """What a status word says, in words."""
    if known := STATUS_WORDS.get(sw):
        return known
    sw1, sw2 = sw >> 8, sw & 0xFF
    if family := _FAMILIES.get(sw1):
        return family.format(sw2 or 256)
    if sw & 0xFFF0 == 0x63C0:
        return f"wrong PIN, {sw & 0xF} tries left"
    return "unknown status word"


def file_name(fid: int) -> str:
    """``EF(DIR) 2F00``; the plain identifier for a file without a name."""
    name = FILES.get(fid)
    return f"{name} {fid:04X}" if name else f"{fid:04X}"


def application_name(aid: bytes) -> str:
    """``PKCS#15``, ``USIM``; the identifier in hex for an application without a name."""
    for prefix, name in APPLICATIONS.items():
        if aid.startswith(prefix):
            return name
    return aid.hex().upper()
