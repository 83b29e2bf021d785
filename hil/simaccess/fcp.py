"""What a file is, told in a SIM's words or a UICC's: modems give one or the other, whatever the card is.

Above, everything reads the file control parameters of TS 102 221 §11.1.1.3.
"""

from __future__ import annotations

from simulator.bootstrap import tlv
from simulator.errors import CodecError

SIM_HEADER = 14
"""Octets that a SIM tells of an elementary file at least (TS 51.011 §9.2.1)."""

ELEMENTARY, TRANSPARENT = 0x04, 0x00
STRUCTURES = {0x01: 0x42, 0x03: 0x46}
"""Linear fixed and cyclic, in the SIM's words and in the file descriptor byte's."""

DIRECTORY = b"\x78\x21"


def as_fcp(said: bytes) -> bytes:
    """``said`` when it is a template already, or is nothing known; else the template that says the same."""
    if said[:1] in (b"\x62", b"\x6f") or len(said) < SIM_HEADER or said[6] not in (0x01, 0x02, ELEMENTARY):
        return said
    size, fid = said[2:4], said[4:6]
    if said[6] != ELEMENTARY:
        return _template(DIRECTORY, fid, b"\x05")
    state = b"\x05" if said[11] & 1 else b"\x04"
    if said[13] == TRANSPARENT:
        return _template(b"\x41\x21", fid, state, size)
    record = said[14] if len(said) > SIM_HEADER else 0
    records = int.from_bytes(size, "big") // record if record else 0
    descriptor = bytes([STRUCTURES.get(said[13], 0x42), 0x21, 0, record, min(records, 255)])
    return _template(descriptor, fid, state, size)


def is_directory(template: bytes, otherwise: bool) -> bool:
    """By its file descriptor (TS 102 221 §11.1.1.4.3); ``otherwise`` where there is none."""
    try:
        outer = next(part for part in tlv.read(template) if part.tag in (0x62, 0x6F))
        descriptor = next(part.value for part in outer.children() if part.tag == 0x82)
    except (CodecError, StopIteration):
        return otherwise
    return descriptor[0] & 0x38 == 0x38 if descriptor else otherwise


def _template(descriptor: bytes, fid: bytes, state: bytes, size: bytes = b"") -> bytes:
    body = _part(0x82, descriptor) + _part(0x83, fid) + _part(0x8A, state) + (_part(0x80, size) if size else b"")
    return _part(0x62, body)


def _part(tag: int, value: bytes) -> bytes:
    return bytes([tag, len(value)]) + value
