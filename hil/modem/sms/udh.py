"""The user data header: information elements before the data (TS 23.040 §9.2.3.24)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hil.modem.sms.cursor import Cursor
from simulator.errors import CodecError, EncodeError


class ElementLayout(NamedTuple):
    """The fields of one information element: ``(name, octets)``, big-endian, in order."""

    name: str
    fields: tuple[tuple[str, int], ...]

    @property
    def octets(self) -> int:
        return sum(octets for _, octets in self.fields)


CONCATENATION_8 = 0x00
PORTS_8 = 0x04
PORTS_16 = 0x05
CONCATENATION_16 = 0x08

ELEMENTS: Mapping[int, ElementLayout] = {
    CONCATENATION_8: ElementLayout("concatenation", (("reference", 1), ("total", 1), ("sequence", 1))),
    PORTS_8: ElementLayout("ports", (("destination", 1), ("source", 1))),
    PORTS_16: ElementLayout("ports", (("destination", 2), ("source", 2))),
    CONCATENATION_16: ElementLayout("concatenation", (("reference", 2), ("total", 1), ("sequence", 1))),
}
"""Information element identifier to layout. What is not here is kept as `OtherElement`."""
SIZES = {identifier: layout.octets for identifier, layout in ELEMENTS.items()}


@dataclass(frozen=True, slots=True)
class Concatenation:
    """§9.2.3.24.1 and .8: one segment of a longer message; ``wide`` has a 16-bit reference."""

    reference: int
    total: int
    sequence: int
    wide: bool = False

    @property
    def identifier(self) -> int:
        return CONCATENATION_16 if self.wide else CONCATENATION_8

    @property
    def valid(self) -> bool:
        """A receiver ignores the element otherwise."""
        return 1 <= self.sequence <= self.total


@dataclass(frozen=True, slots=True)
class Ports:
    """§9.2.3.24.3 and .4: application ports; ``wide`` ones have 16 bits (2948 needs them)."""

    destination: int
    source: int
    wide: bool = True

    @property
    def identifier(self) -> int:
        return PORTS_16 if self.wide else PORTS_8


@dataclass(frozen=True, slots=True)
class OtherElement:
    """An element the bench does not interpret, or a known one of a wrong length: skipped, but kept."""

    identifier: int
    data: bytes


Element = Concatenation | Ports | OtherElement


@dataclass(frozen=True, slots=True)
class UserDataHeader:
    """The elements in the order of the wire, which is free. Of repeated elements the last counts."""

    elements: tuple[Element, ...]

    @property
    def concatenation(self) -> Concatenation | None:
        """None also when the element has to be ignored (sequence 0, or beyond the total)."""
        found = [e for e in self.elements if isinstance(e, Concatenation) and e.valid]
        return found[-1] if found else None

    @property
    def ports(self) -> Ports | None:
        found = [e for e in self.elements if isinstance(e, Ports)]
        return found[-1] if found else None

    def encode(self) -> bytes:
        """UDHL and the elements. Raises `EncodeError`."""
        body = b"".join(map(_encode_element, self.elements))
        if len(body) > 0xFF:
            raise EncodeError(f"a user data header of {len(body)} octets has no length octet")
        return bytes([len(body)]) + body

    @classmethod
    def read(cls, cursor: Cursor) -> UserDataHeader:
        """Read UDHL and the elements. Raises `CodecError` when an element does not end where the header does."""
        length = cursor.octet("the user data header's length")
        inner = cursor.inner(length, "the user data header")
        elements: list[Element] = []
        try:
            while inner.left:
                identifier = inner.octet("an information element")
                data = inner.take(inner.octet("the length of an information element"), "an information element")
                elements.append(_decode_element(identifier, data))
        except CodecError as error:
            raise CodecError(
                "the user data header is damaged: an information element does not end with it",
                offset=inner.offset,
                partial=cls(tuple(elements)),
            ) from error
        return cls(tuple(elements))


def _encode_element(element: Element) -> bytes:
    if isinstance(element, OtherElement):
        data = element.data
    else:
        layout = ELEMENTS[element.identifier]
        try:
            data = b"".join([getattr(element, name).to_bytes(octets, "big") for name, octets in layout.fields])
        except OverflowError:
            raise EncodeError(f"a value of {element} does not fit into its octets") from None
    if len(data) > 0xFF or not 0 <= element.identifier <= 0xFF:
        raise EncodeError(f"the information element {element.identifier:02X} has no encoding")
    return bytes([element.identifier, len(data)]) + data


def _decode_element(identifier: int, data: bytes) -> Element:
    layout = ELEMENTS.get(identifier)
    if layout is None or len(data) != SIZES[identifier]:
        return OtherElement(identifier, data)
    values, start = [], 0
    for _, octets in layout.fields:
        values.append(int.from_bytes(data[start : start + octets], "big"))
        start += octets
    if layout.name == "ports":
        destination, source = values
        return Ports(destination, source, wide=identifier == PORTS_16)
    reference, total, sequence = values
    return Concatenation(reference, total, sequence, wide=identifier == CONCATENATION_16)
