"""What a modem remembers between commands."""

from __future__ import annotations

from dataclasses import dataclass, field

from hil.modem.profile.observed import Observed


@dataclass(slots=True)
class Indications:
    """The values of +CNMI (TS 27.005 §3.4.1)."""

    mode: int = 0
    mt: int = 0
    bm: int = 0
    ds: int = 0
    bfr: int = 0

    @classmethod
    def read(cls, text: str | None) -> Indications:
        return cls(*(int(value) for value in (text or "").split(",") if value.strip().isdecimal()))

    def __str__(self) -> str:
        return f"{self.mode},{self.mt},{self.bm},{self.ds},{self.bfr}"


@dataclass(slots=True)
class TextParameters:
    """+CSMP: what a message typed in text mode is sent with (§3.3.2)."""

    first_octet: int = 17
    validity: int = 167
    protocol: int = 0
    scheme: int = 0


@dataclass(slots=True)
class State:
    """As after power-on; ATZ and AT&F bring it back, but not the SIM and the radio."""

    echo: bool = True
    errors: int = 0
    """+CMEE: 0 plain, 1 numbers, 2 words."""
    service: int = 0
    """+CSMS: with 1 (phase 2+) directly delivered messages are acknowledged with +CNMA."""
    text_mode: bool = False
    """+CMGF."""
    text: TextParameters = field(default_factory=TextParameters)
    details: bool = False
    """+CSDH: text mode shows every field."""
    keep_link: int = 0
    """+CMMS."""
    indications: Indications = field(default_factory=Indications)
    character_set: str = "IRA"
    registration: dict[str, int] = field(default_factory=dict)
    """<n> of +CREG, +CGREG and +CEREG."""
    chatty: bool = True
    """Whether the modem says what nobody has asked for, if its kind does."""

    @classmethod
    def of(cls, observed: Observed) -> State:
        """The state in which a modem of this kind starts."""
        return cls(
            echo=observed.echo,
            errors=int(observed.errors_set or 0),
            service=int((observed.service_set or "0").partition(",")[0]),
            text_mode=observed.format_set == "1",
            indications=Indications.read(observed.indications_set),
            character_set=(observed.character_set or "IRA").strip('"'),
        )
