"""Notifications of DM 1.2 and 1.3: views over `simulator.notification.v12` and `v13`."""

# ruff: noqa: RUF012 - a list named fields_desc is how scapy is told

from __future__ import annotations

from typing import Any

from scapy.fields import BitFieldLenField, PacketListField, StrField, StrLenField, XStrField, XStrFixedLenField
from scapy.packet import Packet

from hil.capture.layers.tables import Element, Fields, bit_fields
from simulator.notification import v12
from simulator.notification.bits import BitTable
from simulator.notification.model import Initiator, UIMode
from simulator.notification.options import OPTIONS
from simulator.notification.v13 import PROPOSED, Layout

UI_MODES = {int(mode): mode.name for mode in UIMode}
INITIATORS = {int(initiator): initiator.name for initiator in Initiator}


def _rows(table: BitTable) -> list[tuple[str, int]]:
    return [(field.name, field.bits) for field in table.fields]


class Notification12(Packet):
    name = "DM 1.2 notification"
    fields_desc = [
        XStrFixedLenField("digest", bytes(v12.DIGEST_OCTETS), v12.DIGEST_OCTETS),
        *bit_fields(
            _rows(v12.HEADER),
            {"version": v12.VERSION},
            {"ui-mode": UI_MODES, "initiator": INITIATORS},
            {
                "length-identifier": lambda name, bits: BitFieldLenField(
                    name, None, bits, length_of="server_identifier"
                )
            },
        ),
        StrLenField("server_identifier", b"", length_from=lambda packet: packet.length_identifier),
        StrField("vendor", b""),
    ]


def option_packet(layout: Layout) -> type[Packet]:
    """The packet of one option in a layout."""
    computed = {"LENGTH": lambda name, bits: BitFieldLenField(name, None, bits, length_of="value")}
    names = {"NUMBER": {row.number: row.name for row in OPTIONS.values()}}
    members: dict[str, Any] = {
        "name": "Option",
        "fields_desc": [
            *bit_fields(_rows(layout.option_header), {"NUMBER": 1}, names, computed),
            StrLenField("value", b"", length_from=lambda packet: packet.length),
        ],
    }
    return type("NotificationOption", (Element,), members)


def notification_packet(layout: Layout, option: type[Packet]) -> type[Packet]:
    """The packet of a notification of DM 1.3 in a layout."""
    hashes = {number: name or "none" for number, name in layout.digests.items()}
    fields: Fields = [
        *bit_fields(
            _rows(layout.header),
            {"VER": layout.version, "DIGEST-TYPE": 1, **layout.fixed},
            {"UI-MODE": UI_MODES, "INITIATOR": INITIATORS, "DIGEST-TYPE": hashes},
            {"OPTION-COUNT": lambda name, bits: BitFieldLenField(name, None, bits, count_of="options")},
        ),
        PacketListField("options", [], option, count_from=lambda packet: packet.option_count),
        XStrField("digest", b""),
    ]
    return type("Notification13", (Packet,), {"name": "DM 1.3 notification", "fields_desc": fields})


NotificationOption = option_packet(PROPOSED)
Notification13 = notification_packet(PROPOSED, NotificationOption)
