"""What cards need on a machine and how to get it: one text for each, for errors and for ``dmrig doctor``.

Debian's names of packages. Nothing here needs pyscard, or connects to anything.
"""

from __future__ import annotations

import re
from pathlib import Path

LIBRARY = "sudo apt-get install libpcsclite1 pcscd"

PYSCARD = (
    "sudo apt-get install gcc python3-dev libpcsclite-dev, then the extra 'pcsc' of dmrig: "
    "pip install 'dmrig[pcsc]' (from a checkout: pip install '.[pcsc]')"
)
"""pyscard has no wheels for Linux: it is compiled."""

PCSCD = "sudo apt-get install pcscd"
START = "start it: sudo systemctl start pcscd.socket (or, without systemd: sudo pcscd)"
RESTART = "sudo systemctl restart pcscd (or, without systemd: end pcscd and start it again)"

VPCD = f"sudo apt-get install vsmartcard-vpcd, then {RESTART}"

DRIVER_PLACES = tuple(
    Path(place, "pcsc/drivers") for place in ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64")
)
VPCD_LIBRARY = "libifdvpcd.so*"

CONFIGURATION = Path("/etc/reader.conf.d")
_DEVICE = re.compile(r"^\s*DEVICENAME\s+\S*:(0[xX][0-9a-fA-F]{1,4}|\d{1,5})\s*$", re.MULTILINE)

PROC = Path("/proc/net")
LISTENING = "0A"
"""TCP_LISTEN, as the tables of ``/proc/net`` write it."""

LOCAL = ("127.0.0.1", "localhost", "::1")


def vpcd_driver() -> Path | None:
    """The driver of virtual readers, if it is installed."""
    found = (path for place in DRIVER_PLACES for path in sorted(place.glob(f"**/{VPCD_LIBRARY}")))
    return next(found, None)


def vpcd_ports() -> list[int]:
    """The ports at which pcscd's configuration has virtual readers; empty when there is none to be read."""
    ports: list[int] = []
    for path in sorted(CONFIGURATION.glob("*")) if CONFIGURATION.is_dir() else []:
        try:
            text = path.read_text(errors="replace")
        except OSError:
            continue
        if "vpcd" in text:
            ports += [int(each, 0) for each in _DEVICE.findall(text) if not re.match(r"0\d", each)]
    return ports


def is_listening(port: int) -> bool | None:
    """Whether a program listens at a TCP port of this machine; None when there is no telling.

    The system's tables are read. To connect and see would insert a card.
    """
    seen = False
    for table in ("tcp", "tcp6"):
        try:
            lines = (PROC / table).read_text().splitlines()[1:]
        except OSError:
            continue
        seen = True
        for line in lines:
            _, local, _, state, *_ = line.split()
            if state == LISTENING and int(local.rpartition(":")[2], 16) == port:
                return True
    return False if seen else None


IN_A_RIG = "say so in the rig file, card: {kind: vpcd, port: ...}"


def vpcd_hint(host: str, port: int, elsewhere: str = IN_A_RIG) -> str:
    """What to do when no virtual reader is met at an address; ``elsewhere`` is how another one is named."""
    if host not in LOCAL:
        return f"is vpcd running on {host}, and at another port? Then {elsewhere}"
    if vpcd_driver() is None:
        return VPCD
    others = [each for each in vpcd_ports() if each != port]
    if others and port not in vpcd_ports():
        place = f"pcscd's configuration ({CONFIGURATION}) has it at port {others[0]}"
        return f"{place}: {elsewhere.replace('...', str(others[0]))}"
    loaded = f"its driver is installed, and pcscd has to load it: {RESTART}"
    return f"{loaded}. If its reader has another port than {port}, {elsewhere}"
