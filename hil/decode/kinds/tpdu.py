"""SMS transfer protocol data units, bare or with the service centre's address in front (TS 23.040 §9.2.2).

`hil.modem.sms.tpdu` refuses what is damaged; here every field is shown up to the damage. Both read the same
tables of first octets, addresses, headers and time stamps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from hil.decode.kinds import userdata
from hil.decode.layer import Layer
from hil.decode.registry import LIKELY, UNLIKELY, Kind, Reading
from hil.modem.sms import fields as tables
from hil.modem.sms import userdata as codec
from hil.modem.sms.address import Address, TypeOfAddress, TypeOfNumber, read_smsc
from hil.modem.sms.coding import Alphabet, alphabet_of, message_class
from hil.modem.sms.cursor import Cursor
from hil.modem.sms.fields import VALIDITY_OCTETS, BitFields, MessageType, ValidityFormat, unpack_bits
from hil.modem.sms.timestamp import OCTETS as STAMP_OCTETS
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.udh import Concatenation, Ports
from simulator.errors import CodecError


@dataclass(slots=True)
class Segment:
    """What a message in several parts needs to be put together again.

    ``payload`` is octets, or septets (one in a byte) of GSM 7-bit text.
    """

    address: str
    part: Concatenation
    ports: Ports | None
    scheme: int
    payload: bytes


@dataclass(slots=True)
class Walk:
    """One TPDU being read: where, what is known so far, and what speaks for its being one."""

    cursor: Cursor
    layer: Layer
    first: Mapping[str, int] = field(default_factory=dict)
    announced: Mapping[str, int] = field(default_factory=dict)
    """What TP-PI says of the parameters that follow."""
    address: str = ""
    scheme: int = 0
    marks: int = 0
    segment: Segment | None = None


Read = Callable[[Walk, str], None]
"""Reads the field of a name into the layer."""


def _octet(walk: Walk, name: str) -> None:
    walk.layer.add(name, f"0x{walk.cursor.octet(name):02X}")


def _number(walk: Walk, name: str) -> None:
    walk.layer.add(name, walk.cursor.octet(name))


def _scheme(walk: Walk, name: str) -> None:
    walk.scheme = walk.cursor.octet(name)
    number = message_class(walk.scheme)
    words = alphabet_of(walk.scheme).value + ("" if number is None else f", class {number}")
    walk.layer.add(name, f"0x{walk.scheme:02X} ({words})")


def _address(walk: Walk, name: str) -> None:
    address = Address.read(walk.cursor, name)
    walk.address = str(address)
    walk.layer.add(name, walk.address)
    # A number of digits, of a usual type: 5 to 15 of them, and short codes from 3.
    if address.type_of_address in set(TypeOfAddress) or address.type_of_number is TypeOfNumber.NATIONAL:
        walk.marks += 15 if len(address.number) > 2 else 0


def _stamp(walk: Walk, name: str) -> None:
    stamp = TimeStamp(walk.cursor.take(STAMP_OCTETS, name))
    walk.layer.add(name, str(stamp))
    walk.marks += 15 if stamp.datetime is not None else -15


def _validity(walk: Walk, name: str) -> None:
    octets = VALIDITY_OCTETS[ValidityFormat(walk.first["TP-VPF"])]
    if octets:
        walk.layer.add(name, walk.cursor.take(octets, name).hex(" "))


def _rest(walk: Walk, name: str) -> None:
    walk.layer.add(name, walk.cursor.rest().hex(" ") or None)


def _user_data(walk: Walk, name: str) -> None:
    cursor, has_header = walk.cursor, bool(walk.first["TP-UDHI"])
    start = cursor.offset
    walk.layer.add("TP-UDL", _next(cursor))
    try:
        payload, _ = codec.read(Cursor(cursor.data, start, cursor.end), has_header, walk.scheme)
    except CodecError as error:
        walk.layer.damaged_by(error)
        payload = b""
    length = cursor.octet("TP-UDL")
    septets = alphabet_of(walk.scheme) is Alphabet.GSM7
    octets = cursor.take(min((7 * length + 7) // 8 if septets else length, cursor.left), name)
    start += 1
    header = None
    if has_header and octets:
        header, after = userdata.read_header(walk.layer, octets, start)
        start, octets = start + len(octets) - len(after), after
    part, ports = (header.concatenation, header.ports) if header else (None, None)
    walk.marks += 20 if ports and ports.destination in userdata.PORTS else 0
    if alphabet_of(walk.scheme) is not Alphabet.DATA8 and walk.layer.damage is None:
        walk.layer.add("text", codec.text(payload, walk.scheme))
        octets = payload
    elif part is not None and part.total > 1:
        walk.layer.add("segment", octets.hex(" "))
    else:
        userdata.open_payload(walk.layer, ports, octets, start)
    if part is not None and part.total > 1:
        walk.segment = Segment(walk.address, part, ports, walk.scheme, octets)


def _cause(walk: Walk, name: str) -> None:
    following = _next(walk.cursor)
    if following is not None and following & 0x80:
        _octet(walk, name)


def _indicator(walk: Walk, name: str) -> None:
    octet = walk.cursor.octet(name)
    walk.announced = unpack_bits(tables.PARAMETER_INDICATOR, octet)
    walk.layer.add(name, f"0x{octet:02X}")


def _indicator_if_any(walk: Walk, name: str) -> None:
    if walk.cursor.left:
        _indicator(walk, name)


def _if_announced(read: Read) -> Read:
    """A parameter: read only where TP-PI says that it is there. User data goes by the name of its length."""

    def parameter(walk: Walk, name: str) -> None:
        if walk.announced.get("TP-UDL" if name == "TP-UD" else name):
            read(walk, name)

    return parameter


PARAMETERS = (
    ("TP-PID", _if_announced(_octet)),
    ("TP-DCS", _if_announced(_scheme)),
    ("TP-UD", _if_announced(_user_data)),
    ("rest", _rest),
)


def _next(cursor: Cursor) -> int | None:
    return cursor.data[cursor.offset] if cursor.left else None


@dataclass(frozen=True, slots=True)
class Shape:
    """One type of TPDU: the table of its first octet, and its fields in order."""

    name: str
    title: str
    direction: str
    message_type: int
    first_octet: BitFields
    fields: tuple[tuple[str, Read], ...]
    marks: int = 0
    """What speaks against it before anything is read: reports are rare, and short enough to look like anything."""


SHAPES = (
    Shape(
        "deliver",
        "SMS-DELIVER",
        "in",
        MessageType.DELIVER,
        tables.FIRST_OCTET_DELIVER,
        (
            ("TP-OA", _address),
            ("TP-PID", _octet),
            ("TP-DCS", _scheme),
            ("TP-SCTS", _stamp),
            ("TP-UD", _user_data),
        ),
    ),
    Shape(
        "submit",
        "SMS-SUBMIT",
        "out",
        MessageType.SUBMIT,
        tables.FIRST_OCTET_SUBMIT,
        (
            ("TP-MR", _number),
            ("TP-DA", _address),
            ("TP-PID", _octet),
            ("TP-DCS", _scheme),
            ("TP-VP", _validity),
            ("TP-UD", _user_data),
        ),
    ),
    Shape(
        "status-report",
        "SMS-STATUS-REPORT",
        "in",
        MessageType.STATUS_REPORT,
        tables.FIRST_OCTET_STATUS_REPORT,
        (
            ("TP-MR", _number),
            ("TP-RA", _address),
            ("TP-SCTS", _stamp),
            ("TP-DT", _stamp),
            ("TP-ST", _octet),
            ("TP-PI", _indicator_if_any),
            *PARAMETERS,
        ),
        -20,
    ),
    Shape(
        "deliver-report",
        "SMS-DELIVER-REPORT",
        "out",
        MessageType.DELIVER_REPORT,
        tables.FIRST_OCTET_DELIVER_REPORT,
        (("TP-FCS", _cause), ("TP-PI", _indicator), *PARAMETERS),
        -60,
    ),
    Shape(
        "submit-report",
        "SMS-SUBMIT-REPORT",
        "in",
        MessageType.SUBMIT_REPORT,
        tables.FIRST_OCTET_SUBMIT_REPORT,
        (("TP-FCS", _cause), ("TP-PI", _indicator), ("TP-SCTS", _stamp), *PARAMETERS),
        -60,
    ),
)

WHOLE_MARKS = 40
"""Every field is there, and nothing after them."""


def walk(octets: bytes, shape: Shape) -> Walk:
    """Read one TPDU. Raises `CodecError` when it is of another type, or there is none."""
    cursor = Cursor(octets)
    first = unpack_bits(shape.first_octet, cursor.octet("the first octet"))
    if first["TP-MTI"] != shape.message_type:
        raise CodecError(f"{shape.title} has TP-MTI {shape.message_type}, not {first['TP-MTI']}", offset=0)
    state = Walk(cursor, Layer(shape.name, shape.title), first, marks=shape.marks)
    for name, value in first.items():
        state.layer.add(name, value if name != "spare" else value or None)
    try:
        for name, read in shape.fields:
            read(state, name)
    except CodecError as error:
        state.layer.damaged_by(error)
    if cursor.left:
        state.layer.add("after its end", cursor.rest().hex(" "))
        state.marks -= 20
    state.marks += WHOLE_MARKS if state.layer.damage is None else 0
    return state


def read_bare(shape: Shape, octets: bytes) -> Reading:
    state = walk(octets, shape)
    return Reading(state.layer, _likeness(state))


def read_with_smsc(octets: bytes) -> Reading:
    layer, state = with_smsc(octets)
    return Reading(layer, _likeness(state))


def with_smsc(octets: bytes) -> tuple[Layer, Walk]:
    """A PDU as on the AT interface: a layer for the service centre's address around the likeliest TPDU.

    Raises `CodecError` when no type of TPDU fits.
    """
    cursor = Cursor(octets)
    smsc = read_smsc(cursor)
    walks: list[Walk] = []
    for shape in SHAPES:
        try:
            walks.append(walk(octets[cursor.offset :], shape))
        except CodecError:
            continue
    if not walks:
        raise CodecError("no type of TPDU fits behind the service centre's address", offset=cursor.offset)
    best = max(walks, key=lambda state: state.marks)
    if smsc is not None:
        usual = smsc.type_of_address in set(TypeOfAddress) and len(smsc.number) > 2
        best.marks += 15 if usual else -30
    layer = Layer("sms", "SMS PDU", end=len(octets), children=[best.layer])
    layer.add("service centre", "the modem's own" if smsc is None else str(smsc))
    layer.add("TPDU length", len(octets) - cursor.offset)
    best.layer.start, best.layer.end = cursor.offset, len(octets)
    return layer, best


def segment_of(octets: bytes, kind: str) -> Segment | None:
    """The segment of a longer message that was read as ``kind``; None for a message of one part."""
    if kind == "sms":
        return with_smsc(octets)[1].segment
    shape = next((shape for shape in SHAPES if shape.name == kind), None)
    return walk(octets, shape).segment if shape else None


def _likeness(state: Walk) -> int:
    if state.layer.damage is not None:
        return min(state.marks, LIKELY)
    return max(state.marks, UNLIKELY)


KINDS = (
    Kind("sms", "SMS PDU with the service centre's address in front, as modems show it", read_with_smsc),
    *(Kind(shape.name, f"{shape.title} without that address", partial(read_bare, shape)) for shape in SHAPES),
)
