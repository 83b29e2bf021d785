"""A push as HTTP carries it: headers in text, and the two forms of a request (WAP-235-PushOTA §8).

A gateway of the standard wraps the push into an HTTP response of its own, in the body of the POST (`Form.NESTED`);
deployed DM servers put its headers right onto the POST (`Form.DIRECT`). A terminal takes both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import Enum

from simulator.codes import mime
from simulator.codes.ota import NESTED_TYPE, OTA_VERSION, VERSION
from simulator.codes.wsp import APPLICATION_IDS, Value
from simulator.errors import CodecError, EncodeError
from simulator.push import primitives
from simulator.push.headers import FieldValue, header_named
from simulator.push.wsp import APPLICATION_ID, Push

HttpHeaders = list[tuple[str, str]]


class Form(Enum):
    NESTED = "nested"
    DIRECT = "direct"


OF_HTTP = frozenset(
    {
        "accept", "accept-charset", "accept-encoding", "accept-language", "authorization", "connection",
        "content-encoding", "content-length", "content-type", "expect", "host", "keep-alive", "te", "trailer",
        "transfer-encoding", "upgrade", "user-agent", "x-wap-cpitag", "x-wap-push-info", OTA_VERSION.lower(),
    }
)  # fmt: skip
"""Headers of the exchange, or said otherwise in a push: in lower case."""

LONGEST_HEAD = 8192
"""Octets of a nested response's status line and headers."""
REQUEST_LINE = re.compile(rb"POST [!-~]+ HTTP/1\.[0-9]")
STATUS_LINE = re.compile(rb"HTTP/1\.[0-9] [0-9]{3}(?: [^\r\n]*)?")
_LINE_END = re.compile(rb"\r?\n")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def request(push: Push, form: Form = Form.NESTED) -> tuple[HttpHeaders, bytes]:
    """Headers and body of the POST; its Content-Length and Host are for whoever sends it to add.

    Raises `EncodeError` for a push with values that have no text.
    """
    own = [(OTA_VERSION, VERSION)]
    fields = to_fields(push)
    if form is Form.DIRECT:
        return [*own, *fields], push.body
    return [*own, ("Content-Type", NESTED_TYPE)], write_response(fields, push.body)


def read_request(headers: Iterable[tuple[str, str]], body: bytes) -> Push:
    """Read a POST of either form. Raises `CodecError`."""
    said = list(headers)
    content_type = next((value for name, value in said if name.lower() == "content-type"), "")
    if mime.parse_media_type(content_type)[0] == NESTED_TYPE:
        said, body = read_response(body)
    return from_fields(said, body)


# The push's headers


def to_fields(push: Push) -> HttpHeaders:
    """Content-Type and the push's headers. Raises `EncodeError`."""
    fields = [("Content-Type", _text(push.media_type))]
    for name, value in push.headers:
        if not primitives.is_token(name):
            raise EncodeError(f"{name!r} cannot be the name of a header of HTTP")
        if name.lower() not in OF_HTTP:
            fields.append((name, _value(name, value)))
    return fields


def from_fields(fields: Iterable[tuple[str, str]], body: bytes) -> Push:
    """The push that HTTP headers and a body say. Raises `CodecError` when they name no content type."""
    push = Push("", body)
    for name, value in fields:
        if name.lower() == "content-type":
            push.content_type, parameters = mime.parse_media_type(value)
            push.parameters = [(_parameter_name(each), text) for each, text in parameters.items()]
        elif name.lower() not in OF_HTTP:
            row = header_named(name)
            push.headers.append((row.name if row else name, value_of(name, value)))
    if not push.content_type:
        raise CodecError("the push names no Content-Type")
    return push


def _value(name: str, value: FieldValue) -> str:
    match value:
        case bytes():
            raise EncodeError(f"{name} is {value.hex()}, a structure of WSP that has no text here")
        case datetime():
            return format_datetime(value.astimezone(UTC), usegmt=True)
        case int() if name.lower() == APPLICATION_ID.lower():
            return APPLICATION_IDS.get(value, str(value))
        case _:
            return _text(str(value))


def _text(value: str) -> str:
    if _CONTROL.search(value):
        raise EncodeError(f"{value!r} has characters that no header of HTTP can have")
    return value


def _parameter_name(name: str) -> str:
    """The standard writes SEC and MAC in capitals."""
    return name.upper() if name in ("sec", "mac") else name


def value_of(name: str, text: str) -> FieldValue:
    """A header's value of its text: a number or a date as such, where the header of that name has one."""
    row, text = header_named(name), text.strip()
    kind = row.value if row else Value.TEXT
    if kind is Value.INTEGER and text.isascii() and text.isdigit() and len(text) < 20:
        return int(text)
    if kind is Value.DATE:
        try:
            when = parsedate_to_datetime(text)
            return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
        except (ValueError, OverflowError):
            return text  # none, or with a zone that no time has
    return text


# The nested response


def write_response(fields: HttpHeaders, body: bytes) -> bytes:
    """``HTTP/1.1 200 OK`` with headers and body."""
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in fields), f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_response(octets: bytes) -> tuple[HttpHeaders, bytes]:
    """Headers and body. Its status is not looked at: there is but one that makes sense.

    Raises `CodecError` for what is no response, or has fewer octets than it says.
    """
    _, headers, position = read_head(octets, STATUS_LINE)
    body = octets[position:]
    said = next((value for name, value in headers if name.lower() == "content-length"), None)
    if said is None:
        return headers, body
    if not (said.isascii() and said.isdigit() and len(said) < 10):
        raise CodecError(f"Content-Length is {said[:40]!r}", offset=position)
    if int(said) > len(body):
        raise CodecError(f"the body is said to be {said} octets long, and {len(body)} are left", offset=position)
    return headers, body[: int(said)]


def read_head(octets: bytes, first: re.Pattern[bytes]) -> tuple[str, HttpHeaders, int]:
    """A message's first line, which ``first`` describes, its headers, and where its body begins.

    Raises `CodecError`.
    """
    position = 0
    lines: list[tuple[int, bytes]] = []
    while True:
        end = _LINE_END.search(octets, position, LONGEST_HEAD)
        line = octets[position : end.start() if end else LONGEST_HEAD]
        if not lines and not first.fullmatch(line):
            raise CodecError(f"a first line of HTTP expected, and it is {line[:40]!r}", offset=0)
        if end is None:
            raise CodecError(
                f"no empty line ends the headers within {min(len(octets), LONGEST_HEAD)} octets", offset=position
            )
        start, position = position, end.end()
        if not line:
            break
        if line[:1] in b" \t" and len(lines) > 1:
            lines[-1] = (lines[-1][0], lines[-1][1] + b" " + line.strip())  # it goes on (RFC 2616 §2.2)
        else:
            lines.append((start, line))
    headers = [_header(line, start) for start, line in lines[1:]]
    return lines[0][1].decode("ascii", "backslashreplace"), headers, position


def _header(line: bytes, offset: int) -> tuple[str, str]:
    name, colon, value = line.decode("utf-8", "backslashreplace").partition(":")
    if not colon or not primitives.is_token(name.rstrip()):
        raise CodecError(f"a header expected, and the line is {line[:40]!r}", offset=offset)
    return name.rstrip(), value.strip()
