"""A message in words, one for each thing it says, so that a person or an expectation can follow a session."""

from __future__ import annotations

from itertools import islice

from hil.spoken import spoken
from simulator.syncml import message as dm

MAX_WORDS = 1000
"""Things kept of one message."""
MAX_TEXT = 200


def words(message: dm.SyncML) -> list[str]:
    """``Status SyncHdr 212``, ``Alert 1201``, ``Add ./A``, ``Results ./A``, ``Final``."""
    said = (text for command in dm.walk(message.sync_body.commands) for text in spoken(command))
    found = [text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…" for text in islice(said, MAX_WORDS)]
    return [*found, "Final"] if message.sync_body.final else found
