"""What stands before a WBXML document's body (WBXML §5.3): version, public identifier, charset, string table."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.codes.wbxml import CHARSETS, PUBLIC_IDS, UTF_8, VERSION_13, VERSIONS
from simulator.errors import CodecError
from simulator.wbxml import integer


@dataclass(slots=True)
class Header:
    public_id: int | str
    """A number of `PUBLIC_IDS`, or the text itself when it stands in the string table."""
    strings: bytes = b""
    version: int = VERSION_13
    charset: int = UTF_8

    @property
    def document(self) -> str:
        """What kind of document the header says this is."""
        if isinstance(self.public_id, str):
            return self.public_id
        return PUBLIC_IDS.get(self.public_id, f"public identifier 0x{self.public_id:X}")


def read(data: bytes) -> tuple[Header, int]:
    """The header, and where the body starts. Raises `CodecError`."""
    if not data:
        raise CodecError("an empty document where WBXML was expected", offset=0)
    version = data[0]
    if version not in VERSIONS:
        raise CodecError(f"the first byte is 0x{version:02X}; WBXML 1.1 to 1.3 start with 01, 02 or 03", offset=0)
    number, pos = integer.read(data, 1)
    text_at = None
    if number == 0:
        text_at, pos = integer.read(data, pos)
    charset_at = pos
    charset, pos = integer.read(data, pos)
    if charset not in CHARSETS:
        raise CodecError(f"charset {charset} (MIBenum); UTF-8 (106) was expected", offset=charset_at)
    length_at = pos
    length, pos = integer.read(data, pos)
    if length > len(data) - pos:
        left = len(data) - pos
        raise CodecError(f"a string table of {length} bytes where {left} are left", offset=length_at)
    strings = data[pos : pos + length]
    if text_at is None:
        public_id: int | str = number
    else:
        # A well-known conformance tool leaves the NUL out here, where the string ends with the table.
        terminated = strings if strings.endswith(b"\0") else strings + b"\0"
        public_id = table_string(terminated, text_at, offset=1)
    return Header(public_id, strings, version, charset), pos + length


def write(header: Header) -> bytes:
    """The header's bytes. A textual public identifier has to be the string table's first string."""
    public_id = b"\0\0" if isinstance(header.public_id, str) else integer.write(header.public_id)
    strings = integer.write(len(header.strings)) + header.strings
    return bytes([header.version]) + public_id + integer.write(header.charset) + strings


def table_string(strings: bytes, at: int, *, offset: int) -> str:
    """The string at offset ``at`` of the string table; ``offset`` is where the document refers to it."""
    if at >= len(strings):
        raise CodecError(f"offset {at} in a string table of {len(strings)} bytes", offset=offset)
    end = strings.find(0, at)
    if end < 0:
        raise CodecError(f"the string at offset {at} of the string table has no NUL at its end", offset=offset)
    try:
        return strings[at:end].decode()
    except UnicodeDecodeError:
        raise CodecError(f"the string at offset {at} of the string table is not UTF-8", offset=offset) from None
