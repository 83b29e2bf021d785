"""Which card it is that is in a reader."""

from __future__ import annotations

from hil.card.dialogue import run
from hil.card.reader import Reader
from simulator.bootstrap.card import read_bootstrap
from simulator.bootstrap.policy import CardPolicy
from simulator.errors import CardError


def iccid_of(reader: Reader) -> str | None:
    """Of the card in a reader that is connected; None when it does not tell. Raises `PartError`."""
    try:
        return run(read_bootstrap(None, CardPolicy(use=False)), reader).iccid
    except CardError:
        return None


def iccid_in(reader: Reader) -> str | None:
    """The same of a reader that nobody has connected to; nothing of the card is changed."""
    reader.connect()
    try:
        return iccid_of(reader)
    finally:
        reader.disconnect()
