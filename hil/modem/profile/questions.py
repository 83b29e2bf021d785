"""The harmless questions: which command shows which field of `Observed`. None changes a setting or a message."""

from __future__ import annotations

from collections.abc import Mapping

IDENTITY: Mapping[str, str] = {
    "manufacturer": "AT+CGMI",
    "model": "AT+CGMM",
    "revision": "AT+CGMR",
    "serial_number": "AT+CGSN",
    "subscriber": "AT+CIMI",
}
"""The first line of the answer, whole."""

VALUES: Mapping[str, str] = {
    "errors": "AT+CMEE=?",
    "errors_set": "AT+CMEE?",
    "character_sets": "AT+CSCS=?",
    "character_set": "AT+CSCS?",
    "functions": "AT+CFUN=?",
    "registration": "AT+CREG=?",
    "packet_registration": "AT+CGREG=?",
    "eps_registration": "AT+CEREG=?",
    "services": "AT+CSMS=?",
    "service_set": "AT+CSMS?",
    "formats": "AT+CMGF=?",
    "format_set": "AT+CMGF?",
    "indications": "AT+CNMI=?",
    "indications_set": "AT+CNMI?",
    "memories": "AT+CPMS=?",
    "acknowledgements": "AT+CNMA=?",
    "listing": "AT+CMGL=?",
}
"""What follows the prefix in the answer; nothing, when the answer is OK alone."""

CARD_NUMBERS = ("AT+CCID", "AT+ICCID", "AT+QCCID", "AT+CICCID", "AT^ICCID?", "AT^SCID", "AT#CCID")
"""Each maker's command for the ICCID, in the order of trial."""

CARD_ACCESS = ("+CSIM", "+CRSM", "+CCHO", "+CCHC", "+CGLA", "+CUAD")
"""Whether ``=?`` is answered."""

INFORMATION = "ATI"
MEMORIES_SET = "AT+CPMS?"
DELETION = "AT+CMGD=?"

UNKNOWN = "AT+DMRIG"
"""No modem knows it."""
