"""What a modem says of itself: the answers to harmless questions (V.250, TS 27.007, TS 27.005)."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

IMEI, IMSI, ICCID = "${imei}", "${imsi}", "${iccid}"
"""They stand in a profile for the numbers of one modem and one card."""

UNKNOWN = "ERROR"


class Observed(BaseModel):
    """Answers without their prefix (``+CNMI: ``), letter for letter, so that a virtual modem gives the same back;
    `values` reads them. A missing one says that the command is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: str = "standard"
    """Whose quirks it has: a file in ``fixtures/modems/families``, found by manufacturer and model."""

    manufacturer: str = Field(max_length=200)
    """The line after AT+CGMI, prefix and all."""
    model: str = Field(max_length=200)
    """AT+CGMM."""
    revision: str = Field(max_length=200)
    """AT+CGMR."""
    information: tuple[str, ...] = ()
    """The lines after ATI."""
    serial_number: str = IMEI
    """AT+CGSN."""
    subscriber: str = IMSI
    """AT+CIMI."""
    card_command: str | None = None
    """The command that shows the ICCID, such as ``AT+QCCID``; each maker has its own."""
    card_number: str | None = None
    """Its answer."""

    echo: bool = True
    """Whether commands are echoed at first."""
    errors: str | None = None
    """AT+CMEE=?"""
    errors_set: str | None = None
    """AT+CMEE? before anybody has set it: 0 plain ERROR, 1 numbers, 2 words."""
    unknown: str = UNKNOWN
    """How a command that does not exist is refused, with errors set to numbers (AT+CMEE=1)."""
    character_sets: str | None = None
    """AT+CSCS=?"""
    character_set: str | None = None
    """AT+CSCS?"""

    functions: str | None = None
    """AT+CFUN=?"""
    registration: str | None = None
    """AT+CREG=?"""
    packet_registration: str | None = None
    """AT+CGREG=?"""
    eps_registration: str | None = None
    """AT+CEREG=?"""

    services: str | None = None
    """AT+CSMS=?; with service 1 (phase 2+) a directly delivered message is acknowledged with +CNMA."""
    service_set: str | None = None
    """AT+CSMS?: the service, and whether messages can be received, sent and broadcast."""
    formats: str | None = None
    """AT+CMGF=?: 0 PDU mode, 1 text mode."""
    format_set: str | None = None
    """AT+CMGF?"""
    indications: str | None = None
    """AT+CNMI=?: five lists, for mode, mt, bm, ds and bfr."""
    indications_set: str | None = None
    """AT+CNMI?"""
    memories: str | None = None
    """AT+CPMS=?: three lists, to read from, to write to, to receive into."""
    memories_set: tuple[str, ...] = ()
    """The memories that AT+CPMS? names."""
    places: dict[str, int] = Field(default_factory=dict)
    """How many messages each of them holds."""
    acknowledgements: str | None = None
    """AT+CNMA=?"""
    listing: str | None = None
    """AT+CMGL=?"""
    deletion: str | None = None
    """The flags of AT+CMGD=?, which is its second list."""
    card_access: tuple[str, ...] = ()
    """Of +CSIM, +CRSM, +CCHO, +CCHC, +CGLA and +CUAD, those that exist: they reach the card inside the modem."""

    def takes(self, command: str) -> bool:
        """Whether the card can be reached with this command, such as ``+CSIM``."""
        return command in self.card_access


_LIST = re.compile(r"\(([^()]*)\)")
_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?$")
MAX_VALUES = 1024


def values(text: str | None) -> list[frozenset[str]]:
    """The lists of an answer to ``=?``: ``(0-2),(0,2)`` to ``[{0, 1, 2}, {0, 2}]``, as text; names without quotes.

    A list without brackets counts as one. Whatever the text is, it gives lists; an absurd range gives none.
    """
    if text is None:
        return []
    lists = _LIST.findall(text) or [text]
    return [frozenset(value for item in each.split(",") for value in _values(item.strip())) for each in lists]


def _values(item: str) -> list[str]:
    found = _RANGE.match(item)
    if found is None:
        return [item.strip('"')] if item else []
    first, last = int(found[1]), int(found[2] or found[1])
    return [str(value) for value in range(first, last + 1)] if last - first < MAX_VALUES else []
