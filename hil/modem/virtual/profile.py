"""Who a virtual modem says it is, and what it can do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Profile:
    manufacturer: str = "dmrig"
    model: str = "Virtual Modem"
    revision: str = "1"
    imei: str = "490154203237518"
    imsi: str = "001010123456789"
    iccid: str = "8944500102030405062"
    smsc: str = "+447785016005"
    pin: str | None = None
    """The PIN that the SIM asks for; None: it asks for none."""
    direct: bool = True
    """Whether +CNMI takes direct delivery (+CMT); many modems advertise it and refuse it."""
    slots: int = 20
    """Places for messages on the SIM."""
    acknowledgement_time: timedelta = timedelta(seconds=30)
    """How long the modem waits for +CNMA; afterwards it stops delivering directly (TS 27.005 §3.4.4)."""
