"""Values of leaves: octets for binary formats, text for the others (DM Tree and Description §7.7.2)."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from datetime import UTC, datetime

from simulator.codes.format import BINARY_FORMATS, FORMATS
from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.tree.node import Node, Value

_SHAPES = {
    "bool": re.compile(r"true|false", re.IGNORECASE),
    "int": re.compile(r"\s*[+-]?\d{1,64}\s*"),
    "float": re.compile(r"\s*[+-]?(\d{1,64}(\.\d{0,64})?|\.\d{1,64})([eE][+-]?\d{1,4})?\s*"),
}


def stored(value: Value | None, format: str) -> Value | None:
    """The value as the tree keeps it; TreeError 415 when it is not of that format.

    Octets are taken as they are by ``b64`` and ``bin``; text given to these is base64.
    """
    if format not in FORMATS or format == "node":
        raise TreeError(
            StatusCode.UNSUPPORTED_MEDIA_TYPE,
            f"{format!r} is no format of a leaf: expected one of {', '.join(sorted(FORMATS))}",
        )
    if format == "null":
        if value:
            raise TreeError(StatusCode.UNSUPPORTED_MEDIA_TYPE, "a value for a leaf of format null, which has none")
        return None
    if format in BINARY_FORMATS:
        return value if isinstance(value, bytes) else from_base64(value or "")
    text = _text(value)
    shape = _SHAPES.get(format)
    if shape is not None and not shape.fullmatch(text):
        raise TreeError(StatusCode.UNSUPPORTED_MEDIA_TYPE, f"{text[:40]!r} is no value of format {format}")
    return text


def _text(value: Value | None) -> str:
    if not isinstance(value, bytes):
        return value or ""
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise TreeError(
            StatusCode.UNSUPPORTED_MEDIA_TYPE,
            "octets that are no UTF-8 for a leaf of a text format; expected bin or b64",
        ) from error


def from_base64(text: str | bytes) -> bytes:
    """Octets from base64 text, as peers write it (line breaks allowed); TreeError 415 when it is not base64."""
    packed = text.encode() if isinstance(text, str) else text
    try:
        return b64decode(b"".join(packed.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise TreeError(StatusCode.UNSUPPORTED_MEDIA_TYPE, f"{text[:40]!r} is no base64 text") from error


def from_wire(data: Value | None, format: str | None) -> Value | None:
    """A Data or Value element as a value: with Format b64 the octets that its text stands for, else as it is.

    Of two peers that write OPAQUE with Format b64 one means base64 text, the other the octets themselves; what
    can be read as base64 is taken for that.
    """
    if format != "b64" or data is None:
        return data
    try:
        return from_base64(data)
    except TreeError:
        if isinstance(data, bytes):
            return data
        raise


def kept_format(format: str) -> str:
    """The Format property: base64 is only a way of carrying, what is kept is binary."""
    return "bin" if format == "b64" else format


def read(node: Node, now: datetime | None) -> Value | None:
    """What a Get of the leaf gives at ``now``."""
    value = node.value
    return value(now) if callable(value) else value


def size(value: Value | None) -> int:
    """The Size property: bytes of the unencoded value."""
    return len(value.encode() if isinstance(value, str) else value or b"")


def timestamp(moment: datetime) -> str:
    """The TStamp property: UTC in ISO 8601 basic form, ``20010711T163817Z``."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
