"""Whose card it is: the numbers in a virtual card's files, whether an image gave them as words or as octets."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hil.card.uicc.card import Uicc
from hil.card.uicc.files import Df, Ef
from simulator.bootstrap.identity import read_iccid, read_imsi
from simulator.codes.apdu import AID_USIM, DF_GSM, EF_ICCID, EF_IMSI
from simulator.errors import CodecError


def iccid_of(card: Uicc) -> str | None:
    return _first([card.mf], EF_ICCID, read_iccid)


def imsi_of(card: Uicc) -> str | None:
    """The USIM's, or where a SIM has it."""
    gsm = card.mf.files.get(DF_GSM)
    places = [df for df in card.mf.named() if df.aid.startswith(AID_USIM)]
    return _first([*places, *([gsm] if isinstance(gsm, Df) else [])], EF_IMSI, read_imsi)


def _first(places: Iterable[Df], fid: int, read: Callable[[bytes], str]) -> str | None:
    for place in places:
        file = place.files.get(fid)
        if not isinstance(file, Ef):
            continue
        try:
            if digits := read(bytes(file.content)):
                return digits
        except CodecError:
            continue
    return None
