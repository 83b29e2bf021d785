"""The user data header of an SMS: a view over the table of `hil.modem.sms.udh`."""

# ruff: noqa: RUF012 - a list named fields_desc is how scapy is told

from __future__ import annotations

from typing import Any

from scapy.base_classes import BasePacket
from scapy.fields import ByteField, FieldLenField, PacketListField, ShortField, XByteField, XStrLenField
from scapy.packet import Packet, Raw

from hil.capture.layers.tables import Element, Fields
from hil.capture.layers.wsp import WSPPush
from hil.modem.sms.udh import ELEMENTS, ElementLayout
from simulator.codes.wsp import PORT_PUSH, PORT_PUSH_SECURE

PORTS: dict[int, type[Packet]] = {PORT_PUSH: WSPPush, PORT_PUSH_SECURE: WSPPush}
"""The layer that comes to a port."""

INTEGERS = {1: ByteField, 2: ShortField}


def _element(identifier: int, layout: ElementLayout) -> type[Packet]:
    fields: Fields = [XByteField("identifier", identifier), ByteField("length", layout.octets)]
    fields += [INTEGERS[octets](name, 0) for name, octets in layout.fields]
    members: dict[str, Any] = {
        "name": f"{layout.name} (0x{identifier:02X})",
        "fields_desc": fields,
    }
    return type(f"UDHElement{identifier:02X}", (Element,), members)


KNOWN: dict[int, type[Packet]] = {
    identifier: _element(identifier, layout) for identifier, layout in ELEMENTS.items()
}
"""One class for each row of the table; its fields have the table's names."""


class UDHElement(Element):
    """An element that the table has not, or one of a wrong length."""

    name = "information element"
    fields_desc = [
        XByteField("identifier", 0x70),
        FieldLenField("length", None, length_of="data", fmt="B"),
        XStrLenField("data", b"", length_from=lambda element: element.length),
    ]


def _next_element(
    header: Packet, before: list[BasePacket], last: Packet | None, octets: bytes
) -> type[Packet] | None:
    if not octets:
        return None
    layout = ELEMENTS.get(octets[0])
    if layout is None or octets[1:2] != bytes([layout.octets]) or len(octets) < 2 + layout.octets:
        return UDHElement
    return KNOWN[octets[0]]


class UDH(Packet):
    """UDHL and the information elements."""

    name = "SMS user data header"
    fields_desc = [
        FieldLenField("length", None, length_of="elements", fmt="B"),
        PacketListField("elements", [], length_from=lambda header: header.length, next_cls_cb=_next_element),
    ]

    def guess_payload_class(self, payload: bytes) -> type[Packet]:
        """By the port, but only for a whole message: a segment is octets until it is put together."""
        fields = {name: element for element in self.elements for name in element.fields}
        if "total" in fields and fields["total"].total > 1:
            return Raw
        if "destination" in fields:
            return PORTS.get(fields["destination"].destination, Raw)
        return Raw
