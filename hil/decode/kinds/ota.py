"""Pushes over HTTP: a gateway's request, in either of its forms, and the response nested in one (OTA-HTTP)."""

from __future__ import annotations

from hil.decode.kinds.push import checked, open_body, push_layer
from hil.decode.layer import Layer
from hil.decode.registry import CERTAIN, UNLIKELY, Kind, Reading, read_as
from simulator.codes import mime, ota
from simulator.errors import CodecError
from simulator.push.ota import REQUEST_LINE, STATUS_LINE, HttpHeaders, from_fields, read_head


def read_request(octets: bytes) -> Reading:
    line, headers, start = read_head(octets, REQUEST_LINE)
    layer = Layer("ota-http", "Push over HTTP")
    layer.add("request", line)
    content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    if mime.parse_media_type(content_type)[0] == ota.NESTED_TYPE:
        for name, value in headers:
            layer.add(name, value)
        layer.children.append(read_as("ota-response", octets[start:], start))
    else:
        _push(layer, headers, octets, start)
    return Reading(layer, CERTAIN)


def read_response(octets: bytes) -> Reading:
    line, headers, start = read_head(octets, STATUS_LINE)
    layer = Layer("ota-response", "Push as an HTTP response")
    layer.add("status", line)
    _push(layer, headers, octets, start)
    return Reading(layer, CERTAIN if layer.damage is None else UNLIKELY)


def _push(layer: Layer, headers: HttpHeaders, octets: bytes, start: int) -> None:
    try:
        push = from_fields(headers, octets[start:])
    except CodecError as error:
        layer.damaged_by(error)
        return
    layer.fields += push_layer(push, b"").fields
    layer.add("MAC check", checked(push))
    open_body(layer, push, start)


KINDS = (
    Kind("ota-http", "Push over HTTP: a gateway's request", read_request),
    Kind("ota-response", "Push as the HTTP response within such a request", read_response),
)
