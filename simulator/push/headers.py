"""Content type and header fields of a WSP PDU (WAP-230-WSP §8.4).

Names are those of the registries. A number without a name here is written ``0x4A``; a header of another code
page than the default, ``2:0x4A``. Values are ``int``, ``str`` or ``datetime`` as their field wants, and
``bytes`` (the value's octets as they stand) where the structure is none that is known here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from simulator.codes.wsp import (
    CONTENT_TYPE_CODES,
    CONTENT_TYPES,
    DEFAULT_CODE_PAGE,
    HEADER_FIELDS,
    PARAMETERS,
    Assigned,
    Value,
)
from simulator.errors import CodecError, EncodeError
from simulator.push import primitives
from simulator.push.primitives import LENGTH_QUOTE, SHIFT, Octets

FieldValue = int | str | datetime | bytes
Field = tuple[str, FieldValue]
"""A header or a parameter: its name and value."""


def _by_code(rows: tuple[Assigned, ...]) -> dict[int, Assigned]:
    return {row.code: row for row in rows}


def _by_name(rows: tuple[Assigned, ...]) -> dict[str, Assigned]:
    # Reversed: of several numbers with one name, the first in the table is the one to write.
    return {row.name.lower(): row for row in reversed(rows)}


_HEADER_BY_CODE, _HEADER_BY_NAME = _by_code(HEADER_FIELDS), _by_name(HEADER_FIELDS)
_PARAMETER_BY_CODE, _PARAMETER_BY_NAME = _by_code(PARAMETERS), _by_name(PARAMETERS)

_NUMBER = re.compile(r"(?:(\d{1,3}):)?0x([0-9A-Fa-f]{2,60})")
_VERSION = re.compile(r"([1-7])(?:\.(\d|1[0-4]))?")


def _number(name: str) -> tuple[int | None, int] | None:
    """The code page and number that an unnamed code's text stands for."""
    match = _NUMBER.fullmatch(name)
    return (int(match[1]) if match[1] else None, int(match[2], 16)) if match else None


# Content type


def media_name(code: int) -> str:
    return CONTENT_TYPES.get(code, f"0x{code:02X}")


def _media_code(name: str) -> int | None:
    known = CONTENT_TYPE_CODES.get(name.lower())
    if known is not None:
        return known
    number = _number(name)
    return number[1] if number and number[0] is None else None


def read_media(octets: Octets, parameters: list[Field]) -> str:
    """Content-type-value (WSP §8.4.2.24): constrained or general form; its parameters go into the list."""
    first = octets.peek("content type")
    if first & 0x80:
        return media_name(octets.integer("content type"))
    if first > LENGTH_QUOTE:
        return octets.text("content type")
    length = octets.value_length("length of the content type")
    if length > octets.left:
        raise CodecError(
            f"the content type is said to be {length} octets long, and {octets.left} are left in the headers",
            offset=octets.position,
        )
    inner = Octets(octets.data, octets.position, octets.position + length)
    first = inner.peek("content type")
    is_text = LENGTH_QUOTE < first < 0x80
    media = inner.text("content type") if is_text else media_name(inner.integer("content type"))
    try:
        while inner.left:
            parameters.append(_read_parameter(inner))
    except CodecError as error:
        error.partial = media
        raise
    octets.position = inner.position
    return media


def write_media(media: str, parameters: list[Field], *, general: bool = False, text: bool = False) -> bytes:
    """The binary form where the type has a number and ``text`` is not asked for; general where it must be."""
    code = None if text else _media_code(media)
    octets = primitives.text(media) if code is None else primitives.integer(code)
    if code is None and not (octets and LENGTH_QUOTE < octets[0] < 0x7F):
        raise EncodeError(f"{media!r} is no content type")
    if not parameters and not general and (code is None or code <= 0x7F):
        return octets
    octets += b"".join(_write_parameter(name, value) for name, value in parameters)
    return primitives.value_length(len(octets)) + octets


def _read_parameter(octets: Octets) -> Field:
    first = octets.peek("parameter")
    if LENGTH_QUOTE < first < 0x80:
        name = octets.text("name of a parameter")
        return name, read_value(octets, Value.UNTYPED, f"parameter {name}")
    code = octets.integer("parameter")
    row = _PARAMETER_BY_CODE.get(code) or Assigned(code, f"0x{code:02X}", Value.OTHER)
    return row.name, read_value(octets, row.value, f"parameter {row.name}")


def _write_parameter(name: str, value: FieldValue) -> bytes:
    row = _PARAMETER_BY_NAME.get(name.lower())
    if row is not None:
        return primitives.integer(row.code) + write_value(value, row.value)
    number = _number(name)
    if number and number[0] is None:
        return primitives.integer(number[1]) + write_value(value, Value.OTHER)
    if not primitives.is_token(name):
        raise EncodeError(f"{name!r} cannot be the name of a parameter")
    return primitives.text(name) + write_value(value, Value.UNTYPED)


# Header fields


def read_headers(octets: Octets, headers: list[Field]) -> None:
    """Read header fields up to the end of ``octets`` into ``headers`` (WSP §8.4.1)."""
    page = DEFAULT_CODE_PAGE
    while octets.left:
        first = octets.peek("header")
        if first == 0:
            raise CodecError("a header name expected, and 0x00 begins none", offset=octets.position)
        if first <= LENGTH_QUOTE:
            page = octets.octet("code page")
        elif first == SHIFT:
            octets.octet("shift")
            page = octets.octet("code page")
        elif first & 0x80:
            headers.append(_read_known(octets, page))
        else:
            name = octets.text("name of a header")
            row = header_named(name)
            value = read_value(octets, row.value if row else Value.TEXT, f"header {name}")
            headers.append((row.name if row else name, value))


def header_field(code: int) -> Assigned:
    """The row of a header's number on the default page, made up for one without a name."""
    return _HEADER_BY_CODE.get(code) or Assigned(code, f"0x{code:02X}", Value.OTHER)


def header_named(name: str) -> Assigned | None:
    """The row of a header's name, in any case."""
    return _HEADER_BY_NAME.get(name.lower())


def _read_known(octets: Octets, page: int) -> Field:
    code = octets.integer("header")
    if page != DEFAULT_CODE_PAGE:
        name = f"{page}:0x{code:02X}"
        return name, octets.value(f"header {name}")
    row = header_field(code)
    return row.name, read_value(octets, row.value, f"header {row.name}")


def write_headers(headers: list[Field]) -> bytes:
    """Header fields in their binary form: numbers for all names that have one."""
    page, parts = DEFAULT_CODE_PAGE, []
    for name, value in headers:
        row, number = header_named(name), _number(name)
        if row is None and number is None:
            if not primitives.is_token(name):
                raise EncodeError(f"{name!r} cannot be the name of a header")
            parts.append(primitives.text(name) + write_value(value, Value.TEXT))
            continue
        wanted, code, kind = DEFAULT_CODE_PAGE, 0, Value.OTHER
        if row is not None:
            code, kind = row.code, row.value
        elif number is not None:
            wanted, code = number[0] or DEFAULT_CODE_PAGE, number[1]
        if not 0 < wanted < 256:
            raise EncodeError(f"{name!r} names code page {wanted}; pages are 1 to 255")
        if wanted != page:
            page = wanted
            parts.append(bytes([SHIFT, page]))
        parts.append(primitives.short_integer(code) + write_value(value, kind))
    return b"".join(parts)


# Values

_QUOTABLE = frozenset({Value.TEXT_VALUE, Value.UNTYPED})
_QUOTED = frozenset({*_QUOTABLE, Value.QUOTED})
_NUMERIC = frozenset({Value.INTEGER, Value.UNTYPED, Value.DATE})


def read_value(octets: Octets, kind: Value, what: str) -> FieldValue:
    """One value of a kind. What does not fit its kind comes as it is: as number, text or octets."""
    if kind is Value.Q:
        return _quality(octets.uintvar(what))
    raw = octets.value(what)
    first = raw[0]
    if raw == b"\0":
        return ""
    if LENGTH_QUOTE < first < 0x80:
        text = Octets(raw).text(what)
        return text[1:] if kind in _QUOTED and text.startswith('"') else text
    if kind is Value.MEDIA:
        parameters: list[Field] = []
        try:
            media = read_media(Octets(raw), parameters)
        except CodecError:
            return raw
        return raw if parameters else media
    if first == LENGTH_QUOTE or (first < LENGTH_QUOTE and kind not in _NUMERIC):
        return raw
    number = Octets(raw).integer(what)
    if kind is Value.VERSION:
        return f"{number >> 4}" if number & 0xF == 0xF else f"{number >> 4}.{number & 0xF}"
    if kind is Value.DATE:
        return datetime.fromtimestamp(number, UTC) if number <= _LAST_SECOND else raw
    return number


_LAST_SECOND = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


def write_value(value: FieldValue, kind: Value) -> bytes:
    """The octets of one value. Raises `EncodeError` for a value that cannot be written, or not alone."""
    match value:
        case bytes():
            octets = Octets(value)
            try:
                octets.value("value")
            except CodecError as error:
                raise EncodeError(f"{value.hex()} is no value of a WSP header: {error}") from None
            if octets.left:
                raise EncodeError(f"{value.hex()} is more than one value of a WSP header")
            return value
        case datetime():
            return primitives.long_integer(int(value.timestamp()))
        case int():
            return primitives.integer(value)
    if kind is Value.Q:
        return primitives.uintvar(_quality_code(value))
    if kind in _QUOTABLE:
        return primitives.text_value(value)
    if kind is Value.QUOTED:
        return primitives.quoted(value)
    if kind is Value.VERSION and (match := _VERSION.fullmatch(value)):
        minor = int(match[2]) if match[2] else 0xF
        return primitives.short_integer(int(match[1]) << 4 | minor)
    if kind is Value.MEDIA and _media_code(value) is not None:
        return write_media(value, [])
    return primitives.text(value)


def _quality(code: int) -> str:
    """Two digits up to 100, three from there (WSP §8.4.2.3)."""
    if not 1 <= code <= 1099:
        return f"0x{code:X}"
    value = (code - 1) / 100 if code <= 100 else (code - 100) / 1000
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _quality_code(text: str) -> int:
    try:
        thousandths = round(float(text) * 1000)
    except ValueError:
        thousandths = -1
    if not 0 <= thousandths < 1000:
        raise EncodeError(f"{text!r} is no quality (0 to 0.999)")
    return thousandths // 10 + 1 if thousandths % 10 == 0 else thousandths + 100
