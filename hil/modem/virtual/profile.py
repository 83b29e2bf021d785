"""One virtual modem: what kind it is, and the numbers of this one and of its card."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from hil.modem.profile import observed as own
from hil.modem.profile.files import ModemProfile, standard
from hil.modem.profile.observed import Observed, values
from hil.modem.profile.told import Family, say

IMEI = "490154203237518"
IMSI = "001010123456789"
NUMBER = "+15550199"
SMSC = "+447785016005"

PLACES = 20
"""In a memory of whose size the profile says nothing."""

ACKNOWLEDGEMENT_TIME = timedelta(seconds=30)

DIRECT = frozenset({2, 3})
"""Values of <mt> with which messages come as +CMT."""


@dataclass(frozen=True, slots=True)
class Profile:
    kind: ModemProfile = field(default_factory=standard)
    imei: str = IMEI
    imsi: str = IMSI
    iccid: str = "8944500102030405062"
    number: str = NUMBER
    """Its own: what is sent there comes back."""
    smsc: str = SMSC
    pin: str | None = None
    """The PIN that the SIM asks for; None: it asks for none."""
    direct: bool = True
    """Whether +CNMI takes direct delivery (+CMT), beside what the kind of modem says."""
    slots: int | None = None
    """Places in each memory, whatever the kind of modem says."""

    @property
    def observed(self) -> Observed:
        return self.kind.observed

    @property
    def family(self) -> Family:
        return self.kind.family

    @property
    def acknowledgement_time(self) -> timedelta:
        """How long the modem waits for +CNMA; afterwards it stops delivering directly (TS 27.005 §3.4.4)."""
        return say(self.family.acknowledgement_time, ACKNOWLEDGEMENT_TIME)

    @property
    def indications(self) -> list[frozenset[int]]:
        """What each place of +CNMI really takes."""
        text = say(self.family.indications, self.observed.indications or "")
        taken = [frozenset(int(value) for value in each if value.isdecimal()) for each in values(text)]
        return [each - DIRECT if place == 1 and not self.direct else each for place, each in enumerate(taken)]

    def fill(self, text: str, *, imsi: str | None = None, iccid: str | None = None) -> str:
        """An answer of the profile with the numbers of this modem in it, and of its card where that tells them."""
        numbers = {own.IMEI: self.imei, own.IMSI: imsi or self.imsi, own.ICCID: iccid or self.iccid}
        for place, number in numbers.items():
            text = text.replace(place, number)
        return text

    def places(self, memory: str) -> int:
        return self.slots or self.observed.places.get(memory, PLACES)
