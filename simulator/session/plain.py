"""Character data of a peer as text, whatever it was carried as."""

from __future__ import annotations

from simulator.syncml.message import Data, text
from simulator.tnds.document import MgmtTree


def plain(data: Data | None) -> str:
    """The text without white space around it; empty where a peer put a TNDS document in the place of text."""
    return "" if isinstance(data, MgmtTree) else text(data).strip()
