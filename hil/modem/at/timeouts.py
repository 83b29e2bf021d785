"""How long a modem may take for each command, in seconds, before it counts as silent.

The standards bind nobody to a time. These are generous: what goes out to the network or to the SIM takes as long
as they do, everything else is answered at once.
"""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT = 10.0

TIMEOUTS: Mapping[str, float] = {
    # the network's: an SMS, a choice of operator, a list of all that can be heard
    "+CMGS": 120.0,
    "+CMSS": 120.0,
    "+COPS": 180.0,
    "+CGATT": 140.0,
    # the SIM's: its files, its PIN, an application of it
    "+CPIN": 30.0,
    "+CLCK": 30.0,
    "+CMGL": 60.0,
    "+CMGD": 25.0,
    "+CMGW": 25.0,
    "+CPMS": 25.0,
    "+CSIM": 30.0,
    "+CRSM": 30.0,
    "+CCHO": 30.0,
    "+CCHC": 30.0,
    "+CGLA": 30.0,
    "+CNUM": 30.0,
    # switching the radio on and off, or everything
    "+CFUN": 30.0,
}
"""By the command's name; the others have `DEFAULT`."""


def timeout(name: str) -> float:
    """Seconds for the command of that name (``+CMGS``)."""
    return TIMEOUTS.get(name, DEFAULT)
