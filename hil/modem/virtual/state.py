"""What a modem remembers between commands."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Indications:
    """The values of +CNMI (TS 27.005 §3.4.1)."""

    mode: int = 0
    mt: int = 0
    bm: int = 0
    ds: int = 0
    bfr: int = 0

    def __str__(self) -> str:
        return f"{self.mode},{self.mt},{self.bm},{self.ds},{self.bfr}"


@dataclass(slots=True)
class State:
    """As after power-on; ATZ and AT&F bring it back, but not the SIM and the radio."""

    echo: bool = True
    errors: int = 0
    """+CMEE: 0 plain, 1 numbers, 2 words."""
    service: int = 0
    """+CSMS: with 1 (phase 2+) directly delivered messages are acknowledged with +CNMA."""
    indications: Indications = field(default_factory=Indications)
    character_set: str = "IRA"
    registration: dict[str, int] = field(default_factory=dict)
    """<n> of +CREG, +CGREG and +CEREG."""
