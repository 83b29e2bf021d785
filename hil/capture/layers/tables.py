"""From the codecs' tables to scapy's fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scapy.fields import BitEnumField, BitField
from scapy.packet import Packet

Fields = list[Any]
"""Scapy's fields, of which there is no common type."""


def field_name(name: str) -> str:
    """A table's name as an attribute: ``TP-MTI`` is ``tp_mti``."""
    return name.lower().replace("-", "_")


def bit_fields(
    table: Iterable[tuple[str, int]],
    defaults: Mapping[str, int] | None = None,
    values: Mapping[str, Mapping[int, str]] | None = None,
    computed: Mapping[str, Callable[[str, int], Any]] | None = None,
) -> Fields:
    """One field for each row ``(name, bits)``.

    ``defaults`` and ``values`` (names of numbers) are by the table's names; ``computed`` makes the field of a row
    whose value follows from others, such as a length.
    """
    fields: Fields = []
    for name, bits in table:
        default = (defaults or {}).get(name, 0)
        if computed and name in computed:
            fields.append(computed[name](field_name(name), bits))
        elif values and name in values:
            fields.append(BitEnumField(field_name(name), default, bits, dict(values[name])))
        else:
            fields.append(BitField(field_name(name), default, bits))
    return fields


class Element(Packet):
    """A packet in a list: what follows it belongs to the next one."""

    def extract_padding(self, s: bytes) -> tuple[bytes, bytes | None]:
        return b"", s
