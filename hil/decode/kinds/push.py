"""WSP pushes, and what they carry."""

from __future__ import annotations

from hil.decode import proof
from hil.decode.layer import Layer, octets_text
from hil.decode.registry import BARELY, CERTAIN, LIKELY, POSSIBLE, UNLIKELY, WHOLE, Kind, Reading, guess, read_as
from hil.push.describe import plain
from hil.standards import current
from hil.trace.record import Json
from simulator.bootstrap import mac
from simulator.codes import mime
from simulator.codes.wsp import APPLICATION_IDS, CONTENT_TYPE_CODES, PUSH_TYPES, PushFlag, Sec
from simulator.errors import BootstrapError, CodecError
from simulator.push import wsp
from simulator.push.headers import Field

BODIES = {
    mime.NOTIFICATION_12: "notification-1.2",
    mime.NOTIFICATION_13: "notification-1.3",
    mime.DM_WBXML: "dm-wbxml",
    mime.DM_XML: "dm-xml",
    mime.TNDS_WBXML: "tnds-wbxml",
    mime.TNDS_XML: "tnds-xml",
}
"""The kind of a body, by its content type."""


def push_layer(push: wsp.Push, octets: bytes) -> Layer:
    """What ``push`` says, of which ``octets`` may be but the beginning."""
    layer = Layer("wsp", "WSP push")
    if octets:
        layer.add("transaction id", push.transaction_id)
    if octets[1:2] and octets[1] in PUSH_TYPES:
        layer.add("PDU type", push.pdu_type.name.lower().replace("_", " "))
    layer.add("content type", push.content_type or None)
    for name, value in push.parameters:
        layer.add(f"parameter {name}", _named((name, value)))
    for name, value in push.headers:
        layer.add(name, _named((name, value)))
    return layer


def _named(field: Field) -> Json:
    """A value with the name that its number stands for."""
    name, value = field
    if not isinstance(value, int):
        return plain(value)
    match name:
        case wsp.APPLICATION_ID if value in APPLICATION_IDS:
            return f"{value} ({APPLICATION_IDS[value]})"
        case "Push-Flag" if 0 < value <= sum(PushFlag):
            words = [flag.name.lower().replace("_", " ") for flag in PushFlag(value) if flag.name]
            return f"{value} ({', '.join(words)})"
        case "SEC" if value in set(Sec):
            return f"{value} ({Sec(value).name})"
    return value


def read(octets: bytes) -> Reading:
    try:
        push = wsp.decode(octets)
    except CodecError as error:
        if not isinstance(error.partial, wsp.Push):
            raise
        layer = push_layer(error.partial, octets)
        layer.damaged_by(error)
        if len(octets) < 3 or octets[1] not in PUSH_TYPES:
            return Reading(layer, UNLIKELY)
        known = error.partial.content_type.lower() in CONTENT_TYPE_CODES
        return Reading(layer, LIKELY if known else BARELY)
    layer = push_layer(push, octets)
    layer.add("MAC check", checked(push))
    open_body(layer, push, len(octets) - len(push.body))
    if push.content_type.lower() in CONTENT_TYPE_CODES:
        return Reading(layer, CERTAIN if push.header(wsp.APPLICATION_ID) is not None else WHOLE)
    return Reading(layer, POSSIBLE)


def checked(push: wsp.Push) -> str | None:
    """None: it has no MAC, or there is nothing to make its key of."""
    keys = proof.keys()
    if push.parameter("MAC") is None or (keys.imsi is None and keys.pin is None):
        return None
    secrets = mac.Secrets(keys.imsi, keys.pin, current().bootstrap.network_id)
    try:
        mac.check(mime.parse_media_type(push.media_type)[1], push.body, secrets)
    except BootstrapError as error:
        return f"{proof.WRONG}: {error}"
    return proof.RIGHT


def open_body(layer: Layer, push: wsp.Push, start: int) -> None:
    media, _ = mime.parse_media_type(push.content_type)
    if media in BODIES:
        layer.children.append(read_as(BODIES[media], push.body, start))
    elif (inner := guess(push.body)) is not None:
        inner.start, inner.end = start, start + len(push.body)
        layer.children.append(inner)
    else:
        layer.add("body", octets_text(push.body))


KINDS = (Kind("wsp", "WSP push", read),)
