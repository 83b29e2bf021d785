"""Final results, and what the error numbers mean (TS 27.007 §9.2, TS 27.005 §3.2.5, V.250 §5.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

FINAL_RESULTS: Mapping[str, bool] = {
    "OK": True,
    "ERROR": False,
    "NO CARRIER": False,
    "BUSY": False,
    "NO ANSWER": False,
    "NO DIALTONE": False,
    # not in a standard, but on the line
    "COMMAND NOT SUPPORT": False,
    "TOO MANY PARAMETERS": False,
}
"""The lines that end an answer, and whether the command succeeded."""

CME_ERRORS: Mapping[int, str] = {
    0: "phone failure",
    1: "no connection to phone",
    2: "phone-adaptor link reserved",
    3: "operation not allowed",
    4: "operation not supported",
    5: "PH-SIM PIN required",
    6: "PH-FSIM PIN required",
    7: "PH-FSIM PUK required",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    15: "SIM wrong",
    16: "incorrect password",
    17: "SIM PIN2 required",
    18: "SIM PUK2 required",
    20: "memory full",
    21: "invalid index",
    22: "not found",
    23: "memory failure",
    24: "text string too long",
    25: "invalid characters in text string",
    26: "dial string too long",
    27: "invalid characters in dial string",
    30: "no network service",
    31: "network timeout",
    32: "network not allowed - emergency calls only",
    40: "network personalisation PIN required",
    41: "network personalisation PUK required",
    42: "network subset personalisation PIN required",
    43: "network subset personalisation PUK required",
    44: "service provider personalisation PIN required",
    45: "service provider personalisation PUK required",
    46: "corporate personalisation PIN required",
    47: "corporate personalisation PUK required",
    48: "hidden key required",
    49: "EAP method not supported",
    50: "incorrect parameters",
    51: "command implemented but currently disabled",
    52: "command aborted by user",
    53: "not attached to network due to MT functionality restrictions",
    54: "modem not allowed - MT restricted to emergency calls only",
    55: "operation not allowed because of MT functionality restrictions",
    56: "fixed dial number only allowed - called number is not a fixed dial number",
    57: "temporarily out of service due to other MT usage",
    58: "language/alphabet not supported",
    59: "unexpected data value",
    60: "system failure",
    61: "data missing",
    62: "call barred",
    63: "message waiting indication subscription failure",
    100: "unknown",
    103: "illegal MS",
    104: "IMSI unknown in VLR",
    105: "IMEI not accepted",
    106: "illegal ME",
    107: "GPRS services not allowed",
    108: "GPRS and non-GPRS services not allowed",
    110: "implicitly detached",
    111: "PLMN not allowed",
    112: "location area not allowed",
    113: "roaming not allowed in this location area",
    114: "GPRS services not allowed in this PLMN",
    115: "no suitable cells in this location area",
    132: "service option not supported",
    133: "requested service option not subscribed",
    134: "service option temporarily out of order",
    148: "unspecified GPRS error",
    149: "PDP authentication failure",
    150: "invalid mobile class",
    515: "please wait, or busy (vendors)",
}

RP_CAUSES: Mapping[int, str] = {
    1: "unassigned number",
    8: "operator determined barring",
    10: "call barred",
    21: "short message transfer rejected",
    22: "memory capacity exceeded",
    27: "destination out of service",
    28: "unidentified subscriber",
    29: "facility rejected",
    30: "unknown subscriber",
    38: "network out of order",
    41: "temporary failure",
    42: "congestion",
    47: "resources unavailable",
    50: "requested facility not subscribed",
    69: "requested facility not implemented",
    81: "invalid short message reference",
    95: "semantically incorrect message",
    96: "invalid mandatory information",
    97: "message type not implemented",
    98: "message not compatible with the protocol state",
    99: "information element not implemented",
    111: "protocol error",
    127: "interworking",
}
"""TS 24.011 §8.2.5.4; they are the +CMS ERROR numbers up to 127."""

FAILURE_CAUSES: Mapping[int, str] = {
    0x80: "telematic interworking not supported",
    0x81: "short message type 0 not supported",
    0x82: "cannot replace short message",
    0x8F: "unspecified TP-PID error",
    0x90: "data coding scheme (alphabet) not supported",
    0x91: "message class not supported",
    0x9F: "unspecified TP-DCS error",
    0xA0: "command cannot be actioned",
    0xA1: "command unsupported",
    0xAF: "unspecified TP-command error",
    0xB0: "TPDU not supported",
    0xC0: "SC busy",
    0xC1: "no SC subscription",
    0xC2: "SC system failure",
    0xC3: "invalid SME address",
    0xC4: "destination SME barred",
    0xC5: "SM rejected - duplicate",
    0xC6: "TP-VPF not supported",
    0xC7: "TP-VP not supported",
    0xD0: "(U)SIM SMS storage full",
    0xD1: "no SMS storage capability in (U)SIM",
    0xD2: "error in MS",
    0xD3: "memory capacity exceeded",
    0xD4: "(U)SIM application toolkit busy",
    0xD5: "(U)SIM data download error",
    0xFF: "unspecified error cause",
}
"""TP-FCS (TS 23.040 §9.2.3.22); they are the +CMS ERROR numbers 128 to 255."""

CMS_ERRORS: Mapping[int, str] = {
    **RP_CAUSES,
    **FAILURE_CAUSES,
    300: "ME failure",
    301: "SMS service of ME reserved",
    302: "operation not allowed",
    303: "operation not supported",
    304: "invalid PDU mode parameter",
    305: "invalid text mode parameter",
    310: "SIM not inserted",
    311: "SIM PIN required",
    312: "PH-SIM PIN required",
    313: "SIM failure",
    314: "SIM busy",
    315: "SIM wrong",
    316: "SIM PUK required",
    317: "SIM PIN2 required",
    318: "SIM PUK2 required",
    320: "memory failure",
    321: "invalid memory index",
    322: "memory full",
    330: "SMSC address unknown",
    331: "no network service",
    332: "network timeout",
    340: "no +CNMA acknowledgement expected",
    500: "unknown error",
}

Family = Literal["CME", "CMS"]
ERRORS: Mapping[Family, Mapping[int, str]] = {"CME": CME_ERRORS, "CMS": CMS_ERRORS}


_CODES: Mapping[Family, Mapping[str, int]] = {
    family: {text.casefold(): code for code, text in reversed(list(table.items()))}
    for family, table in ERRORS.items()
}
"""From the words of +CMEE=2 to the number; of two with the same words the first."""

CALLS = frozenset({"NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE"})
"""They end the answer to a basic command such as ATD, and come by themselves at the end of a call."""

MEMORY_FULL = (("CMS", 322), ("CME", 20))
SIM_BUSY = (("CME", 14), ("CMS", 314), ("CME", 515))
SIM_MISSING = (("CME", 10), ("CME", 13), ("CMS", 310), ("CMS", 313))
NOT_EXPECTED = ("CMS", 340)


@dataclass(frozen=True, slots=True)
class FinalResult:
    """The last line of an answer. ``code`` is None where the modem gave no number and no words of the table."""

    ok: bool
    text: str
    family: Family | None = None
    code: int | None = None

    @property
    def number(self) -> tuple[Family | None, int | None]:
        """Family and code, to be looked up in a table such as `SIM_BUSY`."""
        return self.family, self.code

    @property
    def meaning(self) -> str | None:
        """The error in words; None for a plain ERROR, and for a number that is in no table."""
        return ERRORS[self.family].get(self.code) if self.family and self.code is not None else None

    def __str__(self) -> str:
        meaning = self.meaning
        # With +CMEE=2 the modem said it in words already.
        spoken = meaning is None or meaning.casefold() in self.text.casefold()
        return self.text if spoken else f"{self.text} ({meaning})"


def final_result(line: str) -> FinalResult | None:
    """What ``line`` says when it ends an answer; None when it does not."""
    if line in FINAL_RESULTS:
        return FinalResult(FINAL_RESULTS[line], line)
    for family in ERRORS:
        prefix = f"+{family} ERROR:"
        if line.startswith(prefix):
            return FinalResult(False, line, family, _code(family, line.removeprefix(prefix).strip()))
    return None


def _code(family: Family, said: str) -> int | None:
    # isdecimal alone would let digits of other scripts and thousands of them through
    if said.isascii() and said.isdecimal():
        return int(said) if len(said) <= 5 else None
    return _CODES[family].get(said.casefold())
