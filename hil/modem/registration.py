"""Whether the modem is in a network: what it says by itself, and when asked (TS 27.007 §7.2, §10.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hil.modem.at.values import number, split_values

DOMAINS: Mapping[str, str] = {
    "+CREG": "circuit-switched",
    "+CGREG": "GPRS and UMTS packets",
    "+CEREG": "LTE packets",
}
"""The commands, and of which part of a network each tells."""

STATES: Mapping[int, tuple[str, bool]] = {
    0: ("not registered, and not searching", False),
    1: ("registered at home", True),
    2: ("searching", False),
    3: ("registration denied", False),
    4: ("unknown", False),
    5: ("registered, roaming", True),
    6: ("registered at home, for SMS only", True),
    7: ("registered for SMS only, roaming", True),
    8: ("emergency calls only", False),
    9: ("registered at home, CSFB not preferred", True),
    10: ("registered, roaming, CSFB not preferred", True),
}
"""<stat> in words, and whether SMS can come."""

TECHNOLOGIES: Mapping[int, str] = {
    0: "GSM",
    1: "GSM Compact",
    2: "UTRAN",
    3: "GSM with EGPRS",
    4: "UTRAN with HSDPA",
    5: "UTRAN with HSUPA",
    6: "UTRAN with HSPA",
    7: "LTE",
    8: "EC-GSM-IoT",
    9: "NB-IoT",
    10: "LTE on a 5G core",
    11: "NR",
    12: "NG-RAN",
    13: "LTE and NR",
}
"""<AcT> (§7.3)."""


@dataclass(frozen=True, slots=True)
class Registration:
    domain: str
    state: int
    area: str = ""
    """Location or tracking area, in hex; empty when it was not told, as the next two."""
    cell: str = ""
    technology: str = ""

    @property
    def registered(self) -> bool:
        return STATES.get(self.state, ("", False))[1]

    def __str__(self) -> str:
        words = STATES.get(self.state, (f"state {self.state}, which no standard knows",))[0]
        return f"{words}{f', {self.technology}' if self.technology else ''}"


def told(line: str) -> Registration | None:
    """What a line such as ``+CREG: 1,"00A1","00000B2C",7`` says that comes by itself."""
    domain, _, rest = line.partition(":")
    return _read(domain.upper(), split_values(rest.strip())) if domain.upper() in DOMAINS else None


def answered(domain: str, lines: tuple[str, ...]) -> Registration | None:
    """What the answer to ``AT+CREG?`` says, in which <n> stands before the state.

    One that comes by itself just then looks nearly the same, and is news too.
    """
    found = None
    for line in lines:
        if line.upper().startswith(f"{domain}:"):
            values = split_values(line.partition(":")[2].strip())
            # an area has four digits or more, a state one or two
            asked = len(values) > 1 and len(values[1]) <= 2
            found = _read(domain, values[1:] if asked else values) or found
    return found


def _read(domain: str, values: list[str]) -> Registration | None:
    state = number(values[0], 255) if values else None
    if state is None:
        return None
    area, cell, technology = (*values[1:4], "", "", "")[:3]
    act = number(technology, 255)
    return Registration(domain, state, area, cell, TECHNOLOGIES.get(act, "") if act is not None else "")
