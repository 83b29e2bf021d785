"""What a modem says by itself (unsolicited results), by how it begins (TS 27.005, TS 27.007, makers' manuals)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

UNSOLICITED: Mapping[str, int] = {
    # short messages and broadcasts, TS 27.005
    "+CMT:": 2,
    "+CDS:": 2,
    "+CBM:": 2,
    "+CMTI:": 1,
    "+CDSI:": 1,
    "+CBMI:": 1,
    # network, SIM and calls, TS 27.007
    "+CREG:": 1,
    "+CGREG:": 1,
    "+CEREG:": 1,
    "+C5GREG:": 1,
    "+CPIN:": 1,
    "+CFUN:": 1,
    "+CUSD:": 1,
    "+CRING:": 1,
    "+CLIP:": 1,
    "+CCWA:": 1,
    "+CSSI:": 1,
    "+CSSU:": 1,
    "+CIEV:": 1,
    "+CGEV:": 1,
    "+CTZV:": 1,
    "+CTZE:": 1,
    "+CUSATP:": 1,
    "+CUSATEND": 1,
    "RING": 1,
    # start-up, and the SIM getting ready
    "RDY": 1,
    "APP RDY": 1,
    "NORMAL POWER DOWN": 1,
    "SMS DONE": 1,
    "SMS Ready": 1,
    "Call Ready": 1,
    "PB DONE": 1,
    "+PBREADY": 1,
    "*ATREADY:": 1,
    # makers' own
    "+QIND:": 1,
    "+QUSIM:": 1,
    "+QSTK": 1,
    "+STKPCI:": 1,
    "+UU": 1,
    "*PSUTTZ:": 1,
    "DST:": 1,
    "#QSS:": 1,
    "$QC": 1,
    # such as ^BOOT and ^RSSI
    "^": 1,
}
"""How an unsolicited result begins, and its lines: with two, the second is a PDU (TS 27.005 §3.4.1)."""

RESTARTED = ("RDY", "APP RDY", "^SYSSTART", "*ATREADY: 1", "NORMAL POWER DOWN")
"""What is said by modems that start, and that have forgotten all settings."""

_FULL = re.compile(r"SMS?[ _-]?(?:MEM|STORAGE)?[ _-]?FULL", re.IGNORECASE)


def tells_memory_full(text: str) -> bool:
    """Whether the modem says that no more messages fit in: ``^SMMEMFULL: "SM"``, ``+QIND: "SMSFULL","SM"``."""
    return _FULL.search(text) is not None


def finder(more: Iterable[str] = ()) -> re.Pattern[str]:
    """Finds how an unsolicited result begins, upper and lower case alike; ``more``: what else begins one."""
    return re.compile("|".join(re.escape(each) for each in (*UNSOLICITED, *more) if each), re.IGNORECASE)
