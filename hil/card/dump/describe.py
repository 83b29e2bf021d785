"""What a card tells of a file, taken apart: FCP (TS 102 221 §11.1.1.3), or a SIM's answer (TS 51.011 §9.2.1)."""

from __future__ import annotations

from hil.card.dump.found import Description
from hil.card.uicc.files import LifeCycle, Reference
from hil.card.uicc.rules import (
    ADM,
    ALWAYS,
    NEVER,
    PIN,
    PIN1,
    PIN2,
    Condition,
    Rules,
    needs,
    read_compact,
    read_expanded,
)
from simulator.bootstrap import tlv
from simulator.errors import CodecError

_STRUCTURES = {1: "transparent", 2: "linear", 3: "linear", 4: "linear", 5: "linear", 6: "cyclic", 7: "cyclic"}
"""The last three bits of the file descriptor byte (ISO/IEC 7816-4 §7.4.5)."""


def read_fcp(raw: bytes) -> Description:
    """Raises `CodecError` for what is no FCP, or does not tell what kind of file it is."""
    template = next((part for part in tlv.read(raw) if part.tag in (0x62, 0x6F)), None)
    if template is None:
        raise CodecError(f"no FCP: {raw[:16].hex().upper()}")
    parts: dict[int, bytes] = {}
    for part in template.children():
        parts.setdefault(part.tag, part.value)
    descriptor = parts.get(0x82, b"")
    if not descriptor:
        raise CodecError("an FCP without a file descriptor")
    directory = descriptor[0] & 0x38 == 0x38
    kind = "directory" if directory else _STRUCTURES.get(descriptor[0] & 0x07, "transparent")
    record_size = int.from_bytes(descriptor[2:4], "big") if kind in ("linear", "cyclic") else 0
    size = 0 if directory else _size(parts.get(0x80, b""))
    if size is None and record_size:
        if len(descriptor) < 5:
            raise CodecError("an FCP tells neither the size of a file nor the number of its records")
        size = record_size * descriptor[4]
    fid = parts.get(0x83, b"")
    reference, attributes, rules = _security(parts)
    return Description(
        kind,
        raw,
        int.from_bytes(fid, "big") if len(fid) == 2 else None,
        parts.get(0x84, b""),
        size,
        record_size,
        _sfi(parts.get(0x88), fid),
        _life_cycle(parts.get(0x8A, b"")),
        reference,
        attributes,
        rules,
        _pins(parts.get(0xC6, b"")) if directory else (),
    )


def _size(octets: bytes) -> int | None:
    if len(octets) > 4:
        raise CodecError(f"a file size of {len(octets)} octets: 1 to 4 expected")
    return int.from_bytes(octets, "big") if octets else None


def _sfi(octets: bytes | None, fid: bytes) -> int | None:
    """Without a word about it, the last five bits of the identifier (TS 102 221 §11.1.1.4.8)."""
    told = bytes([(fid[-1] & 0x1F) << 3]) if octets is None and fid else octets
    number = told[0] >> 3 if told else 0
    return number if 1 <= number <= 30 else None


def _life_cycle(octets: bytes) -> LifeCycle:
    status = octets[0] if len(octets) == 1 else LifeCycle.ACTIVATED
    # Bit 2 and above tell the state; the lowest bits of the operational ones may be anything (ISO/IEC 7816-4).
    if status & 0xFC == 0x0C:
        return LifeCycle.TERMINATED
    if status & 0xFD == 0x04:
        return LifeCycle.DEACTIVATED
    return LifeCycle(status) if status in (LifeCycle.CREATION, LifeCycle.INITIALISATION) else LifeCycle.ACTIVATED


def _security(parts: dict[int, bytes]) -> tuple[Reference | None, str, Rules | None]:
    if 0x8B in parts:
        return _reference(parts[0x8B]), "referenced", None
    try:
        if 0x8C in parts:
            return None, "compact", read_compact(parts[0x8C])
        if 0xAB in parts:
            return None, "expanded", read_expanded(parts[0xAB])
    except CodecError:
        pass
    return None, "expanded", None


def _reference(octets: bytes) -> Reference | None:
    """A record, or one for each security environment; the one of a card with its PIN enabled is taken (01)."""
    fid, rest = int.from_bytes(octets[:2], "big"), octets[2:]
    if len(rest) == 1:
        return Reference(fid, rest[0]) if rest[0] else None
    pairs = dict(zip(rest[0::2], rest[1::2], strict=False))
    record = pairs.get(0x01, next(iter(pairs.values()), 0))
    return Reference(fid, record) if record else None


def _pins(octets: bytes) -> tuple[tuple[int, bool], ...]:
    """The PIN status template: PS-DO with a bit for each PIN, then their key references."""
    bits, keys = b"", []
    try:
        for part in tlv.read(octets):
            if part.tag == 0x90:
                bits = part.value
            elif part.tag == 0x83 and len(part.value) == 1:
                keys.append(part.value[0])
    except CodecError:
        return ()
    enabled = "".join(f"{octet:08b}" for octet in bits)
    return tuple((key, enabled[n : n + 1] != "0") for n, key in enumerate(keys))


_NIBBLES = {0x0: ALWAYS, 0x1: PIN, 0x2: needs(PIN2), 0xF: NEVER}

_SIM_STRUCTURES = {0x00: "transparent", 0x01: "linear", 0x03: "cyclic"}


def read_header(raw: bytes) -> Description:
    """A SIM's answer to SELECT. Raises `CodecError` for one that is too short."""
    if len(raw) < 14:
        raise CodecError(f"{len(raw)} octets tell of a file: at least 14 expected")
    fid = int.from_bytes(raw[4:6], "big")
    if raw[6] != 0x04:
        return Description("directory", raw, fid, pins=_chvs(raw))
    kind = _SIM_STRUCTURES.get(raw[13], "transparent")
    state = LifeCycle.ACTIVATED if raw[11] & 1 else LifeCycle.DEACTIVATED
    rules = Rules(*(map(_nibble, (raw[8] >> 4, raw[8] & 0xF, raw[10] & 0xF, raw[10] >> 4))))
    return Description(
        kind,
        raw,
        fid,
        size=int.from_bytes(raw[2:4], "big"),
        record_size=raw[14] if len(raw) > 14 and kind != "transparent" else 0,
        life_cycle=state,
        attributes="expanded",
        rules=rules,
    )


def _nibble(condition: int) -> Condition:
    return _NIBBLES.get(condition, ADM)


def _chvs(raw: bytes) -> tuple[tuple[int, bool], ...]:
    """Which CHVs there are, from their status bytes; the first may be disabled."""
    found = []
    for key, at in ((PIN1, 18), (PIN2, 20)):
        if len(raw) > at and raw[at] & 0x80:
            found.append((key, key != PIN1 or not raw[13] & 0x80))
    return tuple(found)
