"""Which cards a device takes a bootstrap from (DM Bootstrap §5.5.6): none when it is switched off, and none that
the device turns down (SIM lock)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardPolicy:
    use: bool = True
    """``False``: the function is switched off. Cards are not looked into, and what they brought stays."""
    imsi: tuple[str, ...] = ()
    """What an IMSI has to begin with, any of these: the networks (MCC and MNC) that the device is locked to."""
    iccid: tuple[str, ...] = ()
    """The same of an ICCID: the issuers."""

    def refusal(self, iccid: str | None, imsi: str | None) -> str | None:
        """Why a card with these identities is turned down; None: it is not."""
        if (mismatch := self.mismatch(iccid, imsi)) is not None:
            return mismatch
        for what, seen, wanted in (("IMSI", imsi, self.imsi), ("ICCID", iccid, self.iccid)):
            if wanted and seen is None:
                return f"the device is locked to cards by their {what}, and this one's is not readable"
        return None

    def mismatch(self, iccid: str | None, imsi: str | None) -> str | None:
        """Why a card is turned down by what is known of it; None: it may be a good one."""
        for what, seen, wanted in (("IMSI", imsi, self.imsi), ("ICCID", iccid, self.iccid)):
            if wanted and seen is not None and not seen.startswith(wanted):
                return f"the device is locked to cards whose {what} begins with {' or '.join(wanted)}"
        return None


USUAL = CardPolicy()
"""Every card is good."""
