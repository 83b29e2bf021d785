"""What a card tells about a file that was selected: FCP on a UICC, a fixed layout on a SIM.

FCP: TS 102 221 §11.1.1.3. SIM: TS 51.011 §9.2.1.
"""

from __future__ import annotations

from hil.card.uicc.files import Compact, Df, Ef, Reference
from hil.card.uicc.pins import Pins
from hil.card.uicc.rules import (
    ACTIVATE,
    DEACTIVATE,
    PIN1,
    PIN2,
    READ,
    UPDATE,
    Condition,
    is_adm,
    write_compact,
    write_expanded,
)
from simulator.bootstrap import tlv
from simulator.codes.apdu import MF
from simulator.errors import CodecError

FCP, FCI = 0x62, 0x6F


def fcp(file: Df | Ef, pins: Pins, *, template: int = FCP) -> bytes:
    """The FCP template; ``template`` 6F makes it an FCI."""
    if file.told:
        told = _told(file.told, pins) if isinstance(file, Df) else file.told
        return bytes([template]) + told[1:]
    return tlv.write(template, *(_directory(file, pins) if isinstance(file, Df) else _elementary(file)))


def _directory(file: Df, pins: Pins) -> list[bytes]:
    parts = [tlv.write(0x82, b"\x78\x21")]
    if file.fid is not None:
        parts.append(tlv.write(0x83, file.fid.to_bytes(2, "big")))
    if file.aid:
        parts.append(tlv.write(0x84, file.aid))
    return [*parts, tlv.write(0x8A, bytes([file.life_cycle])), _security(file), tlv.write(0xC6, _pin_status(pins))]


def _told(told: bytes, pins: Pins) -> bytes:
    """A real card's words about a directory, but for the PINs that have been enabled or disabled since."""
    current = bytearray(told)
    try:
        whole = tlv.read(told)[0]
        status = next(part for part in whole.children() if part.tag == 0xC6)
        parts = status.children()
        bits = next(part for part in parts if part.tag == 0x90)
    except (CodecError, IndexError, StopIteration):
        return told
    at = whole.offset + status.offset + bits.offset
    for n, part in enumerate([part for part in parts if part.tag == 0x83][: 8 * len(bits.value)]):
        pin = pins.get(part.value[0]) if part.value else None
        if pin is not None:
            mask = 0x80 >> n % 8
            octet = current[at + n // 8]
            current[at + n // 8] = octet | mask if pin.enabled else octet & ~mask
    return bytes(current)


def _pin_status(pins: Pins) -> bytes:
    """PS-DO: a bit for each PIN, the first the highest, whether it is enabled; then their key references."""
    bits, references = "", b""
    for key, pin in pins.items():
        bits += "1" if pin.enabled else "0"
        references += tlv.write(0x83, bytes([key]))
    octets = int(bits.ljust((len(bits) + 7) // 8 * 8, "0"), 2).to_bytes((len(bits) + 7) // 8, "big")
    return tlv.write(0x90, octets) + references


def _elementary(file: Ef) -> list[bytes]:
    if file.records is None:
        descriptor = b"\x41\x21"
    else:
        descriptor = bytes([0x46 if file.cyclic else 0x42, 0x21])
        descriptor += file.record_size.to_bytes(2, "big") + bytes([len(file.records)])
    return [
        tlv.write(0x82, descriptor),
        tlv.write(0x83, file.fid.to_bytes(2, "big")),
        tlv.write(0x8A, bytes([file.life_cycle])),
        _security(file),
        *([tlv.write(0x80, file.size.to_bytes(2, "big"))] if file.size_told else []),
        tlv.write(0x88, b"" if file.sfi is None else bytes([file.sfi << 3])),
    ]


def _security(file: Df | Ef) -> bytes:
    match file.attributes:
        case Reference(fid, record):
            return tlv.write(0x8B, fid.to_bytes(2, "big") + bytes([record]))
        case Compact():
            return tlv.write(0x8C, write_compact(file.rules))
        case _:
            return tlv.write(0xAB, write_expanded(file.rules))


def sim_header(file: Df | Ef, pins: Pins) -> bytes:
    """The answer to SELECT in class A0."""
    if file.told_sim:
        return file.told_sim
    if isinstance(file, Ef):
        access = [_nibble(file.rules.of(mode)) for mode in (READ, UPDATE, ACTIVATE, DEACTIVATE)]
        structure = 0x00 if file.records is None else 0x03 if file.cyclic else 0x01
        return b"".join(
            (
                bytes(2),
                file.size.to_bytes(2, "big"),
                file.fid.to_bytes(2, "big"),
                b"\x04\x00",
                bytes(
                    [access[0] << 4 | access[1], 0xFF, access[2] << 4 | access[3], 0x01 if file.active else 0x00]
                ),
                b"\x02",
                bytes([structure, file.record_size & 0xFF]),
            )
        )
    directories = sum(isinstance(child, Df) for child in file.files.values())
    first, second = pins[PIN1], pins.get(PIN2)
    # A CHV status byte: that there is a value, and how many tries are left.
    counters = [each for pin in (first, second) if pin is not None for each in (pin, pin.unblock)]
    status = bytes(0x80 | each.left for each in counters).ljust(4, b"\x00")
    return b"".join(
        (
            bytes(4),
            (file.fid or 0).to_bytes(2, "big"),
            b"\x01" if file.fid == MF else b"\x02",
            bytes(5),
            b"\x0a",
            b"\x00" if first.enabled else b"\x80",
            bytes([directories, len(file.files) - directories, 4, 0, *status, 0]),
        )
    )


def _nibble(condition: Condition) -> int:
    """A condition as a SIM says it: 0 always, 1 and 2 the CHVs, 4 the issuer, F never."""
    if not condition.ways:
        return 0xF
    keys = condition.ways[0]
    if not keys:
        return 0x0
    return 4 if is_adm(keys[0]) else 2 if keys[0] >= PIN2 else 1
