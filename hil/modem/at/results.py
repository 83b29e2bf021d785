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
    50: "incorrect parameters",
    51: "command implemented but currently disabled",
    52: "command aborted by user",
    100: "unknown",
    148: "unspecified GPRS error",
    149: "PDP authentication failure",
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
    0xC0: "SC busy",
    0xC1: "no SC subscription",
    0xC2: "SC system failure",
    0xC3: "invalid SME address",
    0xC4: "destination SME barred",
    0xC5: "SM rejected - duplicate",
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


@dataclass(frozen=True, slots=True)
class FinalResult:
    """The last line of an answer. ``code`` is None where the modem gave no number."""

    ok: bool
    text: str
    family: Family | None = None
    code: int | None = None

    def __str__(self) -> str:
        meaning = ERRORS[self.family].get(self.code) if self.family and self.code is not None else None
        return f"{self.text} ({meaning})" if meaning else self.text


def final_result(line: str) -> FinalResult | None:
    """What ``line`` says when it ends an answer; None when it does not."""
    if line in FINAL_RESULTS:
        return FinalResult(FINAL_RESULTS[line], line)
    family: Family
    for family in ERRORS:
        prefix = f"+{family} ERROR:"
        if line.startswith(prefix):
            number = line.removeprefix(prefix).strip()
            # isdecimal alone would let digits of other scripts and thousands of them through
            code = int(number) if number.isascii() and number.isdecimal() and len(number) <= 5 else None
            return FinalResult(False, line, family, code)
    return None
