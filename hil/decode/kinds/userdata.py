"""User data of an SMS (TP-UD): its header and what the ports in it say about the rest."""

from __future__ import annotations

from hil.decode.layer import Layer, octets_text
from hil.decode.registry import LIKELY, UNLIKELY, WHOLE, Kind, Reading, guess, read_as
from hil.modem.sms.cursor import Cursor
from hil.modem.sms.udh import Concatenation, Element, Ports, UserDataHeader
from simulator.codes.wsp import PORT_PUSH, PORT_PUSH_SECURE
from simulator.errors import CodecError

PORTS = {PORT_PUSH: "wsp", PORT_PUSH_SECURE: "wsp"}
"""What comes to a port."""


def header_layer(header: UserDataHeader, octets: bytes) -> Layer:
    """``octets`` is the header with its length."""
    layer = Layer("udh", "User data header", end=len(octets))
    for element in header.elements:
        name, value = _element(element)
        layer.add(name, value)
    return layer


def _element(element: Element) -> tuple[str, str]:
    match element:
        case Ports():
            return "ports", f"{element.source} to {element.destination}"
        case Concatenation():
            return "concatenation", f"part {element.sequence} of {element.total}, reference {element.reference}"
        case _:
            return f"element 0x{element.identifier:02X}", element.data.hex(" ")


def read_header(layer: Layer, octets: bytes, start: int) -> tuple[UserDataHeader, bytes]:
    """Read TP-UD from ``octets`` into a layer for its header; returns the header and what follows.

    A damaged header counts as far as it could be read.
    """
    cursor = Cursor(octets)
    try:
        header = UserDataHeader.read(cursor)
        shown = header_layer(header, octets[: cursor.offset])
    except CodecError as error:
        header = error.partial if isinstance(error.partial, UserDataHeader) else UserDataHeader(())
        shown = header_layer(header, octets)
        shown.damaged_by(error)
        cursor.offset = len(octets)
    shown.start, shown.end = shown.start + start, shown.end + start
    layer.children.append(shown)
    return header, cursor.rest()


def open_payload(layer: Layer, ports: Ports | None, payload: bytes, start: int) -> None:
    """Add what 8-bit data holds: by its port, or by what it looks like."""
    kind = PORTS.get(ports.destination) if ports else None
    if kind is not None:
        layer.children.append(read_as(kind, payload, start))
    elif (inner := guess(payload)) is not None:
        inner.start, inner.end = start, start + len(payload)
        layer.children.append(inner)
    else:
        layer.add("data", octets_text(payload))


def read(octets: bytes) -> Reading:
    if not octets:
        raise CodecError("user data without an octet", offset=0)
    layer = Layer("user-data", "SMS user data")
    header, payload = read_header(layer, octets, 0)
    part, whole = header.concatenation, not layer.damages
    if part is not None and part.total > 1:
        layer.add("segment", payload.hex(" "))
    elif whole:
        open_payload(layer, header.ports, payload, len(octets) - len(payload))
    known = any(isinstance(element, Ports | Concatenation) for element in header.elements)
    if not known:
        return Reading(layer, UNLIKELY)
    return Reading(layer, WHOLE if whole else LIKELY)


KINDS = (Kind("user-data", "SMS user data, beginning with its header", read),)
