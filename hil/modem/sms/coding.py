"""The data coding scheme: which alphabet, which class (TS 23.038 §4)."""

from __future__ import annotations

from enum import Enum


class Alphabet(Enum):
    GSM7 = "GSM 7-bit"
    DATA8 = "8-bit"
    UCS2 = "UCS2"


DATA_8BIT = 0x04
"""8-bit data without a class, as pushes use it. ``F5`` and ``15`` are the same with class 1."""

GENERAL_ALPHABETS = (Alphabet.GSM7, Alphabet.DATA8, Alphabet.UCS2, Alphabet.GSM7)
"""Bits 3-2 of the general groups; the reserved value is read as the default alphabet, as §4 asks."""


def alphabet_of(scheme: int) -> Alphabet:
    """The alphabet in which TP-UDL counts. Compressed text counts in octets."""
    group = scheme >> 4
    if group <= 0x7:
        return Alphabet.DATA8 if compressed(scheme) else GENERAL_ALPHABETS[scheme >> 2 & 0x3]
    if group == 0xE:
        return Alphabet.UCS2
    if group == 0xF:
        return Alphabet.DATA8 if scheme & 0x04 else Alphabet.GSM7
    return Alphabet.GSM7


def compressed(scheme: int) -> bool:
    return scheme >> 4 <= 0x7 and bool(scheme & 0x20)


def message_class(scheme: int) -> int | None:
    """0 flash, 1 mobile equipment, 2 SIM, 3 terminal equipment; None when the scheme has no class."""
    group = scheme >> 4
    if (group <= 0x7 and scheme & 0x10) or group == 0xF:
        return scheme & 0x3
    return None


def stores_on_sim(scheme: int) -> bool:
    """Class 2 and the "store message" groups are stored before anything is told (TS 27.005 §3.4.1)."""
    return message_class(scheme) == 2 or scheme >> 4 in (0xD, 0xE)
