"""The WSP Push PDU: a view over `simulator.push` and the tables of `simulator.codes.wsp`.

On the wire a content type or header is what it is; names are put to it when it is looked at
(``push.content_type``, ``header.field``), and taken where it is set.
"""

# ruff: noqa: RUF012 - a list named fields_desc is how scapy is told

from __future__ import annotations

from typing import Any

from scapy.base_classes import BasePacket
from scapy.fields import ByteEnumField, Field, PacketListField, XByteField
from scapy.layers.inet import UDP
from scapy.packet import Packet, Raw, bind_layers

from hil.capture.layers.notification import Notification12, Notification13
from hil.capture.layers.tables import Element
from simulator.codes import mime
from simulator.codes.wsp import APPLICATION_DM, DEFAULT_CODE_PAGE, PORT_PUSH, PduType, Value
from simulator.errors import CodecError
from simulator.push import headers, primitives
from simulator.push.primitives import LENGTH_QUOTE, SHIFT, Octets
from simulator.push.wsp import APPLICATION_ID

BODIES: dict[str, type[Packet]] = {mime.NOTIFICATION_12: Notification12, mime.NOTIFICATION_13: Notification13}
"""The layer of a body, by its content type."""


class UintvarLengthField(Field[int, bytes]):
    """HeadersLen: None is what the content type and the headers come to."""

    def __init__(self, name: str) -> None:
        super().__init__(name, None, "s")

    def addfield(self, packet: Packet, octets: bytes, value: int | None) -> bytes:
        if value is None:
            value = 0
            for name in ("content_type", "headers"):
                field, held = packet.getfield_and_val(name)
                value += len(field.addfield(packet, b"", held))
        return octets + primitives.uintvar(value)

    def getfield(self, packet: Packet, octets: bytes) -> tuple[bytes, int]:
        cursor = Octets(octets)
        value = cursor.uintvar(self.name)
        return octets[cursor.position :], value


class OctetsField(Field[Any, bytes]):
    """A value whose octets tell where it ends. Held as octets, or as what they mean until they are built."""

    def __init__(self, name: str, default: Any) -> None:
        super().__init__(name, default, "s")

    def skip(self, packet: Packet, cursor: Octets) -> None:
        """Move the cursor behind the value, or raise `CodecError`."""
        raise NotImplementedError

    def octets(self, packet: Packet, value: Any) -> bytes:
        raise NotImplementedError

    def meaning(self, packet: Packet, octets: bytes) -> Any:
        raise NotImplementedError

    def i2m(self, packet: Packet | None, value: Any) -> bytes:
        if isinstance(value, bytes) or packet is None:
            return value or b""
        return self.octets(packet, value)

    def i2h(self, packet: Packet | None, value: Any) -> Any:
        if not isinstance(value, bytes) or packet is None:
            return value
        try:
            return self.meaning(packet, value)
        except CodecError:
            return value

    def addfield(self, packet: Packet, octets: bytes, value: Any) -> bytes:
        return octets + self.i2m(packet, value)

    def getfield(self, packet: Packet, octets: bytes) -> tuple[bytes, bytes]:
        cursor = Octets(octets)
        try:
            self.skip(packet, cursor)
        except CodecError:
            cursor.position = cursor.end  # damaged: there is no telling where the next field begins
        return octets[cursor.position :], octets[: cursor.position]


class ContentTypeField(OctetsField):
    """Set as text, or as text and parameters; seen as text."""

    def skip(self, packet: Packet, cursor: Octets) -> None:
        cursor.end = min(cursor.end, packet.headers_length)
        headers.read_media(cursor, [])

    def octets(self, packet: Packet, value: Any) -> bytes:
        media, parameters = (value, []) if isinstance(value, str) else value
        return headers.write_media(media, list(parameters))

    def meaning(self, packet: Packet, octets: bytes) -> str:
        return headers.read_media(Octets(octets), [])


class HeaderNameField(OctetsField):
    def skip(self, packet: Packet, cursor: Octets) -> None:
        if cursor.peek("header") & 0x80:
            cursor.octet("header")
        else:
            cursor.text("header")

    def octets(self, packet: Packet, value: Any) -> bytes:
        row = headers.header_named(value)
        return primitives.text(value) if row is None else primitives.short_integer(row.code)

    def meaning(self, packet: Packet, octets: bytes) -> str:
        cursor = Octets(octets)
        if octets[0] & 0x80:
            return headers.header_field(cursor.integer("header")).name
        return cursor.text("header")


class HeaderValueField(OctetsField):
    def skip(self, packet: Packet, cursor: Octets) -> None:
        if self._kind(packet) is Value.Q:
            cursor.uintvar(self.name)
        else:
            cursor.value(self.name)

    def octets(self, packet: Packet, value: Any) -> bytes:
        return headers.write_value(value, self._kind(packet))

    def meaning(self, packet: Packet, octets: bytes) -> headers.FieldValue:
        return headers.read_value(Octets(octets), self._kind(packet), self.name)

    def _kind(self, packet: Packet) -> Value:
        row = headers.header_named(packet.field)
        if row is not None:
            return row.value
        field, held = packet.getfield_and_val("field")
        return Value.OTHER if field.i2m(packet, held)[:1] >= b"\x80" else Value.TEXT


class WSPHeader(Element):
    """One header of the default code page."""

    name = "WSP header"
    fields_desc = [HeaderNameField("field", APPLICATION_ID), HeaderValueField("value", APPLICATION_DM)]


class WSPShift(Element):
    """To another code page, in either form (WSP §8.4.1.1)."""

    name = "WSP code page"
    fields_desc = [XByteField("page", DEFAULT_CODE_PAGE)]


class WSPLongShift(Element):
    name = "WSP code page"
    fields_desc = [XByteField("shift", SHIFT), XByteField("page", DEFAULT_CODE_PAGE)]


class PlainValueField(HeaderValueField):
    """Of a code page that has no table here."""

    def _kind(self, packet: Packet) -> Value:
        return Value.OTHER


class WSPOtherHeader(Element):
    """One header of another code page: its number, and its value as it stands."""

    name = "WSP header of another page"
    fields_desc = [XByteField("code", 0x80), PlainValueField("value", b"\x80")]


def _next_header(
    push: Packet, before: list[BasePacket], last: Packet | None, octets: bytes
) -> type[Packet] | None:
    if not octets:
        return None
    if octets[0] == SHIFT:
        return WSPLongShift
    if octets[0] <= LENGTH_QUOTE:
        return WSPShift
    seen = [*before, *([last] if last else [])]
    page = next(
        (one.page for one in reversed(seen) if isinstance(one, WSPShift | WSPLongShift)), DEFAULT_CODE_PAGE
    )
    return WSPHeader if page == DEFAULT_CODE_PAGE or octets[0] < 0x80 else WSPOtherHeader


class WSPPush(Packet):
    """The whole datagram; ``content_type`` takes a text, or a text and a list of parameters."""

    name = "WSP push"
    fields_desc = [
        XByteField("transaction_id", 1),
        ByteEnumField("pdu_type", PduType.PUSH, {int(known): known.name for known in PduType}),
        UintvarLengthField("headers_length"),
        ContentTypeField("content_type", mime.NOTIFICATION_13),
        PacketListField(
            "headers",
            [],
            length_from=lambda push: max(0, push.headers_length - len(push.getfieldval("content_type"))),
            next_cls_cb=_next_header,
        ),
    ]

    @property
    def parameters(self) -> list[headers.Field]:
        """Those of the content type."""
        found: list[headers.Field] = []
        field, value = self.getfield_and_val("content_type")
        headers.read_media(Octets(field.i2m(self, value)), found)
        return found

    def guess_payload_class(self, payload: bytes) -> type[Packet]:
        content_type = self.content_type
        return BODIES.get(str(content_type).lower(), Raw)


bind_layers(UDP, WSPPush, dport=PORT_PUSH)
