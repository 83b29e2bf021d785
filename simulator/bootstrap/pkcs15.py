"""The PKCS #15 files that lead to a bootstrap message: EF(DIR), EF(ODF), EF(DODF) (PKCS #15 v1.1 §5-6).

Reading is liberal: issuers pad with FF or 00, put files of others first and encode object identifiers twice.
What cannot be read raises `CodecError`, whose ``partial`` is what stood before the damage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from simulator.bootstrap import tlv
from simulator.bootstrap.tlv import Tlv
from simulator.errors import CodecError

OID_DM_BOOTSTRAP = bytes.fromhex("672B0701")
"""2.23.43.7.1, as the value of its OBJECT IDENTIFIER (OMNA register)."""

OIDS: dict[bytes, str] = {
    bytes.fromhex("672B0501"): "wap-provisioning bootstrap",
    bytes.fromhex("672B0502"): "wap-provisioning config1",
    bytes.fromhex("672B0503"): "wap-provisioning config2",
    OID_DM_BOOTSTRAP: "oma-dm dm-bootstrap",
    bytes.fromhex("672B0901"): "oma-lwm2m lwm2m-bootstrap",
}

PRIVATE = 0x80
"""First bit of CommonObjectAttributes.flags: a PIN is needed to read (PKCS #15 §6.1.1)."""
MODIFIABLE = 0x40

MAX_PATH = 16
"""Octets: eight levels (TS 102 221 allows a path of at most five)."""


T = TypeVar("T")


class Tag:
    """Tags of the ASN.1 and card application templates used here."""

    INTEGER = 0x02
    BIT_STRING = 0x03
    OCTET_STRING = 0x04
    OID = 0x06
    UTF8_STRING = 0x0C
    SEQUENCE = 0x30
    AID = 0x4F
    LABEL = 0x50
    PATH = 0x51
    APPLICATION = 0x61
    LENGTH = 0x80
    """[0] IMPLICIT in a Path."""
    EXTERNAL_IDO = 0xA0
    OID_DO = 0xA1
    TYPE_ATTRIBUTES = 0xA1
    DATA_OBJECTS = 0xA7


class Shape(Enum):
    """The two shapes in which a DODF names a data object (PKCS #15 §6.7)."""

    OPAQUE = "opaque"
    """opaqueDO: the object identifier is CommonDataObjectAttributes.applicationOID."""
    OID = "oid"
    """oidDO: the object identifier is the type's own."""


@dataclass(frozen=True, slots=True)
class Application:
    """One application template of EF(DIR)."""

    aid: bytes
    label: str = ""
    path: bytes = b""
    """File identifiers; empty when the card leaves it out, as it may for an ADF."""


@dataclass(frozen=True, slots=True)
class Path:
    """Where an object lies: file identifiers, and which part of the file (PKCS #15 §6.1.2)."""

    fids: bytes
    index: int | None = None
    """First octet, in a transparent file."""
    length: int | None = None
    """In octets; None: up to the end of the file."""


@dataclass(frozen=True, slots=True)
class DataObject:
    """One entry of a DODF."""

    oid: bytes | None
    """The object identifier's value octets, once, even where the card encodes it twice."""
    path: Path | None
    """None: the value is not in a file of its own."""
    label: str = ""
    application_name: str = ""
    flags: int = 0
    """`PRIVATE`, `MODIFIABLE`."""
    auth_id: bytes | None = None
    shape: Shape = Shape.OPAQUE
    double_oid: bool = False
    """The card encodes the object identifier twice (a mistake that issuers make)."""


def read_dir_record(record: bytes) -> list[Application]:
    """The application templates of one record of EF(DIR) (TS 102 221 §13.1)."""
    found = []
    for template in tlv.read(record, padded=True):
        if template.tag != Tag.APPLICATION:
            continue
        parts = {part.tag: part.value for part in tlv.read(template.value, padded=True)}
        if aid := parts.get(Tag.AID):
            label = parts.get(Tag.LABEL, b"").decode("utf-8", "replace")
            found.append(Application(aid, label, _fids(parts.get(Tag.PATH, b""), empty=True)))
    return found


def read_odf(data: bytes) -> list[Path]:
    """The paths of the data object directory files, in the card's order, which is their priority."""
    return _each(data, lambda entry: [_path(_only(entry))] if entry.tag == Tag.DATA_OBJECTS else [])


def read_dodf(data: bytes) -> list[DataObject]:
    """The data objects of one directory file. External ones (externalIDO) are left out."""
    shapes = {Tag.SEQUENCE: Shape.OPAQUE, Tag.OID_DO: Shape.OID}
    return _each(data, lambda entry: [_data_object(entry, shapes[entry.tag])] if entry.tag in shapes else [])


def write_dir_record(application: Application, size: int = 0) -> bytes:
    """One record of EF(DIR), filled up with FF to ``size``."""
    parts = [tlv.write(Tag.AID, application.aid)]
    if application.label:
        parts.append(tlv.write(Tag.LABEL, application.label.encode()))
    if application.path:
        parts.append(tlv.write(Tag.PATH, application.path))
    return tlv.write(Tag.APPLICATION, *parts).ljust(size, b"\xff")


def write_odf(paths: list[Path]) -> bytes:
    return b"".join(tlv.write(Tag.DATA_OBJECTS, write_path(path)) for path in paths)


def write_dodf(objects: list[DataObject]) -> bytes:
    return b"".join(map(_write_data_object, objects))


def write_path(path: Path) -> bytes:
    parts = [tlv.write(Tag.OCTET_STRING, path.fids)]
    if path.index is not None:
        parts.append(tlv.write(Tag.INTEGER, _integer_octets(path.index)))
    if path.length is not None:
        parts.append(tlv.write(Tag.LENGTH, _integer_octets(path.length)))
    return tlv.write(Tag.SEQUENCE, *parts)


def oid_name(oid: bytes) -> str:
    """``2.23.43.7.1 (oma-dm dm-bootstrap)``."""
    name = OIDS.get(oid)
    return f"{_dotted(oid)} ({name})" if name else _dotted(oid)


def _each(data: bytes, read_entry: Callable[[Tlv], list[T]]) -> list[T]:
    """What ``read_entry`` makes of every entry, damage and all: the sound entries go into ``partial``."""
    damage: CodecError | None = None
    try:
        entries = tlv.read(data, padded=True)
    except CodecError as error:
        damage = error
        entries = error.partial if isinstance(error.partial, list) else []
    found: list[T] = []
    for entry in entries:
        try:
            found += read_entry(entry)
        except CodecError as error:
            damage = damage or CodecError(f"entry {entry.tag:02X}: {error}", offset=entry.offset)
    if damage is not None:
        damage.partial = found
        raise damage
    return found


def _only(entry: Tlv) -> Tlv:
    children = entry.children()
    if len(children) != 1 or children[0].tag != Tag.SEQUENCE:
        raise CodecError("one Path expected (objects inside the directory itself are not supported)")
    return children[0]


def _path(sequence: Tlv) -> Path:
    fids: bytes | None = None
    numbers: list[int] = []
    length: int | None = None
    for part in sequence.children():
        if part.tag == Tag.OCTET_STRING and fids is None:
            fids = _fids(part.value)
        elif part.tag == Tag.INTEGER and len(numbers) < 2:
            numbers.append(_integer(part.value))
        elif part.tag == Tag.LENGTH:
            length = _integer(part.value)
    if fids is None:
        raise CodecError("a Path without file identifiers")
    if len(numbers) == 2 and length is None:
        # Some encoders write the length as a second plain INTEGER.
        length = numbers[1]
    return Path(fids, numbers[0] if numbers else None, length)


def _data_object(entry: Tlv, shape: Shape) -> DataObject:
    # PKCS15Object: common attributes, class attributes, [0] subclass attributes, [1] type attributes.
    sequences: list[Tlv] = []
    value: Tlv | None = None
    for part in entry.children():
        if part.tag == Tag.SEQUENCE:
            sequences.append(part)
        elif part.tag == Tag.TYPE_ATTRIBUTES:
            value = part
    if value is None:
        raise CodecError("a data object without type attributes")
    label, application_name, flags = "", "", 0
    auth_id: bytes | None = None
    oid: bytes | None = None
    for part in sequences[0].children() if sequences else []:
        if part.tag == Tag.UTF8_STRING:
            label = part.value.decode("utf-8", "replace")
        elif part.tag == Tag.BIT_STRING:
            flags = part.value[1] if len(part.value) > 1 else 0
        elif part.tag == Tag.OCTET_STRING:
            auth_id = part.value
    for part in sequences[1].children() if len(sequences) > 1 else []:
        if part.tag == Tag.UTF8_STRING:
            application_name = part.value.decode("utf-8", "replace")
        elif part.tag == Tag.OID:
            oid = part.value
    content = value.children()
    if shape is Shape.OID:
        # OidDO is a SEQUENCE of the identifier and the value.
        content = content[0].children() if content and content[0].tag == Tag.SEQUENCE else content
        oid = next((part.value for part in content if part.tag == Tag.OID), oid)
    path = next((_path(part) for part in content if part.tag == Tag.SEQUENCE), None)
    double = oid is not None and _is_double(oid)
    if oid is not None and double:
        oid = oid[2:]
    return DataObject(oid, path, label, application_name, flags, auth_id, shape, double)


def _write_data_object(entry: DataObject) -> bytes:
    common = []
    if entry.label:
        common.append(tlv.write(Tag.UTF8_STRING, entry.label.encode()))
    if entry.flags:
        unused = (entry.flags & -entry.flags).bit_length() - 1
        common.append(tlv.write(Tag.BIT_STRING, bytes([unused, entry.flags])))
    if entry.auth_id is not None:
        common.append(tlv.write(Tag.OCTET_STRING, entry.auth_id))
    oid = b""
    if entry.oid is not None:
        oid = tlv.write(Tag.OID, tlv.write(Tag.OID, entry.oid) if entry.double_oid else entry.oid)
    name = tlv.write(Tag.UTF8_STRING, entry.application_name.encode()) if entry.application_name else b""
    value = write_path(entry.path) if entry.path is not None else b""
    is_oid = entry.shape is Shape.OID
    return tlv.write(
        Tag.OID_DO if is_oid else Tag.SEQUENCE,
        tlv.write(Tag.SEQUENCE, *common),
        tlv.write(Tag.SEQUENCE, name, b"" if is_oid else oid),
        tlv.write(Tag.TYPE_ATTRIBUTES, tlv.write(Tag.SEQUENCE, oid, value) if is_oid else value),
    )


def _is_double(oid: bytes) -> bool:
    """An identifier whose value is a whole OBJECT IDENTIFIER again: seen on real cards."""
    return len(oid) > 2 and oid[0] == Tag.OID and oid[1] == len(oid) - 2


def _fids(octets: bytes, *, empty: bool = False) -> bytes:
    if len(octets) % 2 or len(octets) > MAX_PATH or not (octets or empty):
        raise CodecError(f"a path of {len(octets)} octets: file identifiers of two octets each expected")
    return octets


def _integer(octets: bytes) -> int:
    # Offsets and lengths of card files; encoders forget the leading zero, so the sign is not taken seriously.
    if not 1 <= len(octets) <= 4:
        raise CodecError(f"an INTEGER of {len(octets)} octets: 1 to 4 expected")
    return int.from_bytes(octets, "big")


def _integer_octets(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _dotted(oid: bytes) -> str:
    arcs: list[int] = []
    arc = 0
    for octet in oid:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    if not arcs:
        return oid.hex()
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))
