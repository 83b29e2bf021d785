"""Bit fields: a header as a table of names and widths, most significant bit first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.errors import CodecError, EncodeError


@dataclass(frozen=True, slots=True)
class BitField:
    name: str
    bits: int


class BitTable:
    """The fields of a header, in order; together they fill whole octets."""

    __slots__ = ("_places", "fields", "octets")

    def __init__(self, *fields: BitField) -> None:
        bits = sum(field.bits for field in fields)
        if bits % 8:
            raise ValueError(f"{bits} bits do not fill whole octets")
        self.fields = fields
        self.octets = bits // 8
        self._places: list[tuple[str, int, int]] = []
        """Of each field: its name, the bits behind it, and its mask."""
        for field in fields:
            bits -= field.bits
            self._places.append((field.name, bits, (1 << field.bits) - 1))

    def read(self, data: bytes, offset: int = 0) -> dict[str, int]:
        """Raises `CodecError` when fewer octets are left than the table has; its ``partial`` holds the
        fields that are there as a whole."""
        present = data[offset : offset + self.octets]
        value = int.from_bytes(present, "big")
        if len(present) == self.octets:
            return {name: value >> behind & mask for name, behind, mask in self._places}
        left = len(present) * 8
        values: dict[str, int] = {}
        for field in self.fields:
            left -= field.bits
            if left < 0:
                raise CodecError(
                    f"{field.name} expected: the header has {self.octets} octets, and {len(present)} are there",
                    offset=len(data),
                    partial=values,
                )
            values[field.name] = value >> left & (1 << field.bits) - 1
        return values

    def write(self, values: Mapping[str, int]) -> bytes:
        """A field that is not in ``values`` is written as 0."""
        number = 0
        for field in self.fields:
            value = values.get(field.name, 0)
            if not 0 <= value < 1 << field.bits:
                raise EncodeError(f"{field.name} is {value}, which does not fit {field.bits} bits")
            number = number << field.bits | value
        return number.to_bytes(self.octets, "big")
