"""What a card tells about a file that was selected: FCP on a UICC, a fixed layout on a SIM.

FCP: TS 102 221 §11.1.1.3. SIM: TS 51.011 §9.2.1.
"""

from __future__ import annotations

from hil.card.uicc.files import Condition, Df, Ef
from hil.card.uicc.security import PIN1, Pin
from simulator.bootstrap import tlv
from simulator.codes.apdu import MF

EF_ARR_MF = 0x2F06
EF_ARR_ADF = 0x6F06

_READ, _UPDATE, _OTHER = 0x01, 0x02, 0x18

ACCESS_RULES: tuple[tuple[Condition, Condition], ...] = (
    (Condition.ALWAYS, Condition.ADM),
    (Condition.PIN, Condition.ADM),
    (Condition.ALWAYS, Condition.PIN),
    (Condition.PIN, Condition.PIN),
    (Condition.ALWAYS, Condition.NEVER),
    (Condition.ALWAYS, Condition.ALWAYS),
)
"""Reading and changing; the row's number (from 1) is the record of EF(ARR) that an FCP refers to."""

_SECURITY_CONDITIONS = {
    Condition.ALWAYS: bytes.fromhex("9000"),
    Condition.PIN: bytes.fromhex("A40683010195 0108"),
    Condition.ADM: bytes.fromhex("A40683010A95 0108"),
    Condition.NEVER: bytes.fromhex("9700"),
}


def access_rule_file(fid: int) -> Ef:
    """EF(ARR): the access rules that files refer to (TS 102 221 §13.4)."""
    rules = [
        tlv.write(0x80, bytes([_READ]))
        + _SECURITY_CONDITIONS[read]
        + tlv.write(0x80, bytes([_UPDATE]))
        + _SECURITY_CONDITIONS[update]
        + tlv.write(0x80, bytes([_OTHER]))
        + _SECURITY_CONDITIONS[Condition.ADM]
        for read, update in ACCESS_RULES
    ]
    size = max(map(len, rules))
    return Ef(fid, records=[bytearray(rule.ljust(size, b"\xff")) for rule in rules])


def fcp(file: Df | Ef, pin: Pin, *, template: int = 0x62) -> bytes:
    """The FCP template; ``template`` 6F makes it an FCI."""
    return tlv.write(template, *(_directory(file, pin) if isinstance(file, Df) else _elementary(file)))


def _directory(file: Df, pin: Pin) -> list[bytes]:
    parts = [tlv.write(0x82, b"\x78\x21")]
    if file.fid is not None:
        parts.append(tlv.write(0x83, file.fid.to_bytes(2, "big")))
    if file.aid:
        parts.append(tlv.write(0x84, file.aid))
    # PIN status: PS-DO says whether the PIN is enabled, then the key reference it is about.
    status = tlv.write(0x90, b"\x80" if pin.enabled else b"\x00") + tlv.write(0x83, bytes([PIN1]))
    return [*parts, tlv.write(0x8A, b"\x05"), _reference(1), tlv.write(0xC6, status)]


def _elementary(file: Ef) -> list[bytes]:
    if file.records is None:
        descriptor = b"\x41\x21"
    else:
        descriptor = b"\x42\x21" + file.record_size.to_bytes(2, "big") + bytes([len(file.records)])
    return [
        tlv.write(0x82, descriptor),
        tlv.write(0x83, file.fid.to_bytes(2, "big")),
        tlv.write(0x8A, b"\x05" if file.active else b"\x04"),
        _reference(ACCESS_RULES.index((file.read, file.update)) + 1),
        tlv.write(0x80, file.size.to_bytes(2, "big")),
        tlv.write(0x88, b"" if file.sfi is None else bytes([file.sfi << 3])),
    ]


def _reference(record: int) -> bytes:
    return tlv.write(0x8B, EF_ARR_MF.to_bytes(2, "big") + bytes([record]))


def sim_header(file: Df | Ef, pin: Pin) -> bytes:
    """The answer to SELECT in class A0."""
    if isinstance(file, Ef):
        return b"".join(
            (
                bytes(2),
                file.size.to_bytes(2, "big"),
                file.fid.to_bytes(2, "big"),
                b"\x04\x00",
                bytes([file.read.value << 4 | file.update.value, 0xFF, 0x44, 0x01 if file.active else 0x00]),
                b"\x02",
                bytes([0x00 if file.records is None else 0x01, file.record_size & 0xFF]),
            )
        )
    directories = sum(isinstance(child, Df) for child in file.files.values())
    return b"".join(
        (
            bytes(4),
            (file.fid or 0).to_bytes(2, "big"),
            b"\x01" if file.fid == MF else b"\x02",
            bytes(5),
            b"\x0a",
            b"\x00" if pin.enabled else b"\x80",
            bytes([directories, len(file.files) - directories, 2, 0, 0x80 | pin.left, 0x8A, 0x80, 0x80, 0]),
        )
    )
