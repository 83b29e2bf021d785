"""The connectionless WSP Push PDU (WAP-230-WSP §8.2.4.1 and §8.3).

`decode` is liberal: every form of a content type, header or length that WSP allows. `Push.encode` writes the
binary form, which is what DM Notification §7.1 asks of a sender; `Style` writes the other legal forms, to
find out what a client makes of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from simulator.codes.wsp import (
    APPLICATION_DEFAULT,
    APPLICATION_DM,
    APPLICATION_ID_CODES,
    PUSH_TYPES,
    PduType,
)
from simulator.errors import CodecError, EncodeError
from simulator.push import primitives
from simulator.push.headers import Field, FieldValue, read_headers, read_media, write_headers, write_media
from simulator.push.primitives import Octets

APPLICATION_ID = "X-Wap-Application-Id"


class Media(Enum):
    """The legal ways to write one content type."""

    COMPACT = "compact"
    """Constrained where possible: one octet for a type that has a number and no parameters."""
    GENERAL = "general"
    """With a length in front."""
    LONG = "long"
    """With a length of the ``1F`` form in front, where one octet would do."""
    TEXT = "text"
    """As text although the type has a number."""


@dataclass(frozen=True, slots=True)
class Style:
    """How to write what can be written in several ways."""

    media: Media = Media.COMPACT
    headers_length_octets: int = 1
    """At least so many octets for HeadersLen (1 to 5): ``80 03`` for two."""


BINARY = Style()


@dataclass(slots=True)
class Push:
    """One push: content type and parameters, headers in order, body."""

    content_type: str
    body: bytes = b""
    parameters: list[Field] = field(default_factory=list)
    headers: list[Field] = field(default_factory=list)
    transaction_id: int = 1
    """Any octet: connectionless WSP only correlates with it."""
    pdu_type: PduType = PduType.PUSH

    @property
    def application_id(self) -> int | str:
        """Whom the push is for: the number of X-Wap-Application-Id where it has one, else its text.

        Without that header a push is for the default application, the browser (PushOTA): not for the DM client.
        """
        value = self.header(APPLICATION_ID)
        if isinstance(value, str):
            known = APPLICATION_ID_CODES.get(value.strip().lower())
            if known is not None:
                return known
            return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else value
        return value if isinstance(value, int) else APPLICATION_DEFAULT

    @property
    def media_type(self) -> str:
        """The content type with its parameters, as HTTP would write it: ``type/subtype; name=value``."""
        return "; ".join([self.content_type, *(f"{name}={_written(value)}" for name, value in self.parameters)])

    def header(self, name: str) -> FieldValue | None:
        """The first header of that name, in any case."""
        return _first(self.headers, name)

    def parameter(self, name: str) -> FieldValue | None:
        """The content type's first parameter of that name, in any case."""
        return _first(self.parameters, name)

    def encode(self, style: Style = BINARY) -> bytes:
        """The PDU's octets. Raises `EncodeError` for what has no encoding."""
        if not 0 <= self.transaction_id <= 0xFF:
            raise EncodeError(f"{self.transaction_id} is no transaction id (0 to 255)")
        headers = self._media(style.media) + write_headers(self.headers)
        length = primitives.uintvar(len(headers))
        padding = max(0, min(style.headers_length_octets, primitives.UINTVAR_OCTETS) - len(length))
        return bytes([self.transaction_id, self.pdu_type]) + b"\x80" * padding + length + headers + self.body

    def _media(self, form: Media) -> bytes:
        match form:
            case Media.COMPACT:
                return write_media(self.content_type, self.parameters)
            case Media.TEXT:
                return write_media(self.content_type, self.parameters, text=True)
            case Media.GENERAL:
                return write_media(self.content_type, self.parameters, general=True)
            case Media.LONG:
                octets = Octets(write_media(self.content_type, self.parameters, general=True))
                length = octets.value_length("length of the content type")
                marker = bytes([primitives.LENGTH_QUOTE])
                return marker + primitives.uintvar(length) + octets.data[octets.position :]


def _written(value: FieldValue) -> str:
    if isinstance(value, str) and not primitives.is_token(value):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return value.hex() if isinstance(value, bytes) else str(value)


def _first(fields: list[Field], name: str) -> FieldValue | None:
    wanted = name.lower()
    return next((value for field_name, value in fields if field_name.lower() == wanted), None)


def dm_push(content_type: str, body: bytes, *, parameters: list[Field] | None = None) -> Push:
    """A push to the DM client as DM Notification §7.1 has it: content type, then the application id."""
    return Push(content_type, body, parameters or [], [(APPLICATION_ID, APPLICATION_DM)])


def decode(data: bytes) -> Push:
    """Read a Push PDU: the whole datagram.

    Raises `CodecError`, whose ``partial`` is the `Push` as far as it could be read.
    """
    octets = Octets(data)
    push = Push("")
    try:
        push.transaction_id = octets.octet("transaction id")
        _read(octets, push)
    except CodecError as error:
        if isinstance(error.partial, str):
            push.content_type = error.partial
        error.partial = push
        raise
    return push


def _read(octets: Octets, push: Push) -> None:
    pdu_type = octets.octet("PDU type")
    if pdu_type not in PUSH_TYPES:
        raise CodecError(
            f"PDU type 0x{pdu_type:02X}, and a push is 0x{PduType.PUSH:02X}", offset=octets.position - 1
        )
    push.pdu_type = PduType(pdu_type)
    length = octets.uintvar("length of the headers")
    if length > octets.left:
        raise CodecError(
            f"the headers are said to be {length} octets long, and {octets.left} are left", offset=octets.position
        )
    headers = Octets(octets.data, octets.position, octets.position + length)
    push.content_type = read_media(headers, push.parameters)
    read_headers(headers, push.headers)
    push.body = octets.data[headers.end :]
